//! Lists, headings, fields and quoted manifests to disclosures: forms in which a name stands without a table.
//!
//! A name counts where a permission's name belongs: at the head of an item or line under a heading of permissions, in
//! a heading, behind the label of a field. It must be a name and nothing else; whatever is not is running text.

mod fields;
mod heads;
mod manifest;
mod said;

use super::block::{Flow, Heading, Item};
use super::disclose::{Context, Open, Walk, stated};
use super::names::Reading;
use super::text::Span;
use crate::deadline;
use crate::disclosure::{Disclosure, Form, Resolution};
use crate::knowledge::vocabulary::Role;
use said::Described;

pub(super) use heads::number;

/// A list while it is read.
#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a sign of its own, and any may hold with any other")]
pub(super) struct List {
    pub(super) context: Context,
    /// Columns by which the items are indented that name permissions.
    indent: Option<usize>,
    /// An item named the platform of those that follow it.
    pub(super) platform: bool,
    /// Index of its first disclosure.
    pub(super) first: usize,
    /// An item says more than a name.
    explains: bool,
    /// The line above says that the reader may do what follows.
    acts: bool,
    /// The line above says that nothing of what follows is requested.
    denied: bool,
}

impl List {
    /// True when `item` says something of the permission that the item above it names.
    pub(super) fn explains_with(&self, item: &Item) -> bool {
        self.indent.is_some_and(|indent| item.indent > indent)
    }
}

/// The permission that a heading names, while its section is read.
#[derive(Debug)]
pub(super) struct Subject {
    /// Level of the heading.
    pub(super) level: u8,
    /// Index of its disclosure.
    index: usize,
}

/// The head of a line, which may be a name, and what is said of it.
pub(super) struct Head {
    pub(super) name: Span,
    pub(super) tail: Span,
    /// It stands apart by its style.
    pub(super) styled: bool,
    /// A label says that names follow.
    pub(super) labelled: bool,
    /// A mark parts the name from what is said of it; without one the line is a sentence that begins with a name.
    pub(super) parted: bool,
}

impl Head {
    /// What follows it as the names, it being their label.
    fn as_label(&self) -> Head {
        let end = Span::new(self.tail.end, self.tail.end);
        Head { name: self.tail, tail: end, styled: self.styled, labelled: true, parted: true }
    }
}

impl Walk<'_> {
    /// Reads the name of a permission in `heading`, below a heading of permissions or with the word for permission.
    pub(super) fn name_in_heading(&mut self, heading: &Heading, open: &mut Open) {
        let parent = self.headings.iter().rposition(|above| above.section && !above.item);
        let direct = parent.is_some_and(|parent| parent + 1 == self.headings.len());
        let access = !direct && !open.title.permissions && self.headers.is_access(heading.flow.text());
        if self.subject.is_some() || !(direct || open.title.permissions || self.announced || access) {
            return;
        }
        let context = self.context();
        let platforms = if open.title.platforms.is_empty() { &context.platforms } else { &open.title.platforms };
        let text = heading.flow.text();
        let labels = self.headers.labels(text);
        let label = labels.iter().find(|label| label.role == Role::HeaderName);
        let start = label.map_or_else(|| number(text), |label| label.value);
        let name = Span::new(start, text.trim_end_matches([':', '：', ' ']).len());
        let negated = context.negated || open.title.negated;
        let Some(reading) = self.names.read(&heading.flow.part(name), platforms, negated) else { return };
        // "Permissions of your phone" is the title of a section; below one, "Phone" is a name that says little.
        let before = text.split(['(', '（']).next().unwrap_or_default();
        let titled = open.title.permissions
            && !self.headers.is_permission_noun_at_end(before)
            && !self.headers.is_permission_noun_at_end(text);
        let says = !reading.permissions.is_empty() || direct || self.announced || self.ends_in_noun(name.of(text));
        if !is_name(&reading) || titled || !(says || reading.resolution == Resolution::Negated) {
            return;
        }
        // "Camera access" is one permission; outside a section of them a word for data with it may be anything.
        if access && (reading.permissions.is_empty() || !reading.unknown.is_empty()) {
            return;
        }
        let known = parent.and_then(|parent| self.headings.get(parent)).and_then(|parent| parent.block);
        if known.is_none() {
            let span = parent.and_then(|parent| self.headings.get(parent)).map_or(open.span, |parent| parent.span);
            self.section(Some(span), platforms, !context.sdk);
        }
        let block = known.unwrap_or(self.blocks);
        self.blocks = self.blocks.max(block + 1);
        if let Some(parent) = parent.and_then(|parent| self.headings.get_mut(parent)) {
            parent.block = Some(block);
        }
        open.item = true;
        let index = self.found.disclosures.len();
        self.disclose(&heading.flow, name, reading, &context, block);
        self.subject = Some(Subject { level: heading.level, index });
        if let Some(disclosure) = self.found.disclosures.last_mut() {
            disclosure.purpose_expected = disclosure.resolution != Resolution::Negated;
        }
    }

    /// Reads running text: what it says of the permission in the heading above, fields, and lines that begin with a
    /// name.
    pub(super) fn paragraph(&mut self, lines: &[Flow]) {
        if self.constant_alone(lines) {
            return;
        }
        let rest = match self.describe(lines) {
            Described::Not => None,
            Described::All => return,
            Described::Until(rest) => Some(rest),
        };
        let lines = rest.as_ref().map_or(lines, |rest| rest.as_slice());
        if self.fields(lines) || self.full_names(lines) {
            return;
        }
        let context = self.context();
        let mut list = List { context, first: self.found.disclosures.len(), ..List::default() };
        self.lines(lines, &mut list, |walk, line, context| {
            walk.manifest(line.text(), |part| line.source(part), context)
        });
        if !list.context.permissions {
            self.trace.otherwise("running text outside a section on permissions: no name is looked for");
        }
        self.close(&list);
    }

    /// Reads lines that are full names of permissions and nothing else, and what the lines below each say of it.
    fn full_names(&mut self, lines: &[Flow]) -> bool {
        let named: Vec<bool> = lines.iter().map(|line| self.names.is_full_name(line)).collect();
        // One name in the middle of a text is a quotation.
        let listed = self.in_section() || self.announced || named.iter().filter(|&&named| named).count() > 1;
        if !listed || !named.contains(&true) {
            return false;
        }
        let context = self.context();
        let mut list = List { first: self.found.disclosures.len(), ..List::default() };
        let mut negated = context.negated;
        for (line, named) in lines.iter().zip(named) {
            deadline::step();
            let any = self.found.disclosures.len() > list.first;
            if !named {
                let title = self.headers.title(line.text());
                if any {
                    self.say(self.found.disclosures.len() - 1, line);
                } else if title.negated || self.headers.denies(line.text()) {
                    negated = true;
                }
                continue;
            }
            if let Some(reading) = self.names.read(line, &context.platforms, negated) {
                let whole = Span::new(0, line.text().len()).trimmed(line.text());
                self.disclose(line, whole, reading, &context, self.blocks);
            }
        }
        list.context = context;
        self.close(&list);
        // A name alone in the next paragraph goes on with the list.
        self.announced = true;
        true
    }

    pub(super) fn in_section(&self) -> bool {
        self.headings.last().is_some_and(|open| open.section && !open.item)
    }

    /// Reads a paragraph that is a constant and nothing else, where permissions were announced: what follows is said
    /// of it, as below a heading.
    fn constant_alone(&mut self, lines: &[Flow]) -> bool {
        let [line] = lines else { return false };
        let level = self.subject.as_ref().map(|subject| subject.level);
        let below_own = level == Some(LINE);
        let above = self.headings.last().filter(|open| open.item).map(|open| open.level);
        let beside = level.or(above).is_some_and(|level| level >= Heading::BOLD)
            && self.headings.iter().any(|open| open.section && !open.item);
        let free = self.subject.is_none() && (self.announced || self.in_section());
        if !(below_own || beside || free)
            || line.text().chars().count() > CONSTANTS_CHARS
            || !self.names.has_constant(line, &[])
        {
            return false;
        }
        // "**RECORD_AUDIO** (optional)" is a name with a remark, as a heading may be; it may stand beside headings.
        let apart = self.head(line, false).is_some_and(|head| head.styled && head.tail.is_empty());
        if !(below_own || apart || free) {
            return false;
        }
        let mut context = self.context();
        context.permissions = true;
        let Some(reading) = self.names.read(line, &context.platforms, context.negated) else { return false };
        let certain = match reading.resolution {
            Resolution::Exact => true,
            Resolution::Several => apart && reading.ambiguities.is_empty(),
            _ => false,
        };
        if !certain || !reading.unknown.is_empty() || !apart && self.names.says_more(line) {
            return false;
        }
        let list = List { context, first: self.found.disclosures.len(), explains: true, ..List::default() };
        let whole = Span::new(0, line.text().len()).trimmed(line.text());
        let before = list.first.checked_sub(1).and_then(|before| self.found.disclosures.get(before));
        let same = before.filter(|_| below_own).map(|before| before.block);
        self.disclose(line, whole, reading, &list.context, same.unwrap_or(self.blocks));
        self.subject = Some(Subject { level: LINE, index: list.first });
        match self.found.disclosures.last_mut().filter(|_| same.is_some()) {
            Some(row) => row.purpose_expected = row.resolution != Resolution::Negated,
            None => self.close(&list),
        }
        true
    }

    /// Reads an item of a list.
    pub(super) fn item(&mut self, item: &Item) {
        let rest;
        let item = match self.describe(&item.lines) {
            Described::Not => item,
            Described::All => return,
            Described::Until(lines) => {
                rest = Item { indent: item.indent, lines };
                &rest
            }
        };
        let mut list = self.list.take().unwrap_or_else(|| List {
            first: self.found.disclosures.len(),
            acts: self.headers.lets_reader_act(self.sentence_above()),
            denied: self.context().negated,
            ..List::default()
        });
        for item in self.apart(item) {
            deadline::step();
            self.item_of(&item, &mut list);
        }
        self.list = Some(list);
    }

    fn item_of(&mut self, item: &Item, list: &mut List) {
        if list.indent.is_none() && !list.platform {
            // An item may lead to those that follow it.
            let mut fresh = self.context();
            fresh.permissions &= !list.acts;
            fresh.negated |= list.denied;
            if fresh.permissions || fresh.negated || !list.context.permissions {
                list.context = fresh;
            }
        }
        let (platforms, own) = match item.lines.split_last() {
            Some((end, own)) if !own.is_empty() => (self.platform_line(end), own),
            _ => (None, item.lines.as_slice()),
        };
        let Some(platforms) = platforms else {
            self.item_in(item, list);
            return;
        };
        // The platform of the items that follow stands at the end of this one.
        self.item_in(&Item { indent: item.indent, lines: own.to_vec() }, list);
        list.context.platforms = platforms;
        list.platform = true;
    }

    fn item_in(&mut self, item: &Item, list: &mut List) {
        let mut quoted = false;
        for line in &item.lines {
            deadline::step();
            quoted |= self.manifest(line.text(), |part| line.source(part), &list.context);
        }
        if quoted {
            return;
        }
        let whole = Flow::joined(&item.lines);
        if list.indent.is_some_and(|indent| item.indent > indent) {
            // Below a named permission stands what is said of it.
            list.explains = true;
            if let Some(last) = self.found.disclosures.len().checked_sub(1).filter(|&last| last >= list.first) {
                self.say(last, &whole);
            }
            return;
        }
        if let Some(head) = self.bracketed(&whole) {
            let noun = list.context.permissions || self.ends_in_noun(head.name.of(whole.text()));
            if self.head_of(&whole, &head, list, |_| noun) {
                list.indent = Some(item.indent);
            }
            return;
        }
        if self.says_of_last(&whole, list) {
            return;
        }
        if list.context.permissions && self.record_in(&whole, item, list) {
            return;
        }
        let head = self.head(&whole, list.context.permissions);
        let labelled = head
            .as_ref()
            .filter(|head| self.headers.is_permission_noun(head.name.of(whole.text())) && !head.tail.is_empty());
        if let Some(head) = labelled {
            // "Permissions: camera, microphone"
            let names = head.as_label();
            self.head_of(&whole, &names, list, |_| true);
            return;
        }
        let Some(head) = head else {
            if list.context.permissions {
                self.trace.otherwise("running text: no name stands apart at its beginning");
            } else if !self.fields(&item.lines) {
                self.trace.otherwise("a list outside a section on permissions: no name is looked for");
            }
            return;
        };
        if list.context.permissions && self.trailing(&whole, list) {
            list.indent = Some(item.indent);
            return;
        }
        if !list.context.permissions {
            if self.fields(&item.lines) {
                return;
            }
            let said = head.tail.of(whole.text());
            // "Camera permission: …" among other things that are said of the app.
            let noun = self.ends_in_noun(head.name.of(whole.text())) && (head.styled || !head.tail.is_empty());
            // Beside items that name permissions, one that speaks of permission to say what for.
            let beside = list.indent == Some(item.indent) && self.headers.mentions_permission(said);
            let wanted = |reading: &Reading| {
                (noun && (reading.unknown.is_empty() || !reading.permissions.is_empty()))
                    || (beside && is_name(reading))
            };
            if self.head_of(&whole, &head, list, wanted) {
                list.indent = Some(item.indent);
            } else {
                self.trace.otherwise("a list outside a section on permissions: no name is looked for");
            }
            return;
        }
        let own = self.headers.platforms(head.name.of(whole.text()));
        if !own.is_empty() && self.names.read(&whole.part(head.name), &own, false).is_none() {
            // "Android: CAMERA, RECORD_AUDIO", or a platform above the items that belong to it.
            self.trace.note(|| format!("names the platform of the items below: {}", super::trace::titles(&own)));
            list.context.platforms = own;
            list.platform = true;
            list.indent = None;
            if !head.tail.is_empty() {
                let names = head.as_label();
                self.head_of(&whole, &names, list, |_| true);
            }
            return;
        }
        if self.behind_sdk(&whole, &head, list) || self.head_of(&whole, &head, list, |_| true) {
            list.indent = Some(item.indent);
        } else {
            let why = self.names.foreign(&whole.part(head.name));
            let what = why.unwrap_or("which is no permission's name");
            self.trace.note(|| format!("begins with `{}`, {what}", head.name.of(whole.text())));
            // "Optional permissions" above the items that are.
            let title = self.headers.title(head.name.of(whole.text()));
            list.context.required = title.required.or(list.context.required);
            if title.permissions && head.tail.is_empty() {
                list.indent = None;
            }
        }
    }

    pub(super) fn end_list(&mut self) {
        if let Some(list) = self.list.take() {
            self.close(&list);
        }
    }

    /// Ends a list: where some items say what the permission is for, all should.
    fn close(&mut self, list: &List) {
        let (first, end) = (list.first, self.found.disclosures.len());
        if first == end {
            return;
        }
        let rows = self.found.disclosures.get_mut(first..).unwrap_or_default();
        let explains = list.explains || rows.iter().any(|row| row.purpose.is_some() || row.description.is_some());
        for row in rows.iter_mut() {
            deadline::step();
            row.purpose_expected |= explains && row.resolution != Resolution::Negated;
        }
        let platforms = stated(if list.platform { &[] } else { &list.context.platforms }, rows);
        let heading = self.headings.iter().rev().find(|open| open.title.permissions).map(|open| open.span);
        let place = heading.or_else(|| self.first_place(first));
        self.section(place, &platforms, !list.context.sdk);
        self.blocks += 1;
    }

    fn first_place(&self, first: usize) -> Option<Span> {
        let lines = self.found.disclosures.get(first)?.place.lines?;
        self.text.line(lines.line)
    }

    fn disclose(&mut self, line: &Flow, name: Span, reading: Reading, context: &Context, block: usize) {
        let written = line.part(name);
        self.found.disclosures.push(Disclosure {
            written: written.folded(),
            platforms: if reading.platforms.is_empty() { context.platforms.clone() } else { reading.platforms },
            form: Form::Item,
            scope: context.scope(),
            resolution: reading.resolution,
            permissions: reading.permissions,
            withheld: Vec::new(),
            candidates: reading.candidates,
            ambiguities: reading.ambiguities,
            unknown: reading.unknown,
            house: reading.house,
            description: None,
            purpose: None,
            purpose_shared: false,
            purpose_expected: false,
            required: reading.required.or(context.required),
            block,
            place: self.text.place(written.whole()),
        });
    }
}

/// The level of a permission that stands on a line of its own: below every heading.
const LINE: u8 = u8::MAX;

/// Code points of a line that holds constants and a remark and nothing else.
const CONSTANTS_CHARS: usize = 160;

/// True for a reading that is a name and nothing else.
pub(super) fn is_name(reading: &Reading) -> bool {
    reading.unknown.is_empty() && !(reading.permissions.is_empty() && reading.candidates.is_empty())
}
