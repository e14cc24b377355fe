//! Apps as files, for an archive or a folder.

use std::path::{Path, PathBuf};

use super::macho::{ARM64, Container, Slice, executable};
use super::plist::{Value, dict};
use super::zip::{Entry, Zip};
use permaudit::declaration::{Declaration, DeclarationKind, Package};
use permaudit::platform;
use permaudit::source::Source;

/// The members that every Info.plist has, then `more`.
pub fn info<V: Into<Value>>(executable: &str, more: impl IntoIterator<Item = (&'static str, V)>) -> Value {
    let mut members = vec![
        ("CFBundleExecutable".to_owned(), Value::from(executable)),
        ("CFBundleIdentifier".to_owned(), Value::Text(format!("com.example.{executable}"))),
        ("CFBundleShortVersionString".to_owned(), Value::from("1.2")),
        ("CFBundleVersion".to_owned(), Value::from("34")),
        ("MinimumOSVersion".to_owned(), Value::from("15.0")),
    ];
    members.extend(more.into_iter().map(|(key, value)| (key.to_owned(), value.into())));
    Value::Dict(members)
}

/// Files of a package, by name.
#[derive(Debug, Clone, Default)]
pub struct Files(pub Vec<(String, Vec<u8>)>);

impl Files {
    pub fn with(mut self, name: &str, content: impl AsRef<[u8]>) -> Files {
        self.0.push((name.to_owned(), content.as_ref().to_vec()));
        self
    }

    /// A program in `folder`, called like the folder, with an unsigned executable.
    pub fn program(self, folder: &str, info: &Value) -> Files {
        let name = folder.rsplit('/').next().unwrap();
        let name = name.rsplit_once('.').unwrap().0;
        self.with(&format!("{folder}/Info.plist"), info.binary())
            .with(&format!("{folder}/{name}"), executable(Container::Thin, &[Slice::unsigned(ARM64)]))
    }

    pub fn zip(&self) -> Zip {
        Zip::new(self.0.iter().map(|(name, content)| Entry::deflated(name, content)))
    }

    pub fn read(&self) -> Package {
        read(self.zip().build())
    }

    /// Writes the files under a new folder called `name`.
    pub fn on_disk(&self, name: &str) -> Folder {
        let number = std::sync::atomic::AtomicUsize::fetch_add(&TURN, 1, std::sync::atomic::Ordering::Relaxed);
        let top = std::env::temp_dir().join(format!("permaudit-{}-{number}", std::process::id()));
        let path = top.join(name);
        std::fs::create_dir_all(&path).unwrap();
        for (name, content) in &self.0 {
            let file = path.join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, content).unwrap();
        }
        Folder { top, path }
    }
}

static TURN: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);

/// A folder that is removed at the end of the test.
pub struct Folder {
    top: PathBuf,
    pub path: PathBuf,
}

impl Folder {
    pub fn read(&self) -> Package {
        platform::read(&Source::open_package(&self.path).unwrap())
    }

    pub fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    pub fn top(&self) -> &Path {
        &self.top
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.top);
    }
}

/// `Payload/A.app` with these purpose strings, or what else is to stand in its Info.plist.
pub fn app<V: Into<Value>>(more: impl IntoIterator<Item = (&'static str, V)>) -> Files {
    Files::default().program("Payload/A.app", &info("A", more))
}

/// `Payload/A.app` with this executable.
pub fn app_with_executable(bytes: impl AsRef<[u8]>) -> Files {
    let none: [(&str, Value); 0] = [];
    Files::default().with("Payload/A.app/Info.plist", info("A", none).binary()).with("Payload/A.app/A", bytes)
}

pub fn read(bytes: Vec<u8>) -> Package {
    platform::read(&Source::new("a", bytes))
}

/// The codes of the doubts, each once.
pub fn codes(package: &Package) -> Vec<&'static str> {
    let mut codes: Vec<_> = package.declarations.doubts().iter().map(|doubt| doubt.code.name()).collect();
    let mut seen = std::collections::HashSet::new();
    codes.retain(|code| seen.insert(*code));
    codes
}

pub fn of_kind(package: &Package, kind: DeclarationKind) -> Vec<&Declaration> {
    package.declarations.value.iter().filter(|d| d.kind == kind).collect()
}

/// Names of the purpose strings, in order.
pub fn purposes(package: &Package) -> Vec<&str> {
    of_kind(package, DeclarationKind::PurposeString).iter().map(|d| d.permission.as_str()).collect()
}

/// An empty dictionary.
pub fn empty() -> Value {
    let none: [(&str, Value); 0] = [];
    dict(none)
}
