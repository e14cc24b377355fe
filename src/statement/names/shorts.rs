//! Several constants written as one: `READ_MEDIA_*`, `READ_MEDIA_{IMAGES,VIDEO}`, `BLUETOOTH(_ADMIN)`.
//!
//! What is listed between brackets is as good as written out: each name counts if the book has it. An asterisk leaves
//! it to the reader to know what there is. Where everybody knows, the book lists the family beside its aliases, and it
//! counts as a group word does; anything else may mean what matches, and discloses nothing.

use super::super::fold::Char;
use super::resolve::Cell;
use super::{ANYWHERE, Kind, Names, Part, Token, name_on};
use crate::deadline;
use crate::disclosure::{Ambiguity, Named, Unknown};
use crate::knowledge::{Book, Platform};
use crate::limits;

/// A piece of a name written in short.
enum Piece {
    Text(String),
    /// Anything: an asterisk, three dots, `xxx`.
    Any,
    /// One of several.
    Group(Group),
}

struct Group {
    options: Vec<String>,
    /// May be left out, too.
    optional: bool,
}

/// Names that one token may stand for when they are listed; more is no list that a person reads.
const LISTED: usize = 16;

/// Permissions that a pattern of two words or more may mean when the book has no family of it. What more than these,
/// or those that only begin with one word (`ACCESS_*`), have in common tells nothing.
const FAMILY: usize = 16;

/// Characters of a name written in short, and of what stands between two brackets.
const SHORT_CHARS: usize = 160;
const GROUP_CHARS: usize = 96;

/// Asterisks in a row, and one more.
const ASTERISKS: usize = 4;

/// Names that are suggested for a pattern that could be almost anything.
const SUGGESTED: usize = 3;

/// True for what may follow or begin a name written in short. Nothing else is looked at for it.
#[inline]
pub(super) fn opens(raw: char) -> bool {
    matches!(raw, '*' | '{' | '[' | '(' | '…' | '<' | '.')
}

/// True for a word whose last part is in place of a name: `READ_MEDIA_XXX`.
#[inline]
pub(super) fn ends_in_place(word: &str) -> bool {
    word.ends_with(['x', 'X'])
        && word
            .rsplit_once('_')
            .is_some_and(|(_, last)| last.len() > 1 && last.bytes().all(|b| b.eq_ignore_ascii_case(&b'x')))
}

impl Names<'_> {
    /// The names written in short at `start`, and where they end. `None` for anything else.
    pub(super) fn short<'l>(&self, chars: &[Char], start: usize) -> Option<(usize, Kind<'l>)> {
        let (end, mut pieces) = pieces(chars, start, |name| self.is_own(name) || self.is_key(name));
        let (mut space, mut wild, mut listed) = (String::new(), false, 1_usize);
        if let Some(Piece::Text(first)) = pieces.first_mut()
            && let Some((before, after)) = first.rsplit_once('.')
        {
            before.clone_into(&mut space);
            *first = after.to_owned();
        }
        let mut letters = 0_usize;
        for piece in &pieces {
            match piece {
                Piece::Text(text) if is_upper(text) || are_of_a_key(&pieces) => {
                    letters = letters.saturating_add(text.bytes().filter(u8::is_ascii_alphabetic).count());
                }
                Piece::Text(_) => return None,
                Piece::Any => wild = true,
                Piece::Group(group) => {
                    letters = letters.saturating_add(group.options.len());
                    listed = listed.saturating_mul(group.options.len().saturating_add(1));
                }
            }
        }
        let platform = match space.as_str() {
            "android.permission" | "android.Manifest.permission" | "Manifest.permission" | "permission" => {
                Some(Platform::Android)
            }
            "ohos.permission" => Some(Platform::HarmonyOs),
            _ => None,
        };
        // Another's name space stays: the book has no family in it.
        let before = match platform {
            Some(platform) => platform.prefix().to_owned(),
            None if space.is_empty() => space,
            None => space + ".",
        };
        if letters < 2 || listed > LISTED.saturating_mul(2) {
            return None;
        }
        if wild {
            let key = pattern(&pieces)?;
            let key = if platform.is_some() { key } else { before + &key };
            return Some((end, Kind::Pattern(key, platform)));
        }
        let names: Vec<String> = expanded(&pieces).into_iter().map(|name| format!("{before}{name}")).collect();
        (!names.is_empty() && names.len() <= LISTED).then_some((end, Kind::Listed(names)))
    }

    fn is_key(&self, name: &str) -> bool {
        self.book.fact(Platform::Ios, name).is_some()
    }

    /// True for a name that the book has on whatever platform, or a usual alias of one.
    fn is_in_book(&self, name: &str) -> bool {
        let book = self.book;
        Platform::ALL.into_iter().any(|platform| {
            if name.contains('.') {
                book.fact(platform, name).is_some()
            } else {
                !book.bare(platform, name).is_empty() || book.alias(platform, name).is_some()
            }
        })
    }

    /// What an app can ask for on `platform` that `pattern` fits, found once.
    fn fitting(&self, platform: Platform, pattern: &str) -> Vec<Named> {
        let key = (platform, pattern.to_owned());
        if let Some(known) = self.nearest.borrow().get(&key) {
            return known.clone();
        }
        if self.nearest.borrow().len() >= limits::SUGGESTIONS {
            return Vec::new();
        }
        let names = fitting(self.book, platform, pattern);
        self.nearest.borrow_mut().insert(key, names.clone());
        names
    }
}

impl Cell<'_, '_> {
    /// The names of a list in brackets. What the book does not have discloses nothing.
    pub(super) fn listed(&self, names: &[String], token: &Token, platforms: &[Platform], part: &mut Part) {
        if !names.iter().any(|name| self.names.is_in_book(name)) {
            let written = self.written([token]);
            self.unknown(&written, looked(platforms), part);
            return;
        }
        for name in names {
            deadline::step();
            if self.names.is_in_book(name) {
                self.resolve(name, platforms, part);
            } else {
                self.unknown(name, looked(platforms), part);
            }
        }
    }

    /// The permissions that `pattern` stands for, where everybody knows them; otherwise those it may mean.
    pub(super) fn pattern(
        &self,
        pattern: &str,
        own: Option<Platform>,
        token: &Token,
        platforms: &[Platform],
        part: &mut Part,
    ) {
        part.exact = false;
        let book = self.names.book;
        let elsewhere = own.is_some_and(|own| !platforms.is_empty() && !platforms.contains(&own));
        let wanted = match own {
            Some(_) if elsewhere => Vec::new(),
            Some(own) => vec![own],
            None if pattern.starts_with("NS") && platforms.is_empty() => vec![Platform::Ios],
            None => looked(platforms).to_vec(),
        };
        let mut found = false;
        for &platform in &wanted {
            deadline::step();
            let Some(alias) = book.alias(platform, pattern) else { continue };
            found = true;
            part.named += 1;
            part.permissions.extend(alias.permissions.iter().map(|name| name_on(platform, name)));
            part.candidates.extend(alias.candidates.iter().map(|name| name_on(platform, name)));
        }
        if found {
            part.ambiguities.push(Ambiguity::Abbreviation(pattern.to_owned()));
            return;
        }
        let may: Vec<Named> = wanted.iter().flat_map(|&platform| self.names.fitting(platform, pattern)).collect();
        let tells = pattern.starts_with("NS") || pattern.trim_matches(['_', '*']).contains('_');
        if tells && (1..=FAMILY).contains(&may.len()) {
            part.named += 1;
            part.candidates.extend(may);
            part.ambiguities.push(Ambiguity::Vague(pattern.to_owned()));
            return;
        }
        // A family of another platform than the row's is none here.
        for platform in Platform::ALL.into_iter().filter(|platform| !wanted.contains(platform)) {
            if let Some(alias) = book.alias(platform, pattern) {
                part.candidates.extend(alias.permissions.iter().map(|name| name_on(platform, name)));
            }
        }
        let suggestions = may.into_iter().take(SUGGESTED).collect();
        part.unknown.push(Unknown { written: self.written([token]), suggestions });
    }
}

fn looked(platforms: &[Platform]) -> &[Platform] {
    if platforms.is_empty() { &ANYWHERE } else { platforms }
}

/// The names of the platform's own that an ordinary app can ask for and that `pattern` fits, sorted.
fn fitting(book: &Book, platform: Platform, pattern: &str) -> Vec<Named> {
    book.facts(platform)
        .filter(|fact| fact.ordinary && fact.vendor.is_none())
        .filter(|fact| fact.name.strip_prefix(platform.prefix()).is_some_and(|bare| fits(pattern, bare)))
        .map(|fact| name_on(platform, fact.name))
        .collect()
}

/// True when something can stand for each asterisk of `pattern` that makes it `name`.
fn fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        deadline::step();
        let mut letters = rest.chars();
        // An asterisk stands for something.
        if letters.next().is_none() {
            return false;
        }
        let behind = letters.as_str();
        if parts.peek().is_none() {
            return part.is_empty() || behind.ends_with(part);
        }
        let Some((_, after)) = behind.split_once(part) else { return false };
        rest = after;
    }
    rest.is_empty()
}

/// `pieces` as the book writes families: `READ_MEDIA_*`. `None` where brackets and asterisks stand in one name.
fn pattern(pieces: &[Piece]) -> Option<String> {
    let mut pattern = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => pattern.push_str(text),
            Piece::Any if !pattern.ends_with('*') => {
                if !pattern.is_empty() && !pattern.ends_with('_') && !pattern.starts_with("NS") {
                    pattern.push('_');
                }
                pattern.push('*');
            }
            Piece::Any => {}
            Piece::Group(_) => return None,
        }
    }
    Some(pattern)
}

/// Every name that `pieces` list, in the order in which they are written.
fn expanded(pieces: &[Piece]) -> Vec<String> {
    let mut names = vec![String::new()];
    for piece in pieces {
        deadline::step();
        match piece {
            Piece::Text(text) => names.iter_mut().for_each(|name| name.push_str(text)),
            Piece::Any => return Vec::new(),
            Piece::Group(group) => {
                let without = group.optional.then_some("");
                let options = || without.into_iter().chain(group.options.iter().map(String::as_str));
                names = names.iter().flat_map(|name| options().map(move |option| format!("{name}{option}"))).collect();
            }
        }
    }
    names
}

/// The pieces of the name at `start`, and where it ends; none when it is written in full. `is_real` tells whether a
/// text is a name by itself: what follows it is then a remark or a footnote, unless it goes on with an underscore.
fn pieces(chars: &[Char], start: usize, is_real: impl Fn(&str) -> bool) -> (usize, Vec<Piece>) {
    let raw = |at: usize| chars.get(at).map(|c| c.raw);
    let mut pieces: Vec<Piece> = Vec::new();
    let mut text = String::new();
    let mut at = start;
    let mut short = false;
    while let Some(c) = raw(at) {
        deadline::step();
        if at - start > SHORT_CHARS {
            return (start, Vec::new());
        }
        let inner_dot = c == '.'
            && raw(at + 1).is_some_and(|next| next.is_ascii_alphabetic() || matches!(next, '{' | '[' | '(' | '*'));
        if c.is_ascii_alphanumeric() || c == '_' || inner_dot {
            text.push(c);
            at += 1;
            continue;
        }
        let open = text.is_empty() && pieces.is_empty();
        if let Some(end) = anything(chars, at) {
            let next = raw(end);
            let goes_on = next.is_some_and(|next| next == '_' || next.is_ascii_uppercase());
            if (open && next != Some('_')) || (is_real(&text) && !goes_on && pieces.is_empty()) {
                break;
            }
            push(&mut pieces, &mut text);
            pieces.push(Piece::Any);
            (at, short) = (end, true);
            continue;
        }
        let Some((end, mut group)) = group(chars, at) else { break };
        let begins = group.options.iter().all(|option| option.starts_with('_'));
        let ends = group.options.iter().all(|option| option.ends_with('_'));
        let next = raw(end);
        let goes_on = ends || next.is_some_and(|next| next == '_' || (!open && next.is_ascii_alphabetic()));
        let attached = !open && (begins || text.ends_with(['_', '.']));
        if !attached && !goes_on {
            break;
        }
        // `BLUETOOTH(_ADMIN)` is both; `READ_MEDIA_(IMAGES)` is one.
        let bare =
            c != '{' && !text.is_empty() && (begins && is_real(&text) || !begins && goes_on && next != Some('_'));
        group.optional = bare && (begins || group.options.len() == 1);
        push(&mut pieces, &mut text);
        pieces.push(Piece::Group(group));
        (at, short) = (end, true);
    }
    if !short
        && ends_in_place(&text)
        && let Some((before, _)) = text.rsplit_once('_')
    {
        return (at, vec![Piece::Text(format!("{before}_")), Piece::Any]);
    }
    push(&mut pieces, &mut text);
    if short { (at, pieces) } else { (start, Vec::new()) }
}

fn push(pieces: &mut Vec<Piece>, text: &mut String) {
    if !text.is_empty() {
        pieces.push(Piece::Text(std::mem::take(text)));
    }
}

/// Where a sign for anything ends that begins at `at`: an asterisk, dots, `<type>`.
fn anything(chars: &[Char], at: usize) -> Option<usize> {
    let raw = |at: usize| chars.get(at).map(|c| c.raw);
    match raw(at)? {
        '…' => Some(at + 1),
        // One, or what is left of emphasis around it.
        '*' => (at..).take(ASTERISKS).find(|&at| raw(at) != Some('*')),
        '.' if raw(at + 1) == Some('.') && raw(at + 2) == Some('.') => Some(at + 3),
        '<' => {
            let close = (at + 1..).take(GROUP_CHARS).find(|&at| !raw(at).is_some_and(|c| c.is_ascii_alphabetic()))?;
            (close > at + 1 && raw(close) == Some('>')).then_some(close + 1)
        }
        _ => None,
    }
}

/// The group that begins with a bracket at `at`, and where it ends: parts of names, and what parts them.
fn group(chars: &[Char], at: usize) -> Option<(usize, Group)> {
    let raw = |at: usize| chars.get(at).map(|c| c.raw);
    let close = match raw(at)? {
        '{' => '}',
        '[' => ']',
        '(' => ')',
        _ => return None,
    };
    let mut options = Vec::new();
    let mut option = String::new();
    for at in (at + 1..).take(GROUP_CHARS) {
        deadline::step();
        match raw(at)? {
            c if c.is_ascii_alphanumeric() || c == '_' => option.push(c),
            c if c == close || matches!(c, ',' | '/' | '|' | '、' | ' ' | '\n') => {
                if !option.is_empty() {
                    options.push(std::mem::take(&mut option));
                }
                if c == close {
                    let named = |option: &String| option.bytes().any(|byte| byte.is_ascii_uppercase());
                    let listed = !options.is_empty() && options.len() < LISTED && options.iter().all(named);
                    return listed.then_some((at + 1, Group { options, optional: false }));
                }
            }
            _ => return None,
        }
    }
    None
}

/// True for pieces that begin and end as the keys of iOS do.
fn are_of_a_key(pieces: &[Piece]) -> bool {
    matches!(pieces.first(), Some(Piece::Text(first)) if first.starts_with("NS"))
        && matches!(pieces.last(), Some(Piece::Text(last)) if last.ends_with(super::KEY_END))
}

fn is_upper(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}
