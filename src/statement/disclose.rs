//! Blocks to disclosures: headings give the scope, tables and lists what is disclosed in it.

use std::cell::RefCell;

use super::block::{Block, Flow, Heading, Item, Style, Table, is_title};
use super::foreign::{self, Speaks};
use super::header::{Headers, Title};
use super::items::{List, Subject, number};
use super::names::Names;
use super::prose::Prose;
use super::tables;
use super::text::{Span, Text};
use super::trace::{Step, Trace, titles};
use crate::deadline;
use crate::disclosure::{Disclosure, Scope, Section};
use crate::doubt::{self, Code, Doubt};
use crate::knowledge::{Book, Platform};
use crate::limits;

/// What the blocks of a statement disclose.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) disclosures: Vec<Disclosure>,
    pub(super) sections: Vec<Section>,
    /// How the blocks were understood, where that was asked for.
    pub(super) steps: Vec<Step>,
}

/// Reads `blocks`, which stand over `text`; `explain` asks for how they were understood.
pub(super) fn read(text: &Text, blocks: &[Block], book: &Book, explain: bool, doubts: &mut Vec<Doubt>) -> Found {
    let mut walk = Walk {
        text,
        names: Names::new(book).beside(blocks),
        headers: Headers::new(),
        headings: Vec::new(),
        lead: None,
        asked: RefCell::default(),
        announced: false,
        introduced: 0,
        list: None,
        subject: None,
        prose: Prose::default(),
        found: Found::default(),
        app: Vec::new(),
        unreadable: Vec::new(),
        blocks: 0,
        trace: Trace::new(explain),
    };
    let mut rest = blocks;
    // Full names that begin line after line need no line that announces them.
    let mut goes_on = false;
    while let Some((block, behind)) = rest.split_first() {
        deadline::step();
        if walk.found.disclosures.len() > limits::DISCLOSURES {
            break;
        }
        if let Some(doubt) = too_long(text, block) {
            doubt::push(doubts, doubt);
            rest = behind;
            continue;
        }
        let flat = walk.flat(rest);
        if flat > 0 {
            rest = rest.get(flat..).unwrap_or_default();
        } else {
            let begins = |next| walk.begin_with_full_names(block, next);
            let own = walk.introduced == 0 && (begins(behind.first()) || (goes_on && begins(Some(block))));
            walk.introduced += usize::from(own);
            walk.block(block);
            walk.introduced *= usize::from(!own);
            goes_on = own;
            rest = behind;
        }
    }
    walk.finish(doubts)
}

/// The doubt about a block that is not read, since it has more text in one piece than is.
fn too_long(text: &Text, block: &Block) -> Option<Doubt> {
    let long = |lines: &[Flow]| lines.iter().map(|line| line.text().len()).sum::<usize>() > limits::PARAGRAPH_BYTES;
    let is_long = match block {
        Block::Heading(heading) => heading.flow.text().len() > limits::PARAGRAPH_BYTES,
        Block::Paragraph(lines) => long(lines),
        Block::Item(item) => long(&item.lines),
        Block::Table(table) => {
            table.rows.iter().flat_map(|row| &row.cells).any(|cell| cell.text().len() > limits::PARAGRAPH_BYTES)
        }
        Block::Code(_) | Block::Opaque(_) => false,
    };
    let span = block.span().filter(|_| is_long)?;
    let message = format!(
        "what stands here in one piece has more than {} bytes of text and was not read; break it into lines and \
         paragraphs",
        limits::PARAGRAPH_BYTES
    );
    Some(Doubt::new(Code::LimitParagraphBytes, text.place(span), message))
}

/// What the headings and the line above a table or list say about it.
#[derive(Debug, Clone, Default)]
pub(super) struct Context {
    /// The platforms it is for; empty when nothing says.
    pub(super) platforms: Vec<Platform>,
    /// It is about permissions.
    pub(super) permissions: bool,
    /// It is about third parties.
    pub(super) sdk: bool,
    /// What stands in it is not requested.
    pub(super) negated: bool,
    /// What stands in it is called required (true) or optional (false).
    pub(super) required: Option<bool>,
}

impl Context {
    /// The scope of what is disclosed in it.
    pub(super) fn scope(&self) -> Scope {
        if self.sdk { Scope::Sdk(None) } else { Scope::App }
    }
}

/// A heading whose scope is open.
pub(super) struct Open {
    pub(super) level: u8,
    pub(super) title: Title,
    pub(super) span: Span,
    /// Its text is short enough to be the title of a section and not of the whole statement.
    pub(super) section: bool,
    /// It names a permission itself.
    pub(super) item: bool,
    /// The block to which the permissions in the headings below it belong.
    pub(super) block: Option<usize>,
    /// A table below it was read.
    used: bool,
    /// What it speaks of: the app, or something else that has permissions.
    speaks: Option<Speaks>,
}

impl Open {
    /// What the heading says of what stands below it.
    fn in_words(&self) -> String {
        let Title { platforms, permissions, sdk, negated, required } = &self.title;
        let mut parts: Vec<String> = Vec::new();
        match (permissions, self.section) {
            _ if self.item => parts.push("names a permission itself".to_owned()),
            (true, true) => parts.push("starts a section on permissions".to_owned()),
            (true, false) => parts.push("mentions permissions, as the title of the whole statement".to_owned()),
            (false, _) => parts.push("starts a section on something else".to_owned()),
        }
        if !platforms.is_empty() {
            parts.push(format!("for {}", titles(platforms)));
        }
        if *sdk {
            parts.push("about the software of third parties".to_owned());
        }
        if *negated {
            parts.push("what stands in it is said not to be requested".to_owned());
        }
        match required {
            Some(true) => parts.push("what stands in it is required".to_owned()),
            Some(false) => parts.push("what stands in it is optional".to_owned()),
            None => {}
        }
        if let Some(Speaks::OfElse(_)) = self.speaks {
            parts.push("about something else than an app".to_owned());
        }
        match self.level {
            Heading::BOLD => parts.push("a bold line, taken as a heading".to_owned()),
            Heading::PLAIN => parts.push("a short line before a table, taken as its heading".to_owned()),
            _ => {}
        }
        parts.join(", ")
    }
}

/// Something under a permission heading that could not be read.
struct Unreadable {
    platforms: Vec<Platform>,
    span: Span,
    what: &'static str,
}

/// A line of running text, directly above what is read.
#[derive(Clone)]
pub(super) struct Lead {
    text: String,
    /// Its last sentence, in comparable form.
    sentence: String,
    /// What it says as a title, where it says that something follows.
    title: Option<Title>,
    /// It says that permissions follow.
    announces: bool,
}

pub(super) struct Walk<'a> {
    pub(super) text: &'a Text,
    pub(super) names: Names<'a>,
    pub(super) headers: Headers,
    pub(super) headings: Vec<Open>,
    /// The last line of running text, when nothing stands between it and the present block.
    pub(super) lead: Option<Lead>,
    /// The line that was looked at last as one that may lead to something: each is asked about more than once.
    asked: RefCell<Option<Lead>>,
    /// Since the last heading a line said that permissions follow.
    pub(super) announced: bool,
    /// So many more lists or lines may pass before what a line announced is over.
    pub(super) introduced: usize,
    /// The list that is being read.
    pub(super) list: Option<List>,
    /// The permission that the heading above names.
    pub(super) subject: Option<Subject>,
    /// What running text says.
    pub(super) prose: Prose,
    pub(super) found: Found,
    /// For each section: it is the app's own.
    app: Vec<bool>,
    unreadable: Vec<Unreadable>,
    /// Tables and lists that disclosed something.
    pub(super) blocks: usize,
    pub(super) trace: Trace,
}

impl Walk<'_> {
    pub(super) fn block(&mut self, block: &Block) {
        if !matches!(block, Block::Item(_)) {
            self.end_list();
        }
        let (text, first, mentioned) = (self.text, self.found.disclosures.len(), self.prose.mentions.len());
        let subject = self.subject.is_some();
        self.trace.begin(block, || block.span().map(|span| text.place(span)));
        match block {
            Block::Heading(heading) => self.heading(heading),
            Block::Paragraph(lines) => {
                self.leave_plain();
                self.leads_away(lines);
                self.lead = None;
                self.paragraph(lines);
                let announces = |line: &Flow| self.announces(line);
                let last = lines.last().is_some_and(announces);
                let lately = last || lines.iter().rev().take(INTRODUCED).skip(1).any(announces);
                self.passes(lines, first, last, lately);
                if first == self.found.disclosures.len() {
                    let below = subject && self.subject.is_some();
                    self.prose_lines(lines);
                    self.said_below(below, mentioned);
                }
            }
            Block::Item(item) => {
                let said = self.list.as_ref().is_some_and(|list| list.explains_with(item));
                self.leave_plain();
                self.leads_away(&item.lines);
                // Lines of an item may announce others.
                let announcing = item.lines.iter().position(|line| self.announces(line));
                let (own, rest) = item.lines.split_at(announcing.map_or(item.lines.len(), |at| at + 1));
                let own = Item { indent: item.indent, lines: own.to_vec() };
                self.item(&own);
                self.passes(&own.lines, first, announcing.is_some(), announcing.is_some());
                if first == self.found.disclosures.len() {
                    self.prose_item(&own);
                    self.said_below(said || (subject && self.subject.is_some()), mentioned);
                }
                if !rest.is_empty() {
                    self.trace.end(first..self.found.disclosures.len(), mentioned..self.prose.mentions.len());
                    self.block(&Block::Paragraph(rest.to_vec()));
                    return;
                }
            }
            Block::Table(table) => self.table(table),
            Block::Opaque(span) => self.cannot_read(*span, "an HTML table"),
            Block::Code(lines) => {
                self.code(lines);
                self.lead = None;
            }
        }
        self.trace.end(first..self.found.disclosures.len(), mentioned..self.prose.mentions.len());
    }

    /// True when `block` and the `next` are lines or items of a list that each begin with the full name of a permission.
    fn begin_with_full_names(&self, block: &Block, next: Option<&Block>) -> bool {
        let begins = |lines: &[Flow]| lines.first().is_some_and(|line| self.names.begins_with_full_name(line));
        match (block, next) {
            (Block::Item(one), Some(Block::Item(next))) => begins(&one.lines) && begins(&next.lines),
            (Block::Paragraph(one), Some(Block::Paragraph(next))) => begins(one) && begins(next),
            _ => false,
        }
    }

    /// What `lines`, which were read last, say about what follows; `before` disclosures were there before them. The
    /// `last` of them says that permissions follow, or at least one of the last few, lately.
    fn passes(&mut self, lines: &[Flow], before: usize, last: bool, lately: bool) {
        self.lead = lines.last().map(|line| self.as_lead(line.text(), Lead::clone));
        if last {
            self.announced = true;
            self.trace.note(|| "its last line says that permissions follow".to_owned());
        } else if self.trace.is_wanted() && self.denies_what_follows() {
            self.trace.note(|| "its last line says that what follows is not requested".to_owned());
        }
        if lately && self.found.disclosures.len() == before {
            self.introduced = INTRODUCED;
        } else if self.found.disclosures.len() > before {
            self.introduced = self.introduced.min(1) * INTRODUCED;
        } else if lines.last().is_some_and(|line| is_title(line.text()) && number(line.text()) > 0) {
            // The title of another section.
            self.introduced = 0;
        } else {
            self.introduced = self.introduced.saturating_sub(1);
        }
    }

    fn heading(&mut self, heading: &Heading) {
        self.lead = None;
        // A line that is bold as a whole may be an item of what was announced.
        let item = heading.level == Heading::BOLD && self.is_item(heading);
        let goes_on = item || (heading.level == Heading::BOLD && self.platform_line(&heading.flow).is_some());
        self.announced &= goes_on;
        self.introduced *= usize::from(goes_on);
        self.headings.retain(|open| {
            open.level < heading.level || (item && open.level == heading.level && open.section && !open.item)
        });
        if self.subject.as_ref().is_some_and(|subject| subject.level >= heading.level) {
            self.subject = None;
        }
        let title = self.headers.title(heading.flow.text());
        let short = heading.flow.text().chars().count() <= SECTION_TITLE;
        let mut open = Open {
            level: heading.level,
            section: title.permissions && (heading.level > 1 || short),
            title,
            span: heading.flow.whole(),
            item: false,
            block: None,
            used: false,
            speaks: foreign::titled(heading.flow.text()),
        };
        // "Unused permissions", "Permissions never requested": what stands below is not disclosed.
        open.title.negated |= open.section && self.headers.title_denies(heading.flow.text());
        // A platform is that of an app.
        open.speaks = open.speaks.or((!open.title.platforms.is_empty()).then_some(Speaks::OfApp));
        self.names.speak_of(open.speaks.or_else(|| self.headings.iter().rev().find_map(|above| above.speaks)));
        self.name_in_heading(heading, &mut open);
        if let Some(why) = self.names.foreign(&heading.flow).filter(|_| self.in_section()) {
            self.trace.note(|| why.to_owned());
        }
        self.announced |= open.section && !open.item && self.headers.announces(heading.flow.text());
        self.trace.note(|| open.in_words());
        self.headings.push(open);
        self.prose_heading(heading.level, heading.flow.text());
    }

    /// A heading directly before a table is the heading of that table alone.
    fn leave_plain(&mut self) {
        self.headings.retain(|open| open.level < Heading::PLAIN || !open.used);
    }

    /// Notes images and links that stand in the place of permissions.
    fn leads_away(&mut self, lines: &[Flow]) {
        if !self.under_permissions() {
            return;
        }
        for line in lines {
            deadline::step();
            let linked: usize = line.styled(Style::Link).iter().map(|span| span.end - span.start).sum();
            if let Some(inset) = line.inset {
                self.cannot_read(inset.span, inset.shown.in_words());
            } else if line.link && linked * 2 >= line.text().trim().len() {
                self.cannot_read(line.whole(), "a link");
            }
        }
    }

    fn under_permissions(&self) -> bool {
        self.headings.last().is_some_and(|open| open.title.permissions && !open.title.negated && !open.item)
    }

    /// True when the last sentence of `text` says that permissions follow.
    pub(super) fn announces_permissions(&self, text: &str) -> bool {
        self.as_lead(text, |lead| lead.announces)
    }

    /// What `tells` says of the line `text` as one that leads to something.
    fn as_lead<T>(&self, text: &str, tells: impl Fn(&Lead) -> T) -> T {
        if let Some(asked) = self.asked.borrow().as_ref().filter(|asked| asked.text == text) {
            return tells(asked);
        }
        let sentence = last_sentence(text);
        let title = self.headers.announces(&sentence).then(|| self.headers.title(&sentence));
        let announces = title.as_ref().is_some_and(|title| title.permissions)
            && !self.headers.denies(&sentence)
            && !self.headers.mixes_data(&sentence);
        let lead = Lead { text: text.to_owned(), sentence, title, announces };
        let told = tells(&lead);
        self.asked.replace(Some(lead));
        told
    }

    /// The platforms that the headings state.
    pub(super) fn stated_platforms(&self) -> Vec<Platform> {
        let stated = self.headings.iter().rev().map(|open| &open.title.platforms).find(|list| !list.is_empty());
        stated.cloned().unwrap_or_default()
    }

    pub(super) fn context(&self) -> Context {
        let above = self.lead.as_ref().and_then(|lead| self.platform_line(&Flow::plain(&lead.text)));
        let lead = self.sentence_above();
        let announces = self.leads(lead);
        // What a sentence says counts where it leads to something.
        let known = self.lead.as_ref().and_then(|lead| lead.title.clone());
        let titled = known.or_else(|| announces.then(|| self.headers.title(lead))).unwrap_or_default();
        let required =
            self.headings.iter().rev().find_map(|open| open.title.required.filter(|_| open.title.permissions));
        Context {
            platforms: above.unwrap_or_else(|| self.stated_platforms()),
            permissions: (announces && titled.permissions)
                || (!self.headers.lets_reader_act(lead)
                    && (self.headings.iter().any(|open| open.section)
                        || self.introduced > 0
                        || self.lead.as_ref().is_some_and(|lead| self.is_plain_title(&lead.text)))),
            sdk: self.headings.iter().any(|open| open.title.sdk)
                || (lead.contains("sdk") && lead.chars().count() <= SDK_TITLE && (announces || !lead.contains('，'))),
            negated: self.headings.iter().any(|open| open.title.negated) || (announces && self.denies(lead)),
            required: titled.required.filter(|_| self.headers.is_subtitle(lead)).or(required),
        }
    }

    /// True when `lead`, directly above, says that something follows, or is its title.
    fn leads(&self, lead: &str) -> bool {
        self.headers.announces(lead) || self.headers.is_subtitle(lead)
    }

    /// The line before says that what follows it is not requested.
    fn denies_what_follows(&self) -> bool {
        let lead = self.sentence_above();
        self.leads(lead) && self.denies(lead)
    }

    /// The last sentence of the line before, in comparable form; empty where none leads to what is read.
    pub(super) fn sentence_above(&self) -> &str {
        self.lead.as_ref().map_or("", |lead| &lead.sentence)
    }

    fn denies(&self, lead: &str) -> bool {
        !self.headers.is_conditional(lead) && self.headers.denies(lead)
    }

    fn cannot_read(&mut self, span: Span, what: &'static str) {
        if self.under_permissions() {
            let platforms = self.context().platforms;
            self.unreadable.push(Unreadable { platforms, span, what });
            self.trace.note(|| format!("under a heading of permissions stands {what}, which is not read"));
        } else {
            self.trace.note(|| format!("{what}, which is not read; it stands under no heading of permissions"));
        }
    }

    fn table(&mut self, table: &Table) {
        let context = self.context();
        let mut trace = std::mem::take(&mut self.trace);
        let read = tables::read(self, context.clone(), table, &mut trace);
        self.trace = trace;
        self.lead = None;
        if read.rows.is_empty() {
            // A table of something else is no loss; one that nobody can tell what it is may be.
            if let Some(span) = read.place.filter(|_| !read.foreign) {
                self.cannot_read(span, "a table without a header that permaudit knows");
            }
            return;
        }
        let heading = self.headings.iter().rev().find(|open| open.title.permissions || open.level == Heading::PLAIN);
        let place = heading.map(|open| open.span).or(read.place);
        for open in &mut self.headings {
            deadline::step();
            open.used = true;
        }
        let app = !context.sdk && read.rows.iter().any(|row| row.scope == Scope::App);
        let platforms = stated(&context.platforms, &read.rows);
        self.section(place, &platforms, app);
        self.blocks += 1;
        self.found.disclosures.extend(read.rows);
    }

    /// Notes the table or list that is the next block as a section at `place`.
    pub(super) fn section(&mut self, place: Option<Span>, platforms: &[Platform], app: bool) {
        let Some(span) = place else { return };
        let platforms = Platform::ALL.into_iter().filter(|platform| platforms.contains(platform)).collect();
        self.found.sections.push(Section { platforms, place: self.text.place(span), block: self.blocks });
        self.app.push(app);
    }

    fn finish(mut self, doubts: &mut Vec<Doubt>) -> Found {
        self.end_list();
        // A row that states no platform is one for those that have what it names.
        if self.found.disclosures.len() > limits::DISCLOSURES {
            self.found.disclosures.truncate(limits::DISCLOSURES);
            let place = self.found.disclosures.last().map(|last| last.place.clone()).unwrap_or_default();
            let message = format!(
                "the statement has more than {} rows, items and mentions; those behind this one were not read",
                limits::DISCLOSURES
            );
            doubt::push(doubts, Doubt::new(Code::LimitDisclosures, place, message));
        }
        let is_for = |row: &Disclosure, platform: Platform| {
            let mut named = row.permissions.iter().chain(&row.candidates);
            row.platforms.contains(&platform)
                || (row.platforms.is_empty() && named.any(|named| named.platform == platform))
        };
        let has = |platform: Platform| self.found.disclosures.iter().any(|row| is_for(row, platform));
        let read: Vec<Platform> = Platform::ALL.into_iter().filter(|&platform| has(platform)).collect();
        for lost in &self.unreadable {
            deadline::step();
            let open = match lost.platforms.as_slice() {
                [] => self.found.disclosures.is_empty(),
                stated => stated.iter().any(|platform| !read.contains(platform)),
            };
            if open {
                let message =
                    format!("what stands here under a heading of permissions is {} and was not read", lost.what);
                let doubt = Doubt::new(Code::StatementUnreadableTable, self.text.place(lost.span), message);
                doubt::push(doubts, doubt);
            }
        }
        // A table of third parties is the place of the app's permissions only where there is no other.
        if self.app.contains(&true) {
            let mut app = self.app.iter();
            self.found.sections.retain(|_| app.next().copied().unwrap_or(true));
        }
        self.found.steps = self.trace.finish(&self.found.disclosures, &self.prose.mentions);
        if !self.prose.mentions.is_empty() {
            self.found.disclosures.append(&mut self.prose.mentions);
            // Stable, and in reading order: what stands at one place stays as it was read.
            self.found.disclosures.sort_by_key(|disclosure| disclosure.place.offset);
        }
        self.found
    }
}

/// The platforms of a table or list: those that the text above it states, otherwise those that its rows state when
/// every row does.
pub(super) fn stated(above: &[Platform], rows: &[Disclosure]) -> Vec<Platform> {
    if !above.is_empty() || rows.iter().any(|row| row.platforms.is_empty()) {
        return above.to_vec();
    }
    rows.iter().flat_map(|row| row.platforms.iter().copied()).collect()
}

/// Code points of a first-level heading that is the title of a section. `Permissions` is one; the title of a
/// statement that mentions permissions among other things is not.
const SECTION_TITLE: usize = 24;

/// Blocks without a permission that may stand among those that were announced.
const INTRODUCED: usize = 3;

/// Code points of a line that is the title of a third party's software and not a sentence about it.
const SDK_TITLE: usize = 40;

/// The last sentence of `lead`, in the form in which words are compared.
fn last_sentence(lead: &str) -> String {
    let lead = lead.trim();
    let full = |part: &&str| !part.trim().is_empty();
    let sentence =
        if lead.is_ascii() { lead.rsplit('\n').find(full) } else { lead.rsplit(['。', '；', '\n']).find(full) };
    let sentence = sentence.unwrap_or_default();
    // A full stop with a blank behind it parts two sentences.
    let bytes = sentence.as_bytes();
    let stops = memchr::memrchr_iter(b'.', bytes).filter(|at| bytes.get(at + 1) == Some(&b' '));
    let start = stops.map(|at| at + 2).next().unwrap_or(0);
    super::fold::fold(sentence.get(start..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    fn doubts(text: &str) -> Vec<&'static str> {
        let statement = crate::statement::read(&Source::new("s.md", text.as_bytes().to_vec()), &Book);
        statement.disclosures.doubts().iter().map(|doubt| doubt.code.name()).collect()
    }

    #[test]
    fn an_image_is_a_doubt_for_a_platform_of_which_no_row_was_read() {
        let image = "## Permissions on iOS\n\n![permissions](ios.png)\n";
        for (rows, expected) in [
            ("", &["statement-unreadable-table"][..]),
            // No platform is stated, but these constants are Android's: nothing was read for iOS.
            ("## Permissions\n\n- CAMERA: to scan\n- READ_SMS: to confirm\n\n", &["statement-unreadable-table"]),
            (
                "## Permissions\n\n| Permission | Purpose |\n|---|---|\n| ACCESS_FINE_LOCATION | Maps |\n\n",
                &["statement-unreadable-table"],
            ),
            ("## Permissions\n\n- Microphone: to record\n\n", &[]),
            ("## iOS permissions\n\n- Camera: to scan\n\n", &[]),
        ] {
            assert_eq!(doubts(&format!("{rows}{image}")), expected, "{rows}");
        }
        assert_eq!(doubts("## Permissions\n\n- READ_SMS: to confirm\n\n![more](more.png)\n"), [""; 0], "any platform");
    }
}
