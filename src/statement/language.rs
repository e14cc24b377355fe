//! The language a text is written in, by its letters and, for Latin ones, by its commonest words.

use crate::deadline;

/// The commonest words: language, word.
const WORDS: &str = include_str!("languages.tsv");

/// Code points from the start of a text that are looked at: enough to tell which language most of it is in.
const TELLING: usize = 1 << 16;

/// ISO 639-1 of the language that most of `text` is in, one of those that permaudit knows names in; `None` for a text
/// without letters. Latin letters without a word that tells are taken for English.
pub(super) fn of(text: &str) -> Option<&'static str> {
    let words = Words::new();
    let mut hits = vec![0_usize; words.languages.len()];
    let mut counts = Counts::default();
    let mut word = Key::default();
    let mut script = Script::None;
    let mut seen = 0;
    let mut rest = text;
    loop {
        deadline::step();
        let is_open = seen < TELLING;
        let plain = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        if let Some((run, behind)) = rest.split_at_checked(plain).filter(|_| is_open && plain > 0) {
            word.push_plain(run);
            (script, seen, rest) = (Script::Latin, seen + plain, behind);
            continue;
        }
        // A word ends with what is looked at, too.
        let first = rest.chars().next().filter(|_| is_open);
        let c = first.unwrap_or(' ');
        let now = Script::of(c);
        match now {
            Script::Han => counts.han += 1,
            Script::Kana => counts.kana += 1,
            Script::Hangul => counts.hangul += 1,
            Script::Cyrillic if script != Script::Cyrillic => counts.cyrillic += 1,
            Script::Latin => c.to_lowercase().for_each(|c| word.push(c)),
            Script::Cyrillic | Script::None => {}
        }
        if now != Script::Latin && script == Script::Latin {
            counts.latin += 1;
            for &(_, language) in words.of(word) {
                if let Some(hit) = hits.get_mut(language) {
                    *hit += 1;
                }
            }
            word = Key::default();
        }
        script = now;
        if first.is_none() {
            break;
        }
        (seen, rest) = (seen + 1, rest.get(c.len_utf8()..).unwrap_or_default());
    }
    let mut latin = ("en", 0);
    for (&language, &hits) in words.languages.iter().zip(&hits) {
        if hits > latin.1 || (hits == latin.1 && language == "en") {
            latin = (language, hits);
        }
    }
    counts.language(latin.0)
}

/// Bytes of a word that are compared.
const LONGEST: usize = 8;

/// A word as a number, which compares faster: its bytes, as far as the commonest words are long.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    bytes: u64,
    len: u32,
}

impl Key {
    fn of(word: &str) -> Key {
        let mut key = Key::default();
        word.chars().for_each(|c| key.push(c));
        key
    }

    /// Adds letters of ASCII, in small ones. What is longer than the commonest words is none of them.
    fn push_plain(&mut self, letters: &str) {
        if self.len as usize + letters.len() > LONGEST {
            self.len = u32::MAX;
            return;
        }
        letters.chars().for_each(|c| self.push(c.to_ascii_lowercase()));
    }

    fn push(&mut self, c: char) {
        if c.is_ascii() {
            self.bytes = self.bytes << 8 | u64::from(c);
            self.len = self.len.saturating_add(1);
            return;
        }
        for &byte in c.encode_utf8(&mut [0; 4]).as_bytes() {
            self.bytes = self.bytes << 8 | u64::from(byte);
            self.len = self.len.saturating_add(1);
        }
    }
}

/// The commonest words.
struct Words {
    /// Sorted.
    languages: Vec<&'static str>,
    /// The words, each with the index of its language; sorted, a word once for each of its languages.
    all: Vec<(Key, usize)>,
}

impl Words {
    fn new() -> Words {
        let lines = WORDS.lines().filter_map(|line| line.split_once('\t')).filter(|(first, _)| first.len() == 2);
        let (mut languages, mut all): (Vec<&str>, Vec<(Key, usize)>) = (Vec::new(), Vec::new());
        for (language, word) in lines {
            if languages.last() != Some(&language) {
                languages.push(language);
            }
            all.push((Key::of(word), languages.len() - 1));
        }
        all.sort_unstable();
        Words { languages, all }
    }

    fn of(&self, word: Key) -> &[(Key, usize)] {
        if word.len as usize > LONGEST {
            return &[];
        }
        let start = self.all.partition_point(|&(known, _)| known < word);
        let rest = self.all.get(start..).unwrap_or_default();
        let count = rest.iter().take_while(|&&(known, _)| known == word).count();
        rest.get(..count).unwrap_or_default()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    None,
    Latin,
    Cyrillic,
    Han,
    Kana,
    Hangul,
}

impl Script {
    fn of(c: char) -> Script {
        match c {
            'A'..='Z' | 'a'..='z' | '\u{c0}'..='\u{24f}' => Script::Latin,
            '\u{400}'..='\u{4ff}' => Script::Cyrillic,
            '\u{3041}'..='\u{30fa}' | '\u{ff66}'..='\u{ff9f}' => Script::Kana,
            '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}' => Script::Han,
            '\u{ac00}'..='\u{d7a3}' | '\u{1100}'..='\u{11ff}' => Script::Hangul,
            _ => Script::None,
        }
    }
}

/// Letters of scripts without spaces, words of those with.
#[derive(Debug, Default)]
struct Counts {
    han: usize,
    kana: usize,
    hangul: usize,
    cyrillic: usize,
    latin: usize,
}

impl Counts {
    fn language(&self, latin: &'static str) -> Option<&'static str> {
        // Japanese text is a third kana and more; Chinese text has none but in names.
        let east = if self.kana * JAPANESE > self.han { "ja" } else { "zh" };
        let all = [(self.latin, latin), (self.han + self.kana, east), (self.hangul, "ko"), (self.cyrillic, "ru")];
        let mut most = (0, None);
        for (count, language) in all {
            if count > most.0 {
                most = (count, Some(language));
            }
        }
        most.1
    }
}

/// How many Chinese characters to one of kana are still Japanese.
const JAPANESE: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_is_told_from_the_others() {
        for (text, expected) in [
            ("The app uses the camera to scan your codes.", Some("en")),
            ("Die App nutzt die Kamera, um Codes zu scannen; es werden keine Bilder gespeichert.", Some("de")),
            ("L'application utilise la caméra pour scanner les codes. Les images ne sont pas gardées.", Some("fr")),
            ("La aplicación usa la cámara para leer los códigos y no guarda las imágenes en el servidor.", Some("es")),
            ("O aplicativo usa a câmera para ler os códigos e não guarda as imagens no servidor.", Some("pt")),
            ("Приложение использует камеру для чтения кодов.", Some("ru")),
            ("本アプリは、コードを読み取るためにカメラを使用します。", Some("ja")),
            ("앱은 코드를 읽기 위해 카메라를 사용합니다.", Some("ko")),
            ("本应用使用相机扫描二维码 (CAMERA)。", Some("zh")),
            ("| CAMERA | 扫码 |", Some("zh")),
            ("CAMERA", Some("en")),
            ("12 | 34", None),
        ] {
            assert_eq!(of(text), expected, "{text}");
        }
    }

    #[test]
    fn the_table_is_sorted_and_of_languages_with_names() {
        let lines: Vec<&str> = WORDS.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(lines.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(lines.iter().all(|line| ["de", "en", "es", "fr", "pt"].contains(&line.split('\t').next().unwrap())));
        assert!(lines.iter().all(|line| line.len() - "de\t".len() <= size_of::<u64>()), "a word fits into a key");
    }
}
