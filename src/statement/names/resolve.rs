//! The tokens of a name cell to permissions.

use std::collections::HashSet;

use super::super::block::fold_space;
use super::super::fold::{Char, Folded};
use super::super::text::Span;
use super::tokens::{is_constant, kind_of};
use super::{ANYWHERE, HUMAN, Kind, Names, Part, Reading, Token, name_on, named};
use crate::deadline;
use crate::disclosure::{Ambiguity, Named, Resolution, Unknown};
use crate::knowledge::vocabulary::{Precision, Sense};
use crate::knowledge::{Fact, Platform};

/// A name cell while it is read.
pub(super) struct Cell<'c, 'b> {
    pub(super) text: &'c str,
    pub(super) chars: &'c [Char],
    pub(super) names: &'c Names<'b>,
}

impl Cell<'_, '_> {
    /// The text of the cell from the first to the last of `tokens`, white space folded.
    pub(super) fn written<'l: 't, 't>(&self, tokens: impl IntoIterator<Item = &'t Token<'l>>) -> String {
        let mut span: Option<Span> = None;
        for token in tokens {
            deadline::step();
            for at in [token.start, token.end.saturating_sub(1)] {
                if let Some(c) = self.chars.get(at) {
                    span = Some(span.map_or(c.span, |span| span.with(c.span)));
                }
            }
        }
        fold_space(span.map_or("", |span| span.of(self.text)))
    }

    pub(super) fn part(&self, segment: &[&Token], platforms: &[Platform]) -> Part {
        let mut part = Part { exact: true, ..Part::default() };
        part.negated = segment.iter().any(|token| matches!(token.kind, Kind::Negation));
        if segment.iter().any(|token| token.is_constant() || self.is_real(token, platforms)) {
            for token in segment {
                deadline::step();
                self.constant(token, platforms, &mut part);
            }
            return part;
        }
        let colon = segment.iter().position(|token| matches!(token.kind, Kind::Colon) && !token.inside);
        let mut head: &[&Token] = segment;
        if let Some((before, after)) = colon.and_then(|colon| segment.split_at_checked(colon)) {
            // "权限名称：相机" names behind the colon, "Camera: to scan codes" before it.
            head = if before.iter().any(|token| token.is_name()) { before } else { after };
        }
        let outside: Vec<&Token> = head.iter().copied().filter(|token| !token.inside).collect();
        let named = outside.iter().any(|token| token.is_name());
        let tokens = if named { outside } else { head.to_vec() };
        self.human(&tokens, head, platforms, &mut part);
        if named && part.permissions.is_empty() && part.unknown.is_empty() {
            let inside: Vec<&Token> = head.iter().copied().filter(|token| token.inside).collect();
            let mut said = Part { exact: true, ..Part::default() };
            self.human(&inside, &inside, platforms, &mut said);
            part.settle(&said);
        }
        part
    }

    /// True for a word in capitals that is a constant, an alias, or a name known to be invented: on Android, unless
    /// the row is for other platforms. `LOCATION` is a constant of `HarmonyOS` alone, and a human name elsewhere.
    fn is_real(&self, token: &Token, platforms: &[Platform]) -> bool {
        let Kind::Capitals(word, sense) = &token.kind else { return false };
        let book = self.names.book;
        let known = |platform: Platform| {
            !book.bare(platform, word).is_empty()
                || book.alias(platform, word).is_some()
                || book.invented(platform, word).is_some()
        };
        let android = platforms.is_empty() || platforms.contains(&Platform::Android);
        let looked = if android { &ANYWHERE[..1] } else { platforms };
        // What no human calls so may still be a constant of another platform.
        let elsewhere = || sense.is_none() && Platform::ALL.iter().any(|&other| !book.bare(other, word).is_empty());
        looked.iter().any(|&platform| known(platform)) || elsewhere()
    }

    fn constant(&self, token: &Token, platforms: &[Platform], part: &mut Part) {
        let book = self.names.book;
        match &token.kind {
            Kind::Constant(word) => self.resolve(word, platforms, part),
            Kind::Shortened(full) => {
                self.resolve(full, platforms, part);
                part.exact = false;
                part.ambiguities.push(Ambiguity::Abbreviation(self.written([token])));
            }
            Kind::Listed(names) => self.listed(names, token, platforms, part),
            Kind::Pattern(pattern, own) => self.pattern(pattern, *own, token, platforms, part),
            Kind::Capitals(word, _) if self.is_real(token, platforms) => self.resolve(word, platforms, part),
            Kind::Key(key) => match book.fact(Platform::Ios, key) {
                Some(fact) => self.fact(fact, platforms, key, part),
                None => part.unknown.push(Unknown { written: (*key).to_owned(), suggestions: Vec::new() }),
            },
            Kind::LookAlike(shown) => {
                let mut imitated = Part::default();
                if is_constant(shown) || self.names.is_main(shown) {
                    self.resolve(shown, platforms, &mut imitated);
                } else {
                    let folded = Folded::new(shown, |_| false);
                    let found = self.names.lexicon().longest(&folded.chars, 0);
                    if let Some(Kind::Name(sense)) = found.and_then(|found| kind_of(found.words)) {
                        self.sense(sense, shown, platforms, &[], &mut imitated);
                    }
                }
                let suggestions = imitated.permissions;
                part.candidates.extend(suggestions.iter().cloned());
                part.candidates.append(&mut imitated.candidates);
                part.unknown.push(Unknown { written: self.written([token]), suggestions });
            }
            _ => {}
        }
    }

    /// Resolves a constant or key, once for each way of writing it.
    pub(super) fn resolve(&self, word: &str, platforms: &[Platform], part: &mut Part) {
        let key = (word.to_owned(), platforms.to_vec());
        if let Some(known) = self.names.resolved.borrow().get(&key) {
            part.include(known.clone());
            return;
        }
        let mut found = Part { exact: true, ..Part::default() };
        self.resolve_anew(word, platforms, &mut found);
        part.include(found.clone());
        self.names.resolved.borrow_mut().insert(key, found);
    }

    fn resolve_anew(&self, word: &str, platforms: &[Platform], part: &mut Part) {
        let book = self.names.book;
        if word.contains('.') {
            self.full_name(word, platforms, part);
            return;
        }
        if let Some(fact) = self.key(word) {
            self.fact(fact, platforms, word, part);
            return;
        }
        let looked = if platforms.is_empty() { &ANYWHERE[..] } else { platforms };
        let spelt = [word.to_owned(), word.to_ascii_uppercase()];
        // Under HarmonyOS alone its own names come first; beside Android, Android's do.
        for &platform in looked {
            deadline::step();
            for bare in &spelt {
                match book.bare(platform, bare).as_slice() {
                    [] => {}
                    [fact] => {
                        self.fact(*fact, platforms, word, part);
                        return;
                    }
                    several => {
                        part.exact = false;
                        part.candidates.extend(several.iter().map(named));
                        part.ambiguities.push(Ambiguity::Vague(word.to_owned()));
                        return;
                    }
                }
                if let Some(alias) = book.alias(platform, bare) {
                    part.exact = false;
                    part.named += 1;
                    part.permissions.extend(alias.permissions.iter().map(|name| name_on(platform, name)));
                    part.candidates.extend(alias.candidates.iter().map(|name| name_on(platform, name)));
                    part.ambiguities.push(Ambiguity::Abbreviation(word.to_owned()));
                    for name in alias.permissions {
                        deadline::step();
                        self.counterparts(platform, name, platforms, part);
                    }
                    return;
                }
            }
        }
        // A real name of another platform than the row's is no name here.
        for platform in Platform::ALL.into_iter().filter(|platform| !looked.contains(platform)) {
            if let [fact] = book.bare(platform, word).as_slice() {
                self.fact(*fact, platforms, word, part);
                return;
            }
        }
        for &platform in looked {
            deadline::step();
            if let Some(invented) = book.invented(platform, word) {
                part.candidates.extend(invented.nearest.iter().map(named));
            }
        }
        self.unknown(word, looked, part);
    }

    /// The key of exactly this name, in any case of letters.
    fn key(&self, word: &str) -> Option<Fact> {
        let book = self.names.book;
        book.fact(Platform::Ios, word).or_else(|| {
            if !word.to_ascii_lowercase().ends_with("usagedescription") {
                return None;
            }
            let near = self.names.suggestions(&[Platform::Ios], word);
            let same = near.iter().find(|near| near.name.eq_ignore_ascii_case(word))?;
            book.fact(Platform::Ios, &same.name)
        })
    }

    fn full_name(&self, word: &str, platforms: &[Platform], part: &mut Part) {
        let book = self.names.book;
        // The constant of the Java class: `android.Manifest.permission.CAMERA`.
        let lower = word.to_ascii_lowercase();
        let java = ["android.manifest.permission.", "manifest.permission.", "permission."];
        if let Some(bare) =
            java.iter().find_map(|prefix| word.get(prefix.len()..).filter(|_| lower.starts_with(prefix)))
        {
            let full = format!("android.permission.{}", bare.to_ascii_uppercase());
            match book.fact(Platform::Android, &full) {
                Some(fact) => self.fact(fact, platforms, word, part),
                None => self.unknown(word, &[Platform::Android], part),
            }
            return;
        }
        let (space, last) = word.rsplit_once('.').unwrap_or(("", word));
        let even = format!("{}.{}", space.to_ascii_lowercase(), last.to_ascii_uppercase());
        for platform in Platform::ALL {
            deadline::step();
            if let Some(fact) = book.fact(platform, word).or_else(|| book.fact(platform, &even)) {
                self.fact(fact, platforms, word, part);
                return;
            }
        }
        let platform = if lower.starts_with("ohos.") { Platform::HarmonyOs } else { Platform::Android };
        let reserved = ["android.", "ohos.", "com.android.", "com.google.android."];
        let within = lower.contains(".permission.");
        let named_so = (is_permission_like(last) && (within || last.contains('_'))) || (within && is_class_like(last));
        let elsewhere = !platforms.is_empty() && !platforms.contains(&platform);
        if named_so && !elsewhere && !reserved.iter().any(|space| lower.starts_with(space)) {
            // A vendor's or the app's own permission. It discloses itself and nothing else, so it can be taken at its
            // word: only the very same name in a package is covered.
            part.named += 1;
            part.permissions.push(name_on(platform, word));
            return;
        }
        self.unknown(word, &[platform], part);
    }

    /// A real permission, in a row for `platforms`. Under a heading for others it is a candidate: no permission there
    /// has the name.
    fn fact(&self, fact: Fact, platforms: &[Platform], written: &str, part: &mut Part) {
        if !platforms.is_empty() && !platforms.contains(&fact.platform) {
            part.exact = false;
            part.candidates.push(named(&fact));
            let mut suggested = Part::default();
            self.counterparts(fact.platform, fact.name, platforms, &mut suggested);
            part.unknown.push(Unknown { written: written.to_owned(), suggestions: suggested.candidates });
            return;
        }
        part.named += 1;
        part.permissions.push(named(&fact));
        // In full it would count without the house.
        part.house.extend(fact.house.filter(|_| written != fact.name));
        self.counterparts(fact.platform, fact.name, platforms, part);
    }

    /// In a row that is also for another platform, what the permission is called there is a candidate.
    fn counterparts(&self, platform: Platform, name: &str, platforms: &[Platform], part: &mut Part) {
        for &other in platforms.iter().filter(|&&other| other != platform) {
            part.candidates.extend(self.names.book.counterparts(platform, name, other).iter().map(named));
        }
    }

    pub(super) fn unknown(&self, word: &str, platforms: &[Platform], part: &mut Part) {
        part.exact = false;
        let suggestions = self.names.suggestions(platforms, word);
        part.unknown.push(Unknown { written: word.to_owned(), suggestions });
    }

    /// A part without constants. `head` are all its tokens, `tokens` those outside parentheses.
    fn human(&self, tokens: &[&Token], head: &[&Token], platforms: &[Platform], part: &mut Part) {
        part.exact = false;
        let narrow: Vec<&str> = head
            .iter()
            .filter_map(|token| if let Kind::Narrow(prefix) = token.kind { Some(prefix) } else { None })
            .collect();
        let senses: Vec<(Sense, &Token)> =
            tokens.iter().filter_map(|&token| Some((token.kind.sense()?, token))).collect();
        let strange = tokens.iter().any(|token| matches!(token.kind, Kind::Other | Kind::Capitals(_, None)));
        if senses.is_empty() {
            if strange {
                let written = self.written(tokens.iter().copied());
                let looked = if platforms.is_empty() { &ANYWHERE[..] } else { platforms };
                let lone = tokens.iter().filter(|token| token.is_name()).count() == 1;
                let suggestions = if lone { self.names.suggestions(looked, &written) } else { Vec::new() };
                part.unknown.push(Unknown { written, suggestions });
            }
            return;
        }
        let mut found = Part::default();
        let mut seen: Vec<Sense> = Vec::new();
        for &(sense, token) in &senses {
            deadline::step();
            if seen.contains(&sense) {
                continue;
            }
            seen.push(sense);
            self.sense(sense, &self.written([token]), platforms, &narrow, &mut found);
        }
        // Two names without a separator or a noun between them may be one phrase (网络电话), unless each of them is
        // specific, or one is the other in another language (相机 Camera).
        let mut glued = false;
        let mut before = None;
        for token in tokens {
            deadline::step();
            match &token.kind {
                Kind::Noun => before = None,
                kind => {
                    if let Some(sense) = kind.sense() {
                        glued |= before.is_some_and(|before| before != sense);
                        before = Some(sense);
                    }
                }
            }
        }
        if strange || (glued && !found.ambiguities.is_empty()) {
            let suggestions = found.permissions;
            part.candidates.extend(suggestions.iter().cloned());
            part.candidates.append(&mut found.candidates);
            part.unknown.push(Unknown { written: self.written(tokens.iter().copied()), suggestions });
            return;
        }
        part.named += found.named;
        part.permissions.append(&mut found.permissions);
        part.candidates.append(&mut found.candidates);
        part.ambiguities.append(&mut found.ambiguities);
        part.unknown.append(&mut found.unknown);
        part.house.append(&mut found.house);
    }

    /// What the human name `word` means on `platforms`.
    fn sense(&self, sense: Sense, word: &str, platforms: &[Platform], narrow: &[&str], part: &mut Part) {
        let platforms = if platforms.is_empty() { &HUMAN[..] } else { platforms };
        let (mut group, mut vague, mut nothing) = (false, false, true);
        for &platform in platforms {
            let Some(meaning) = self.names.meaning(sense, platform) else { continue };
            nothing &= meaning.precision == Precision::Nothing;
            let permissions: Vec<&str> = meaning.permissions().collect();
            let candidates: Vec<&str> = meaning.candidates().collect();
            part.house.extend(sense.said());
            if let Some(narrowed) = narrowed(meaning.precision, &permissions, &candidates, narrow) {
                part.permissions.extend(narrowed.iter().map(|name| name_on(platform, name)));
                continue;
            }
            if misses(meaning.precision, &permissions, narrow) {
                // "View network" is not the permission to use the network.
                vague = true;
                part.candidates.extend(permissions.iter().map(|name| name_on(platform, name)));
                part.candidates.extend(candidates.iter().map(|name| name_on(platform, name)));
                continue;
            }
            group |= meaning.precision == Precision::Group;
            vague |= matches!(meaning.precision, Precision::GroupAmbiguous | Precision::Vague);
            part.permissions.extend(permissions.iter().map(|name| name_on(platform, name)));
            part.candidates.extend(candidates.iter().map(|name| name_on(platform, name)));
        }
        if group {
            part.ambiguities.push(Ambiguity::Group(word.to_owned()));
        }
        if vague {
            part.ambiguities.push(Ambiguity::Vague(word.to_owned()));
        }
        // A word for something that has no permission here is known, unless it is known to be mistaken for one.
        let invented = nothing && platforms.iter().any(|&platform| self.names.book.invented(platform, word).is_some());
        if invented {
            let suggestions = self.names.suggestions(platforms, word);
            part.unknown.push(Unknown { written: word.to_owned(), suggestions });
        } else {
            part.named += 1;
        }
    }
}

/// A group word beside a verb names the members that begin so: 存储（写入） is `WRITE_EXTERNAL_STORAGE` alone. `None` when
/// the verb tells nothing.
fn narrowed<'n>(
    precision: Precision,
    permissions: &[&'n str],
    candidates: &[&'n str],
    verbs: &[&str],
) -> Option<Vec<&'n str>> {
    let begins = |name: &str, verb: &str| {
        let last = name.rsplit('.').next().unwrap_or_default();
        // Of Apple's keys only those for photos part reading from adding.
        match (last.starts_with("NSPhotoLibrary"), last.starts_with("NSPhotoLibraryAdd")) {
            (true, adds) => verb == if adds { "WRITE_" } else { "READ_" },
            (false, _) => last.starts_with(verb),
        }
    };
    let members = match precision {
        Precision::Group => permissions,
        Precision::GroupAmbiguous => &[],
        Precision::Specific | Precision::Vague | Precision::Nothing => return None,
    };
    let mut found: Vec<&'n str> = Vec::new();
    for verb in verbs {
        let mut named = members.iter().copied().filter(|name| begins(name, verb)).collect::<Vec<_>>();
        if named.is_empty() {
            named = candidates.iter().copied().filter(|name| begins(name, verb)).collect();
            if named.len() > 1 {
                return None;
            }
        }
        found.extend(named);
    }
    found.dedup();
    (!found.is_empty()).then_some(found)
}

/// True when a verb says something else than what the permissions are for: to read what they write or send, to write
/// where none of them writes.
fn misses(precision: Precision, permissions: &[&str], verbs: &[&str]) -> bool {
    let begins = |name: &str, starts: &[&str]| {
        let last = name.rsplit('.').next().unwrap_or_default();
        starts.iter().any(|start| last.starts_with(start))
    };
    let reads = verbs.contains(&"READ_");
    let writes = verbs.contains(&"WRITE_");
    match precision {
        Precision::Specific => {
            reads && permissions.iter().any(|name| begins(name, &["POST_", "SEND_", "WRITE_", "CALL_"]))
        }
        Precision::Group if reads && !writes => !permissions
            .iter()
            .all(|name| begins(name, &["READ_", "ACCESS_", "NS", "LOCATION", "APPROXIMATELY_", "QUERY_"])),
        Precision::Group => writes && !reads,
        Precision::GroupAmbiguous | Precision::Vague | Precision::Nothing => false,
    }
}

impl Part {
    /// Of what a vague word may mean, what is `said` beside it is meant: 电话（设备信息） is the phone's state. Never
    /// anything else than what the word may mean.
    fn settle(&mut self, said: &Part) {
        if !said.unknown.is_empty() {
            return;
        }
        let may = |named: &&Named| self.candidates.contains(named);
        let meant: Vec<Named> = if said.permissions.is_empty() {
            said.candidates.iter().filter(may).cloned().collect()
        } else if said.permissions.iter().all(|named| may(&named)) {
            said.permissions.clone()
        } else {
            return;
        };
        if meant.is_empty() || (said.permissions.is_empty() && meant.len() > 1) {
            return;
        }
        self.candidates.retain(|candidate| !meant.contains(candidate));
        self.ambiguities.clear();
        self.permissions = meant;
    }

    /// Takes in what another name of the same part says.
    fn include(&mut self, mut other: Part) {
        self.permissions.append(&mut other.permissions);
        self.candidates.append(&mut other.candidates);
        self.ambiguities.append(&mut other.ambiguities);
        self.unknown.append(&mut other.unknown);
        self.house.append(&mut other.house);
        self.named += other.named;
        self.exact &= other.exact;
    }

    pub(super) fn add(&mut self, mut other: Part, denied: bool) {
        if other.negated || denied {
            self.negated |= other.negated;
            self.candidates.append(&mut other.permissions);
        } else {
            self.named += other.named;
            self.exact &= other.exact;
            self.permissions.append(&mut other.permissions);
        }
        self.candidates.append(&mut other.candidates);
        self.house.append(&mut other.house);
        if !(other.negated) {
            self.ambiguities.append(&mut other.ambiguities);
            self.unknown.append(&mut other.unknown);
        }
    }

    /// The reading of the whole cell.
    pub(super) fn finish(
        mut self,
        platforms: Vec<Platform>,
        denied: bool,
        reordered: bool,
        written: impl FnOnce() -> String,
    ) -> Option<Reading> {
        unique(&mut self.permissions);
        unique(&mut self.candidates);
        self.house.sort_unstable();
        self.house.dedup();
        if reordered && !self.candidates.is_empty() {
            let suggestions = self.candidates.clone();
            self.unknown.push(Unknown { written: written(), suggestions });
        }
        if !self.candidates.is_empty() {
            let disclosed: HashSet<&Named> = self.permissions.iter().collect();
            self.candidates.retain(|candidate| !disclosed.contains(candidate));
        }
        let denied = denied || (self.negated && self.permissions.is_empty() && self.unknown.is_empty());
        let nothing = self.permissions.is_empty() && self.candidates.is_empty() && self.unknown.is_empty();
        if nothing && self.named == 0 && !self.negated {
            return None;
        }
        if denied {
            self.ambiguities.clear();
            self.unknown.clear();
        }
        let group = self.ambiguities.iter().any(|ambiguity| !matches!(ambiguity, Ambiguity::Abbreviation(_)));
        let resolution = if denied {
            Resolution::Negated
        } else if self.permissions.is_empty() && self.candidates.is_empty() {
            // Notifications in a table for iOS: known, and no permission there has the name.
            Resolution::Unknown
        } else if self.permissions.is_empty() && !self.unknown.is_empty() {
            Resolution::Unknown
        } else if self.named > 1 || group || !self.unknown.is_empty() {
            Resolution::Several
        } else if self.exact {
            Resolution::Exact
        } else {
            Resolution::Alias
        };
        Some(Reading {
            platforms,
            resolution,
            permissions: self.permissions,
            candidates: self.candidates,
            ambiguities: self.ambiguities,
            unknown: self.unknown,
            required: None,
            house: self.house,
        })
    }
}

/// True for the last segment of a permission's name: capitals, digits, underscores.
fn is_permission_like(last: &str) -> bool {
    last.len() > 2 && last.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

/// True for a name in mixed case, as some vendors write theirs: `vendor.permission.PushService`.
fn is_class_like(last: &str) -> bool {
    last.len() > 2
        && last.starts_with(|c: char| c.is_ascii_uppercase())
        && last.bytes().any(|byte| byte.is_ascii_lowercase())
        && last.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn unique(names: &mut Vec<Named>) {
    if names.len() > 1 {
        let mut seen: HashSet<Named> = HashSet::with_capacity(names.len());
        names.retain(|name| seen.insert(name.clone()));
    }
}
