//! Sorted tab-separated text, searched in place.
//!
//! A data file is UTF-8 text: comment lines (`#`) first, then one record a line, fields separated by one tab, `-` for
//! an empty field, lines sorted by their bytes. A tab sorts before every printable character, so lines sorted as a
//! whole are sorted field by field, and the records under a key of one or more leading fields stand together.

use std::cmp::Ordering;

/// A data file: its text, embedded in the program.
#[derive(Debug, Clone, Copy)]
pub(super) struct Table {
    pub(super) text: &'static str,
    /// The byte at which each line begins, as the build found it.
    pub(super) lines: &'static [u32],
}

/// The byte at which each line of each data file begins (`build.rs`).
#[allow(clippy::all, clippy::pedantic, reason = "tables that the build writes")]
pub(super) mod lines {
    include!(concat!(env!("OUT_DIR"), "/lines.rs"));
}

/// The data file of this name, in small letters and in capitals.
macro_rules! table {
    ($name:literal, $lines:ident) => {
        $crate::knowledge::table::Table {
            text: include_str!(concat!("data/", $name, ".tsv")),
            lines: &$crate::knowledge::table::lines::$lines,
        }
    };
}
pub(super) use table;

/// The fields of one record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record(&'static str);

impl Table {
    /// Every record, in file order.
    pub(super) fn records(self) -> impl Iterator<Item = Record> {
        records(self.text).filter(|record| !record.0.starts_with('#'))
    }

    /// The records of the lines whose number, from 0, is kept.
    pub(super) fn kept(self, keep: impl Fn(usize) -> bool) -> impl Iterator<Item = Record> {
        let kept = self.lines.iter().enumerate().filter(move |(number, _)| keep(*number));
        let records = kept.filter_map(move |(_, &start)| records(self.text.get(start as usize..)?).next());
        records.filter(|record| !record.0.starts_with('#'))
    }

    /// True when `text` stands somewhere in it.
    pub(super) fn holds(self, text: &str) -> bool {
        memchr::memmem::find(self.text.as_bytes(), text.as_bytes()).is_some()
    }

    /// The records whose leading fields are `key`, found by binary search over the lines.
    pub(super) fn under<const N: usize>(self, key: [&str; N]) -> impl Iterator<Item = Record> {
        self.at_or_after(&key).take_while(move |record| record.starts_with(&key))
    }

    /// The first record under `key`.
    pub(super) fn first(self, key: &[&str]) -> Option<Record> {
        self.at_or_after(key).next().filter(|record| record.starts_with(key))
    }

    /// The records from the first one that does not sort before `key`.
    fn at_or_after(self, key: &[&str]) -> impl Iterator<Item = Record> + use<> {
        let text = self.text;
        let from = self.lines.partition_point(|&start| {
            let line = text.as_bytes().get(start as usize..).unwrap_or_default();
            line.starts_with(b"#") || sorts_before(line, key)
        });
        let start = self.lines.get(from).map_or(text.len(), |&start| start as usize);
        records(text.get(start..).unwrap_or_default())
    }
}

/// The lines of `text`.
fn records(text: &'static str) -> impl Iterator<Item = Record> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
        let line = rest.get(..end).unwrap_or_default();
        rest = rest.get(end + 1..).unwrap_or_default();
        Some(Record(line))
    })
}

impl Record {
    /// The first field.
    pub(super) fn name(self) -> &'static str {
        let end = memchr::memchr(b'\t', self.0.as_bytes()).unwrap_or(self.0.len());
        self.0.get(..end).unwrap_or_default()
    }

    /// The field at `index`, counted from 0; empty for `-` and beyond the last.
    pub(super) fn field(self, index: usize) -> &'static str {
        self.0.split('\t').nth(index).filter(|field| *field != "-").unwrap_or_default()
    }

    /// The field at `index` as it stands, `-` and all.
    pub(super) fn raw(self, index: usize) -> &'static str {
        self.0.split('\t').nth(index).unwrap_or_default()
    }

    /// The first `N` fields, empty for `-` and beyond the last.
    pub(super) fn fields<const N: usize>(self) -> [&'static str; N] {
        let mut fields = [""; N];
        let mut rest = Some(self.0);
        for field in &mut fields {
            let Some(text) = rest else { break };
            let end = memchr::memchr(b'\t', text.as_bytes());
            let own = text.get(..end.unwrap_or(text.len())).unwrap_or_default();
            *field = if own == "-" { "" } else { own };
            rest = end.and_then(|end| text.get(end + 1..));
        }
        fields
    }

    fn starts_with(self, key: &[&str]) -> bool {
        let mut fields = self.0.split('\t');
        key.iter().all(|wanted| fields.next() == Some(wanted))
    }
}

/// True for text that begins with a line that sorts before the fields of `key`, a tab behind each.
fn sorts_before(line: &[u8], key: &[&str]) -> bool {
    let mut rest = line;
    for field in key {
        let (own, behind) = rest.split_at(field.len().min(rest.len()));
        match own.cmp(field.as_bytes()) {
            Ordering::Equal => {}
            order => return order.is_lt(),
        }
        match behind.split_first() {
            Some((b'\t', behind)) => rest = behind,
            Some((byte, _)) => return *byte < b'\t',
            None => return true,
        }
    }
    false
}

/// The parts of a field that holds a list: `a,b`; none for an empty field.
pub(super) fn list(field: &'static str) -> impl Iterator<Item = &'static str> + Clone {
    field.split(',').filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: Table = Table { text: "# k\tv\na\t1\nb\tx\t2\nb\ty\t-\nbb\tz\t4\n", lines: &[0, 6, 10, 16, 22] };

    #[test]
    fn records_under_a_key_are_found_wherever_they_stand() {
        let under = |key: &'static str| TABLE.under([key]).map(|record| record.0).collect::<Vec<_>>();
        assert_eq!(under("a"), ["a\t1"]);
        assert_eq!(under("b"), ["b\tx\t2", "b\ty\t-"]);
        assert_eq!(TABLE.under(["b", "y"]).map(Record::name).count(), 1);
        assert_eq!(under("bb"), ["bb\tz\t4"]);
        for absent in ["", "#", "# k", "A", "ab", "c", "bbb", "b\tx\t3", "ü"] {
            assert!(under(absent).is_empty(), "{absent}");
        }
    }

    #[test]
    fn a_dash_is_an_empty_field() {
        let record = TABLE.first(&["b", "y"]).unwrap();
        assert_eq!(record.fields::<4>(), ["b", "y", "", ""]);
        assert_eq!(record.field(2), "");
    }
}
