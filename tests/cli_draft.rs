//! `permaudit draft`, from a statement that fails to one that passes.

#![allow(clippy::expect_used, reason = "a test may stop")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_permaudit"));
    command.current_dir(folder).args(arguments).output().expect("the binary runs")
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

const SAMPLE: &str = "fixtures/sample/app.apk";

#[test]
fn the_patch_makes_the_gate_pass_and_leaves_the_purposes_to_be_written() {
    let folder = std::env::temp_dir().join(format!("permaudit-draft-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    for file in ["app.apk", "privacy.md"] {
        fs::copy(here().join("fixtures/sample").join(file), folder.join(file)).expect("a copy");
    }
    let check = ["check", "app.apk", "--statement", "privacy.md"];
    assert_eq!(run(&folder, &check).status.code(), Some(1));
    let patch = run(&folder, &["draft", "app.apk", "--statement", "privacy.md", "--patch"]);
    assert_eq!(patch.status.code(), Some(0));
    fs::write(folder.join("rows.diff"), &patch.stdout).expect("a file");
    let applied = Command::new("git").current_dir(&folder).args(["apply", "rows.diff"]).output().expect("git runs");
    assert!(applied.status.success(), "{}", String::from_utf8_lossy(&applied.stderr));
    let after = run(&folder, &check);
    assert_eq!(after.status.code(), Some(0));
    for name in ["BLUETOOTH_SCAN", "POST_NOTIFICATIONS", "READ_CONTACTS"] {
        assert!(text(&after).contains(&format!("warning[no-purpose]: `{name}` is given no purpose")), "{name}");
    }
    let nothing = run(&folder, &["draft", "app.apk", "--statement", "privacy.md"]);
    assert_eq!((nothing.status.code(), text(&nothing)), (Some(0), String::new()));
    fs::remove_dir_all(&folder).expect("the folder goes");
}

#[test]
fn without_a_statement_the_whole_table_is_drafted_in_either_language() {
    let english = text(&run(here(), &["draft", SAMPLE]));
    assert!(
        english.starts_with("## Android permissions\n\n| Permission | Description | Purpose |\n| --- | --- | --- |\n")
    );
    assert!(english.contains("\n| CAMERA | ") && english.contains(" | — |\n"));
    let chinese = text(&run(here(), &["draft", SAMPLE, "--language", "zh", "--format", "html"]));
    assert!(chinese.contains("<th>权限名称</th>") && chinese.contains("<td>CAMERA</td>"));
    assert!(!english.contains("DYNAMIC_RECEIVER"), "nobody needs to be told of the app's own");
}

#[test]
fn a_package_that_cannot_be_read_for_certain_is_not_established() {
    let doubtful = run(here(), &["draft", "fixtures/packages/name-by-reference.apk"]);
    assert_eq!(doubtful.status.code(), Some(3));
    assert_eq!(run(here(), &["draft", SAMPLE, "--patch"]).status.code(), Some(2), "there is nothing to patch");
}

/// A build whose services are bound by the system alone, and what its statement says.
fn guarded(name: &str, statement: &str) -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("permaudit-draft-{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    let service = |class: &str, guard: &str| {
        format!("<service android:name=\"{class}\" android:permission=\"android.permission.{guard}\"/>\n")
    };
    let services =
        [(".Reader", "BIND_ACCESSIBILITY_SERVICE"), (".Tunnel", "BIND_VPN_SERVICE"), (".Job", "BIND_JOB_SERVICE")];
    let services = services.map(|(class, guard)| service(class, guard)).concat();
    let manifest = format!(
        "<manifest xmlns:android=\"http://schemas.android.com/apk/res/android\" package=\"com.example.notes\" \
         android:versionCode=\"1\">\n<uses-sdk android:minSdkVersion=\"24\" android:targetSdkVersion=\"35\"/>\n\
         <application>\n{services}</application>\n</manifest>\n"
    );
    fs::write(folder.join("AndroidManifest.xml"), manifest).expect("a file");
    fs::write(folder.join("privacy.md"), statement).expect("a file");
    folder
}

#[test]
fn components_that_hold_power_get_a_row_that_satisfies_the_gate() {
    let told = "# Android permissions\n\n| Permission | Description | Purpose |\n|---|---|---|\n\
                | BIND_VPN_SERVICE | Reads the network traffic | To block advertisements for the user and the family |\n";
    let folder = guarded("guarded", told);
    let draft = ["draft", "AndroidManifest.xml", "--statement", "privacy.md", "--no-config"];
    let rows = text(&run(&folder, &draft));
    assert_eq!(
        rows,
        "| BIND_ACCESSIBILITY_SERVICE | Read and operate the screen of all apps, once switched on in the settings. | — |\n"
    );
    let chinese = text(&run(&folder, &[&draft[..], &["--language", "zh"]].concat()));
    assert!(chinese.contains("在系统设置中开启后：读取并操作所有应用的界面。"), "{chinese}");

    let check = ["check", "AndroidManifest.xml", "--statement", "privacy.md", "--no-config"];
    let said = |output: &Output| text(output).contains("warning[guarded-component]");
    assert!(said(&run(&folder, &check)), "the gate asks for it");
    fs::write(folder.join("privacy.md"), format!("{told}{rows}")).expect("a file");
    let after = run(&folder, &check);
    assert!(!said(&after), "the row is a mention: {}", text(&after));
    assert!(text(&after).contains("[no-purpose]: `BIND_ACCESSIBILITY_SERVICE`"), "{}", text(&after));
    assert_eq!(text(&run(&folder, &draft)), "", "nothing is missing any more");

    fs::write(folder.join("privacy.md"), format!("{told}\nThe accessibility service reads the screen and the app.\n"))
        .expect("a file");
    assert_eq!(text(&run(&folder, &draft)), "", "running text is a mention too");
    fs::write(folder.join("permaudit.toml"), "[severity]\nguarded-component = \"off\"\n").expect("a file");
    fs::write(folder.join("privacy.md"), told).expect("a file");
    assert_eq!(text(&run(&folder, &draft[..4])), "", "what the house leaves out is not drafted");
    fs::remove_dir_all(&folder).expect("the folder goes");
}
