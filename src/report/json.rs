//! JSON v1.

use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, Write};
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
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
    let Object(report) =
        serde_json::from_str::<Object<Earlier>>(text).map_err(|error| format!("it is no JSON report: {error}"))?;
    if report.schema_version != "1" {
        return Err(format!("it is a report of version {}, and version 1 is wanted", report.schema_version));
    }
    let findings = report.findings.into_iter().map(|Object(finding)| finding);
    Ok(findings.filter(|finding| finding.accepted.is_null()).map(|finding| finding.fingerprint).collect())
}

/// A JSON object. Without this a list of the values in their order would do, too, and a list is no report.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members(PhantomData))
    }
}

struct Members<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
}

#[derive(Deserialize)]
struct Earlier {
    schema_version: String,
    findings: Vec<Object<EarlierFinding>>,
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
    fn a_baseline_is_a_report_and_no_list() {
        let finding = r#"{"rule": "stale", "fingerprint": "a1", "accepted": null}"#;
        let report = |findings: &str| format!(r#"{{"schema_version": "1", "findings": {findings}, "summary": {{}}}}"#);
        assert_eq!(fingerprints(&report(&format!("[{finding}]"))), Ok(BTreeSet::from(["a1".to_owned()])));
        for other in [
            r#"["a1"]"#.to_owned(),
            format!(r#"["1", [{finding}]]"#),
            report(r#"[["a1", null]]"#),
            report(r#"["a1"]"#),
            r#"{"fingerprints": ["a1"]}"#.to_owned(),
            report("[]").replace("\"1\"", "\"2\""),
        ] {
            assert!(fingerprints(&other).is_err(), "{other}");
        }
    }

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
