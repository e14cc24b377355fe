//! The form in which the words of a lexicon stand: folded, without the spaces beside a script that has none. The build
//! brings them into it, and running text is walked as if it had it.

use super::fold::fold;

/// Appends `text` to `to` as it is compared.
#[allow(dead_code, reason = "the build and the tests use it")]
pub(super) fn append(to: &mut String, text: &str) {
    let start = to.len();
    let mut skipped = false;
    for c in fold(text).chars() {
        let before = to.get(start..).and_then(|text| text.chars().next_back());
        if c == ' ' {
            skipped = true;
            continue;
        }
        if skipped && !before.is_some_and(is_dense) && !is_dense(c) {
            to.push(' ');
        }
        skipped = false;
        to.push(c);
    }
}

/// True for letters of scripts that put no spaces between words, or glue particles to them.
#[inline]
pub(super) fn is_dense(c: char) -> bool {
    c >= '\u{1100}'
        && matches!(c,
        '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{2fff}' | '\u{3003}'..='\u{3007}' | '\u{3021}'..='\u{318f}'
        | '\u{31a0}'..='\u{9fff}' | '\u{ac00}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ff9f}'
        | '\u{20000}'..='\u{3ffff}')
}
