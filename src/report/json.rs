//! JSON v1.

use std::collections::BTreeSet;
use std::io::{self, Write};

use serde::{Deserialize, Serialize};
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

use super::{Report, Style};
use crate::source::first_hostile;

/// Writes `report` as JSON v1.
///
/// # Errors
/// Those of `out`.
pub fn json(report: &Report, _: Style, out: &mut dyn Write) -> io::Result<()> {
    write_json(report, out)
}

/// The fingerprints of the findings in an earlier JSON report. What was accepted then is left out: it comes back when
/// its day is over.
///
/// # Errors
/// A sentence when `text` is no report of version 1: a baseline that cannot be read hides nothing.
pub fn fingerprints(text: &str) -> Result<BTreeSet<String>, String> {
    let report: Earlier = serde_json::from_str(text).map_err(|error| format!("it is no JSON report: {error}"))?;
    if report.schema_version != "1" {
        return Err(format!("it is a report of version {}, and version 1 is wanted", report.schema_version));
    }
    let open = report.findings.into_iter().filter(|finding| finding.accepted.is_null());
    Ok(open.map(|finding| finding.fingerprint).collect())
}

#[derive(Deserialize)]
struct Earlier {
    schema_version: String,
    findings: Vec<EarlierFinding>,
}

#[derive(Deserialize)]
struct EarlierFinding {
    fingerprint: String,
    accepted: serde_json::Value,
}

/// Writes `value` as one JSON document with a final newline, hostile characters escaped.
pub(super) fn write_json(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(&mut *out, Escaping(PrettyFormatter::new()));
    value.serialize(&mut serializer)?;
    out.write_all(b"\n")
}

/// `value` as JSON on one line with a newline behind it, hostile characters escaped.
#[must_use]
pub fn line(value: &impl Serialize) -> Vec<u8> {
    let mut line = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut line, Escaping(CompactFormatter));
    // Memory takes every byte, and no key of a report is anything but a text.
    let written = value.serialize(&mut serializer);
    debug_assert!(written.is_ok(), "{written:?}");
    line.push(b'\n');
    line
}

/// A form of JSON in which hostile characters never stand as they are.
struct Escaping<F>(F);

macro_rules! forward {
    ($($name:ident($($argument:ident: $type:ty),*);)+) => {
        $(fn $name<W: ?Sized + Write>(&mut self, out: &mut W $(, $argument: $type)*) -> io::Result<()> {
            self.0.$name(out $(, $argument)*)
        })+
    };
}

impl<F: Formatter> Formatter for Escaping<F> {
    forward! {
        begin_array();
        end_array();
        begin_array_value(first: bool);
        end_array_value();
        begin_object();
        end_object();
        begin_object_key(first: bool);
        begin_object_value();
        end_object_value();
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((at, c)) = first_hostile(rest) {
            let (clean, tail) = rest.split_at(at);
            out.write_all(clean.as_bytes())?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = tail.split_at(c.len_utf8()).1;
        }
        out.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_characters_are_escaped_and_come_back() {
        let text = "相机\u{202e}\u{9b}31m\u{feff}\u{e0041}\u{7f}\"\\\n##[error]";
        let mut out = Vec::new();
        text.serialize(&mut Serializer::with_formatter(&mut out, Escaping(PrettyFormatter::new()))).expect("memory");
        let written = String::from_utf8(out).expect("UTF-8");
        assert_eq!(written, "\"相机\\u202e\\u009b31m\\ufeff\\udb40\\udc41\\u007f\\\"\\\\\\n#\\u0023[error]\"");
        assert_eq!(serde_json::from_str::<String>(&written).expect("JSON"), text);
    }
}
