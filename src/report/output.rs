//! Where reports go: standard output, or a file that is replaced whole.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Where one format is written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// Standard output.
    Stdout,
    /// A file.
    File(PathBuf),
}

/// Lets `render` write to `destination`. A file is written beside its final name and renamed, so that a reader never
/// sees half of it and a failure leaves the earlier file as it was.
///
/// # Errors
/// Those of the file system and of standard output; a closed pipe comes back as [`io::ErrorKind::BrokenPipe`].
pub fn write<T>(destination: &Destination, render: impl FnOnce(&mut dyn Write) -> io::Result<T>) -> io::Result<T> {
    match destination {
        Destination::Stdout => {
            let mut out = io::BufWriter::with_capacity(64 * 1024, io::stdout().lock());
            let value = render(&mut out)?;
            out.flush()?;
            Ok(value)
        }
        Destination::File(path) => replace(path, render),
    }
}

/// Lets `render` write behind what stands in the file at `path` already.
///
/// # Errors
/// Those of the file system.
pub fn append<T>(path: &Path, render: impl FnOnce(&mut dyn Write) -> io::Result<T>) -> io::Result<T> {
    let mut out = io::BufWriter::new(fs::OpenOptions::new().append(true).create(true).open(path)?);
    let value = render(&mut out)?;
    out.flush()?;
    Ok(value)
}

fn replace<T>(path: &Path, render: impl FnOnce(&mut dyn Write) -> io::Result<T>) -> io::Result<T> {
    // A device or a pipe (/dev/null, /dev/stdout) is written in place: it cannot be replaced.
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        let mut out = io::BufWriter::new(fs::OpenOptions::new().write(true).open(path)?);
        let value = render(&mut out)?;
        out.flush()?;
        return Ok(value);
    }
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().ok_or_else(|| io::Error::other("it names no file"))?);
    name.push(format!(".{}.tmp", std::process::id()));
    let beside = path.with_file_name(name);
    let written = (|| {
        let mut out = io::BufWriter::new(fs::OpenOptions::new().write(true).create_new(true).open(&beside)?);
        let value = render(&mut out)?;
        out.flush()?;
        fs::rename(&beside, path)?;
        Ok(value)
    })();
    if written.is_err() {
        // The error that is reported is the first one; a leftover that cannot be removed changes nothing about it.
        let _ = fs::remove_file(&beside);
    }
    written
}
