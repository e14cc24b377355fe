//! Running text to mentions: what sentences say of permissions and of the data that they open.
//!
//! A mention discloses nothing by itself. What it names stands in [`Disclosure::withheld`] until the house decides that
//! prose counts; what it may mean is a candidate.

mod kinds;
mod sentence;
mod words;

use std::collections::HashMap;

use super::block::{Flow, Item, Style};
use super::disclose::Walk;
use super::fold::Folded;
use super::names::HUMAN;
use super::text::Span;
use crate::deadline;
use crate::disclosure::{Disclosure, Form, Named, Resolution, Scope, Strength};
use crate::knowledge::vocabulary::Sense;
use crate::knowledge::{Platform, Said};
use crate::limits;
use kinds::Kind;
use sentence::{Above, Mention};
use words::{Cue, Mark, Token, What};

pub(super) use words::Cue as ProseCue;

/// What is worth making once for a statement, and what the text above says.
#[derive(Default)]
pub(super) struct Prose {
    kinds: HashMap<Sense, Kind>,
    /// The headings above, and whether they deny.
    headings: Vec<(u8, bool)>,
    /// The line that leads to the present list.
    lead: Option<Lead>,
    /// How often a thing was mentioned in the same way.
    repeats: HashMap<Key, usize>,
    pub(super) mentions: Vec<Disclosure>,
}

/// A line that says that a list follows.
struct Lead {
    above: Above,
    /// Its own number or bullet: what it leads to begins with another one.
    marker: String,
}

/// What makes two mentions the same.
type Key = (String, Strength, bool, bool, Vec<Platform>);

/// What the headings say of a sentence.
struct Around {
    platforms: Vec<Platform>,
    sdk: bool,
    negated: bool,
}

impl Walk<'_> {
    /// Notes what a heading says of the running text below it.
    pub(super) fn prose_heading(&mut self, level: u8, text: &str) {
        let folded = Folded::new(text, |_| false);
        let cues = words::lexicon();
        let tokens = words::tokens(&folded.chars, self.names.lexicon(), cues);
        let denies = tokens.iter().any(|token| token.cues.has(Cue::Negation) || token.cues.has(Cue::Future));
        self.prose.headings.retain(|(above, _)| *above < level);
        self.prose.headings.push((level, denies));
        self.prose.lead = None;
    }

    /// Reads running text.
    pub(super) fn prose_lines(&mut self, lines: &[Flow]) {
        let mut rest = lines;
        while !rest.is_empty() {
            deadline::step();
            let count = 1 + rest.windows(2).take_while(|pair| goes_on(pair)).count();
            let (unit, behind) = rest.split_at(count);
            rest = behind;
            match unit {
                [line] => self.prose_unit(line, None),
                lines => self.prose_unit(&Flow::joined(lines), None),
            }
        }
    }

    /// Reads an item of a list that names no permission itself.
    pub(super) fn prose_item(&mut self, item: &Item) {
        let marker = format!("{}-", " ".repeat(item.indent.min(INDENT)));
        match item.lines.as_slice() {
            [line] => self.prose_unit(line, Some(marker)),
            lines => self.prose_unit(&Flow::joined(lines), Some(marker)),
        }
    }

    /// Of what was mentioned since there were `before` mentions, in text that is said of a permission if `below`, keeps
    /// what names others: what it says of its own, and what it denies, is said of the row.
    pub(super) fn said_below(&mut self, below: bool, before: usize) {
        if !below || before == self.prose.mentions.len() {
            return;
        }
        let rows = &self.found.disclosures;
        let own = rows.last().map(|row| (row.permissions.as_slice(), row.candidates.as_slice())).unwrap_or_default();
        let (own, may) = own;
        let fresh = self.prose.mentions.split_off(before);
        let other = |mention: &Disclosure| {
            mention.resolution != Resolution::Negated
                && mention.withheld.iter().any(|named| !own.contains(named) && !may.contains(named))
        };
        self.prose.mentions.extend(fresh.into_iter().filter(other));
    }

    fn prose_unit(&mut self, unit: &Flow, marker: Option<String>) {
        if self.names.is_elsewhere() {
            return;
        }
        let text = unit.text();
        let marker = marker.unwrap_or_else(|| number(text));
        if self.prose.lead.as_ref().is_some_and(|lead| !lead.leads_to(&marker)) {
            self.prose.lead = None;
        }
        let folded = if unit.styled(Style::Strike).is_empty() {
            Folded::new(text, |_| false)
        } else {
            Folded::new(text, |at| unit.is_styled(Style::Strike, at))
        };
        let cues = words::lexicon();
        let tokens = words::tokens(&folded.chars, self.names.lexicon(), cues);
        let around = Around {
            platforms: self.stated_platforms(),
            sdk: self.headings.iter().any(|open| open.title.sdk),
            negated: self.headings.iter().any(|open| open.title.negated)
                || self.prose.headings.iter().any(|(_, denies)| *denies),
        };
        let from = self.prose.lead.as_ref().map(|lead| lead.above).unwrap_or_default();
        let mut lead = None;
        for sentence in tokens.split_inclusive(|token| matches!(token.what, What::Mark(Mark::Stop | Mark::Question))) {
            deadline::step();
            let above = Above { negated: from.negated || around.negated, ..from };
            let kinds = &mut self.prose.kinds;
            let mut kind = |sense| *kinds.entry(sense).or_insert_with(|| Kind::of(sense));
            let said = sentence::judge(sentence, above, &mut kind);
            // The platforms that a sentence names stand above those of the heading; looked for once, for a sentence may
            // hold thousands of names.
            let own = Platform::ALL
                .into_iter()
                .filter(|platform| sentence.iter().any(|token| token.what == What::Platform(*platform)));
            let own: Vec<Platform> = own.collect();
            let platforms = if own.is_empty() { &around.platforms } else { &own };
            let sdk = said.sdk || around.sdk;
            for mention in &strongest(sentence, said.mentions) {
                deadline::step();
                self.mention(unit, &folded, sentence, mention, sdk, platforms);
            }
            lead = said.lead;
        }
        if let Some(above) = lead {
            self.prose.lead = Some(Lead { above, marker });
        }
    }

    fn mention(
        &mut self,
        unit: &Flow,
        folded: &Folded,
        sentence: &[Token],
        mention: &Mention,
        sdk: bool,
        platforms: &[Platform],
    ) {
        let Some(token) = sentence.get(mention.token) else { return };
        let span = |at: usize| folded.chars.get(at).map(|c| c.span);
        let (Some(first), Some(last)) = (span(token.start), span(token.end - 1)) else { return };
        let part = first.with(last);
        let platforms = platforms.to_vec();
        let thing = match token.what {
            What::Name(sense) => sense.id().to_owned(),
            _ => part.of(unit.text()).to_owned(),
        };
        let key = (thing, mention.strength, mention.negated, sdk, platforms.clone());
        let count = self.prose.repeats.entry(key).or_default();
        *count += 1;
        if *count > limits::MENTIONS {
            return;
        }
        let meaning = match token.what {
            What::Name(sense) => self.meant(sense, &platforms),
            _ => match self.names.read(&unit.part(part), &platforms, false) {
                // What no permission is called is a matter of tables; here it may be anything.
                Some(reading) if reading.resolution == Resolution::Exact => Meant {
                    named: reading.permissions,
                    candidates: reading.candidates,
                    exact: true,
                    house: reading.house,
                },
                _ => return,
            },
        };
        self.keep(unit, part, mention, meaning, platforms, sdk);
    }

    fn keep(&mut self, unit: &Flow, part: Span, mention: &Mention, meant: Meant, platforms: Vec<Platform>, sdk: bool) {
        let Meant { mut named, mut candidates, exact, house } = meant;
        if mention.negated || mention.strength == Strength::Implies {
            named.append(&mut candidates);
            candidates = std::mem::take(&mut named);
        }
        if named.is_empty() && candidates.is_empty() {
            return;
        }
        let several = Platform::ALL.into_iter().any(|platform| {
            let all = if named.is_empty() { &candidates } else { &named };
            all.iter().filter(|named| named.platform == platform).count() > 1
        });
        let resolution = match (mention.negated, exact, several) {
            (true, _, _) => Resolution::Negated,
            (_, true, _) => Resolution::Exact,
            (_, _, true) => Resolution::Several,
            _ => Resolution::Alias,
        };
        let written = unit.part(part);
        self.prose.mentions.push(Disclosure {
            written: written.folded(),
            platforms,
            form: Form::Prose(mention.strength),
            scope: if sdk { Scope::Sdk(None) } else { Scope::App },
            resolution,
            permissions: Vec::new(),
            withheld: named,
            candidates,
            ambiguities: Vec::new(),
            unknown: Vec::new(),
            house,
            description: None,
            purpose: None,
            purpose_shared: false,
            purpose_expected: false,
            required: None,
            block: NO_BLOCK,
            place: self.text.place(written.whole()),
        });
    }

    /// What a human name means in running text for `platforms`; where none are stated, it names nothing on
    /// `HarmonyOS`, as in a row.
    fn meant(&self, sense: Sense, platforms: &[Platform]) -> Meant {
        let mut meant = Meant { house: sense.said().into_iter().collect(), ..Meant::default() };
        let looked = if platforms.is_empty() { &Platform::ALL[..] } else { platforms };
        for &platform in looked {
            let Some(meaning) = self.names.meaning(sense, platform) else { continue };
            let counts = meaning.precision.discloses() && (!platforms.is_empty() || HUMAN.contains(&platform));
            let full = |name: &str| Named { platform, name: name.to_owned() };
            let named = if counts { &mut meant.named } else { &mut meant.candidates };
            named.extend(meaning.permissions().map(full));
            meant.candidates.extend(meaning.candidates().map(full));
        }
        meant
    }
}

/// Of the mentions of one thing in a sentence, the one that tells most; denials apart.
fn strongest(sentence: &[Token], mentions: Vec<Mention>) -> Vec<Mention> {
    if mentions.len() < 2 {
        return mentions;
    }
    let mut best: HashMap<(Sense, bool), usize> = HashMap::new();
    let mut kept: Vec<Mention> = Vec::new();
    for mention in mentions {
        deadline::step();
        let Some(What::Name(sense)) = sentence.get(mention.token).map(|token| token.what) else {
            kept.push(mention);
            continue;
        };
        let at = *best.entry((sense, mention.negated)).or_insert(kept.len());
        match kept.get_mut(at) {
            Some(known) if mention.strength < known.strength => *known = mention,
            Some(_) => {}
            None => kept.push(mention),
        }
    }
    kept.sort_unstable_by_key(|mention| mention.token);
    kept
}

/// What a name in running text means.
#[derive(Default)]
struct Meant {
    named: Vec<Named>,
    candidates: Vec<Named>,
    exact: bool,
    /// Where the house says so.
    house: Vec<Said>,
}

impl Lead {
    /// True when a line that begins with `marker` is part of the list that this one leads to.
    fn leads_to(&self, marker: &str) -> bool {
        let is_number = |text: &str| text.contains(|c: char| c.is_ascii_digit());
        match (is_number(&self.marker), is_number(marker)) {
            _ if marker.is_empty() => false,
            // 1.3 leads to 1.3.1 and not to 1.4; a numbered line to bullets and to (1).
            (true, true) if !marker.starts_with(['(', '（']) => {
                marker.len() > self.marker.len() && marker.starts_with(self.marker.as_str())
            }
            // A bullet leads to those that are indented further, or numbered.
            (false, false) if !self.marker.is_empty() => marker.len() > self.marker.len(),
            _ => true,
        }
    }
}

/// The number at the start of a line, without what parts it from the text: `1.3`, `(2`, `a`; a bullet is `-`.
fn number(text: &str) -> String {
    let body = text.trim_start();
    if body.starts_with(['-', '*', '•', '·', '○', '●', '–', '—', '■', '◆']) {
        return "-".to_owned();
    }
    let inside = body.trim_start_matches(['(', '（']);
    let digits = inside.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let taken = inside.len() - digits.len();
    let end = body.len() - inside.len() + taken;
    let numbered = taken > 0
        && digits.starts_with(|c: char| c.is_whitespace() || matches!(c, ')' | '）' | '、' | '．'))
        || (inside.get(..taken).is_some_and(|number| number.contains('.')));
    if !numbered || end > NUMBER {
        return String::new();
    }
    body.get(..end).unwrap_or_default().trim_end_matches('.').to_owned()
}

/// True when the second of two lines is the rest of a sentence that the first one breaks off.
fn goes_on(pair: &[Flow]) -> bool {
    let [first, second] = pair else { return false };
    let (first, second) = (first.text().trim_end(), second.text().trim_start());
    let (Some(last), Some(next)) = (first.chars().next_back(), second.chars().next()) else { return false };
    let ended = matches!(last, '.' | '。' | ':' | '：' | ';' | '；' | '!' | '！' | '?' | '？');
    !ended && number(second).is_empty() && (next.is_lowercase() || first.chars().count() >= WRAPPED)
}

/// Running text is part of no table or list.
const NO_BLOCK: usize = usize::MAX;

/// Code points of a line that may have been broken because it was full. Texts are wrapped at 72 columns and more; a
/// Chinese character takes two.
const WRAPPED: usize = 32;

/// Bytes of a number before a line.
const NUMBER: usize = 16;

/// Columns of indentation that are told apart.
const INDENT: usize = 64;
