//! From names to sources: the policy file, globs, the files that a command names.

mod pattern;
mod walk;

use std::fs;
use std::io::{self, BufRead};
use std::path::{Path, PathBuf};

use crate::check::Product;
use crate::config::{self, Config, FILE_NAME};
use crate::scan::{Done, Job};
use crate::source::{Escaped, Source};

use pattern::Pattern;
pub use walk::Walk;

/// Bytes of a policy file or a baseline. A report over 1,000 permissions and 20 statements has 20 MiB.
const TEXT_BYTES: u64 = 256 * 1024 * 1024;

/// The policy file that is in force, and the folder its paths are relative to.
#[derive(Debug, Default)]
pub struct Found {
    /// What it says; the default where there is no file.
    pub config: Config,
    folder: PathBuf,
}

/// Reads the policy file at `path`, or the nearest one from the working directory, `here`, upwards to the root of the
/// repository (the first folder that holds `.git`).
///
/// # Errors
/// A sentence for each mistake, with line and column; what the system reports.
pub fn policy(path: Option<&Path>, here: &Path) -> Result<Found, String> {
    let found = path.map(Path::to_path_buf).or_else(|| nearest(here));
    let Some(path) = found else { return Ok(Found::default()) };
    let text = text(&path)?;
    let config = config::parse(&text, &path.to_string_lossy()).map_err(|mistakes| {
        let lines: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        format!("the policy file has {} mistakes\n{}", lines.len(), lines.join("\n"))
    })?;
    let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
    Ok(Found { config, folder })
}

/// The nearest policy file as seen from `here`, so that names in reports and fingerprints are the same on every machine.
fn nearest(here: &Path) -> Option<PathBuf> {
    let folders = here.ancestors();
    let mut inside = true;
    let within = folders.take_while(|folder| std::mem::replace(&mut inside, !folder.join(".git").exists()));
    let above = within.map(|folder| folder.join(FILE_NAME).is_file()).position(|is_there| is_there)?;
    Some(PathBuf::from("../".repeat(above)).join(FILE_NAME))
}

/// The whole of a text file that the user named.
///
/// # Errors
/// A sentence with the file's name.
pub fn text(path: &Path) -> Result<String, String> {
    let shown = Escaped(&path.to_string_lossy()).to_string();
    let source = Source::open(path).map_err(|error| format!("{shown}: {error}"))?;
    if source.len() > TEXT_BYTES {
        return Err(format!("{shown}: it has {} bytes, at most {TEXT_BYTES} are read", source.len()));
    }
    let bytes = source.read_vec(0, source.len()).map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|error| format!("{shown}: it is not UTF-8: {error}"))
}

/// Opens the files at `paths`.
///
/// # Errors
/// A sentence with the file's name.
pub fn open(paths: &[PathBuf]) -> Result<Vec<Source>, String> {
    paths.iter().map(|path| one(path)).collect()
}

/// Opens the packages at `paths`: files, or folders such as app bundles.
///
/// # Errors
/// A sentence with the file's name.
pub fn open_packages(paths: &[PathBuf]) -> Result<Vec<Source>, String> {
    paths.iter().map(|path| named(path, Source::open_package(path))).collect()
}

/// The paths that `given` leads to: a pattern that is no file to what it matches, anything else to itself.
///
/// # Errors
/// A sentence for a pattern that matches nothing or is none.
pub fn expand(given: &[PathBuf]) -> Result<Vec<PathBuf>, String> {
    let mut paths = Vec::new();
    for path in given {
        let written = path.to_string_lossy();
        let found = Pattern::new(Path::new(""), &written).and_then(|pattern| pattern.matched());
        let found = found.map_err(|error| format!("{}: {error}", Escaped(&written)))?;
        if found.is_empty() {
            return Err(format!("{} matches nothing", Escaped(&written)));
        }
        paths.extend(found);
    }
    Ok(paths)
}

/// The pairs in the file at `path`: on each line a package and its statements, parted by tabs. Empty lines and lines
/// that begin with `#` are left out.
///
/// # Errors
/// A sentence for a line with a package and no statement, and for a file that cannot be read.
pub fn pairs(path: &Path) -> Result<Vec<Job>, String> {
    let text = text(path)?;
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    let job = |(number, line): (usize, &str)| {
        let mut names = line.split('\t').map(str::trim).filter(|name| !name.is_empty()).map(PathBuf::from);
        match (names.next(), names.collect::<Vec<_>>()) {
            (Some(package), statements) if !statements.is_empty() => Ok(Job { package, statements }),
            _ => Err(format!("{}:{number}: a package and a statement are wanted", Escaped(&path.to_string_lossy()))),
        }
    };
    lines.map(job).collect()
}

/// What an earlier scan wrote into the file at `path`; nothing where there is none. A last line that was cut short is
/// taken off the file.
///
/// # Errors
/// A sentence for a line that no scan wrote, and for a file that cannot be read or mended.
pub fn done(path: &Path) -> Result<Done, String> {
    let shown = Escaped(&path.to_string_lossy()).to_string();
    let mut done = Done::default();
    let file = match fs::OpenOptions::new().read(true).write(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(done),
        Err(error) => return Err(format!("{shown}: {error}")),
    };
    let mut reader = io::BufReader::new(&file);
    let (mut line, mut whole) = (String::new(), 0);
    for number in 1.. {
        line.clear();
        let read = reader.read_line(&mut line).map_err(|error| format!("{shown}:{number}: {error}"))?;
        if read == 0 {
            break;
        }
        if !line.ends_with('\n') {
            file.set_len(whole).map_err(|error| format!("{shown}: {error}"))?;
            break;
        }
        done.add(&line).map_err(|error| format!("{shown}:{number}: {error}"))?;
        whole += read as u64;
    }
    Ok(done)
}

/// Gives every package the manifest merger's report at `named`; without it, the one that the build of a manifest in text
/// form left beside it.
///
/// # Errors
/// A sentence with the file's name.
pub fn with_reports(packages: Vec<Source>, named: Option<&Path>) -> Result<Vec<Source>, String> {
    let found = packages.into_iter().map(|package| {
        let beside = || report_beside(Path::new(&**package.name()));
        match named.map(Path::to_path_buf).or_else(beside) {
            Some(path) => Ok(package.with_report(one(&path)?)),
            None => Ok(package),
        }
    });
    found.collect()
}

/// The report of the build variant that `manifest` is of, in the layout of Gradle: the manifest stands in
/// `build/intermediates/…/VARIANT/…`, the report in `build/outputs/logs`.
fn report_beside(manifest: &Path) -> Option<PathBuf> {
    let folders: Vec<&str> = manifest.parent()?.iter().filter_map(|part| part.to_str()).collect();
    let at = folders.windows(2).rposition(|pair| pair == ["build", "intermediates"])?;
    let build: PathBuf = manifest.iter().take(at.checked_add(1)?).collect();
    let logs = build.join("outputs").join("logs");
    let variants = folders.get(at.checked_add(2)?..)?.iter().rev();
    variants.map(|variant| logs.join(format!("manifest-merger-{variant}-report.txt"))).find(|path| path.is_file())
}

fn one(path: &Path) -> Result<Source, String> {
    named(path, Source::open(path))
}

fn named(path: &Path, opened: io::Result<Source>) -> Result<Source, String> {
    opened.map_err(|error| format!("{}: {error}", Escaped(&path.to_string_lossy())))
}

impl Found {
    /// Opens every product that the policy file names.
    ///
    /// # Errors
    /// A sentence for a file that cannot be opened, and for a path or glob that matches nothing: a gate over no file
    /// would pass.
    pub fn products(&self) -> Result<Vec<Product>, String> {
        let products = self.config.products.iter().map(|product| {
            let at = product.place.to_string();
            let packages = self.expand(&product.packages, &at, Pattern::packages)?;
            let groups = product.statements.iter().map(|group| {
                // A glob by itself names disclosures of their own; an inner list makes one of several files.
                let sources = self.expand(group, &at, Pattern::files)?;
                Ok(if group.len() == 1 { sources.into_iter().map(|s| vec![s]).collect() } else { vec![sources] })
            });
            let groups: Vec<Vec<Vec<Source>>> = groups.collect::<Result<_, String>>()?;
            Ok(Product { packages, groups: groups.into_iter().flatten().collect() })
        });
        products.collect()
    }

    /// Opens the statement at `path` and, behind it, those that make one disclosure with it in the policy file.
    ///
    /// # Errors
    /// A sentence for a file that cannot be opened, for one that the group lacks, and for a statement of several groups.
    pub fn disclosure(&self, path: &Path) -> Result<Vec<Source>, String> {
        let real = |path: &Path| fs::canonicalize(path).ok();
        let wanted = real(path);
        let mut sources = open(&[path.to_path_buf()])?;
        let mut own: Option<&[String]> = None;
        for (product, group) in self.config.products.iter().flat_map(|p| p.statements.iter().map(move |g| (p, g))) {
            let at = product.place.to_string();
            let is_in = |pattern: &String| {
                let found = Pattern::new(&self.folder, pattern).and_then(|pattern| pattern.files());
                found.is_ok_and(|paths| paths.iter().any(|path| real(path) == wanted))
            };
            if group.len() < 2 || !group.iter().any(is_in) || own == Some(group) {
                continue;
            }
            let shown = Escaped(&path.to_string_lossy()).to_string();
            if own.is_some() {
                return Err(format!(
                    "{at}: {shown} is part of several disclosures in the policy file; --no-config takes it by itself"
                ));
            }
            own = Some(group);
            let others = self.expand(group, &at, Pattern::files)?;
            sources.extend(others.into_iter().filter(|other| real(Path::new(&**other.name())) != wanted));
        }
        Ok(sources)
    }

    fn expand(
        &self,
        patterns: &[String],
        at: &str,
        matched: fn(&Pattern) -> Result<Vec<PathBuf>, String>,
    ) -> Result<Vec<Source>, String> {
        let mut sources = Vec::new();
        for pattern in patterns {
            let found = Pattern::new(&self.folder, pattern).and_then(|pattern| matched(&pattern));
            let found = found.map_err(|error| format!("{at}: `{}`: {error}", Escaped(pattern)))?;
            if found.is_empty() {
                return Err(format!("{at}: `{}` matches no file", Escaped(pattern)));
            }
            for path in found {
                sources.push(named(&path, Source::open_package(&path))?);
            }
        }
        Ok(sources)
    }
}
