//! Bytes to text in the encoding that the file is in, and the way back to its bytes.
//!
//! A byte order mark decides, as in browsers. Then valid UTF-8 does, whatever the file declares: no text in another
//! encoding is valid UTF-8 by accident. Then UTF-16 by its NUL bytes, what the file declares (`meta charset`, the XML
//! declaration), and GB18030 where that gives Chinese. A declaration that would give another text is a doubt.

use encoding_rs::{DecoderResult, Encoding, GB18030, GBK, UTF_8, UTF_16BE, UTF_16LE};

use crate::deadline;
use crate::doubt::{self, Code, Doubt};
use crate::error::Error;
use crate::limits;
use crate::source::Place;

/// A decoded file.
pub(super) struct Decoded {
    pub(super) text: String,
    pub(super) map: Map,
}

/// The way from a byte of the text to the byte of the file that it came from.
#[derive(Debug, Clone, Default)]
pub(super) struct Map {
    /// Where decoded and stored bytes part, or have been counted up to: (byte in the text, byte in the file), ascending
    /// in both.
    anchors: Vec<(usize, u64)>,
    /// How long characters are between two anchors, where not as long as in the text, and the file's bytes.
    sizes: Option<(Sizes, Vec<u8>)>,
}

impl Map {
    /// The byte of the file that byte `at` of `text` came from.
    pub(super) fn offset(&self, text: &str, at: usize) -> u64 {
        let anchor = self.anchors.partition_point(|&(text_at, _)| text_at <= at).max(1);
        let (text_at, file_at) = self.anchors.get(anchor - 1).copied().unwrap_or_default();
        let Some((sizes, bytes)) = &self.sizes else { return file_at + (at - text_at) as u64 };
        let mut file_at = file_at;
        let mut rest = text.get(text_at..at).unwrap_or_default().chars();
        while rest.next().is_some() {
            deadline::step();
            let start = usize::try_from(file_at).unwrap_or(usize::MAX);
            let unit = bytes.get(start..).map_or(Unit::default(), |bytes| sizes.next(bytes));
            file_at += unit.bytes as u64;
            // One sequence may stand for two characters.
            for _ in 1..unit.characters {
                rest.next();
            }
        }
        file_at
    }

    /// Just past the byte of the file that the last character before byte `end` of `text` came from: what follows it may
    /// stand somewhere else.
    pub(super) fn end(&self, text: &str, end: usize) -> u64 {
        // Behind bad bytes, which may be fewer than the character that stands for them has.
        let noted = self.anchors.binary_search_by_key(&end, |&(text_at, _)| text_at);
        if let Some(&(_, file_at)) = noted.ok().and_then(|index| self.anchors.get(index)) {
            return file_at;
        }
        let last = text.get(..end).and_then(|before| before.chars().next_back()).map_or(1, char::len_utf8);
        let start = self.offset(text, end.saturating_sub(last));
        let Some((sizes, bytes)) = &self.sizes else { return start + last as u64 };
        let rest = usize::try_from(start).ok().and_then(|start| bytes.get(start..)).unwrap_or_default();
        start + sizes.next(rest).bytes.min(rest.len()) as u64
    }
}

/// Bytes and characters of one sequence.
#[derive(Debug, Clone, Copy, Default)]
struct Unit {
    bytes: usize,
    characters: usize,
}

/// How the bytes of a valid text fall into characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sizes {
    /// One byte each.
    One,
    /// Two bytes where the first is beyond ASCII; four in GB18030 where the second is a digit.
    Two,
    Gb18030,
    Big5,
    ShiftJis,
    EucJp,
    Utf16 {
        little: bool,
    },
}

impl Sizes {
    fn of(encoding: &'static Encoding) -> Option<Sizes> {
        match encoding.name() {
            "GBK" | "gb18030" => Some(Sizes::Gb18030),
            "Big5" => Some(Sizes::Big5),
            "EUC-KR" => Some(Sizes::Two),
            "Shift_JIS" => Some(Sizes::ShiftJis),
            "EUC-JP" => Some(Sizes::EucJp),
            "UTF-16LE" => Some(Sizes::Utf16 { little: true }),
            "UTF-16BE" => Some(Sizes::Utf16 { little: false }),
            _ if encoding.is_single_byte() && encoding.name() != "x-user-defined" => Some(Sizes::One),
            _ => None,
        }
    }

    /// The first sequence of `bytes`.
    fn next(self, bytes: &[u8]) -> Unit {
        let first = bytes.first().copied().unwrap_or_default();
        let second = bytes.get(1).copied().unwrap_or_default();
        let length = match self {
            Sizes::One => 1,
            Sizes::Utf16 { little } => {
                let high = if little { second } else { first };
                if (0xd8..0xdc).contains(&high) { 4 } else { 2 }
            }
            _ if first < 0x80 => 1,
            Sizes::Gb18030 if first == 0x80 => 1,
            Sizes::Gb18030 if second.is_ascii_digit() => 4,
            Sizes::ShiftJis if matches!(first, 0x80 | 0xa1..=0xdf) => 1,
            Sizes::EucJp if first == 0x8f => 3,
            _ => 2,
        };
        // The four sequences of Big5 that are a letter and an accent.
        let double = self == Sizes::Big5 && first == 0x88 && matches!(second, 0x62 | 0x64 | 0xa3 | 0xa5);
        Unit { bytes: length, characters: if double { 2 } else { 1 } }
    }
}

/// Bytes of the file between two places to which the way is counted beforehand.
const STRIDE: usize = 256;

const UTF8_BOM: &[u8] = b"\xef\xbb\xbf";

/// Decodes `bytes`, the whole of `file`; `label` is the encoding that stands beside the file, if one does.
///
/// # Errors
/// `statement-not-text` for a binary file, `statement-encoding` for text in an encoding that is not read.
pub(super) fn decode(
    bytes: &[u8],
    file: &Place,
    label: Option<&str>,
    doubts: &mut Vec<Doubt>,
) -> Result<Decoded, Error> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        let encoding = if bytes.starts_with(b"\xff") { UTF_16LE } else { UTF_16BE };
        return Ok(in_encoding(encoding, bytes, 2, file, doubts));
    }
    if let Some(nul) = memchr::memchr(0, bytes) {
        if let Some(encoding) = utf16(bytes) {
            return Ok(in_encoding(encoding, bytes, 0, file, doubts));
        }
        let what = "the file holds a NUL byte: it is binary";
        return Err(Error::new(Code::StatementNotText, file.clone().at(nul as u64), what));
    }
    let marked = bytes.starts_with(UTF8_BOM);
    let body = if marked { bytes.get(UTF8_BOM.len()..).unwrap_or_default() } else { bytes };
    let declared = label.map(str::to_owned).or_else(|| declaration(body)).filter(|_| !marked);
    let declared = declared.and_then(|label| Some((Encoding::for_label(label.as_bytes())?, label)));
    let other = declared.as_ref().filter(|(encoding, _)| *encoding != UTF_8);
    if std::str::from_utf8(body).is_ok() {
        if let Some((encoding, label)) = other
            && !body.is_ascii()
        {
            contradiction(label, encoding.name(), "UTF-8", file, doubts);
        }
        return Ok(utf8(body, bytes.len() - body.len(), file, doubts));
    }
    if let Some((encoding, label)) = other {
        let chinese = !matches!(encoding.name(), "GBK" | "gb18030" | "Big5") && is_chinese(body) == Evidence::Strong;
        if chinese {
            contradiction(label, encoding.name(), "GB18030", file, doubts);
            return Ok(in_encoding(GB18030, bytes, 0, file, doubts));
        }
        if Sizes::of(encoding).is_none() {
            let message = format!(
                "the file says that it is in {}, which permaudit does not read; save it as UTF-8",
                encoding.name()
            );
            return Err(Error::new(Code::StatementEncoding, file.clone().at(0), message));
        }
        return Ok(in_encoding(encoding, bytes, 0, file, doubts));
    }
    let first = std::str::from_utf8(body).err().map_or(0, |error| error.valid_up_to());
    if !is_another(body) {
        return Ok(utf8(body, bytes.len() - body.len(), file, doubts));
    }
    let evidence = if marked { Evidence::None } else { is_chinese(body) };
    match evidence {
        Evidence::None => {
            let message = format!("the text is not UTF-8 but {}; save it as UTF-8", single_or_double_byte(body));
            let at = (bytes.len() - body.len() + first) as u64;
            return Err(Error::new(Code::StatementEncoding, file.clone().at(at), message));
        }
        Evidence::Weak => {
            let message = "the file does not say in which encoding it is, and holds too little text to tell; it was read as GB18030";
            doubt::push(doubts, Doubt::new(Code::StatementEncodingGuess, file.clone().at(first as u64), message));
        }
        Evidence::Strong => {}
    }
    if let Some((_, label)) = &declared {
        contradiction(label, "UTF-8", "GB18030", file, doubts);
    }
    Ok(in_encoding(GB18030, bytes, 0, file, doubts))
}

fn contradiction(label: &str, declared: &str, found: &str, file: &Place, doubts: &mut Vec<Doubt>) {
    let message = format!(
        "the file says that it is in {label} ({declared}) and is in {found}; it was read as {found}, a browser may show another text"
    );
    doubt::push(doubts, Doubt::new(Code::StatementEncodingContradiction, file.clone().at(0), message));
}

/// Decodes UTF-8; each run of bytes that are none becomes U+FFFD, with a doubt.
fn utf8(body: &[u8], skipped: usize, file: &Place, doubts: &mut Vec<Doubt>) -> Decoded {
    let mut file_at = skipped as u64;
    let mut anchors = vec![(0, file_at)];
    if let Ok(whole) = std::str::from_utf8(body) {
        return Decoded { text: whole.to_owned(), map: Map { anchors, sizes: None } };
    }
    let mut text = String::with_capacity(body.len());
    for chunk in body.utf8_chunks() {
        deadline::step();
        text.push_str(chunk.valid());
        file_at += chunk.valid().len() as u64;
        if chunk.invalid().is_empty() {
            continue;
        }
        invalid(file_at, chunk.invalid().len(), "UTF-8", file, doubts);
        text.push('\u{fffd}');
        file_at += chunk.invalid().len() as u64;
        anchors.push((text.len(), file_at));
    }
    Decoded { text, map: Map { anchors, sizes: None } }
}

fn invalid(at: u64, length: usize, encoding: &str, file: &Place, doubts: &mut Vec<Doubt>) {
    let place = Place { length: Some(length as u64), ..file.clone().at(at) };
    let message = format!("{length} bytes are no {encoding}");
    doubt::push(doubts, Doubt::new(Code::StatementInvalidBytes, place, message));
}

/// Decodes `bytes` from byte `from` on in `encoding`, which is one that [`Sizes`] knows.
fn in_encoding(
    encoding: &'static Encoding,
    bytes: &[u8],
    from: usize,
    file: &Place,
    doubts: &mut Vec<Doubt>,
) -> Decoded {
    let sizes = Sizes::of(encoding).unwrap_or(Sizes::One);
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut text = String::new();
    let mut anchors = vec![(0, from as u64)];
    // Both ends of what was decoded last.
    let (mut file_at, mut text_at) = (from, 0);
    loop {
        deadline::step();
        let rest = bytes.get(file_at..).unwrap_or_default();
        let room = decoder.max_utf8_buffer_length_without_replacement(rest.len()).unwrap_or(usize::MAX);
        text.reserve(room.min(bytes.len().saturating_mul(3)));
        let (result, read) = decoder.decode_to_string_without_replacement(rest, &mut text, true);
        let bad = match result {
            DecoderResult::Malformed(bad, behind) => Some((usize::from(bad), usize::from(behind))),
            DecoderResult::InputEmpty | DecoderResult::OutputFull => None,
        };
        let end = file_at + read;
        let bad_at = bad.map_or(end, |(bad, behind)| end.saturating_sub(bad + behind).max(file_at));
        count(sizes, bytes, (file_at, bad_at), &text, text_at, &mut anchors);
        let Some((length, behind)) = bad else { break };
        invalid(bad_at as u64, length, encoding.name(), file, doubts);
        text.push('\u{fffd}');
        file_at = (end - behind).max(bad_at + 1);
        text_at = text.len();
        anchors.push((text_at, file_at as u64));
        decoder = encoding.new_decoder_without_bom_handling();
    }
    text.shrink_to_fit();
    Decoded { text, map: Map { anchors, sizes: Some((sizes, bytes.to_vec())) } }
}

/// Counts the way through a part of the file without bad bytes, and notes it every [`STRIDE`] bytes.
fn count(
    sizes: Sizes,
    bytes: &[u8],
    part: (usize, usize),
    text: &str,
    text_at: usize,
    anchors: &mut Vec<(usize, u64)>,
) {
    let (mut at, end) = part;
    let mut noted = at;
    let mut text_at = text_at;
    let mut rest = text.get(text_at..).unwrap_or_default().chars();
    while at < end {
        deadline::step();
        let unit = bytes.get(at..end).map_or(Unit::default(), |bytes| sizes.next(bytes));
        at += unit.bytes.max(1);
        for c in rest.by_ref().take(unit.characters) {
            text_at += c.len_utf8();
        }
        if at - noted >= STRIDE {
            anchors.push((text_at, at as u64));
            noted = at;
        }
    }
}

/// The encoding that the head of a file declares: in a `meta` element, or in an XML declaration.
fn declaration(bytes: &[u8]) -> Option<String> {
    let head = bytes.get(..bytes.len().min(limits::DECLARATION_BYTES)).unwrap_or_default();
    let head: String = head.iter().map(|&byte| if byte.is_ascii() { char::from(byte) } else { '?' }).collect();
    let head = without_comments(&head.to_ascii_lowercase());
    if let Some(xml) = head.trim_start().strip_prefix("<?xml")
        && let Some((declaration, _)) = xml.split_once("?>")
        && let Some((_, value)) = declaration.split_once("encoding")
    {
        return label(value.trim_start().strip_prefix('=')?);
    }
    let metas = head.split("<meta").skip(1).filter(|meta| meta.starts_with(|c: char| c.is_whitespace() || c == '/'));
    metas.filter_map(|meta| meta.split('>').next()).find_map(|meta| {
        let (_, value) = meta.split_once("charset")?;
        label(value.trim_start().strip_prefix('=')?)
    })
}

fn without_comments(head: &str) -> String {
    let mut parts = head.split("<!--");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        deadline::step();
        plain.push_str(part.split_once("-->").map_or("", |(_, after)| after));
    }
    plain
}

/// The label that `value` begins with, in quotes or not.
fn label(value: &str) -> Option<String> {
    let value = value.trim_start().trim_start_matches(['"', '\'']);
    let end = value.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | '/' | '>' | '?'));
    let label = value.get(..end.unwrap_or(value.len()))?;
    (!label.is_empty()).then(|| label.to_owned())
}

/// The byte order of UTF-16 without a mark: the one in which the text has no control characters and, of two such, more
/// of ASCII.
fn utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    let ascii = |encoding: &'static Encoding| {
        let (text, bad) = encoding.decode_without_bom_handling(bytes);
        let control = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
        let sound = !bad && bytes.len().is_multiple_of(2) && !text.chars().any(|c| control(c) || is_private(c));
        sound.then(|| text.chars().filter(char::is_ascii).count()).filter(|&ascii| ascii > 0)
    };
    let (little, big) = (ascii(UTF_16LE), ascii(UTF_16BE));
    match (little, big) {
        (None, None) => None,
        _ if little > big => Some(UTF_16LE),
        _ => Some(UTF_16BE),
    }
}

fn is_private(c: char) -> bool {
    matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{fff0}'..='\u{ffff}' | '\u{f0000}'..)
}

/// A few bad bytes among good ones are damage; more bad than a tenth of the good ones is another encoding, in which
/// every letter beyond ASCII is bad.
fn is_another(body: &[u8]) -> bool {
    let (mut valid, mut invalid) = (0_usize, 0_usize);
    for chunk in body.utf8_chunks() {
        deadline::step();
        valid += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        invalid += usize::from(!chunk.invalid().is_empty());
    }
    invalid.saturating_mul(10) > valid
}

/// How sure it is that bytes are Chinese in GB18030.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Evidence {
    None,
    Weak,
    Strong,
}

/// Chinese characters that are looked at to tell Chinese.
const LOOKED_AT: usize = 4096;

/// Chinese characters from which on their choice tells Chinese for certain.
const ENOUGH: usize = 24;

/// The commonest characters of Chinese text and of statements, in the order of their code points.
const FREQUENT: &str = include_str!("frequent_han.txt");

/// Decodes without an error, and half of the characters are of the commonest ones. Of the Chinese characters of 484 real
/// statements these are 73 to 90 in a hundred. Text of another language that is valid GB18030 has characters at random:
/// of 50 real statements each, Korean ones in EUC-KR give 7 to 19 common ones in a hundred and Japanese ones in EUC-JP
/// 10 to 19.
fn is_chinese(bytes: &[u8]) -> Evidence {
    let (text, bad) = GBK.decode_without_bom_handling(bytes);
    if bad {
        return Evidence::None;
    }
    let frequent: Vec<char> = FREQUENT.trim_end().chars().collect();
    let (mut han, mut common, mut other) = (0_usize, 0_usize, 0_usize);
    for c in text.chars().filter(|c| !c.is_ascii()).take(LOOKED_AT) {
        match c {
            '\u{4e00}'..='\u{9fff}' => {
                han += 1;
                common += usize::from(frequent.binary_search(&c).is_ok());
            }
            // Punctuation, full-width letters and symbols are at home in Chinese.
            '\u{a0}'..='\u{ff}' | '\u{2000}'..='\u{303f}' | '\u{ff00}'..='\u{ffef}' => {}
            _ => other += 1,
        }
    }
    let chinese = common * 2 > han && other * 10 <= han;
    match chinese {
        false => Evidence::None,
        true if han < ENOUGH => Evidence::Weak,
        true => Evidence::Strong,
    }
}

/// A guess at the encoding of text that is no UTF-8: in a double-byte encoding most letters are two bytes beyond ASCII,
/// in a single-byte encoding most bytes beyond ASCII stand alone.
fn single_or_double_byte(bytes: &[u8]) -> &'static str {
    let runs = bytes.split(u8::is_ascii).filter(|run| !run.is_empty());
    let (alone, all) = runs.fold((0, 0), |(alone, all), run| (alone + usize::from(run.len() == 1), all + 1));
    if alone * 2 > all {
        "in a single-byte encoding such as Windows-1252"
    } else {
        "in a double-byte encoding that it does not declare, such as Big5 or EUC-KR"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHINESE: &str = "# 隐私政策\n我们会向您申请以下设备权限，用于扫描二维码、拍摄头像和保存图片：\n| 权限 | 使用目的 |\n|---|---|\n| 相机 | 扫码 |\n";

    fn read(bytes: &[u8]) -> (Result<Decoded, Error>, Vec<Code>) {
        let mut doubts = Vec::new();
        let decoded = decode(bytes, &Place::file("s"), None, &mut doubts);
        (decoded, doubts.into_iter().map(|doubt| doubt.code).collect())
    }

    fn encoded(encoding: &'static Encoding, text: &str) -> Vec<u8> {
        let (bytes, _, bad) = encoding.encode(text);
        assert!(!bad, "{text}");
        bytes.into_owned()
    }

    fn utf16_of(text: &str, little: bool) -> Vec<u8> {
        text.encode_utf16().flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
    }

    #[test]
    fn chinese_without_a_declaration_is_read_without_a_doubt() {
        let (decoded, doubts) = read(&encoded(GBK, CHINESE));
        assert_eq!((decoded.unwrap().text.as_str(), doubts.as_slice()), (CHINESE, &[][..]));
        let (decoded, doubts) = read(&encoded(GBK, "相机权限"));
        assert_eq!(
            (decoded.unwrap().text.as_str(), doubts.as_slice()),
            ("相机权限", &[Code::StatementEncodingGuess][..])
        );
    }

    #[test]
    fn other_languages_are_never_taken_for_chinese() {
        let korean =
            "앱은 다음과 같은 접근 권한을 사용합니다. 카메라: 사진 촬영, 저장공간: 사진 저장, 위치: 주변 매장 안내. "
                .repeat(5);
        let russian =
            "Приложение запрашивает следующие разрешения: камера, микрофон, контакты и местоположение. ".repeat(5);
        let japanese =
            "本アプリは次の権限を使用します。カメラは写真の撮影に、マイクは録音に、位置情報は店舗の案内に使います。"
                .repeat(5);
        let taiwan =
            "本應用程式會要求下列權限：相機用於掃描條碼，麥克風用於錄音，位置資訊用於顯示附近的商店。".repeat(5);
        for (encoding, text) in [
            (encoding_rs::EUC_KR, &korean),
            (encoding_rs::WINDOWS_1251, &russian),
            (encoding_rs::KOI8_R, &russian),
            (encoding_rs::SHIFT_JIS, &japanese),
            (encoding_rs::EUC_JP, &japanese),
            (encoding_rs::BIG5, &taiwan),
        ] {
            let (decoded, _) = read(&encoded(encoding, text));
            assert_eq!(decoded.err().map(|error| error.code), Some(Code::StatementEncoding), "{}", encoding.name());
            let page = format!("<meta charset=\"{}\"><p>{text}</p>", encoding.name());
            let (decoded, doubts) = read(&encoded(encoding, &page));
            assert_eq!((decoded.unwrap().text, doubts), (page, vec![]), "{}", encoding.name());
        }
    }

    #[test]
    fn utf16_with_and_without_a_mark() {
        for little in [true, false] {
            let plain = utf16_of(CHINESE, little);
            let mark = if little { [0xff, 0xfe] } else { [0xfe, 0xff] };
            for (bytes, skipped) in [(plain.clone(), 0), ([&mark[..], &plain].concat(), 2)] {
                let (decoded, doubts) = read(&bytes);
                let decoded = decoded.unwrap();
                assert_eq!((decoded.text.as_str(), doubts.as_slice()), (CHINESE, &[][..]), "{little} {skipped}");
                let at = CHINESE.find("扫码").unwrap();
                let offset = usize::try_from(decoded.map.offset(&decoded.text, at)).unwrap();
                assert!(bytes[offset..].starts_with(&utf16_of("扫码", little)));
            }
        }
    }

    #[test]
    fn a_declaration_that_the_bytes_contradict_is_a_doubt() {
        let page = |label: &str| format!("<meta charset={label}><p>{CHINESE}</p>");
        let wrong = [Code::StatementEncodingContradiction];
        for (bytes, doubts) in [
            (page("gb2312").into_bytes(), &wrong[..]),
            (encoded(GBK, &page("gb2312")), &[]),
            (encoded(GBK, &page("iso-8859-1")), &wrong),
            (encoded(GBK, &page("utf-8")), &wrong),
            (page("utf-8").into_bytes(), &[]),
            (page("nonsense").into_bytes(), &[]),
            (format!("\u{feff}{}", page("gbk")).into_bytes(), &[]),
            (b"<meta charset=gbk><p>CAMERA</p>".to_vec(), &[]),
            (b"<!-- <meta charset=gbk> --><p>\xe7\x9b\xb8</p>".to_vec(), &[]),
        ] {
            let (decoded, found) = read(&bytes);
            let text = decoded.unwrap().text;
            assert_eq!(found, doubts, "{text}");
        }
    }

    #[test]
    fn every_character_leads_back_to_its_bytes() {
        let text = format!("<meta charset=CHARSET>{}é", "a相b机。x".repeat(200)).replace('é', "");
        for (encoding, text) in [
            (GB18030, format!("{text}\u{20087}€ز{text}")),
            (GBK, text.clone()),
            (encoding_rs::BIG5, format!("{}Ê̄ a", text.replace(['机', '相'], "權"))),
            (encoding_rs::SHIFT_JIS, format!("{}ｶﾒﾗ", text.replace('机', "カ"))),
            (encoding_rs::EUC_JP, format!("{}ｶﾒﾗ", text.replace('机', "カ"))),
            (encoding_rs::EUC_KR, text.replace(['机', '相'], "권")),
            (encoding_rs::WINDOWS_1251, text.replace(['机', '相', '。'], "к")),
        ] {
            let text = text.replace("CHARSET", encoding.name());
            // Encoding has no way to Big5's double characters.
            let bytes = if encoding == encoding_rs::BIG5 {
                let (head, _) = text.split_once('Ê').unwrap();
                [&encoded(encoding, head)[..], b"\x88\x62 a"].concat()
            } else {
                encoded(encoding, &text)
            };
            let decoded = read(&bytes).0.unwrap();
            assert_eq!(decoded.text, text, "{}", encoding.name());
            for (at, c) in text.char_indices().filter(|(_, c)| !matches!(c, 'Ê' | '\u{304}')) {
                let offset = usize::try_from(decoded.map.offset(&text, at)).unwrap();
                let one = encoded(encoding, &c.to_string());
                assert!(bytes[offset..].starts_with(&one), "{} {at} {c}", encoding.name());
            }
        }
    }

    #[test]
    fn bad_bytes_are_doubts_and_places_behind_them_stay_exact() {
        let mut bytes = b"<meta charset=gbk>".to_vec();
        bytes.extend(encoded(GBK, "相机"));
        let bad = bytes.len() as u64;
        bytes.extend(b"\xff\x81 ");
        let after = bytes.len();
        bytes.extend(encoded(GBK, "日历"));
        let mut doubts = Vec::new();
        let decoded = decode(&bytes, &Place::file("s"), None, &mut doubts).unwrap();
        assert!(doubts.iter().all(|doubt| doubt.code == Code::StatementInvalidBytes), "{doubts:?}");
        assert_eq!(doubts.first().and_then(|doubt| doubt.place.offset), Some(bad));
        let at = decoded.text.find("日历").unwrap();
        assert_eq!(decoded.map.offset(&decoded.text, at), after as u64);
    }

    #[test]
    fn a_passage_ends_where_its_bad_bytes_do() {
        // Two bytes of a character that has three stand for U+FFFD, which has three as well.
        let bytes = ["相机".as_bytes(), b"\xe5\x91"].concat();
        for rest in [&b""[..], b" and more"] {
            let bytes = [&bytes, rest].concat();
            let decoded = utf8(&bytes, 0, &Place::file("s"), &mut Vec::new());
            let end = decoded.text.find('\u{fffd}').unwrap() + '\u{fffd}'.len_utf8();
            assert_eq!(decoded.map.end(&decoded.text, end), 8);
        }
    }

    #[test]
    fn frequent_characters_are_sorted() {
        let all: Vec<char> = FREQUENT.trim_end().chars().collect();
        assert!(all.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
