//! What a house may call a permission in its own words.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::super::comparable;
use super::super::fold::Folded;
use super::super::lexicon::{Lexicon, Word};
use super::{Flow, Kind, Names, Resolution};
use crate::knowledge::vocabulary::{self, Role, Sense};
use crate::knowledge::{Book, Platform};

/// The form in which `text` is compared, when a house may give it a meaning: words that name nothing yet, and that are
/// read as one name where they stand in the place of a name.
///
/// # Errors
/// Why the house may not.
pub(in crate::statement) fn compared(text: &str) -> Result<String, &'static str> {
    let compared = comparable(text);
    if compared.chars().filter(|c| c.is_alphanumeric()).count() < LETTERS {
        return Err("a word of a statement has at least two letters");
    }
    let book = Book::default();
    let names = Names::new(&book);
    let folded = Folded::new(text, |_| false);
    let tokens = names.tokens(&folded.chars);
    if tokens
        .iter()
        .any(|token| matches!(token.kind, Kind::Constant(_) | Kind::Shortened(_) | Kind::Listed(_) | Kind::Pattern(..)))
    {
        return Err("it is written as a constant, which stands for itself: tell of it under [[permission]]");
    }
    if tokens.iter().any(|token| matches!(token.kind, Kind::LookAlike(_))) || folded.reordered {
        return Err("letters in it imitate others");
    }
    if Platform::ALL.into_iter().any(|platform| book.invented(platform, text).is_some()) {
        return Err("the book knows that no permission has this name: a statement should have another");
    }
    let reading = names.read(&Flow::plain(text), &[], false);
    let known = "the book knows it already: a house gives no other meaning to it";
    match &reading {
        _ if !names.lexicon().exact(&compared).is_empty() => return Err(known),
        Some(reading) if reading.resolution == Resolution::Negated => return Err("it denies, and names nothing"),
        Some(reading) if reading.unknown.is_empty() => return Err(known),
        Some(_) => {}
        None => return Err(NOTHING),
    }
    if OTHERS.contains(&compared) {
        return Err(NOTHING);
    }
    // Any sense will do to see that the whole of it is found.
    let sense = Sense::named("camera").ok_or(known)?;
    let own = Lexicon::sorted(std::iter::once((compared.as_str(), Word::Name(sense, ""))));
    let names = Names { own: Some(own), ..Names::new(&book) };
    let is_whole = matches!(names.tokens(&folded.chars).as_slice(), [token] if token.kind.sense() == Some(sense));
    let reading = names.read(&Flow::plain(text), &[], false);
    if is_whole && reading.is_some_and(|reading| !reading.permissions.is_empty() && reading.unknown.is_empty()) {
        Ok(compared)
    } else {
        Err("it cannot stand as one name: no bracket or separator may begin it")
    }
}

fn comparable(text: &str) -> String {
    let mut compared = String::new();
    comparable::append(&mut compared, text);
    compared
}

const NOTHING: &str = "it names nothing: such words stand beside every name";

/// What heads a column or stands in an empty cell.
static OTHERS: LazyLock<HashSet<String>> =
    LazyLock::new(|| Role::ALL.into_iter().flat_map(vocabulary::words).map(|word| comparable(word.text)).collect());

/// Letters of the shortest word: one alone stands in every text.
const LETTERS: usize = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_name_nothing_yet_may_get_a_meaning() {
        for (text, expected) in [
            ("Acme push permission", "acme push permission"),
            ("ACME", "acme"),
            ("Acme 推送", "acme推送"),
            ("阿克米推送权限", "阿克米推送权限"),
            ("Acme (beta) push", "acme (beta) push"),
            ("Acmes Zugang", "acmes zugang"),
        ] {
            assert_eq!(compared(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn words_that_the_book_knows_keep_their_meaning() {
        for text in [
            "Camera",
            "camera permission",
            "相机",
            "相机权限",
            "Phone",
            "storage",
            "NETWORK_STATE",
            "CAMERA",
            "android.permission.CAMERA",
            "READ_SMS",
            "NSCameraUsageDescription",
            "notifications",
            "clipboard",
            "CLIPBOARD",
            "TELEPHONE",
            "access to the camera",
            "camera and microphone",
        ] {
            assert!(compared(text).is_err(), "{text}");
        }
    }

    #[test]
    fn words_that_name_nothing_or_deny_or_deceive_are_refused() {
        for text in [
            "",
            " ",
            "a",
            "、",
            "permission",
            "权限",
            "access to",
            "Android",
            "none",
            "Purpose",
            "not used",
            "do not use Acme push",
            "(Acme)",
            "Aсme рush",
            "\u{200b}",
            "com.acme.permission.PUSH",
            "ACME_PUSH rights",
        ] {
            assert!(compared(text).is_err(), "{text}");
        }
    }
}
