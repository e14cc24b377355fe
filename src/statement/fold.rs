//! The form in which names are compared: width, case, invisible characters and white space evened out, each
//! character with the way back to where it stood; and the characters that only look like those of a name.

use super::text::Span;

/// A character as it is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Char {
    /// Full width, exotic hyphens and quotes evened out; the case is kept. White space is `' '`, or `'\n'` where it
    /// holds a line break.
    pub(super) raw: char,
    /// The same in lower case and without accents; all white space is `' '`.
    pub(super) low: char,
    /// Where it stood.
    pub(super) span: Span,
}

/// `text` in comparable form.
#[derive(Debug, Default)]
pub(super) struct Folded {
    pub(super) chars: Vec<Char>,
    /// True when it holds a control that reorders what is shown.
    pub(super) reordered: bool,
}

impl Folded {
    /// Folds `text`; what `leave_out` says of a byte offset is skipped.
    pub(super) fn new(text: &str, leave_out: impl Fn(usize) -> bool) -> Folded {
        let mut folded = Folded::default();
        folded.chars.reserve(if text.is_ascii() { text.len() } else { text.len() / 2 });
        for (at, c) in text.char_indices() {
            let span = Span::new(at, at + c.len_utf8());
            if let Some(low) = simple(c) {
                if !leave_out(at) {
                    folded.chars.push(Char { raw: c, low, span });
                }
                continue;
            }
            if c == ' ' {
                if !leave_out(at) {
                    folded.space(c, span);
                }
                continue;
            }
            if is_reordering(c) {
                folded.reordered = true;
                continue;
            }
            if is_invisible(c) || leave_out(at) {
                continue;
            }
            if c.is_whitespace() {
                folded.space(c, span);
                continue;
            }
            let raw = even(c);
            for (index, low) in raw.to_lowercase().enumerate() {
                let before = folded.chars.last().map(|last| last.low);
                match plain(low, before) {
                    Plain::Letter(plain) => {
                        let raw = if index == 0 { raw } else { low };
                        folded.chars.push(Char { raw, low: plain, span });
                    }
                    Plain::Becomes(letter) => {
                        if let Some(last) = folded.chars.last_mut() {
                            last.low = letter;
                            last.span.end = span.end;
                        }
                    }
                }
            }
        }
        if folded.chars.last().is_some_and(|last| last.low == ' ') {
            folded.chars.pop();
        }
        folded
    }

    /// The whole of it as it is compared.
    pub(super) fn low(&self) -> String {
        self.chars.iter().map(|c| c.low).collect()
    }

    fn space(&mut self, c: char, span: Span) {
        let breaks = matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}');
        match self.chars.last_mut() {
            Some(last) if last.low == ' ' => {
                last.span.end = span.end;
                if breaks {
                    last.raw = '\n';
                }
            }
            Some(_) => self.chars.push(Char { raw: if breaks { '\n' } else { ' ' }, low: ' ', span }),
            None => {}
        }
    }
}

/// `text` as it is compared, without positions.
pub(super) fn fold(text: &str) -> String {
    let bare = text.trim_matches(' ');
    if is_even(bare) {
        return bare.to_ascii_lowercase();
    }
    let mut folded = String::with_capacity(text.len());
    let mut space = false;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let run = rest.find(|c| simple(c) != Some(c)).unwrap_or(rest.len());
        let (own, behind) = rest.split_at(if run > 0 { run } else { c.len_utf8() });
        rest = behind;
        if run > 0 {
            if std::mem::take(&mut space) {
                folded.push(' ');
            }
            folded.push_str(own);
        } else if c.is_whitespace() {
            space = !folded.is_empty();
        } else if !is_reordering(c) && !is_invisible(c) {
            if std::mem::take(&mut space) {
                folded.push(' ');
            }
            for low in even(c).to_lowercase() {
                match plain(low, folded.chars().next_back()) {
                    Plain::Letter(plain) => folded.push(plain),
                    Plain::Becomes(letter) => {
                        folded.pop();
                        folded.push(letter);
                    }
                }
            }
        }
    }
    folded
}

/// True for words of visible ASCII with one space between two.
fn is_even(text: &str) -> bool {
    let mut before = b' ';
    text.bytes().all(|byte| {
        let even = matches!(byte, b'!'..=b'~') || (byte == b' ' && before != b' ');
        before = byte;
        even
    })
}

/// The comparable form of a character that is one at first sight: visible ASCII, and the letters of scripts without
/// case, width or accents. Most of any text.
pub(super) fn simple(c: char) -> Option<char> {
    match c {
        '!'..='~' => Some(c.to_ascii_lowercase()),
        '\u{3001}'..='\u{3029}'
        | '\u{3041}'..='\u{3096}'
        | '\u{30a0}'..='\u{30ff}'
        | '\u{3400}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7a3}' => Some(c),
        _ => None,
    }
}

/// One form for characters that differ in width or typography alone.
fn even(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{2010}' | '\u{2011}' | '\u{2012}' | '\u{2212}' => '-',
        '\u{2018}' | '\u{2019}' | '\u{2bc}' => '\'',
        _ => c,
    }
}

/// A lower-case character without its accent.
enum Plain {
    Letter(char),
    /// A combining accent: with it, the character before is this one.
    Becomes(char),
}

/// `low` without its accent, `before` being the character before it. People leave accents out (`camara`), and some
/// systems write them apart from their letter. Names are compared so; constants never are.
fn plain(low: char, before: Option<char>) -> Plain {
    Plain::Letter(match low {
        'à'..='å' | 'ā' | 'ă' | 'ą' => 'a',
        'ç' | 'ć' | 'č' => 'c',
        'è'..='ë' | 'ē' | 'ę' | 'ě' => 'e',
        'ì'..='ï' | 'ī' => 'i',
        'ñ' | 'ń' => 'n',
        'ò'..='ö' | 'ø' | 'ō' => 'o',
        'ù'..='ü' | 'ū' => 'u',
        'ý' | 'ÿ' => 'y',
        'ś' | 'š' => 's',
        'ź' | 'ż' | 'ž' => 'z',
        'ё' => 'е',
        '\u{300}'..='\u{36f}' => match before {
            Some('и') if low == '\u{306}' => return Plain::Becomes('й'),
            Some(letter) if letter.is_ascii_alphabetic() || letter == 'е' => return Plain::Becomes(letter),
            _ => low,
        },
        _ => low,
    })
}

/// Characters that show nothing and change nothing: zero width, soft hyphen, variation selectors, the marks that say
/// the direction of Latin text.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{180e}' | '\u{200b}'..='\u{200e}' | '\u{2060}'..='\u{2064}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{e0000}'..='\u{e01ef}')
}

/// Controls of the bidirectional algorithm that can show text in another order than it is written (Unicode Standard
/// Annex #9, 2).
fn is_reordering(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Letters that look like an ASCII letter, by the ASCII letter. From the confusable characters of Unicode Technical
/// Standard #39: those with a single ASCII letter as their prototype in the scripts that fonts draw alike. Only used
/// to suggest what a name was meant to look like: a name with any of them is never matched.
const LOOK_ALIKES: &[(char, &str)] = &[
    ('A', "АΑᎪꓮ"),
    ('B', "ВΒᏴꓐ"),
    ('C', "СϹᏟꓚ"),
    ('D', "ᎠꓓԀ"),
    ('E', "ЕΕᎬꓰ"),
    ('F', "Ϝꓝ"),
    ('G', "ԌᏀꓖ"),
    ('H', "НΗᎻꓧ"),
    ('I', "ІΙӀꓲ"),
    ('J', "ЈᎫꓙͿ"),
    ('K', "КΚᏦꓗ"),
    ('L', "ᏞꓡԼ"),
    ('M', "МΜᎷꓟ"),
    ('N', "Νꓠ"),
    ('O', "ОΟՕꓳ"),
    ('P', "РΡᏢꓑ"),
    ('Q', "Ԛ"),
    ('R', "ᎡᏒꓣ"),
    ('S', "ЅՏᏚꓢ"),
    ('T', "ТΤᎢꓔ"),
    ('U', "Սꓴ"),
    ('V', "Ѵꓦ"),
    ('W', "ԜᎳꓪ"),
    ('X', "ХΧꓫ"),
    ('Y', "ҮΥꓬ"),
    ('Z', "ΖᏃꓜ"),
    ('a', "аα"),
    ('c', "сϲ"),
    ('d', "ԁ"),
    ('e', "е"),
    ('g', "ɡց"),
    ('h', "һհ"),
    ('i', "іι"),
    ('j', "јϳ"),
    ('l', "ӏ"),
    ('n', "ոռ"),
    ('o', "оοօ"),
    ('p', "рρ"),
    ('q', "ԛգ"),
    ('s', "ѕ"),
    ('u', "սυ"),
    ('v', "ѵν"),
    ('w', "ԝ"),
    ('x', "хχ"),
    ('y', "уγү"),
    ('_', "ˍ‗‿"),
    ('.', "․。"),
];

/// The ASCII character that `c` looks like without being it.
fn look_alike(c: char) -> Option<char> {
    // Mathematical alphanumerics repeat A-Z a-z in thirteen styles.
    if let Some(at) = u32::from(c).checked_sub(0x1d400).filter(|&at| at < 13 * 52) {
        let letter = u8::try_from(at % 52).ok()?;
        return Some(char::from(if letter < 26 { b'A' + letter } else { b'a' + letter - 26 }));
    }
    LOOK_ALIKES.iter().find(|(_, drawn)| drawn.contains(c)).map(|&(ascii, _)| ascii)
}

/// What `word` looks like in ASCII; `None` when it is ASCII, or no look-alike of ASCII as a whole.
pub(super) fn skeleton(word: &str) -> Option<String> {
    if word.is_ascii() {
        return None;
    }
    word.chars().map(|c| if c.is_ascii() { Some(c) } else { look_alike(c) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn width_case_and_invisible_characters_are_evened_out() {
        assert_eq!(fold("ＲＥＡＤ＿ＳＭＳ"), "read_sms");
        assert_eq!(fold("RE\u{200b}AD_\u{ad}SMS\u{feff}"), "read_sms");
        assert_eq!(fold(" Make\u{a0} phone\n\ncalls "), "make phone calls");
        assert_eq!(fold("Ｗｉ‑Ｆｉ　状态"), "wi-fi 状态");
        let ascii = [" Read  SMS", "READ SMS ", "A b-C.", "a\tb", "a \u{7f}b", "a\u{301}b"];
        let others =
            ["", " ", "\u{200b} a \u{200b} b \u{202e}", "İ\u{2003}ẞ", "\n相机\u{ad}\u{3000}\n权限 ", "Ab 相 机C"];
        for text in others.into_iter().chain(ascii) {
            let whole: String = Folded::new(text, |_| false).chars.iter().map(|c| c.low).collect();
            assert_eq!(fold(text), whole, "{text:?}");
        }
    }

    #[test]
    fn accents_are_left_out_of_what_is_compared_and_kept_in_what_is_written() {
        for (text, expected) in [
            ("Câmera", "camera"),
            ("Ca\u{302}mera", "camera"),
            ("Geräte", "gerate"),
            ("Съёмка", "съемка"),
            ("Мои\u{306}", "мой"),
            ("СЬЕ\u{308}МКА", "сьемка"),
            ("ガ", "ガ"),
        ] {
            assert_eq!(fold(text), expected, "{text}");
            let whole: String = Folded::new(text, |_| false).chars.iter().map(|c| c.low).collect();
            assert_eq!(whole, expected, "{text}");
        }
        let raw: String = Folded::new("CAMÉRA", |_| false).chars.iter().map(|c| c.raw).collect();
        assert_eq!(raw, "CAMÉRA");
    }

    #[test]
    fn each_character_leads_back_to_where_it_stood() {
        let text = "a\u{200b}Ｂ  c";
        let folded = Folded::new(text, |_| false);
        let spans: Vec<&str> = folded.chars.iter().map(|c| c.span.of(text)).collect();
        assert_eq!(spans, ["a", "Ｂ", "  ", "c"]);
        assert!(!folded.reordered);
        assert!(Folded::new("\u{202e}AREMAC", |_| false).reordered);
    }

    #[test]
    fn look_alikes_show_what_they_imitate() {
        assert_eq!(skeleton("САМЕRА").as_deref(), Some("CAMERA"));
        assert_eq!(skeleton("RΕAD_SΜS").as_deref(), Some("READ_SMS"));
        assert_eq!(skeleton("𝐂𝐀𝐌𝐄𝐑𝐀").as_deref(), Some("CAMERA"));
        assert_eq!(skeleton("𝚌𝚊𝚖𝚎𝚛𝚊").as_deref(), Some("camera"));
        for word in ["CAMERA", "Камера", "相机"] {
            assert_eq!(skeleton(word), None, "{word}");
        }
    }

    #[test]
    fn no_look_alike_is_ascii_or_stands_twice() {
        let mut all: Vec<char> = LOOK_ALIKES.iter().flat_map(|(_, drawn)| drawn.chars()).collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
        assert!(all.iter().all(|c| !c.is_ascii()));
        assert!(LOOK_ALIKES.iter().all(|(ascii, _)| ascii.is_ascii()));
    }
}
