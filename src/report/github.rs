//! GitHub Actions: annotations by workflow commands.
//!
//! Syntax and escapes: GitHub's page "Workflow commands for GitHub Actions" and `actions/toolkit`, command.ts (`%`, CR
//! and LF in data; `:` and `,` too in properties).

use std::io::{self, Write};

use super::{Report, Style};
use crate::source::Escaped;

/// Writes one annotation for each doubt and finding. GitHub shows ten of a kind for each step: the job summary in
/// Markdown holds all of them.
///
/// # Errors
/// Those of `out`.
pub(super) fn github(report: &Report, _: Style, out: &mut dyn Write) -> io::Result<()> {
    for (path, doubt) in report.doubts() {
        let level = if doubt.accepted { "warning" } else { "error" };
        let line = doubt.location.line.map(|line| format!(",line={line}")).unwrap_or_default();
        let title = format!("not established [{}]", doubt.code);
        let message = format!("{} ({})", Escaped(&doubt.message), doubt.place);
        writeln!(out, "::{level} file={}{line},title={}::{}", property(path), property(&title), data(&message))?;
    }
    for finding in report.findings.iter().filter(|finding| !finding.is_quiet()) {
        let Some(place) = finding.locations.first() else { continue };
        let level = if finding.severity == "note" { "notice" } else { finding.severity };
        let numbers =
            [("line", place.line), ("endLine", place.end_line), ("col", place.column), ("endColumn", place.end_column)];
        let region = numbers.into_iter().filter_map(|(name, number)| Some(format!(",{name}={}", number?)));
        let region = region.collect::<Vec<_>>().concat();
        let title = format!("permaudit {}", finding.rule);
        let message = format!(
            "{}. To do: {}.{}",
            Escaped(&finding.message),
            Escaped(&finding.help),
            finding.further(" See ", ".")
        );
        let file = property(&place.file);
        writeln!(out, "::{level} file={file}{region},title={}::{}", property(&title), data(&message))?;
    }
    Ok(())
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(&Escaped(text).to_string()).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_can_begin_a_command_of_its_own() {
        assert_eq!(data(&Escaped("x\n::set-output name=a::b").to_string()), "x\\u{a}::set-output name=a::b");
        assert_eq!(property("a,b:c%"), "a%2Cb%3Ac%25");
    }
}
