//! Titles, and the platforms that a text names.

use super::super::fold::{Char, Folded, fold};
use super::super::lexicon::{Word, is_dense};
use super::{Headers, Title};
use crate::deadline;
use crate::knowledge::Platform;
use crate::knowledge::vocabulary::Role;

impl Headers {
    /// The platforms named in `text`, in the order of [`Platform::ALL`].
    pub(in crate::statement) fn platforms(&self, text: &str) -> Vec<Platform> {
        self.platforms_in(&Folded::new(text, |_| false))
    }

    fn platforms_in(&self, folded: &Folded) -> Vec<Platform> {
        let marks = self.scan_platforms(folded);
        Platform::ALL.into_iter().filter(|platform| marks.iter().any(|mark| mark.platform == *platform)).collect()
    }

    fn scan_platforms(&self, folded: &Folded) -> Vec<Mark> {
        let mut marks = Vec::new();
        let mut at = 0;
        while at < folded.chars.len() {
            deadline::step();
            let Some(found) = self.platforms.longest(&folded.chars, at) else {
                at += 1;
                continue;
            };
            let no_platform = folded.chars.get(found.end..).is_some_and(names_an_identifier)
                || joined_to(at.checked_sub(1).and_then(|at| folded.chars.get(at)));
            for word in found.words.iter().filter(|_| !no_platform) {
                if let Word::Platform(platform) = word {
                    marks.push(Mark { platform, start: at, end: found.end });
                }
            }
            at = found.end;
        }
        marks
    }

    pub(super) fn without_platforms(&self, folded: &str) -> String {
        let marks = self.scan_platforms(&Folded::new(folded, |_| false));
        let inside = |at: usize| marks.iter().any(|mark| (mark.start..mark.end).contains(&at));
        folded.chars().enumerate().filter(|&(at, _)| !inside(at)).map(|(_, c)| c).collect()
    }

    /// True when `text` holds a platform and nothing else but words that change nothing (端, 系统, 版, 用户).
    pub(in crate::statement) fn is_platform_alone(&self, text: &str) -> bool {
        let folded = fold(text);
        let rest = self.without_platforms(&folded);
        let rest = rest.trim_matches(|c: char| !c.is_alphanumeric());
        rest.is_empty() || self.platform_fillers.contains(&rest)
    }

    /// What a heading that reads `text` says.
    pub(in crate::statement) fn title(&self, text: &str) -> Title {
        let folded = Folded::new(text, |_| false);
        let mut roles: Vec<Role> = Vec::new();
        let mut at = 0;
        while at < folded.chars.len() {
            deadline::step();
            let Some(found) = self.titles.longest(&folded.chars, at) else {
                at += 1;
                continue;
            };
            roles.extend(
                found.words.iter().filter_map(|word| if let Word::Role(role) = word { Some(role) } else { None }),
            );
            at = found.end;
        }
        let has = |role: Role| roles.contains(&role);
        let whole = folded.low();
        Title {
            platforms: self.platforms_in(&folded),
            permissions: has(Role::PermissionNoun) || has(Role::TitlePermissions) || self.has_compound(&whole),
            sdk: has(Role::TitleSdk) || whole.contains("sdk"),
            negated: has(Role::TitleNotInForce) || self.not_requested.is_in(&whole),
            required: match (has(Role::Required), has(Role::Optional)) {
                (true, false) => Some(true),
                (false, true) => Some(false),
                _ => None,
            },
        }
    }

    /// True when a word of `folded` ends with a noun for permission, as German words do: Geräteberechtigungen.
    fn has_compound(&self, folded: &str) -> bool {
        folded.split(|c: char| !c.is_alphanumeric()).any(|word| {
            self.nouns.iter().any(|noun| noun.len() >= COMPOUND && word.len() > noun.len() && word.ends_with(*noun))
        })
    }

    /// True when a title denies with whatever word of a script with spaces between words: "Permissions never used".
    pub(in crate::statement) fn title_denies(&self, text: &str) -> bool {
        let chars = Folded::new(text, |_| false).chars;
        (0..chars.len())
            .any(|at| chars.get(at).is_some_and(|c| !is_dense(c.low)) && self.denying.longest(&chars, at).is_some())
    }

    /// True when `text` ends like the title of a section of permissions.
    pub(in crate::statement) fn ends_as_title(&self, text: &str) -> bool {
        let folded = fold(text);
        self.title_ends.iter().any(|end| folded.ends_with(*end))
    }
}

/// A platform found in a text.
struct Mark {
    platform: Platform,
    start: usize,
    end: usize,
}

/// True for what joins a part of an identifier to the parts before it: `com.example.android`.
fn joined_to(c: Option<&Char>) -> bool {
    c.is_some_and(|c| matches!(c.raw, '.' | '_'))
}

/// `Android ID`, `Apple Music`: a platform's name that names no platform.
pub(in crate::statement) fn names_an_identifier(rest: &[Char]) -> bool {
    let after: String = rest.iter().map(|c| c.low).take(7).collect();
    let after = after.trim_start();
    ["id", "music", "pay", "tv"].iter().any(|word| {
        after.strip_prefix(word).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() && !is_dense(c)))
    })
}

/// Bytes of a noun for permission that may be the end of a longer word.
const COMPOUND: usize = 10;
