//! Sorted tab-separated text, searched in place.
//!
//! A data file is UTF-8 text: comment lines (`#`) first, then one record a line, fields separated by one tab, `-` for
//! an empty field, lines sorted by their bytes. A tab sorts before every printable character, so lines sorted as a
//! whole are sorted field by field, and the records under a key of one or more leading fields stand together.

use std::cmp::Ordering;

/// A data file: its text, embedded in the program.
#[derive(Debug, Clone, Copy)]
pub(super) struct Table(pub(super) &'static str);

/// The fields of one record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record(&'static str);

impl Table {
    /// Every record, in file order.
    pub(super) fn records(self) -> impl Iterator<Item = Record> {
        records(self.0).filter(|record| !record.0.starts_with('#'))
    }

    /// True when `text` stands somewhere in it.
    pub(super) fn holds(self, text: &str) -> bool {
        memchr::memmem::find(self.0.as_bytes(), text.as_bytes()).is_some()
    }

    /// The records whose leading fields are `key`, found by binary search over the bytes.
    pub(super) fn under<const N: usize>(self, key: [&str; N]) -> impl Iterator<Item = Record> {
        self.at_or_after(&key).take_while(move |record| record.starts_with(&key))
    }

    /// The first record under `key`.
    pub(super) fn first(self, key: &[&str]) -> Option<Record> {
        self.at_or_after(key).next().filter(|record| record.starts_with(key))
    }

    /// The records from the first one that does not sort before `key`.
    fn at_or_after(self, key: &[&str]) -> impl Iterator<Item = Record> + use<> {
        let text = self.0;
        let bytes = text.as_bytes();
        // Invariant: both are starts of lines (or the end); every line before `low` sorts before the key, and no
        // line from `high` on does.
        let (mut low, mut high) = (0, bytes.len());
        while low < high {
            let middle = low + (high - low) / 2;
            let (before, after) = bytes.split_at(middle);
            let start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
            let end = memchr::memchr(b'\n', after).map_or(bytes.len(), |at| middle + at + 1);
            let line = bytes.get(start..end).unwrap_or_default();
            if line.starts_with(b"#") || sorts_before(line, key) {
                low = end;
            } else {
                high = start;
            }
        }
        records(text.get(low..).unwrap_or_default())
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

/// True for a line that sorts before the fields of `key`, a tab behind each.
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

    const TABLE: Table = Table("# k\tv\na\t1\nb\tx\t2\nb\ty\t-\nbb\tz\t4\n");

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
