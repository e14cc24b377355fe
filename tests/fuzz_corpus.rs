//! The fuzz targets on stable: seeds by the builders, what fuzzing found, and with `PERMAUDIT_THOROUGH=1` the corpus that
//! fuzzing left on this machine.
//!
//! `UPDATE_SEEDS=1` writes the seeds to `fuzz/seeds`, from which `scripts/fuzz.sh` starts.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may stop")]

mod support;
#[path = "../fuzz/src/targets/mod.rs"]
#[allow(unreachable_pub, missing_docs, reason = "the fuzz targets are a crate of their own")]
mod targets;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::json;
use support::axml::{Element, Value as Xml, attr, id, manifest, max_sdk, name, plain, uses};
use support::docx::{Docx, heading, paragraph, permissions, row};
use support::hap::{Index, config_json, hap, language, module_json, pack_info, region, request, text as resource};
use support::ipa::{app, app_with_executable};
use support::macho::{ARM64, Container, Slice, X86_64, der, envelope, executable, indefinite_envelope};
use support::pdf::{Pdf, ruled, stream, text, zlib};
use support::plist::{Value, dict, texts, utf16};
use support::zip::{Entry, Zip};
use support::{archive, arsc, proto};
use targets::TARGETS;

/// What one input may take: five seconds for the optimised program, as `scripts/fuzz.sh` has it. A development build is
/// many times slower, and shares the machine with other tests.
const BOUND: Duration = Duration::from_secs(if cfg!(debug_assertions) { 60 } else { 5 });

/// Inputs by target.
type Seeds = BTreeMap<&'static str, Vec<Vec<u8>>>;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(name)
}

fn fixture(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)).unwrap()
}

/// Every file of a folder of fixtures whose name ends so.
fn fixtures(folder: &str, ends: &[&str]) -> Vec<Vec<u8>> {
    let files = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(folder)).unwrap();
    let mut paths: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    paths.sort();
    paths.retain(|path| ends.iter().any(|end| path.to_string_lossy().ends_with(end)));
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// A manifest with something of everything.
fn tree() -> Element {
    let mut tree = manifest([
        uses("android.permission.CAMERA").with(max_sdk(30)),
        support::axml::element("uses-permission-sdk-23").with(name("android.permission.READ_SMS")),
        support::axml::element("uses-permission").with(attr("name", id::NAME, Xml::Reference(0x7f02_0000))),
        support::axml::element("uses-sdk").with(attr("targetSdkVersion", id::TARGET_SDK, Xml::Int(35))),
        support::axml::element("application").child(support::axml::element("activity").with(name(".Main"))),
    ]);
    tree.attributes.push(plain("split", "config"));
    tree
}

fn packages(seeds: &mut Seeds) {
    let binary = [tree().compile(true).bytes(), tree().compile(false).bytes()];
    let table = [
        arsc::table(&[(0x7f, vec![arsc::values(2, vec![(0, arsc::Value::Text("android.permission.CAMERA".into()))])])]),
        arsc::table(&[(
            0x7f,
            vec![
                arsc::values(1, vec![(0, arsc::Value::Reference(0x7f02_0000))]),
                arsc::values(2, vec![(0, arsc::Value::Text("a".into())), (1, arsc::Value::Int(3))]).in_german(),
            ],
        )]),
    ];
    let apk = archive(&[("AndroidManifest.xml", &binary[0]), ("resources.arsc", &table[0])]);
    let requests = json!([request("ohos.permission.CAMERA", "camera", 0x0100_0002), { "name": "ohos.permission.NFC" }]);
    let manifests = [module_json(&requests).to_string(), config_json(&requests).to_string()];
    let sets: &[&[_]] = &[&[], &[language("zh"), region("CN")]];
    let resources = [resource(0x0100_0002, "camera", &["to scan", "扫码"]), resource(1, "name", &["$string:camera"])];
    let index = [Index::first(sets, &resources).build(), Index::second(sets, &resources).build()];
    let module = hap(&[("module.json", manifests[0].as_bytes()), ("resources.index", &index[0])]).build();

    let mut whole = fixtures("packages", &[".apk", ".aab", ".aar", ".apks", ".apkm", ".xapk", ".hap", ".hsp", ".app"]);
    whole.push(fixture("sample/app.apk"));
    whole.push(fixture("sample/app.ipa"));
    whole.push(archive(&[("pack.info", pack_info(&["entry"]).as_bytes()), ("entry.hap", &module)]));
    whole.push(app([("NSCameraUsageDescription", "Scans codes.")]).zip().build());
    let signed = executable(Container::Thin, &[Slice::signed(ARM64, &dict([("get-task-allow", true)]))]);
    whole.push(app_with_executable(signed).zip().build());
    whole.push(Zip::new([Entry::deflated("AndroidManifest.xml", &binary[1]).streamed()]).build());
    let document = |choice: u8, bytes: &[u8]| [&[choice], bytes].concat();
    let formats = u8::try_from(support::oracle::FORMATS.len()).unwrap();
    let list = app([("NSCameraUsageDescription", "Scans codes.")]).0.remove(0).1;
    let strings = b"/* c */\n\"NSCameraUsageDescription\" = \"Scans codes.\";\n";
    let mut modelled = vec![
        document(formats, &binary[0]),
        document(formats, &binary[1]),
        document(formats + 1, &proto::document(&tree())),
        document(formats + 2, &binary[1]),
        document(formats * 2 + 2, &apk),
        document(3, support::text::document(&tree()).as_bytes()),
        document(formats + 4, &list),
        document(formats * 2 + 4, strings),
        document(5, &dict([("NSCameraUsageDescription", "Scans codes.")]).xml()),
        document(5, &list),
        document(formats + 6, manifests[0].as_bytes()),
        document(formats * 2 + 6, manifests[1].as_bytes()),
        document(formats + 7, manifests[0].as_bytes()),
    ];
    for (number, folder) in [(0, ".apk"), (1, ".aab"), (2, ".apks"), (2, ".xapk"), (6, ".hap"), (7, ".app")] {
        modelled.extend(fixtures("packages", &[folder]).iter().map(|bytes| document(number, bytes)));
    }
    modelled.push(document(4, &fixture("sample/app.ipa")));
    seeds.insert("device_model", modelled);
    let surveyed = [apk.clone(), module, whole.last().unwrap().clone()];
    seeds.insert("package", whole);
    seeds.insert("zip_survey", surveyed.to_vec());

    seeds.insert("string_pool", binary.iter().chain(&table).map(|bytes| pool(bytes)).collect());
    seeds.insert("axml", binary.to_vec());
    seeds.insert("arsc", table.to_vec());
    seeds.insert("proto_xml", vec![proto::document(&tree())]);
    seeds.insert("proto_resources", vec![proto_table()]);
    seeds.insert(
        "manifest_xml",
        vec![
            support::text::document(&tree()).into_bytes(),
            fixture("packages/AndroidManifest.xml"),
            utf16(&support::text::document(&tree()), false, true),
        ],
    );
    seeds.insert(
        "merger_report",
        vec![
            fixture("gradle/app/build/outputs/logs/manifest-merger-release-report.txt"),
            b"-- Merging decision tree log ---\nuses-permission#android.permission.CAMERA\nADDED from [com.example:lib:1.2] \
              AndroidManifest.xml:7:5-65\nuses-permission#android.permission.READ_SMS\nADDED from AndroidManifest.xml:3:5-65\n"
                .to_vec(),
        ],
    );
    seeds.insert("json", manifests.into_iter().map(String::into_bytes).collect());
    seeds.insert("resources_index", index.to_vec());
}

/// The first string pool in binary XML or in a resource table: behind the head of the whole.
fn pool(bytes: &[u8]) -> Vec<u8> {
    let start = usize::from(u16::from_le_bytes([bytes[2], bytes[3]]));
    let len = u32::from_le_bytes(bytes[start + 4..start + 8].try_into().unwrap());
    bytes[start..start + usize::try_from(len).unwrap()].to_vec()
}

/// `com.example:string/name` with two values, in protocol buffers; the number is that of `0x7f020000`.
fn proto_table() -> Vec<u8> {
    use proto::{field, number, reference_item, text_item};
    let value = |config: &[u8], item: &[u8]| field(6, &[field(1, config), field(2, &field(4, item))].concat());
    let values = [value(b"", &text_item("android.permission.CAMERA")), value(&field(3, b"de"), &reference_item(7))];
    let entry = [field(1, &number(1, 0)), field(2, b"name"), values.concat()].concat();
    let kind = [field(1, &number(1, 2)), field(2, b"string"), field(3, &entry)].concat();
    field(2, &[field(1, &number(1, 0x7f)), field(2, b"com.example"), field(3, &kind)].concat())
}

fn property_lists(seeds: &mut Seeds) {
    let list = dict([
        ("CFBundleIdentifier", Value::from("com.example.app")),
        ("NSCameraUsageDescription", Value::from("Scans codes: \"é\" 扫码")),
        ("UIBackgroundModes", texts(&["location", "audio"])),
        ("UIRequiresFullScreen", Value::Bool(true)),
        ("Number", Value::Int(-3)),
        ("Real", Value::Real(1.5)),
    ]);
    seeds.insert("plist_binary", vec![list.binary(), dict([("a", list.clone())]).binary()]);
    let xml = list.xml();
    let wide = utf16(&String::from_utf8(xml.clone()).unwrap(), true, true);
    seeds.insert("plist_xml", vec![xml, wide]);
    let strings = dict([("NSCameraUsageDescription", "Scans \"codes\"."), ("b", "扫码")]);
    let old = vec![list.old().into_bytes(), strings.strings().into_bytes(), utf16(&strings.strings(), false, true)];
    seeds.insert("plist_openstep", old);

    let entitlements = dict([("get-task-allow", Value::Bool(true)), ("com.apple.developer.x", texts(&["a", "b"]))]);
    let slices = [Slice::signed(ARM64, &entitlements), Slice::signed(X86_64, &entitlements)];
    let thin = executable(Container::Thin, &slices[..1]);
    seeds.insert("code_signature", vec![signature(&thin)]);
    seeds.insert(
        "macho",
        vec![thin, executable(Container::Fat, &slices), executable(Container::Thin, &[Slice::unsigned(ARM64)])],
    );
    let signed = [envelope(&list.xml()), indefinite_envelope(&list.xml())];
    seeds.insert("der", [der(&entitlements)].into_iter().chain(signed).collect());
}

/// The code signature in an executable, from its magic on.
fn signature(executable: &[u8]) -> Vec<u8> {
    let start = executable.windows(4).position(|four| four == b"\xfa\xde\x0c\xc0").unwrap();
    executable[start..].to_vec()
}

fn statements(seeds: &mut Seeds) {
    let written = ["tables-en.md", "tables-zh.txt", "lists-en.md", "forms-zh.txt", "prose-en.md", "flat-zh.txt"];
    let markdown = written.map(|name| fixture(&format!("statements/{name}")));
    let chinese = fixture("sample/privacy.zh.md");
    let text = String::from_utf8(chinese.clone()).unwrap();
    let (gb, _, _) = encoding_rs::GB18030.encode(&text);
    let (sjis, _, _) = encoding_rs::SHIFT_JIS.encode("カメラ\n\n| 権限 | 目的 |\n|---|---|\n| カメラ | 読み取り |\n");
    seeds.insert("statement_encoding", vec![gb.into_owned(), sjis.into_owned(), utf16(&text, false, true), chinese]);
    seeds.insert("statement_markdown", markdown.to_vec());
    seeds.insert(
        "statement_csv",
        vec![
            b"Permission,Purpose\nCAMERA,\"Scans \"\"codes\"\", at the till\"\nREAD_SMS,Reads\n".to_vec(),
            "权限\t使用目的\r\n相机\t扫码\r\n位置\t打卡\r\n".as_bytes().to_vec(),
            b"Permission;Purpose;Required\nCAMERA;Scans codes;yes\nREAD_SMS;Reads a code;no\n".to_vec(),
        ],
    );
    let table = "<table><caption>Permissions</caption><tr><th rowspan=2>Permission<th colspan=2>Purpose</tr><tr><th>a<th>b\
                 </tr><tr><td><b>CAMERA</b><td>Scans<br>codes<td><i>x</i></tr><tr hidden><td>READ_SMS</table>";
    let page = format!(
        "<!DOCTYPE html><html><head><title>Privacy</title><style>.a{{display:none}} .t{{display:table}}</style></head>\
         <body><h2>Permissions</h2>{table}<ul><li>Location: maps<li>Storage &amp; photos</ul><dl><dt>CAMERA<dd>Scans</dl>\
         <div class=a>READ_SMS</div><p>We <s>do</s> not use your microphone.</p><textarea>&lt;uses-permission \
         android:name=\"android.permission.CAMERA\"/&gt;</textarea><script>x</script></body></html>"
    );
    let saved = format!(
        "From: <Saved>\nMIME-Version: 1.0\nContent-Type: multipart/related; boundary=\"b\"; type=\"text/html\"\n\n--b\n\
         Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n{}\n--b--\n",
        page.replace('=', "=3D")
    );
    seeds.insert("statement_html", vec![page.into_bytes(), saved.into_bytes()]);

    let rows = permissions(&[row(&["CAMERA", "Scans codes."]), row(&["Location", "Maps."])]);
    let bodies = [
        format!("{}{rows}{}", heading("Permissions"), paragraph("We do not read your messages.")),
        rows.replace("<w:tc>", "<w:tc><w:tcPr><w:vMerge w:val=\"restart\"/><w:gridSpan w:val=\"2\"/></w:tcPr>"),
    ];
    seeds.insert("statement_docx", bodies.into_iter().map(|body| Docx::new(body).document().into_bytes()).collect());

    let operators = ruled(&[40, 200, 500], 700, 30, &[&["Permission", "Purpose"], &["CAMERA", "Scans codes."]]);
    let page = text_page() + &operators;
    let mut packed = Pdf::new(&[&page], "");
    packed.objects[4] = stream("/Filter /FlateDecode", &zlib(page.as_bytes()));
    seeds.insert("statement_pdf", vec![Pdf::new(&[&page], "").build(), packed.build(), tagged(&page).build()]);
}

fn text_page() -> String {
    text(40, 760, 16, "Permissions") + &text(40, 740, 10, "We use the camera to scan codes.")
}

/// A page with a font of two bytes and a structure.
fn tagged(page: &str) -> Pdf {
    let mut pdf = Pdf::new(&[page], "/F2 6 0 R");
    pdf.add(
        "<</Type /Font /Subtype /Type0 /BaseFont /A /Encoding /Identity-H /DescendantFonts [<</Type /Font /Subtype \
         /CIDFontType2 /BaseFont /A /CIDSystemInfo <</Registry (Adobe) /Ordering (Identity) /Supplement 0>> /DW 1000>>] \
         /ToUnicode 7 0 R>>",
    );
    pdf.add(stream(
        "",
        b"begincmap 1 begincodespacerange <0000> <ffff> endcodespacerange 1 beginbfrange <0001> <0009> <0041> endbfrange \
          endcmap",
    ));
    pdf.add("<</Type /StructTreeRoot /K <</S /Table /K <</S /TR /K <</S /TD /Pg 4 0 R /K 0>> >> >> >>");
    let marked = format!("/TD <</MCID 0>> BDC {page} BT /F2 10 Tf 40 600 Td <00010002> Tj ET EMC");
    pdf.objects[4] = stream("", marked.as_bytes());
    pdf.objects[0] = b"<</Type /Catalog /Pages 2 0 R /MarkInfo <</Marked true>> /StructTreeRoot 8 0 R>>".to_vec();
    pdf
}

fn house(seeds: &mut Seeds) {
    seeds.insert("policy_file", vec![fixture("sample/permaudit.toml")]);
    let finding = json!({ "fingerprint": "0123456789abcdef", "accepted": null });
    let accepted = json!({ "fingerprint": "fedcba9876543210", "accepted": { "reason": "x" } });
    let report = json!({ "schema_version": "1", "findings": [finding, accepted] });
    seeds.insert("baseline", vec![report.to_string().into_bytes()]);
    let line = json!({ "path": "Cargo.toml", "size": 1, "modified": 2, "exit_code": 1, "statements": [] });
    let pair = json!({ "path": "a", "size": null, "modified": null, "exit_code": 3, "statements": [line.clone()] });
    seeds.insert("scan_line", [line, pair].iter().map(|line| line.to_string().into_bytes()).collect());
}

fn seeds() -> Seeds {
    let mut seeds = Seeds::new();
    packages(&mut seeds);
    property_lists(&mut seeds);
    statements(&mut seeds);
    house(&mut seeds);
    seeds
}

/// Runs `target` on `bytes`, which is not to take long.
fn replay(name: &str, target: targets::Target, bytes: &[u8], what: &str) {
    replay_within(BOUND, name, target, bytes, what);
}

fn replay_within(bound: Duration, name: &str, target: targets::Target, bytes: &[u8], what: &str) {
    let start = Instant::now();
    target(bytes);
    let took = start.elapsed();
    assert!(took < bound, "{name}: {what} took {took:?}");
}

#[test]
#[should_panic(expected = "slow: an input took")]
fn an_input_that_takes_too_long_is_a_finding() {
    let slow = |_: &[u8]| std::thread::sleep(Duration::from_millis(3));
    replay_within(Duration::from_millis(2), "slow", slow, b"", "an input");
}

#[test]
fn every_target_has_seeds_and_holds_its_laws_on_them() {
    let seeds = seeds();
    let named: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
    assert_eq!(named, seeds.keys().copied().collect::<Vec<_>>());
    for (name, target) in TARGETS {
        for (number, bytes) in seeds[name].iter().enumerate() {
            assert!(!bytes.is_empty(), "{name}: seed {number} is empty");
            replay(name, *target, bytes, &format!("seed {number}"));
        }
        replay(name, *target, b"", "nothing at all");
    }
    if std::env::var_os("UPDATE_SEEDS").is_some() {
        for (name, inputs) in &seeds {
            let folder = folder("seeds").join(name);
            fs::create_dir_all(&folder).unwrap();
            for (number, bytes) in inputs.iter().enumerate() {
                fs::write(folder.join(format!("{number:02}")), bytes).unwrap();
            }
        }
    }
}

#[test]
fn what_fuzzing_found_stays_mended() {
    let kinds: &[&str] =
        if std::env::var_os("PERMAUDIT_THOROUGH").is_some() { &["crashes", "corpus"] } else { &["crashes"] };
    let mut replayed = 0;
    for (name, target) in TARGETS {
        for &kind in kinds {
            let Ok(files) = fs::read_dir(folder(kind).join(name)) else { continue };
            let mut paths: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
            paths.sort();
            for path in paths {
                replay(name, *target, &fs::read(&path).unwrap(), &path.to_string_lossy());
                replayed += usize::from(kind == "crashes");
            }
        }
    }
    let kept: usize = fs::read_dir(folder("crashes"))
        .map_or(0, |folders| folders.map(|folder| fs::read_dir(folder.unwrap().path()).unwrap().count()).sum());
    assert_eq!(replayed, kept, "an input is kept for a target that is none");
}

#[test]
fn every_target_has_its_driver() {
    let mut drivers: Vec<String> = fs::read_dir(folder("fuzz_targets"))
        .unwrap()
        .map(|file| file.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    drivers.sort();
    // What proves that the limits of fuzzing bite is no target.
    drivers.retain(|driver| driver != "limits");
    assert_eq!(drivers, TARGETS.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    let manifest = fs::read_to_string(folder("Cargo.toml")).unwrap();
    for driver in drivers {
        assert!(manifest.contains(&format!("path = \"fuzz_targets/{driver}.rs\"")), "{driver} is not built");
    }
}
