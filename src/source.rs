//! Inputs, places in them, and the one way in which untrusted text is escaped.
//!
//! Nothing outside this file touches the file system: a [`Source`] is a name and something that can be
//! [read at an offset](ReadAt), be it a file, memory, or later a range reader over HTTP.

use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::deadline;
use crate::doubt::Code;
use crate::error::Error;

/// Random access to immutable bytes.
pub trait ReadAt: Send + Sync {
    /// Length in bytes.
    fn len(&self) -> u64;

    /// True when there are no bytes.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Fills `buf` from `offset` (bytes from the start), or fails: a short read is an error.
    ///
    /// # Errors
    /// [`io::ErrorKind::UnexpectedEof`] when `offset + buf.len()` is beyond the end; whatever the system reports.
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()>;
}

impl ReadAt for Vec<u8> {
    fn len(&self) -> u64 {
        self.as_slice().len() as u64
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        let bytes = usize::try_from(offset)
            .ok()
            .and_then(|start| self.get(start..start.checked_add(buf.len())?))
            .ok_or(io::ErrorKind::UnexpectedEof)?;
        buf.copy_from_slice(bytes);
        Ok(())
    }
}

struct OpenFile {
    file: File,
    len: u64,
}

impl ReadAt for OpenFile {
    fn len(&self) -> u64 {
        self.len
    }

    #[cfg(unix)]
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.file, buf, offset)
    }

    #[cfg(windows)]
    fn read_at(&self, mut offset: u64, mut buf: &mut [u8]) -> io::Result<()> {
        while !buf.is_empty() {
            let read = std::os::windows::fs::FileExt::seek_read(&self.file, buf, offset)?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            buf = buf.split_at_mut(read).1;
            offset += read as u64;
        }
        Ok(())
    }
}

/// A range of something that can be read: an archive stored inside another.
struct Part {
    whole: Arc<dyn ReadAt>,
    start: u64,
    len: u64,
}

impl ReadAt for Part {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        let fits = offset.checked_add(buf.len() as u64).is_some_and(|end| end <= self.len);
        let start = self.start.checked_add(offset).filter(|_| fits).ok_or(io::ErrorKind::UnexpectedEof)?;
        self.whole.read_at(start, buf)
    }
}

/// One input: the name the user gave it, and its bytes. An entry of an archive can be a source of its own.
pub struct Source {
    name: Arc<str>,
    /// The entry that this source is, for an archive in an archive.
    entry: Option<Arc<str>>,
    bytes: Arc<dyn ReadAt>,
    /// Where the files are, for a folder.
    folder: Option<PathBuf>,
    /// What a build says of how it made this package.
    report: Option<Arc<Source>>,
}

impl Source {
    /// Opens the file at `path`.
    ///
    /// # Errors
    /// What the system reports (the file does not exist, may not be read), and a plain sentence for a folder or a
    /// special file. These are usage errors (exit code 2): nothing was read yet.
    pub fn open(path: &Path) -> io::Result<Source> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            let what = if metadata.is_dir() { "it is a folder, not a file" } else { "it is not a regular file" };
            return Err(io::Error::other(what));
        }
        let name = path.to_string_lossy().into();
        Ok(Source {
            name,
            entry: None,
            bytes: Arc::new(OpenFile { file, len: metadata.len() }),
            folder: None,
            report: None,
        })
    }

    /// Opens a package: a file, or a folder such as an app bundle. A folder has no bytes; its files are found by a walk.
    ///
    /// # Errors
    /// As [`open`](Self::open), but for folders.
    pub fn open_package(path: &Path) -> io::Result<Source> {
        if !std::fs::metadata(path)?.is_dir() {
            return Source::open(path);
        }
        // Only a list of names is taken from it: whether that can be read is known at once.
        std::fs::read_dir(path)?;
        let name = path.to_string_lossy().into();
        Ok(Source { name, entry: None, bytes: Arc::new(Vec::new()), folder: Some(path.to_owned()), report: None })
    }

    /// An input held in memory, or any other implementation of [`ReadAt`].
    pub fn new(name: &str, bytes: impl ReadAt + 'static) -> Source {
        Source { name: name.into(), entry: None, bytes: Arc::new(bytes), folder: None, report: None }
    }

    /// The entry `name` of this source as a source of its own, with bytes of its own (what it inflates to).
    #[must_use]
    pub fn inner(&self, name: &str, bytes: impl ReadAt + 'static) -> Source {
        let entry = self.place().in_entry(name).entry;
        Source { entry, name: Arc::clone(&self.name), bytes: Arc::new(bytes), folder: None, report: None }
    }

    /// The entry `name` of this source, whose bytes stand here as they are: nothing is copied. Reads past the end of
    /// this source fail when they are made.
    #[must_use]
    pub fn part(&self, name: &str, start: u64, len: u64) -> Source {
        self.inner(name, Part { whole: Arc::clone(&self.bytes), start, len })
    }

    /// The file at `path` as the entry `name` of this source, which is the folder that it stands in.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn file(&self, name: &str, path: &Path) -> io::Result<Source> {
        let opened = Source::open(path)?;
        Ok(Source { name: Arc::clone(&self.name), entry: self.place().in_entry(name).entry, ..opened })
    }

    /// The same source with the manifest merger's report of the build that made it.
    #[must_use]
    pub fn with_report(self, report: Source) -> Source {
        Source { report: Some(Arc::new(report)), ..self }
    }

    /// The manifest merger's report of the build that made this package, where there is one.
    #[must_use]
    pub fn report(&self) -> Option<&Source> {
        self.report.as_deref()
    }

    /// The name as the user gave it.
    #[must_use]
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The folder that this source is, where it is one.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Length in bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.bytes.len()
    }

    /// True when there are no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The place that is this whole source.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { file: Arc::clone(&self.name), entry: self.entry.clone(), ..Place::default() }
    }

    /// Fills `buf` from `offset`.
    ///
    /// # Errors
    /// `read-failed` at `offset` when the bytes are not there or the system fails.
    pub fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<(), Error> {
        deadline::reading(|| self.place());
        deadline::long_step();
        self.bytes.read_at(offset, buf).map_err(|error| {
            let message = format!("{} bytes at {offset} could not be read: {error}", buf.len());
            Error::new(Code::ReadFailed, self.place().at(offset), message)
        })
    }

    /// The `len` bytes from `offset`. The caller has compared `len` with a limit; this compares it with the source
    /// before memory is taken.
    ///
    /// # Errors
    /// `read-failed` when the source ends before `offset + len`.
    pub fn read_vec(&self, offset: u64, len: u64) -> Result<Vec<u8>, Error> {
        let fits = offset.checked_add(len).is_some_and(|end| end <= self.len());
        let Some(size) = usize::try_from(len).ok().filter(|_| fits) else {
            let message = format!("{len} bytes at {offset} are wanted, but the file has {}", self.len());
            return Err(Error::new(Code::ReadFailed, self.place().at(offset), message));
        };
        let mut buf = vec![0; size];
        self.read_at(offset, &mut buf)?;
        Ok(buf)
    }
}

/// A range of text: lines and columns start at 1, a column counts Unicode code points, the end is exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lines {
    /// First line.
    pub line: u32,
    /// Column of the first code point.
    pub column: u32,
    /// Line of the end.
    pub end_line: u32,
    /// Column just past the last code point.
    pub end_column: u32,
}

/// Where something was read: which source, which entry of it, which bytes or lines, and a symbolic path.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The source, as the user named it.
    pub file: Arc<str>,
    /// The archive entry; `base.apk!AndroidManifest.xml` for an archive in an archive.
    pub entry: Option<Arc<str>>,
    /// A path in the decoded document: `manifest > uses-permission[3]` (counted from 1).
    pub path: Option<String>,
    /// Bytes from the start of the entry (decompressed) when there is one, otherwise of the source.
    pub offset: Option<u64>,
    /// Bytes of the range at `offset`, where it is known.
    pub length: Option<u64>,
    /// Lines and columns, for text.
    pub lines: Option<Lines>,
    /// The page, counted from 1, in a document that has pages.
    pub page: Option<u32>,
    /// True where `lines` counts text that was taken out of a document without lines of its own: only the page or the
    /// path leads a person to the place.
    pub extracted: bool,
}

impl Place {
    /// The whole of the file `name`.
    #[must_use]
    pub fn file(name: &str) -> Place {
        Place { file: name.into(), ..Place::default() }
    }

    /// The same source, at `offset` bytes.
    #[must_use]
    pub fn at(mut self, offset: u64) -> Place {
        self.offset = Some(offset);
        self
    }

    /// The entry `name` of this source, or of the archive that the present entry is.
    #[must_use]
    pub fn in_entry(mut self, name: &str) -> Place {
        self.entry = Some(match self.entry {
            Some(outer) => format!("{outer}!{name}").into(),
            None => name.into(),
        });
        self
    }

    /// The same place with a symbolic path.
    #[must_use]
    pub fn with_path(mut self, path: impl Into<String>) -> Place {
        self.path = Some(path.into());
        self
    }

    /// Where in the file a person finds it: `line 7`, `page 3`, `table 2, row 3, cell 1`; escaped for a terminal. `None`
    /// for what has neither lines nor pages.
    #[must_use]
    pub fn spot(&self) -> Option<String> {
        if !self.extracted {
            return self.lines.map(|lines| format!("line {}", lines.line));
        }
        let page = self.page.map(|page| format!("page {page}"));
        page.or_else(|| self.path.as_ref().map(|path| Escaped(&path.replace(" > ", ", ")).to_string()))
    }

    /// The file and the [spot](Self::spot) in it, without a column: `privacy.md:7`, `privacy.pdf, page 3`.
    #[must_use]
    pub fn in_short(&self) -> String {
        let file = Escaped(&self.file);
        match (self.extracted, self.lines, self.spot()) {
            (false, Some(lines), _) => format!("{file}:{}", lines.line),
            (true, _, Some(spot)) => format!("{file}, {spot}"),
            _ => file.to_string(),
        }
    }
}

/// `file:line:column` for text, `file, page 3` for text taken out of a document, `file!entry > path @ offset` for
/// binaries; escaped for a terminal.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.extracted {
            return f.write_str(&self.in_short());
        }
        write!(f, "{}", Escaped(&self.file))?;
        if let Some(entry) = &self.entry {
            write!(f, "!{}", Escaped(entry))?;
        }
        if let Some(lines) = &self.lines {
            write!(f, ":{}:{}", lines.line, lines.column)?;
            return Ok(());
        }
        if let Some(path) = &self.path {
            write!(f, " > {}", Escaped(path))?;
        }
        if let Some(offset) = self.offset {
            write!(f, " at byte {offset}")?;
        }
        Ok(())
    }
}

/// True for characters that never reach an output as they are: C0 and C1 controls, bidirectional controls,
/// zero-width and other invisible format characters, line and paragraph separators.
///
/// Ranges from the Unicode Character Database: general category Cc, Cf, Zl, Zp, the variation selectors, and
/// the Hangul fillers and the braille blank that render as nothing.
#[must_use]
pub fn is_hostile(c: char) -> bool {
    // Most of what is shown is neither, and every character that is shown is asked about.
    if matches!(c, ' '..='~' | '\u{3165}'..='\u{d7ff}') {
        return false;
    }
    matches!(c,
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}'
        | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}' | '\u{8e2}' | '\u{115f}'..='\u{1160}'
        | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1345f}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// True for the second `#` of something that a CI service takes for a command wherever it stands in what a program
/// prints: `##[add-mask]`, `##vso[task.complete]`, `##teamcity[…]`.
///
/// Sources: `ActionCommand.TryParse` (actions/runner), `Command.TryParse` (azure-pipelines-agent), `TeamCity`'s page
/// "Service Messages".
#[must_use]
pub fn begins_command(text: &str, at: usize) -> bool {
    let (before, behind) = text.split_at_checked(at).unwrap_or_default();
    before.ends_with('#')
        && behind
            .strip_prefix('#')
            .is_some_and(|rest| rest.trim_start_matches(|c: char| c.is_ascii_alphabetic()).starts_with('['))
}

/// The first character of `text` that never reaches an output as it is, and where it stands: a
/// [hostile](is_hostile) one, or a `#` that would begin a command for a CI service.
#[must_use]
pub fn first_hostile(text: &str) -> Option<(usize, char)> {
    text.char_indices().find(|&(at, c)| is_hostile(c) || (c == '#' && begins_command(text, at)))
}

/// True for text that [`Escaped`] leaves as it is, as can be told at a glance: visible ASCII without what may be a command.
#[must_use]
pub fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'#') && !text.trim_start().starts_with("::")
}

/// Displays untrusted text on one line: every [hostile](first_hostile) character comes out as `\u{…}`, and so does the
/// first of two colons at the start, which GitHub takes for a command at the start of a line
/// (`ActionCommand.TryParseV2`, actions/runner).
pub struct Escaped<'a>(pub &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        // Most of what is shown, told at a glance.
        if is_plain(rest) {
            return f.write_str(rest);
        }
        let shown = rest.trim_start_matches(|c: char| c.is_whitespace() || is_hostile(c));
        if shown.starts_with("::") {
            write!(f, "{}\\u{{3a}}", Escaped(rest.strip_suffix(shown).unwrap_or_default()))?;
            rest = shown.strip_prefix(':').unwrap_or_default();
        }
        while let Some((at, c)) = first_hostile(rest) {
            let (clean, tail) = rest.split_at(at);
            write!(f, "{clean}\\u{{{:x}}}", u32::from(c))?;
            rest = tail.split_at(c.len_utf8()).1;
        }
        f.write_str(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_characters_are_escaped_and_the_rest_is_kept() {
        let text = "相机\u{202e}x\u{1b}[31m\n\u{feff}é";
        assert_eq!(Escaped(text).to_string(), "相机\\u{202e}x\\u{1b}[31m\\u{a}\\u{feff}é");
    }

    #[test]
    fn no_text_begins_a_command_for_a_ci_service() {
        for (text, shown) in [
            ("::error::x", "\\u{3a}:error::x"),
            (" \u{3000}::x::", " \u{3000}\\u{3a}:x::"),
            ("  ::x", "  \\u{3a}:x"),
            ("\u{200b}\n::x::", "\\u{200b}\\u{a}\\u{3a}:x::"),
            ("a ##[add-mask]x", "a #\\u{23}[add-mask]x"),
            ("##vso[task.complete]##teamcity[x]", "#\\u{23}vso[task.complete]#\\u{23}teamcity[x]"),
            ("###[x]", "##\\u{23}[x]"),
            ("a::b:: ## [x] ##a# #[", "a::b:: ## [x] ##a# #["),
            (":", ":"),
        ] {
            assert_eq!(Escaped(text).to_string(), shown);
        }
    }

    #[test]
    fn a_place_in_a_document_without_lines_is_told_by_page_or_path() {
        let lines = Some(Lines { line: 7, column: 3, end_line: 7, end_column: 9 });
        let place = Place { lines, ..Place::file("p") };
        assert_eq!(
            (place.to_string(), place.in_short(), place.spot()),
            ("p:7:3".into(), "p:7".into(), Some("line 7".into()))
        );
        let place = Place { extracted: true, ..place };
        assert_eq!((place.to_string(), place.spot()), ("p".into(), None));
        let cell = place.clone().in_entry("word/document.xml").with_path("table 2 > row 3 > cell 1");
        assert_eq!(cell.to_string(), "p, table 2, row 3, cell 1");
        let page = Place { page: Some(3), ..place };
        assert_eq!((page.to_string(), page.spot()), ("p, page 3".into(), Some("page 3".into())));
    }

    #[test]
    fn a_part_is_a_source_with_a_place_inside_the_whole() {
        let whole = Source::new("a.apks", vec![0, 1, 2, 3, 4]);
        let part = whole.part("base.apk", 1, 3);
        assert_eq!(part.read_vec(0, 3), Ok(vec![1, 2, 3]));
        assert_eq!(
            part.read_vec(2, 2).map_err(|e| e.code),
            Err(Code::ReadFailed),
            "the whole goes on, the part does not"
        );
        assert_eq!(whole.part("x", 4, 9).read_vec(0, 2).map_err(|e| e.code), Err(Code::ReadFailed));
        let inner = part.inner("lib.aar", vec![7]);
        assert_eq!(inner.place().in_entry("x").at(3).to_string(), "a.apks!base.apk!lib.aar!x at byte 3");
    }

    #[test]
    fn a_read_past_the_end_is_an_error_before_memory_is_taken() {
        let source = Source::new("x", vec![1, 2, 3]);
        assert_eq!(source.read_vec(1, 2), Ok(vec![2, 3]));
        for (offset, len) in [(2, 2), (4, 0), (0, u64::MAX), (u64::MAX, 2)] {
            let error = source.read_vec(offset, len).err();
            assert_eq!(error.map(|e| e.code), Some(Code::ReadFailed), "{offset} {len}");
        }
    }
}
