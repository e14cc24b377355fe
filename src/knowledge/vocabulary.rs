//! The words of statements: human names of permissions in nine languages, and the words that tell what a heading,
//! a header cell or a cell is.
//!
//! Iterating costs one pass over the text of the data files; build a matcher from it once, when a statement is read.

use std::ops::Range;

use super::house::OwnWord;
use super::table::{Table, list, table};
use super::{Book, Fact, Platform, Said};

/// What the words mean, by sense and platform.
pub(super) const SENSES: Table = table!("senses", SENSES);
/// The words, by sense and language.
const TERMS: Table = table!("terms", TERMS);
/// Words with a role other than naming a permission.
pub(super) const WORDS: Table = table!("words", WORDS);
/// The names Xcode shows for keys.
const XCODE: Table = table!("xcode_names", XCODE_NAMES);

/// How much a human name says on one platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Precision {
    /// Names one capability: discloses what is listed, which is several only where one capability has several names
    /// (the icon badge, for which every vendor has its own). Candidates are older or newer names of nearly the same.
    Specific,
    /// A group word: discloses what is listed, and is ambiguous because it could mean the candidates too.
    Group,
    /// A group word of which nobody can say what it means: discloses nothing, has candidates.
    GroupAmbiguous,
    /// A data type or a general word: discloses nothing, has candidates.
    Vague,
    /// A known word for something the platform has no permission for (notifications on iOS): discloses nothing. The
    /// candidates are what stands for it without being asked for: the guard of an accessibility service.
    Nothing,
}

impl Precision {
    const ALL: [Precision; 5] =
        [Precision::Specific, Precision::Group, Precision::GroupAmbiguous, Precision::Vague, Precision::Nothing];

    /// The name in the data file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Precision::Specific => "specific",
            Precision::Group => "group",
            Precision::GroupAmbiguous => "group-ambiguous",
            Precision::Vague => "vague",
            Precision::Nothing => "nothing",
        }
    }

    /// True when a name of this precision discloses the permissions that are listed for it.
    #[must_use]
    pub fn discloses(self) -> bool {
        matches!(self, Precision::Specific | Precision::Group)
    }
}

/// A human name of a permission, in one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// The name as people write it; compare it without regard to case and width.
    pub text: &'static str,
    /// ISO 639-1 code of the language: zh, en, ja, ko, de, fr, es, pt, ru.
    pub language: &'static str,
    /// What it means.
    pub sense: Sense,
}

/// What a human name means, whatever the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sense(Kind);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Kind {
    /// Of the data files, by name.
    Known(&'static str),
    /// What a word of the house means.
    Own(&'static OwnWord),
}

/// What a human name means on one platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meaning {
    /// How much it says.
    pub precision: Precision,
    /// The word is enough only if it stands in the place of a permission's name.
    permissions: &'static str,
    candidates: &'static str,
}

impl Meaning {
    /// The full names it discloses; none unless the precision [discloses](Precision::discloses).
    pub fn permissions(&self) -> impl Iterator<Item = &'static str> + Clone + use<> {
        list(self.permissions)
    }

    /// The full names it may also mean: reported, never counted as disclosed.
    pub fn candidates(&self) -> impl Iterator<Item = &'static str> + Clone + use<> {
        list(self.candidates)
    }
}

impl Sense {
    /// The sense of this name in the data files.
    #[must_use]
    pub fn named(id: &str) -> Option<Sense> {
        Some(Sense(Kind::Known(SENSES.first(&[id])?.name())))
    }

    /// The stable name of the sense in the data files (`contacts`); the word itself for one of the house.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self.0 {
            Kind::Known(id) => id,
            Kind::Own(word) => word.text(),
        }
    }

    /// Where the house says what it means; `None` for senses of the data files.
    #[must_use]
    pub fn said(self) -> Option<Said> {
        match self.0 {
            Kind::Known(_) => None,
            Kind::Own(word) => Some(word.said()),
        }
    }

    /// What it means on `platform`; `None` when the book knows nothing about it there.
    #[must_use]
    pub fn on(self, platform: Platform) -> Option<Meaning> {
        let id = match self.0 {
            Kind::Known(id) => id,
            Kind::Own(word) => {
                let permissions = Some(word.on(platform)).filter(|names| !names.is_empty())?;
                return Some(Meaning { precision: Precision::Specific, permissions, candidates: "" });
            }
        };
        let [_, _, precision, permissions, candidates] = SENSES.first(&[id, platform.name()])?.fields();
        let precision = Precision::ALL.into_iter().find(|known| known.name() == precision)?;
        Some(Meaning { precision, permissions, candidates })
    }

    /// The words for it in `language` (ISO 639-1), in file order.
    pub fn words(self, language: &'static str) -> impl Iterator<Item = &'static str> + use<> {
        let id = if let Kind::Known(id) = self.0 { id } else { "" };
        TERMS.under([id, language]).map(|record| record.field(2))
    }
}

impl Book {
    /// The words of the house, each in the form in which words of statements are compared, sorted by it.
    #[must_use]
    pub fn own_words(&self) -> impl ExactSizeIterator<Item = (&'static str, Term)> + use<> {
        let words = self.house.map_or(&[][..], |house| house.words());
        words
            .iter()
            .map(|word| (word.compared(), Term { text: word.text(), language: "", sense: Sense(Kind::Own(word)) }))
    }
}

/// Every human name of the data files, sorted by sense and language.
pub fn terms() -> impl Iterator<Item = Term> {
    TERMS.records().map(|record| {
        let [sense, language, text] = record.fields();
        Term { text, language, sense: Sense(Kind::Known(sense)) }
    })
}

/// The key that Xcode shows as `display_name` (`Privacy - Camera Usage Description`), compared exactly.
#[must_use]
pub fn xcode_key(display_name: &str) -> Option<Fact> {
    Book.fact(Platform::Ios, XCODE.first(&[display_name])?.field(1))
}

/// Every name that Xcode shows, with its key.
pub fn xcode_names() -> impl Iterator<Item = (&'static str, &'static str)> {
    XCODE.records().map(|record| (record.name(), record.field(1)))
}

/// The human name whose sense and text stand at these bytes of the data file, as the build noted them.
pub(crate) fn term_at(sense: Range<usize>, text: Range<usize>) -> Term {
    let of = |range: Range<usize>| TERMS.text.get(range).unwrap_or_default();
    Term { text: of(text), language: "", sense: Sense(Kind::Known(of(sense))) }
}

/// The key that stands at these bytes of the data file.
pub(crate) fn xcode_key_at(key: Range<usize>) -> &'static str {
    XCODE.text.get(key).unwrap_or_default()
}

/// The sense of this name in the data files; a test of the data file that has it tells that there is one.
pub(crate) fn sense_of(id: &'static str) -> Sense {
    Sense(Kind::Known(id))
}

/// What a word is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Header cell of the column that names the permission.
    HeaderName,
    /// Header cell of the description.
    HeaderDescription,
    /// Header cell of the purpose.
    HeaderPurpose,
    /// Header cell: when or how the user is asked.
    HeaderTiming,
    /// Header cell: whether it can be switched off.
    HeaderRevocable,
    /// Header cell: what happens when it is refused.
    HeaderRefusal,
    /// Header cell or value: required or optional.
    HeaderRequired,
    /// Header cell of the third party.
    HeaderSdk,
    /// Header cell of a column of personal data, which is no permission.
    HeaderData,
    /// Header cell of a remark.
    HeaderRemark,
    /// Header cell of a running number.
    HeaderIndex,
    /// Header cell or column of the platform.
    HeaderPlatform,
    /// Title of a section of permissions, whatever the platform.
    TitlePermissions,
    /// Title of a section on third parties.
    TitleSdk,
    /// Title or phrase for permissions that are not in force.
    TitleNotInForce,
    /// A word that denies.
    Negation,
    /// A cell that holds nothing.
    EmptyCell,
    /// What stands between several names in one cell.
    Separator,
    /// A value: the permission is required.
    Required,
    /// A value: the permission is optional.
    Optional,
    /// A noun for "permission", which may stand before or after a name (权限, permission).
    PermissionNoun,
    /// A verb that may stand before a name without changing what it names (访问, access to).
    AccessVerb,
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 22] = [
        Role::HeaderName,
        Role::HeaderDescription,
        Role::HeaderPurpose,
        Role::HeaderTiming,
        Role::HeaderRevocable,
        Role::HeaderRefusal,
        Role::HeaderRequired,
        Role::HeaderSdk,
        Role::HeaderData,
        Role::HeaderRemark,
        Role::HeaderIndex,
        Role::HeaderPlatform,
        Role::TitlePermissions,
        Role::TitleSdk,
        Role::TitleNotInForce,
        Role::Negation,
        Role::EmptyCell,
        Role::Separator,
        Role::Required,
        Role::Optional,
        Role::PermissionNoun,
        Role::AccessVerb,
    ];

    /// The role that [`name`](Self::name) gives this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Role> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// The name in the data file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Role::HeaderName => "header-name",
            Role::HeaderDescription => "header-description",
            Role::HeaderPurpose => "header-purpose",
            Role::HeaderTiming => "header-timing",
            Role::HeaderRevocable => "header-revocable",
            Role::HeaderRefusal => "header-refusal",
            Role::HeaderRequired => "header-required",
            Role::HeaderSdk => "header-sdk",
            Role::HeaderData => "header-data",
            Role::HeaderRemark => "header-remark",
            Role::HeaderIndex => "header-index",
            Role::HeaderPlatform => "header-platform",
            Role::TitlePermissions => "title-permissions",
            Role::TitleSdk => "title-sdk",
            Role::TitleNotInForce => "title-not-in-force",
            Role::Negation => "negation",
            Role::EmptyCell => "empty-cell",
            Role::Separator => "separator",
            Role::Required => "required",
            Role::Optional => "optional",
            Role::PermissionNoun => "permission-noun",
            Role::AccessVerb => "access-verb",
        }
    }
}

/// A word with its language (`-` where it belongs to none).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// The word as people write it; compare it without regard to case and width.
    pub text: &'static str,
    /// ISO 639-1 code, empty where the word belongs to no language.
    pub language: &'static str,
}

/// The words of `role`, sorted by language.
pub fn words(role: Role) -> impl Iterator<Item = Word> {
    WORDS.under([role.name()]).map(|record| {
        let [_, language] = record.fields();
        Word { text: record.raw(2), language }
    })
}

/// The words that name a platform in a heading, a header cell or a suffix (安卓, iPhone, 鸿蒙). A matcher must prefer
/// the longest: `OpenHarmony`.
pub fn platform_words() -> impl Iterator<Item = (&'static str, Platform)> {
    WORDS.under(["platform"]).filter_map(|record| {
        let [_, platform, text] = record.fields();
        Some((text, Platform::from_name(platform)?))
    })
}
