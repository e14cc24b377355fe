//! The words of descriptions and purposes: what two texts share, and whether a purpose says anything.
//!
//! A text is cut into words: at what is no letter or digit, and, in scripts that put no spaces between words, by the
//! longest word of the list that begins there.

use std::collections::HashMap;
use std::sync::OnceLock;

/// Words with their roles: role, language, text.
const WORDS: &str = include_str!("wording.tsv");

/// What a word does in a purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Says nothing by itself.
    Fill = 1,
    /// Says that there is an app, and that it works well.
    Core = 2,
    /// Says that something is collected or read.
    Handle = 4,
    /// Data, by that name alone.
    Data = 8,
    /// What the data is about.
    Object = 16,
}

/// Why a purpose tells nobody what a permission is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Vague {
    /// Every word of it fits any permission of any app.
    Empty,
    /// It holds this, which nobody understands.
    Garbled(&'static str),
}

struct Words {
    /// What each word is: a bit for each role.
    roles: HashMap<&'static str, u8>,
    goals: Vec<&'static str>,
    garbled: Vec<&'static str>,
    stubs: Vec<&'static str>,
    /// How what is garbled begins.
    garbled_starts: Pairs,
    /// The shapes of the words with a role: most words of a text have none.
    shapes: Pairs,
    /// Code points of the longest word.
    longest: usize,
}

/// Pairs of bytes, as a set that may take others for its own: it tells at a glance what most of a text is not.
struct Pairs([u64; 256]);

impl Pairs {
    fn add(&mut self, (first, second): (u8, u8)) {
        if let Some(own) = self.0.get_mut(usize::from(first)) {
            *own |= 1 << (second & 63);
        }
    }

    fn may_have(&self, (first, second): (u8, u8)) -> bool {
        self.0.get(usize::from(first)).is_some_and(|own| own >> (second & 63) & 1 != 0)
    }
}

/// The first two bytes of `text`.
fn start(text: &[u8]) -> Option<(u8, u8)> {
    if let [first, second, ..] = text { Some((*first, *second)) } else { None }
}

/// How `word` begins, and how long it is.
fn shape(word: &str) -> (u8, u8) {
    let bytes = word.as_bytes();
    let begin = bytes.iter().take(3).fold(0, |hash: u8, byte| hash.rotate_left(3) ^ byte);
    (begin, u8::try_from(bytes.len()).unwrap_or(u8::MAX))
}

fn words() -> &'static Words {
    static ONCE: OnceLock<Words> = OnceLock::new();
    ONCE.get_or_init(|| {
        let mut words = Words {
            roles: HashMap::with_capacity(memchr::memchr_iter(b'\n', WORDS.as_bytes()).count()),
            goals: Vec::new(),
            garbled: Vec::new(),
            stubs: Vec::new(),
            garbled_starts: Pairs([0; 256]),
            shapes: Pairs([0; 256]),
            longest: 0,
        };
        for line in WORDS.lines().filter(|line| !line.starts_with('#')) {
            let mut fields = line.split('\t');
            let (Some(role), Some(_), Some(text)) = (fields.next(), fields.next(), fields.next()) else { continue };
            let role = match role {
                "core" => Role::Core,
                "handle" => Role::Handle,
                "data" => Role::Data,
                "object" => Role::Object,
                "goal" => {
                    words.goals.push(text);
                    continue;
                }
                "garbled" => {
                    if let Some(start) = start(text.as_bytes()) {
                        words.garbled_starts.add(start);
                    }
                    words.garbled.push(text);
                    continue;
                }
                "stub" => {
                    words.stubs.push(text);
                    continue;
                }
                _ => Role::Fill,
            };
            words.longest = words.longest.max(text.chars().count());
            words.shapes.add(shape(text));
            *words.roles.entry(text).or_default() |= role as u8;
        }
        words
    })
}

/// True for letters of scripts that put no spaces between words, or glue particles to them.
fn is_dense(c: char) -> bool {
    c >= '\u{1100}'
        && matches!(c,
        '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{2fff}' | '\u{3003}'..='\u{3007}' | '\u{3021}'..='\u{318f}'
        | '\u{31a0}'..='\u{9fff}' | '\u{ac00}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ff9f}'
        | '\u{20000}'..='\u{3ffff}')
}

/// A word of a text in lower case, and the roles that it may have: none when the list does not have it.
#[derive(Clone, Copy)]
struct Found<'t> {
    text: &'t str,
    roles: u8,
}

impl Found<'_> {
    fn is(&self, role: Role) -> bool {
        self.roles & role as u8 != 0
    }

    fn is_only(&self, role: Role) -> bool {
        self.roles == role as u8
    }
}

/// The words of `lower`, which is in lower case. Of a script without spaces, what the list does not have comes out
/// letter by letter.
fn cut(lower: &str) -> impl Iterator<Item = Found<'_>> {
    let known = words();
    let roles = |word: &str| {
        let found = known.shapes.may_have(shape(word)).then(|| known.roles.get(word)).flatten();
        found.copied().unwrap_or_default()
    };
    let runs = lower.split(|c: char| !c.is_alphanumeric());
    runs.flat_map(move |run| {
        let mut rest = run;
        std::iter::from_fn(move || {
            let first = rest.chars().next()?;
            let end = if is_dense(first) {
                let ends = rest.char_indices().map(|(at, c)| at + c.len_utf8()).take(known.longest);
                let longest = ends.filter(|&end| rest.get(..end).is_some_and(|word| roles(word) != 0)).last();
                longest.unwrap_or(first.len_utf8())
            } else if rest.is_ascii() {
                rest.len()
            } else {
                rest.find(is_dense).unwrap_or(rest.len())
            };
            let (word, behind) = rest.split_at(end);
            rest = behind;
            Some(Found { text: word, roles: roles(word) })
        })
    })
}

/// Bytes of a text that is looked at. The longest real purpose has 900, and one that says nothing is short.
const LOOKED_AT: usize = 4096;

/// Why `purpose` as a whole tells nobody what the permission is for; `None` when it may tell.
pub(super) fn vague(purpose: &str) -> Option<Vague> {
    if purpose.len() > LOOKED_AT {
        return None;
    }
    let lower = purpose.trim().to_lowercase();
    let known = words();
    if let Some(stub) = known.stubs.iter().find(|stub| **stub == lower) {
        return Some(Vague::Garbled(stub));
    }
    let begins = |rest: &[u8]| {
        start(rest).is_some_and(|start| known.garbled_starts.may_have(start))
            && known.garbled.iter().any(|part| rest.starts_with(part.as_bytes()))
    };
    if (0..lower.len()).filter_map(|at| lower.as_bytes().get(at..)).any(begins)
        && let Some(part) = known.garbled.iter().find(|part| lower.contains(**part))
    {
        return Some(Vague::Garbled(part));
    }
    let mut found: Vec<Found<'_>> = Vec::new();
    for word in cut(&lower) {
        // One word that is not of this kind is enough.
        if word.roles == 0 {
            return None;
        }
        found.push(word);
    }
    let has = |role: Role| found.iter().any(|word| word.is(role));
    let only = |role: Role| found.iter().any(|word| word.is_only(role));
    let handled = has(Role::Handle) && has(Role::Data);
    (handled || has(Role::Core) && !only(Role::Object) && !only(Role::Handle)).then_some(Vague::Empty)
}

/// True when `description` says what `purpose` says: the same words but for a few that say nothing, or the same wish
/// of the user ("Invites others …" beside "To invite contacts …").
pub(super) fn says_the_same(description: &str, purpose: &str) -> bool {
    if description.len().max(purpose.len()) > LOOKED_AT {
        return false;
    }
    let (description, purpose) = (description.to_lowercase(), purpose.to_lowercase());
    let (described, wanted) = (content(&description), content(&purpose));
    let shared = described.iter().filter(|part| wanted.binary_search(part).is_ok()).count();
    let all = described.len() + wanted.len() - shared;
    if shared > 0 && (shared == all || (shared >= LEAST_SHARED && shared * 5 >= all * 4)) {
        return true;
    }
    let goal = first_goal(&description);
    goal.is_some() && goal == first_goal(&purpose)
}

/// Words that two texts must share before a further word in one of them is looked over.
const LEAST_SHARED: usize = 4;

/// What texts are compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part<'t> {
    /// A word, without its ending.
    Word(&'t str),
    /// Two letters of a script without spaces, one behind the other.
    Pair(char, char),
}

/// Parts of most texts.
const PARTS: usize = 16;

/// What is left of `lower` without the words that say nothing, sorted and each once.
fn content(lower: &str) -> Vec<Part<'_>> {
    let mut content = Vec::with_capacity(PARTS);
    let mut before: Option<char> = None;
    for word in cut(lower).filter(|word| !word.is(Role::Fill)) {
        if !word.text.starts_with(is_dense) {
            content.push(Part::Word(stem(word.text)));
            before = None;
            continue;
        }
        for c in word.text.chars() {
            content.extend(before.map(|before| Part::Pair(before, c)));
            before = Some(c);
        }
    }
    content.sort_unstable();
    content.dedup();
    content
}

/// A word of an English text without the ending of a plural or of the third person, and without what that ending
/// changes (`carries`, `carry`; `takes`, `take`).
fn stem(word: &str) -> &str {
    if !word.is_ascii() || word.len() < 4 || word.ends_with("ss") {
        return word;
    }
    let bare = ["ies", "es", "s"].iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word);
    bare.strip_suffix(['e', 'y']).unwrap_or(bare)
}

/// The verb of what a user wants, where `lower` begins with one (after words that say nothing).
fn first_goal(lower: &str) -> Option<&'static str> {
    let first = cut(lower).find(|word| !word.is(Role::Fill))?;
    let mut goals = words().goals.iter().copied();
    if first.text.starts_with(is_dense) {
        let at = lower.find(first.text)?;
        return goals.find(|goal| lower.get(at..).is_some_and(|rest| rest.starts_with(goal)));
    }
    let own = stem(first.text);
    goals.find(|goal| stem(goal) == own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purpose_is_vague_when_every_word_of_it_fits_any_permission() {
        for text in [
            "To improve the user experience.",
            "Used to provide you with better services",
            "to use the app",
            "Required for the app to work properly",
            "To ensure the normal operation of the application.",
            "To collect device information",
            "Used to release audio and video information.",
            "为了提供服务",
            "用于提升用户体验",
            "保障APP的正常运行",
            "为您提供更好的服务。",
            "获取设备信息",
            "サービス提供のため",
            "ユーザー体験の向上のため",
            "서비스 제공을 위해",
            "더 나은 서비스 제공",
            "Zur Bereitstellung unserer Dienste",
            "Verbesserung der Nutzererfahrung",
            "Afin de fournir le service",
            "Pour améliorer l'expérience utilisateur",
            "Para mejorar la experiencia del usuario",
            "Para o funcionamento do aplicativo",
            "Для корректной работы приложения",
        ] {
            assert_eq!(vague(text), Some(Vague::Empty), "{text}");
        }
    }

    #[test]
    fn a_purpose_that_names_a_feature_is_not_vague() {
        for text in [
            "",
            "To scan codes",
            "To provide communication services on the local network",
            "Adds a photo of the site to a note.",
            "Used to provide the media playback service in a meeting.",
            "To improve sound quality in calls",
            "To obtain the code of a meeting",
            "Location services",
            "To read files",
            "用于扫码",
            "提供定位服务",
            "用于视频会议",
            "获取位置信息以展示附近的门店",
            "为您提供拍照服务",
            "写真を撮影するため",
            "QR코드 스캔",
            "Zum Scannen von Codes",
            "Pour scanner un code",
            "Para escanear códigos",
            "Para tirar fotos",
            "Для сканирования кодов",
        ] {
            assert_eq!(vague(text), None, "{text}");
        }
    }

    #[test]
    fn a_purpose_is_garbled_when_it_holds_what_nobody_understands() {
        for text in ["TBD", " xxx ", "To {{purpose}}", "锟斤拷锟斤拷", "preventing it from being pasted the outside"]
        {
            assert!(matches!(vague(text), Some(Vague::Garbled(_))), "{text}");
        }
        for text in ["To test the microphone", "null and void contracts", "Why? To scan."] {
            assert_eq!(vague(text), None, "{text}");
        }
    }

    #[test]
    fn a_description_is_the_purpose_when_both_say_the_same() {
        for (description, purpose) in [
            ("Joins a meeting from the calendar.", "Used to join a meeting from the calendar."),
            ("Takes photos", "To take photos."),
            ("Invites users to a meeting by phone calls.", "Used to invite users to join a meeting by phone calls."),
            ("Invites others from your contacts", "To invite contacts by calling them"),
            ("拍摄照片和视频", "用于拍摄照片、视频。"),
            ("邀请联系人参加会议", "用于邀请同事"),
            ("Сканирует коды", "сканирует коды"),
        ] {
            assert!(says_the_same(description, purpose), "{description} / {purpose}");
        }
        for (description, purpose) in [
            ("Takes photos", "To take photos of the site"),
            ("Copies and pastes content.", "Used to copy and paste content, while keeping it inside the app."),
            ("Sends notifications", "Used to send notifications while a meeting goes on in the background"),
            ("拍摄照片", "用于拍摄照片并上传头像"),
            ("To", "To"),
            ("", ""),
        ] {
            assert!(!says_the_same(description, purpose), "{description} / {purpose}");
        }
    }

    #[test]
    fn the_words_are_sorted_once_each_in_lower_case_and_of_a_known_role() {
        let lines: Vec<&str> = WORDS.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(lines.windows(2).all(|pair| pair[0] < pair[1]));
        let roles = ["core", "data", "fill", "garbled", "goal", "handle", "object", "stub"];
        for line in lines {
            let fields: Vec<&str> = line.split('\t').collect();
            assert!(matches!(fields[..], [role, _, text] if roles.contains(&role) && !text.is_empty()), "{line}");
            assert_eq!(line.to_lowercase(), line);
            assert!(fields[0] != "garbled" || fields[2].len() > 1, "two bytes tell how it begins: {line}");
        }
    }
}
