//! Characters to words, words to lines, and lines of one cell or paragraph to text again.

use super::content::Glyph;
use crate::deadline;

/// Characters without a gap between them.
#[derive(Debug, Clone)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) x0: f32,
    pub(super) x1: f32,
    pub(super) size: f32,
    pub(super) bold: bool,
}

/// Words on one line, from left to right.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) words: Vec<Word>,
    /// The line that the words stand on, in points from the top.
    pub(super) y: f32,
    pub(super) size: f32,
}

impl Line {
    pub(super) fn x0(&self) -> f32 {
        self.words.first().map_or(0.0, |word| word.x0)
    }

    pub(super) fn x1(&self) -> f32 {
        self.words.last().map_or(0.0, |word| word.x1)
    }

    pub(super) fn is_bold(&self) -> bool {
        !self.words.is_empty() && self.words.iter().all(|word| word.bold)
    }

    /// The words with single spaces between.
    pub(super) fn text(&self) -> String {
        let words: Vec<&str> = self.words.iter().map(|word| word.text.as_str()).collect();
        words.join(" ")
    }

    /// Half way up the line.
    pub(super) fn middle(&self) -> f32 {
        self.y - self.size * 0.3
    }

    /// The part of the line whose words have their middle between two places.
    pub(super) fn between(&self, left: f32, right: f32) -> Option<Line> {
        let inside = |word: &&Word| (left..right).contains(&f32::midpoint(word.x0, word.x1));
        let words: Vec<Word> = self.words.iter().filter(inside).cloned().collect();
        (!words.is_empty()).then_some(Line { words, ..*self })
    }
}

/// Sizes by which a gap is wide enough to part words.
const WORD_GAP: f32 = 0.2;

/// Sizes by which characters of one line may stand higher or lower.
const LINE_SLACK: f32 = 0.3;

/// The lines of `glyphs`, from the top.
pub(super) fn lines(glyphs: &[Glyph]) -> Vec<Line> {
    let mut sorted: Vec<&Glyph> = glyphs.iter().collect();
    sorted.sort_by(|a, b| a.y.total_cmp(&b.y));
    let mut lines = Vec::new();
    let mut rest = sorted.as_mut_slice();
    while let Some(first) = rest.first() {
        deadline::step();
        let mut bottom = first.y;
        let mut end = 0;
        for glyph in rest.iter() {
            deadline::step();
            if glyph.y > bottom + glyph.size * LINE_SLACK {
                break;
            }
            // Signs that are set higher or lower do not draw the next line in.
            if glyph.y <= first.y + first.size * LINE_SLACK {
                bottom = bottom.max(glyph.y);
            }
            end += 1;
        }
        let (line, behind) = rest.split_at_mut(end.max(1));
        lines.extend(one_line(line));
        rest = behind;
    }
    lines
}

fn one_line(glyphs: &mut [&Glyph]) -> Option<Line> {
    glyphs.sort_by(|a, b| a.x0.total_cmp(&b.x0));
    let mut words: Vec<Word> = Vec::new();
    let mut parted = true;
    let mut last: Option<&Glyph> = None;
    let (mut y, mut size) = (0.0_f32, 0.0_f32);
    for glyph in glyphs.iter() {
        deadline::step();
        // A character that is drawn twice, a little beside itself, is a bold one.
        let twice = last.is_some_and(|last| {
            last.c == glyph.c && (last.x0 - glyph.x0).abs() < glyph.size * 0.1 && (last.y - glyph.y).abs() < 1.0
        });
        if twice {
            continue;
        }
        if glyph.c.is_whitespace() {
            parted = true;
            continue;
        }
        // Between letters and the characters of the East some programs leave a little space that nobody typed.
        let gap = |last: &Glyph| if is_dense(last.c) == is_dense(glyph.c) { WORD_GAP } else { WORD_GAP * 2.0 };
        if last.is_some_and(|last| glyph.x0 - last.x1 > glyph.size.min(last.size) * gap(last)) {
            parted = true;
        }
        last = Some(glyph);
        (y, size) = if glyph.size > size { (glyph.y, glyph.size) } else { (y, size) };
        match words.last_mut().filter(|_| !parted) {
            Some(word) => {
                word.text.push(glyph.c);
                word.x1 = word.x1.max(glyph.x1);
                word.bold &= glyph.bold;
            }
            None => words.push(Word {
                text: glyph.c.to_string(),
                x0: glyph.x0,
                x1: glyph.x1,
                size: glyph.size,
                bold: glyph.bold,
            }),
        }
        parted = false;
    }
    (!words.is_empty()).then_some(Line { words, y, size })
}

/// What stands between a line and the next one of the same cell or paragraph, whose text may reach to `limit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Break {
    /// Nothing: the break is inside a word.
    None,
    /// A space: the line was full.
    Space,
    /// The author began a new line.
    Line,
}

/// Judges the break between `line` and `next`.
pub(super) fn break_between(line: &Line, next: &Line, limit: f32) -> Break {
    let (Some(last), Some(first)) = (line.words.last(), next.words.first()) else { return Break::Line };
    let (Some(before), Some(after)) = (last.text.chars().next_back(), first.text.chars().next()) else {
        return Break::Line;
    };
    let room = limit - last.x1;
    let space = if is_dense(before) || is_dense(after) { 0.0 } else { first.size * 0.25 };
    let first_char = (first.x1 - first.x0) / count(first.text.chars().count());
    let slack = first.size * 0.15;
    if is_dense(after) || is_dense(before) {
        // Where every character may begin a line, a full line goes on.
        return match room < first_char + slack
            || (room < (first.x1 - first.x0).min(first.size * 4.0) && !is_dense(after))
        {
            true if is_dense(before) && is_dense(after) => Break::None,
            true => Break::Space,
            false => Break::Line,
        };
    }
    let word = first.x1 - first.x0;
    if room >= space + word + slack {
        return Break::Line;
    }
    // A name too long for its cell is broken where the cell ends.
    let token = |text: &str| {
        text.contains(['_', '.'])
            || text.chars().skip(1).zip(text.chars()).any(|(c, b)| c.is_uppercase() && b.is_lowercase())
    };
    let continues = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    let broken = continues(before) && continues(after) && (token(&last.text) || token(&first.text));
    let sentence =
        before == '.' && !after.is_ascii_lowercase() && !last.text.trim_end_matches('.').contains(['.', '_']);
    if broken && !sentence && line.words.len() == 1 && room < first_char + slack * 3.0 {
        Break::None
    } else {
        Break::Space
    }
}

#[expect(clippy::cast_precision_loss, reason = "a few characters")]
fn count(number: usize) -> f32 {
    number.max(1) as f32
}

/// Scripts without spaces between words.
pub(super) fn is_dense(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statement::pdf::content::Mark;

    fn glyphs(text: &str, x: f32, y: f32) -> Vec<Glyph> {
        let mut at = x;
        text.chars()
            .map(|c| {
                let width = if is_dense(c) { 10.0 } else { 5.0 };
                at += width;
                Glyph { c, x0: at - width, x1: at, y, size: 10.0, bold: false, mark: Mark::None }
            })
            .collect()
    }

    #[test]
    fn words_are_parted_by_spaces_and_gaps_and_lines_by_height() {
        let mut all = glyphs("second line", 10.0, 40.0);
        all.extend(glyphs("ab cd", 10.0, 20.0));
        all.extend(glyphs("ef", 100.0, 20.5));
        let texts: Vec<String> = lines(&all).iter().map(Line::text).collect();
        assert_eq!(texts, ["ab cd ef", "second line"]);
    }

    #[test]
    fn a_break_is_judged_by_the_room_that_was_left() {
        for (line, next, limit, expected) in [
            ("Reads the precise", "position", 100.0, Break::Space),
            ("Camera", "Microphone", 100.0, Break::Line),
            ("SCHEDULE_EXACT_AL", "ARM", 86.0, Break::None),
            ("READ_CONTACTS", "WRITE_CONTACTS", 200.0, Break::Line),
            ("读取手机状", "态", 51.0, Break::None),
            ("相机", "麦克风", 100.0, Break::Line),
        ] {
            let (first, second) = (lines(&glyphs(line, 0.0, 10.0)), lines(&glyphs(next, 0.0, 22.0)));
            assert_eq!(break_between(&first[0], &second[0], limit), expected, "{line} / {next}");
        }
    }
}
