//! Permissions that are not those of an app, though they are called so: of a browser extension (`storage`), of a bot on
//! a chat server (`Send Messages`).
//!
//! A statement shows that it speaks of such a thing by names that nothing else has, or by a heading that says so. What
//! it then names is no permission of an app; a constant or key of a platform stays one.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use super::block::{Block, Flow, Style};
use super::fold::{fold, simple};
use super::header::phrases::Phrases;
use super::lexicon::is_dense;
use crate::deadline;

/// Names and words: family, kind, language, word.
const WORDS: &str = include_str!("foreign.tsv");

/// A thing with permissions of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Family {
    Extension,
    Bot,
}

impl Family {
    /// Why what it names discloses nothing.
    fn why(self) -> &'static str {
        match self {
            Family::Extension => "a permission of a browser extension, not of an app; nothing disclosed",
            Family::Bot => "a permission of a bot on a chat server, not of an app; nothing disclosed",
        }
    }
}

/// The words of the data file.
struct Words {
    /// By the word: whose it is, and whether it is theirs alone.
    names: HashMap<String, (Family, bool)>,
    titles: Phrases<String>,
    apps: Vec<String>,
    /// The same, to tell at once that a heading has none of them.
    any_app: Phrases<String>,
    /// Bytes of the longest name, before it is folded.
    longest: usize,
    /// How names [begin](start): most texts in the place of one begin otherwise.
    starts: BTreeSet<u32>,
}

static KNOWN: LazyLock<Words> = LazyLock::new(|| {
    let mut known = Words {
        names: HashMap::new(),
        titles: Phrases::default(),
        apps: Vec::new(),
        any_app: Phrases::default(),
        longest: 0,
        starts: BTreeSet::new(),
    };
    let mut titles = Vec::new();
    for line in WORDS.lines().filter(|line| !line.starts_with('#')) {
        let mut fields = line.split('\t');
        let (Some(family), Some(kind), Some(_), Some(word)) =
            (fields.next(), fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        if !matches!(kind, "title" | "app") {
            known.longest = known.longest.max(word.len() + FOLDED_AWAY);
            known.starts.extend(start(&fold(word)));
        }
        match (family, kind) {
            ("extension", "title") => titles.push(fold(word)),
            (_, "app") => known.apps.push(fold(word)),
            ("extension", _) => _ = known.names.insert(word.to_owned(), (Family::Extension, kind == "own")),
            _ => _ = known.names.insert(fold(word), (Family::Bot, kind == "own")),
        }
    }
    known.titles = Phrases::new(titles);
    known.any_app = Phrases::new(known.apps.clone());
    known
});

/// What a statement shows of such things.
#[derive(Debug, Default)]
pub(super) struct Foreign {
    /// Of these it names permissions.
    families: Vec<Family>,
}

impl Foreign {
    /// Looks through the places of names in `blocks`.
    pub(super) fn among(blocks: &[Block]) -> Foreign {
        let mut own: BTreeSet<(Family, &str)> = BTreeSet::new();
        let mut note = |text: &str| {
            own.extend(parts(text).filter_map(known).filter(|(_, (_, own))| *own).map(|(word, (of, _))| (of, word)));
        };
        for block in blocks {
            deadline::step();
            match block {
                Block::Heading(heading) => note(heading.flow.text()),
                Block::Paragraph(lines) => lines.iter().for_each(|line| coded(line, &mut note)),
                Block::Item(item) => {
                    for line in &item.lines {
                        note(head(line.text()));
                        coded(line, &mut note);
                    }
                }
                Block::Table(table) => {
                    for cell in table.rows.iter().flat_map(|row| &row.cells) {
                        deadline::step();
                        note(cell.text());
                    }
                }
                Block::Opaque(_) | Block::Code(_) => {}
            }
        }
        let count = |family: Family| own.iter().filter(|(of, _)| *of == family).count();
        let shown = |family: &Family| count(*family) >= SHOWN;
        Foreign { families: [Family::Extension, Family::Bot].into_iter().filter(shown).collect() }
    }

    /// Why `text` in the place of a name is none of an app's permissions; `None` when it may be.
    pub(super) fn why(&self, text: &str) -> Option<&'static str> {
        if self.families.is_empty() || text.len() > NAME_BYTES {
            return None;
        }
        let mut family = None;
        for part in parts(text) {
            deadline::step();
            let (_, (of, _)) = known(part)?;
            family = Some(of);
        }
        family.filter(|of| self.families.contains(of)).map(Family::why)
    }
}

/// What a heading of this text says of what stands below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Speaks {
    OfApp,
    /// Why nothing there is a permission of an app.
    OfElse(&'static str),
}

/// What a heading speaks of; `None` when it says neither. One that speaks of both speaks of the app.
pub(super) fn titled(text: &str) -> Option<Speaks> {
    let folded = fold(text);
    if KNOWN.any_app.is_in(&folded) && KNOWN.apps.iter().any(|word| holds(&folded, word)) {
        return Some(Speaks::OfApp);
    }
    KNOWN.titles.is_in(&folded).then(|| Speaks::OfElse(Family::Extension.why()))
}

/// True when `word` stands in `folded` by itself, or anywhere in a script without spaces.
fn holds(folded: &str, word: &str) -> bool {
    let joins = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() && !is_dense(c));
    folded.match_indices(word).any(|(at, _)| {
        let before = folded.get(..at).and_then(|before| before.chars().next_back());
        let after = folded.get(at + word.len()..).and_then(|after| after.chars().next());
        word.starts_with(is_dense) || !(joins(before) || joins(after))
    })
}

/// The first three bytes of `part` as it is compared, as a number; `None` where folding may change more than their case.
fn start(part: &str) -> Option<u32> {
    let bytes: [u8; 3] = *part.as_bytes().first_chunk()?;
    let first = part.chars().next()?;
    let kept =
        bytes.iter().all(u8::is_ascii_graphic) || (first.len_utf8() == bytes.len() && simple(first) == Some(first));
    let [a, b, c] = bytes.map(|byte| byte.to_ascii_lowercase());
    kept.then(|| u32::from_be_bytes([0, a, b, c]))
}

/// The name that `part` is, and whose.
fn known(part: &str) -> Option<(&'static str, (Family, bool))> {
    if part.len() > KNOWN.longest || start(part).is_some_and(|start| !KNOWN.starts.contains(&start)) {
        return None;
    }
    let found = |word: &str| KNOWN.names.get_key_value(word).map(|(word, of)| (word.as_str(), *of));
    found(part).or_else(|| found(&fold(part)).filter(|(_, (family, _))| *family == Family::Bot))
}

/// Hands the code in `line` to `note`.
fn coded(line: &Flow, note: &mut impl FnMut(&str)) {
    for span in line.styled(Style::Code) {
        note(span.of(line.text()));
    }
}

/// What stands before what an item says of it; the whole of a longer text, which is no name.
fn head(text: &str) -> &str {
    let mut start = text.char_indices().take_while(|(at, _)| *at <= NAME_BYTES);
    let end = start.find(|(_, c)| matches!(c, ':' | '：' | '(' | '（' | '—' | '–'));
    end.and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

/// The names in a cell, a heading or the head of an item: without quotes, and what parentheses or a value add.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let short = if text.len() > NAME_BYTES { "" } else { text };
    let between = |c: char| matches!(c, '/' | ',' | '、' | '，' | '\n' | '|');
    short
        .split(between)
        .map(|part| {
            let end = part.find(['(', '（', ':', '：']).filter(|&at| at > 0).unwrap_or(part.len());
            let marks =
                |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '*' | '[' | ']' | '“' | '”' | '\\');
            part.get(..end).unwrap_or_default().trim_matches(marks)
        })
        .filter(|part| !part.is_empty())
}

/// Bytes by which a name may be longer than it is as it is compared.
const FOLDED_AWAY: usize = 16;

/// Names that nothing else has, by which a statement shows what it speaks of.
const SHOWN: usize = 2;

/// Bytes of a cell or head that holds nothing but names.
const NAME_BYTES: usize = 160;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::Book;
    use crate::source::Source;

    fn disclosed(text: &str) -> usize {
        let statement = crate::statement::read(&Source::new("s.md", text.as_bytes().to_vec()), &Book);
        statement.disclosures.value.iter().filter(|row| !row.permissions.is_empty()).count()
    }

    #[test]
    fn the_permissions_of_an_extension_and_of_a_bot_are_no_apps() {
        let shared = "- storage: keeps your settings\n- notifications: says when it is done\n";
        for (text, expected) in [
            (format!("## Permissions\n\n{shared}"), 2),
            (format!("## Permissions\n\n- `activeTab`: reads the page\n{shared}"), 2),
            (format!("## Permissions\n\n- `activeTab`: reads the page\n- `tabs`: finds it\n{shared}"), 0),
            (format!("# Privacy of our browser extension\n\n## Permissions\n\n{shared}"), 0),
            (format!("# Privacy of our app and browser extension\n\n## Permissions\n\n{shared}"), 2),
            (format!("## Browser extension\n\nNo data.\n\n## Permissions\n\n{shared}"), 2),
            (format!("# Our browser extension\n\n## Permissions of the app\n\n{shared}"), 2),
            (format!("# Our browser extension\n\n## Android permissions\n\n{shared}"), 2),
            ("## Permissions\n\n- Manage Roles\n- Embed Links\n- Send Messages\n".to_owned(), 0),
        ] {
            assert_eq!(disclosed(&text), expected, "{text}");
        }
    }

    #[test]
    fn what_an_app_names_beside_an_extension_stays_disclosed() {
        let extension =
            "## Extension\n\n| Permission | Why |\n|---|---|\n| activeTab | page |\n| scripting | form |\n\n";
        let app = "## Android permissions\n\n- CAMERA: to scan\n- Notifications: reminders\n- Storage: exports\n";
        assert_eq!(disclosed(&format!("{extension}{app}")), 3);
    }

    #[test]
    fn the_words_are_sorted_and_of_a_known_kind() {
        let lines: Vec<&str> = WORDS.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(lines.windows(2).all(|pair| pair[0] < pair[1]));
        for line in lines {
            let fields: Vec<&str> = line.split('\t').collect();
            assert!(
                matches!(
                    fields[..],
                    ["-", "app", _, _]
                        | ["extension", "own" | "shared" | "title", _, _]
                        | ["bot", "own" | "shared", _, _]
                ),
                "{line}"
            );
        }
    }
}
