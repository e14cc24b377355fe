//! The language a text is written in, by its letters and, for Latin ones, by its commonest words.

use std::collections::HashMap;

use crate::deadline;

/// The commonest words: language, word.
const WORDS: &str = include_str!("languages.tsv");

/// ISO 639-1 of the language that most of `text` is in, one of those that permaudit knows names in; `None` for a text
/// without letters. Latin letters without a word that tells are taken for English.
pub(super) fn of(text: &str) -> Option<&'static str> {
    let words = words();
    let languages: Vec<&'static str> = {
        let mut all: Vec<&str> = words.values().flatten().copied().collect();
        all.sort_unstable();
        all.dedup();
        all
    };
    let mut hits = vec![0_usize; languages.len()];
    let mut counts = Counts::default();
    let mut word = String::new();
    let mut script = Script::None;
    for c in text.chars().chain([' ']) {
        deadline::step();
        let now = Script::of(c);
        match now {
            Script::Han => counts.han += 1,
            Script::Kana => counts.kana += 1,
            Script::Hangul => counts.hangul += 1,
            Script::Cyrillic if script != Script::Cyrillic => counts.cyrillic += 1,
            Script::Latin => word.extend(c.to_lowercase()),
            Script::Cyrillic | Script::None => {}
        }
        if now != Script::Latin && script == Script::Latin {
            counts.latin += 1;
            for language in words.get(word.as_str()).into_iter().flatten() {
                let at = languages.iter().position(|known| known == language);
                if let Some(hit) = at.and_then(|at| hits.get_mut(at)) {
                    *hit += 1;
                }
            }
            word.clear();
        }
        script = now;
    }
    let mut latin = ("en", 0);
    for (&language, &hits) in languages.iter().zip(&hits) {
        if hits > latin.1 || (hits == latin.1 && language == "en") {
            latin = (language, hits);
        }
    }
    counts.language(latin.0)
}

fn words() -> HashMap<&'static str, Vec<&'static str>> {
    let mut words: HashMap<&str, Vec<&str>> = HashMap::new();
    for (language, word) in WORDS.lines().filter_map(|line| line.split_once('\t')).filter(|(first, _)| first.len() == 2)
    {
        words.entry(word).or_default().push(language);
    }
    words
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
    }
}
