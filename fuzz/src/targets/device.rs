//! The target that knows what a device would take: the small readers of `tests/support`, against the program.

use std::io::{Cursor, Write};

use permaudit::platform;
use zip::write::SimpleFileOptions;

use super::laws::source;
use crate::support::oracle::{FORMATS, Format, device, whole};

/// An archive with one entry, stored.
fn archive(name: &str, content: &[u8]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let written = writer.start_file(name, options).is_ok() && writer.write_all(content).is_ok();
    assert!(written, "the archive around {name} was not written");
    let Ok(archive) = writer.finish() else { panic!("the archive was not written") };
    archive.into_inner()
}

/// The document of a package in a regular archive.
fn around(format: Format, is_other: bool, document: &[u8]) -> Vec<u8> {
    match format {
        Format::Apk => archive("AndroidManifest.xml", document),
        Format::Bundle => archive("base/manifest/AndroidManifest.xml", document),
        Format::Set if is_other => archive("base.apk", document),
        Format::Set => archive("base.apk", &archive("AndroidManifest.xml", document)),
        Format::Ipa if is_other => archive("Payload/A.app/en.lproj/InfoPlist.strings", document),
        Format::Ipa => archive("Payload/A.app/Info.plist", document),
        Format::Hap if is_other => archive("config.json", document),
        Format::Hap => archive("module.json", document),
        Format::HarmonyApp => archive("entry.hap", &archive("module.json", document)),
        Format::Text | Format::InfoPlist => document.to_vec(),
    }
}

/// A package of the format that the first byte chooses, or a document in one: what is read whole holds what a device
/// takes.
pub fn device_model(bytes: &[u8]) {
    let Some((&choice, rest)) = bytes.split_first() else { return };
    let choice = usize::from(choice);
    let Some(&format) = FORMATS.get(choice % FORMATS.len()) else { return };
    let bytes = match choice / FORMATS.len() % 3 {
        0 => rest.to_vec(),
        way => around(format, way == 2, rest),
    };
    let Some(declared) = whole(&platform::read(&source(&bytes))) else { return };
    let Some(expected) = device(format, &bytes) else { return };
    let missing: Vec<&String> = expected.difference(&declared).collect();
    assert!(missing.is_empty(), "{format:?} is read whole without {missing:?}");
}
