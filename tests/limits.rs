//! Files that are made to take time or memory, each by name: they end in the name of a limit and in what to do about it, or
//! are read whole. `scripts/limits_check.py` measures time and memory of larger ones in the optimised program.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "a test may stop"
)]

mod support;

use std::fs;
use std::io;
use std::path::PathBuf;
use std::process::Command;

use permaudit::check::{self, Options};
use permaudit::doubt::Code;
use permaudit::limits;
use permaudit::source::{ReadAt, Source};
use support::axml::{self, Body, Node, Str};
use support::docx::Docx;
use support::zip::{Entry, Zip};
use support::{plist, proto};

const MANIFEST: &str = "AndroidManifest.xml";

/// A file of its own for each case, which ends with the test.
struct File(PathBuf);

impl File {
    fn new(name: &str, bytes: &[u8]) -> File {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("limits");
        fs::create_dir_all(&folder).expect("a folder");
        let path = folder.join(name);
        fs::write(&path, bytes).expect("a file");
        File(path)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Exit code and text of a command over one file.
fn run(command: &str, file: &File) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_permaudit"))
        .args([command, "--color", "never"])
        .arg(&file.0)
        .output()
        .expect("the binary runs");
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    (output.status.code().expect("it was not killed"), String::from_utf8(output.stdout).expect("UTF-8"))
}

/// The command ends with 3, names the limit `code` and says what to do; `permaudit explain` says the same.
fn ends_at(command: &str, name: &str, bytes: &[u8], code: &str) {
    let (exit_code, text) = run(command, &File::new(name, bytes));
    assert_eq!(exit_code, 3, "{name}: {text}");
    assert!(text.contains(&format!("[{code}]")), "{name} should name {code}: {text}");
    let advice = Code::from_name(code).and_then(Code::advice).expect("it is a limit");
    assert!(text.contains(&format!("to do: {advice}")), "{name}: {text}");
}

fn package_ends_at(name: &str, bytes: &[u8], code: &str) {
    ends_at("inspect", name, bytes, code);
}

fn statement_ends_at(name: &str, bytes: impl AsRef<[u8]>, code: &str) {
    ends_at("statement", name, bytes.as_ref(), code);
}

/// Codes of the doubts about a package, or none.
fn codes(source: Source) -> Vec<&'static str> {
    let report = check::inspect(&[source], &Options::default());
    report.packages[0].doubts.iter().map(|doubt| doubt.code).collect()
}

fn apk(more: impl IntoIterator<Item = Entry>) -> Zip {
    let manifest = axml::manifest([axml::uses("android.permission.CAMERA")]).bytes();
    Zip::new([Entry::deflated(MANIFEST, manifest)].into_iter().chain(more))
}

fn is_whole(bytes: Vec<u8>) -> bool {
    let report = check::inspect(&[Source::new("app.apk", bytes)], &Options::default());
    let found = report.packages[0].declarations.iter().any(|d| d.permission == "android.permission.CAMERA");
    report.established && found
}

#[test]
fn every_limit_says_what_to_do() {
    let limits: Vec<&Code> = Code::ALL.iter().filter(|code| code.name().starts_with("limit-")).collect();
    assert!(limits.len() > 20);
    for code in limits {
        let output = Command::new(env!("CARGO_BIN_EXE_permaudit")).args(["explain", code.name()]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("**What to do:** ") && text.contains(code.advice().unwrap()), "{text}");
    }
    assert_eq!(Code::ZipTruncated.advice(), None);
}

#[test]
fn a_zip_bomb_by_ratio() {
    let zeros = vec![0; usize::try_from(limits::ENTRY_BYTES).unwrap() + 1];
    let bomb = Zip::new([Entry::deflated(MANIFEST, &zeros), Entry::stored("classes.dex", b"dex")]).build();
    assert!(bomb.len() < 100_000);
    package_ends_at("ratio.apk", &bomb, "limit-entry-bytes");
    // One that lies about what it inflates to.
    let lies = Entry::deflated(MANIFEST, &zeros).both(|header| header.uncompressed = 100);
    package_ends_at("lying.apk", &Zip::new([lies, Entry::stored("classes.dex", b"dex")]).build(), "limit-entry-bytes");
    // What nobody reads may inflate to anything.
    assert!(is_whole(apk([Entry::deflated("res/big", &zeros)]).build()));
}

/// Thousands of records for one stream of bytes: told as overlapping, and inflated once.
#[test]
fn a_zip_bomb_by_overlap() {
    let zeros = vec![0; 32 << 20];
    let kernel = Entry::deflated("res/0", &zeros);
    let copies = (1..2_000).map(|number| {
        let name = format!("res/{number}");
        kernel.clone().with(|entry| {
            entry.central.name = name.clone().into_bytes();
            entry.central.offset = Some(0);
            entry.has_local = false;
        })
    });
    let manifest = axml::manifest([axml::uses("android.permission.CAMERA")]).bytes();
    let first = [kernel.clone(), Entry::deflated(MANIFEST, manifest)];
    let bytes = Zip::new(first.into_iter().chain(copies)).build();
    assert_eq!(codes(Source::new("overlap.apk", bytes)), ["zip-overlap"]);
}

/// A set in a set in a set: only one level is a package that a store delivers.
#[test]
fn archives_in_archives() {
    let mut bytes = apk([]).build();
    for _ in 0..50 {
        bytes = Zip::new([Entry::stored("base.apk", &bytes)]).build();
    }
    let (exit_code, text) = run("inspect", &File::new("nested.apks", &bytes));
    assert_eq!(exit_code, 3, "{text}");
    // One that is compressed is held in memory, up to a limit.
    let large = vec![0; usize::try_from(limits::NESTED_BYTES).unwrap() + 1];
    let inner = Entry::deflated("base.apk", &large);
    drop(large);
    package_ends_at("large.apks", &Zip::new([inner]).build(), "limit-entry-bytes");
}

#[test]
fn a_hundred_thousand_entries_are_read() {
    let manifest = axml::manifest([axml::uses("android.permission.CAMERA")]).bytes();
    let entries = (0..100_000_u32).map(|number| Entry::stored(format!("res/{number:x}"), b""));
    // 16 bits of the end record cannot count them.
    let end64 = support::zip::End64::default();
    let bytes =
        Zip { end64: Some(end64), ..Zip::new([Entry::deflated(MANIFEST, manifest)].into_iter().chain(entries)) };
    let bytes =
        bytes.with(|zip| zip.end.count = Some(u16::MAX)).with(|zip| zip.end.count_here = Some(u16::MAX)).build();
    assert!(is_whole(bytes));
}

/// An archive that does not exist as bytes anywhere: `records` equal records with names of 65,535 bytes.
struct Names {
    record: Vec<u8>,
    records: u64,
    end: Vec<u8>,
}

impl Names {
    fn new(records: u64) -> Names {
        let entry = Entry::stored(vec![b'n'; 65_535], b"").with(|entry| entry.has_local = false);
        let one = Zip::new([entry]).layout();
        let record = one.bytes[one.records[0]..one.end].to_vec();
        let size = record.len() as u64 * records;
        let end = Zip::new([]).with(|zip| {
            let records = records as u16;
            (zip.end.count, zip.end.count_here) = (Some(records), Some(records));
            (zip.end.size, zip.end.offset) = (Some(size as u32), Some(0));
        });
        Names { record, records, end: end.build() }
    }
}

impl ReadAt for Names {
    fn len(&self) -> u64 {
        self.record.len() as u64 * self.records + self.end.len() as u64
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        let directory = self.record.len() as u64 * self.records;
        for (index, byte) in buf.iter_mut().enumerate() {
            let at = offset + index as u64;
            *byte = match at.checked_sub(directory) {
                None => self.record[(at % self.record.len() as u64) as usize],
                Some(at) => *self.end.get(at as usize).ok_or(io::ErrorKind::UnexpectedEof)?,
            };
        }
        Ok(())
    }
}

#[test]
fn a_gigabyte_of_names_is_refused_before_it_is_read() {
    let names = Names::new(16_384);
    assert!(names.len() > 1 << 30);
    assert_eq!(codes(Source::new("names.apk", names)), ["limit-directory-bytes"]);
}

/// `<a>` in `<a>`, so many times.
fn deep_axml(times: usize) -> Vec<u8> {
    let mut doc = axml::manifest([axml::uses("android.permission.CAMERA")]).compile(true);
    let tag = doc.string("a");
    let body = Body::Start { name: tag, attribute_start: 20, attribute_size: 20, count: None, attributes: Vec::new() };
    let at = doc.start_at("uses-permission", 0);
    doc.nodes.splice(at..at, std::iter::repeat_n(Node::new(0x102, body), times));
    doc.bytes()
}

#[test]
fn deep_manifests() {
    package_ends_at("deep.axml", &deep_axml(100_000), "limit-xml-depth");
    let text = format!("<manifest package=\"a\">{}", "<a>".repeat(100_000));
    package_ends_at("deep.xml", text.as_bytes(), "limit-xml-depth");
    let mut tree = proto::uses("android.permission.CAMERA");
    for _ in 0..limits::XML_DEPTH + 1 {
        tree = proto::node(&proto::element("a", &[], &[tree]));
    }
    let bundle = Zip::new([
        Entry::deflated("base/manifest/AndroidManifest.xml", proto::manifest(&[tree])),
        Entry::stored("BundleConfig.pb", b""),
    ]);
    package_ends_at("deep.aab", &bundle.build(), "limit-xml-depth");
    let module = format!(r#"{{"module":{{"requestPermissions":{}"#, "[".repeat(100_000));
    package_ends_at("module.json", module.as_bytes(), "limit-json-depth");
}

#[test]
fn deep_property_lists() {
    let head = "<?xml version=\"1.0\"?><plist version=\"1.0\">";
    let xml = format!("{head}{}", "<dict><key>a</key>".repeat(100_000));
    package_ends_at("Info.plist", xml.as_bytes(), "limit-plist-depth");
    let mut binary = plist::Binary::default();
    // Objects 0 to 9,999 are arrays that hold the next one.
    binary.objects.extend((1..=10_000).map(|next| plist::Object::Array(vec![next])));
    binary.text("x");
    package_ends_at("binary.plist", &binary.build(), "limit-plist-depth");
    let old = format!("{{CFBundleIdentifier=a;NSCameraUsageDescription={}", "(".repeat(100_000));
    package_ends_at("old.plist", old.as_bytes(), "limit-plist-depth");
}

/// Two references to the object below, twenty-four times: sixteen million values in a few hundred bytes.
#[test]
fn a_property_list_that_multiplies_its_values() {
    let mut binary = plist::Binary::default();
    for object in 0..24_u8 {
        binary.raw(vec![0xa2, object + 1, object + 1]);
    }
    binary.text("x");
    package_ends_at("laughs.plist", &binary.build(), "limit-plist-values");
}

#[test]
fn a_pool_of_a_million_strings() {
    let mut doc = axml::manifest([axml::uses("android.permission.CAMERA")]).compile(true);
    let one = Str { offset: Some(0), ..Str::new("") };
    doc.pool.strings.extend(std::iter::repeat_n(one, 1_000_000));
    let bytes = Zip::new([Entry::deflated(MANIFEST, doc.bytes()), Entry::stored("classes.dex", b"dex")]).build();
    assert!(is_whole(bytes));
}

#[test]
fn deep_and_unclosed_pages() {
    let tags = format!("<html><body>{}CAMERA", "<div>".repeat(100_000));
    statement_ends_at("tags.html", &tags, "limit-html-depth");
    statement_ends_at("tags.md", format!("{}CAMERA", "<div>".repeat(100_000)), "limit-html-depth");
    let cells = "<table><tr><td>".repeat(5_000);
    statement_ends_at("tables.html", format!("<html><body>{cells}"), "limit-html-depth");
    // A table that another one begins in is closed by it.
    let tables = "<table>".repeat(5_000);
    let (exit_code, text) = run("statement", &File::new("unclosed.html", format!("<html><body>{tables}").as_bytes()));
    assert_eq!(exit_code, 1, "{text}");
    statement_ends_at("deep.docx", Docx::new("<w:sdt>".repeat(5_000)).build(), "limit-xml-depth");
}

#[test]
fn many_nodes_and_references_in_a_page() {
    let references = "&amp;".repeat(limits::HTML_REFERENCES + 1);
    statement_ends_at("references.html", format!("<html><body><p>{references}</p>"), "limit-html-nodes");
}

/// An entity that stands for ten others, and so on. None is ever expanded.
#[test]
fn entity_bombs() {
    let entity = |number: u32| {
        let inner = if number == 0 { "lol".repeat(10) } else { format!("&e{};", number - 1).repeat(10) };
        format!("<!ENTITY e{number} \"{inner}\">")
    };
    let bomb = format!("[{}]", (0..10).map(entity).collect::<String>());
    let manifest = format!("<!DOCTYPE manifest {bomb}><manifest package=\"a\">&e9;</manifest>");
    let info =
        format!("<?xml version=\"1.0\"?><!DOCTYPE plist {bomb}><plist><dict><key>&e9;</key><true/></dict></plist>");
    for (command, name, bytes) in [
        ("inspect", "laughs.xml", manifest.as_bytes().to_vec()),
        ("inspect", "entities.plist", info.into_bytes()),
        ("statement", "laughs.docx", {
            let document = Docx::new("<w:p/>");
            let text = document.document().replacen("<w:document", &format!("<!DOCTYPE x {bomb}><w:document"), 1);
            let entries = document.entries().into_iter().map(|(name, bytes)| {
                let bytes = if name == "word/document.xml" { text.clone().into_bytes() } else { bytes };
                Entry::deflated(name, bytes)
            });
            Zip::new(entries).build()
        }),
    ] {
        let (exit_code, text) = run(command, &File::new(name, &bytes));
        assert_eq!(exit_code, 3, "{name}: {text}");
        assert!(text.len() < 5_000 && !text.contains("lollollol"), "{name}: {text}");
    }
    // A browser knows no entities but its own.
    let page =
        format!("<!DOCTYPE html {bomb}><html><body><h2>Permissions</h2><ul><li>CAMERA: &e9;</li></ul></body></html>");
    let (_, text) = run("statement", &File::new("laughs.html", page.as_bytes()));
    assert!(text.len() < 10_000, "{text}");
}

#[test]
fn a_statement_of_fifty_megabytes() {
    let file = File::new("large.md", b"");
    fs::File::options().write(true).open(&file.0).unwrap().set_len(50 << 20).unwrap();
    let (exit_code, text) = run("statement", &file);
    assert!(exit_code == 3 && text.contains("[limit-statement-bytes]") && text.contains("to do: "), "{text}");
}

#[test]
fn a_paragraph_of_a_megabyte() {
    let words = "one word after another ";
    let long = words.repeat(limits::PARAGRAPH_BYTES / words.len() + 1);
    let cell = format!("| Permission | Purpose |\n|---|---|\n| CAMERA | {long} |\n");
    statement_ends_at("cell.md", cell, "limit-paragraph-bytes");
    // What stands beside it is read.
    let text = format!("{long}\n\n# Permissions\n\n- CAMERA: scanning\n");
    let options = Options::default();
    let report = check::statements(vec![Source::new("beside.md", text.into_bytes())], &options);
    assert_eq!((report.exit_code, report.statements[0].disclosures[0].written.as_str()), (3, "CAMERA"));
    assert_eq!(report.statements[0].doubts[0].code, "limit-paragraph-bytes");
}

/// Deep lists, quotes, brackets and emphasis without an end stay linear: each of these takes well below a second.
#[test]
fn marks_without_an_end() {
    for (name, text) in [
        ("quotes.md", ">".repeat(100_000)),
        ("brackets.md", "[".repeat(100_000)),
        ("stars.md", "*a ".repeat(50_000)),
        ("ticks.md", "`a``".repeat(30_000)),
        ("links.md", "[a](".repeat(30_000)),
        ("lists.md", (0..1_000).map(|depth| format!("{}- a\n", " ".repeat(depth))).collect()),
    ] {
        let (exit_code, _) = run("statement", &File::new(name, text.as_bytes()));
        assert_eq!(exit_code, 1, "{name}");
    }
}
