//! Blocks to disclosures: headings give the scope, tables and lists what is disclosed in it.

use super::block::{Block, Flow, Heading, Style, Table};
use super::header::{Headers, Title};
use super::items::{List, Subject};
use super::names::Names;
use super::tables;
use super::text::{Span, Text};
use crate::disclosure::{Disclosure, Scope, Section};
use crate::doubt::{self, Code, Doubt};
use crate::knowledge::{Book, Platform};

/// What the blocks of a statement disclose.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) disclosures: Vec<Disclosure>,
    pub(super) sections: Vec<Section>,
}

/// Reads `blocks`, which stand over `text`.
pub(super) fn read(text: &Text, blocks: &[Block], book: &Book, doubts: &mut Vec<Doubt>) -> Found {
    let mut walk = Walk {
        text,
        names: Names::new(book),
        headers: Headers::new(),
        headings: Vec::new(),
        lead: None,
        announced: false,
        list: None,
        subject: None,
        found: Found::default(),
        app: Vec::new(),
        unreadable: Vec::new(),
        blocks: 0,
    };
    for block in blocks {
        walk.block(block);
    }
    walk.finish(doubts)
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
}

/// Something under a permission heading that could not be read.
struct Unreadable {
    platforms: Vec<Platform>,
    span: Span,
    what: &'static str,
}

pub(super) struct Walk<'a> {
    pub(super) text: &'a Text,
    pub(super) names: Names<'a>,
    pub(super) headers: Headers,
    pub(super) headings: Vec<Open>,
    /// The last line of running text, when nothing stands between it and the present block.
    pub(super) lead: Option<String>,
    /// Since the last heading a line said that permissions follow.
    pub(super) announced: bool,
    /// The list that is being read.
    pub(super) list: Option<List>,
    /// The permission that the heading above names.
    pub(super) subject: Option<Subject>,
    pub(super) found: Found,
    /// For each section: it is the app's own.
    app: Vec<bool>,
    unreadable: Vec<Unreadable>,
    /// Tables and lists that disclosed something.
    pub(super) blocks: usize,
}

impl Walk<'_> {
    fn block(&mut self, block: &Block) {
        if !matches!(block, Block::Item(_)) {
            self.end_list();
        }
        match block {
            Block::Heading(heading) => self.heading(heading),
            Block::Paragraph(lines) => {
                self.leave_plain();
                self.leads_away(lines);
                self.lead = None;
                self.paragraph(lines);
                self.lead = lines.last().map(|line| line.text().to_owned());
                self.announced |= self.announces_permissions();
            }
            Block::Item(item) => {
                self.leave_plain();
                self.leads_away(&item.lines);
                self.item(item);
                self.lead = item.lines.last().map(|line| line.text().to_owned());
            }
            Block::Table(table) => self.table(table),
            Block::Opaque(span) => self.cannot_read(*span, "an HTML table"),
            Block::Code(lines) => {
                self.code(lines);
                self.lead = None;
            }
        }
    }

    fn heading(&mut self, heading: &Heading) {
        self.lead = None;
        self.announced = false;
        self.headings.retain(|open| open.level < heading.level);
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
        };
        // "Unused permissions", "Permissions never requested": what stands below is not disclosed.
        open.title.negated |= open.section && self.headers.title_denies(heading.flow.text());
        self.name_in_heading(heading, &mut open);
        self.headings.push(open);
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
            let linked: usize = line.styled(Style::Link).iter().map(|span| span.end - span.start).sum();
            if let Some(image) = line.image {
                self.cannot_read(image, "an image");
            } else if line.link && linked * 2 >= line.text().trim().len() {
                self.cannot_read(line.whole(), "a link");
            }
        }
    }

    fn under_permissions(&self) -> bool {
        self.headings.last().is_some_and(|open| open.title.permissions && !open.title.negated && !open.item)
    }

    fn announces_permissions(&self) -> bool {
        let lead = self.lead.as_deref().map(last_sentence).unwrap_or_default();
        self.headers.announces(&lead) && self.headers.title(&lead).permissions && !self.headers.denies(&lead)
    }

    pub(super) fn context(&self) -> Context {
        let stated = self.headings.iter().rev().map(|open| &open.title.platforms).find(|list| !list.is_empty());
        let lead = self.lead.as_deref().map(last_sentence).unwrap_or_default();
        let announces = self.headers.announces(&lead);
        let conditional = self.headers.is_conditional(&lead);
        let titled = self.headers.title(&lead);
        let required =
            self.headings.iter().rev().find_map(|open| open.title.required.filter(|_| open.title.permissions));
        Context {
            platforms: stated.cloned().unwrap_or_default(),
            permissions: self.headings.iter().any(|open| open.section) || (announces && titled.permissions),
            sdk: self.headings.iter().any(|open| open.title.sdk)
                || (lead.contains("sdk") && lead.chars().count() <= SDK_TITLE),
            negated: self.headings.iter().any(|open| open.title.negated)
                || (announces && !conditional && self.headers.denies(&lead)),
            required: titled.required.filter(|_| self.headers.is_subtitle(&lead)).or(required),
        }
    }

    fn cannot_read(&mut self, span: Span, what: &'static str) {
        if self.under_permissions() {
            let platforms = self.context().platforms;
            self.unreadable.push(Unreadable { platforms, span, what });
        }
    }

    fn table(&mut self, table: &Table) {
        let context = self.context();
        let read = tables::read(self, context.clone(), table);
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
        let has = |platform: Platform| {
            self.found.disclosures.iter().any(|row| row.platforms.is_empty() || row.platforms.contains(&platform))
        };
        let read: Vec<Platform> = Platform::ALL.into_iter().filter(|&platform| has(platform)).collect();
        for lost in &self.unreadable {
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

/// Code points of a line that is the title of a third party's software and not a sentence about it.
const SDK_TITLE: usize = 40;

/// The last sentence of `lead`, in the form in which words are compared.
fn last_sentence(lead: &str) -> String {
    let sentence = lead.trim().rsplit(['。', '；', '\n']).find(|part| !part.trim().is_empty()).unwrap_or_default();
    super::fold::fold(sentence.rsplit(". ").next().unwrap_or_default())
}
