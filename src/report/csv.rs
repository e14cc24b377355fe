//! The matrix as CSV (RFC 4180): one line for each permission of each verdict.

use std::io::{self, Write};

use super::{Report, State, Style};
use crate::source::Escaped;

/// Writes the matrix of every verdict.
///
/// # Errors
/// Those of `out`.
pub(super) fn csv(report: &Report, _: Style, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "packages,statements,established,permission,level,state,file,line,platform\r\n")?;
    for (verdict, rows) in report.verdicts.iter().zip(&report.matrices) {
        for row in rows {
            let (file, line) =
                row.line.as_ref().map(|place| (place.file.as_str(), place.line.to_string())).unwrap_or_default();
            let fields = [
                &verdict.packages.join(" + "),
                &verdict.statements.join(" + "),
                verdict.established.to_string().as_str(),
                &row.permission,
                row.level.unwrap_or_default(),
                state(row.state),
                file,
                &line,
                row.platform.name(),
            ]
            .map(field);
            write!(out, "{}\r\n", fields.join(","))?;
        }
    }
    Ok(())
}

fn state(state: State) -> &'static str {
    match state {
        State::Missing => "missing",
        State::Candidate => "missing-candidate",
        State::Prose => "missing-in-prose",
        State::Ambiguous => "ambiguous",
        State::Implied => "implied",
        State::Disclosed => "disclosed",
        State::Own => "own",
        State::Stale => "stale",
    }
}

/// One field: hostile characters escaped, quoted where it must be; a field that a spreadsheet would take for a formula
/// gets an apostrophe in front.
fn field(text: &str) -> String {
    let text = Escaped(text).to_string();
    // Excel takes the full-width forms for the same signs.
    let formula = text.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    let text = if formula { format!("'{text}") } else { text };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_no_formula_and_stays_one_field() {
        assert_eq!(field("=cmd|' /C calc'!A0"), "'=cmd|' /C calc'!A0");
        assert_eq!(field("＝1"), "'＝1");
        assert_eq!(field("a,\"b\""), "\"a,\"\"b\"\"\"");
    }
}
