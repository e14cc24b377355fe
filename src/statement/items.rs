//! Lists, headings, fields and quoted manifests to disclosures: forms in which a name stands without a table.
//!
//! A name counts where a permission's name belongs: at the head of an item or line under a heading of permissions, in
//! a heading, behind the label of a field. It must be a name and nothing else; whatever is not is running text.

use super::block::{Flow, Heading, Item, Style};
use super::disclose::{Context, Open, Walk, stated};
use super::header::Label;
use super::lexicon::is_dense;
use super::names::Reading;
use super::text::Span;
use crate::disclosure::{Disclosure, Form, Resolution, Scope};
use crate::knowledge::Platform;
use crate::knowledge::vocabulary::Role;

/// A list while it is read.
#[derive(Debug, Default)]
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

/// How much of a paragraph was said of the permission above it.
enum Described {
    Not,
    All,
    /// What is left.
    Until(Vec<Flow>),
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
        let titled = open.title.permissions
            && !self.headers.is_permission_noun_at_end(text.split(['(', '（']).next().unwrap_or_default());
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
        if self.found.disclosures.len() == list.first {
            let inside = list.context.permissions;
            self.trace.note(|| match inside {
                true => "running text: no name stands apart at its beginning".to_owned(),
                false => "running text outside a section on permissions: no name is looked for".to_owned(),
            });
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
        // "**RECORD_AUDIO** (optional)" is a name with a remark, as a heading may be; it may stand beside headings.
        let apart = self.head(line, false).is_some_and(|head| head.styled && head.tail.is_empty());
        let beside = apart
            && level.is_some_and(|level| level >= Heading::BOLD)
            && self.headings.iter().any(|open| open.section && !open.item);
        let free = self.subject.is_none() && (self.announced || self.in_section());
        if !(below_own || beside || free)
            || line.text().chars().count() > CONSTANTS_CHARS
            || !self.names.has_constant(line, &[])
        {
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
        let mut list =
            self.list.take().unwrap_or_else(|| List { first: self.found.disclosures.len(), ..List::default() });
        for item in self.apart(item) {
            self.item_of(&item, &mut list);
        }
        self.list = Some(list);
    }

    fn item_of(&mut self, item: &Item, list: &mut List) {
        if list.indent.is_none() && !list.platform {
            // An item may lead to those that follow it.
            let fresh = self.context();
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
                self.trace.note(|| "running text: no name stands apart at its beginning".to_owned());
            } else if !self.fields(&item.lines) {
                self.trace.note(|| "a list outside a section on permissions: no name is looked for".to_owned());
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
            let noun = self.ends_in_noun(head.name.of(whole.text()))
                && (head.styled || !head.tail.is_empty())
                && !self.headers.begins_with_denial(said);
            // Beside items that name permissions, one that speaks of permission to say what for.
            let beside = list.indent == Some(item.indent) && self.headers.mentions_permission(said);
            let wanted = |reading: &Reading| {
                (noun && (reading.unknown.is_empty() || !reading.permissions.is_empty()))
                    || (beside && is_name(reading))
            };
            if self.head_of(&whole, &head, list, wanted) {
                list.indent = Some(item.indent);
            } else {
                self.trace.note(|| "a list outside a section on permissions: no name is looked for".to_owned());
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
            self.trace.note(|| format!("begins with `{}`, which is no permission's name", head.name.of(whole.text())));
            // "Optional permissions" above the items that are.
            let title = self.headers.title(head.name.of(whole.text()));
            list.context.required = title.required.or(list.context.required);
            if title.permissions && head.tail.is_empty() {
                list.indent = None;
            }
        }
    }

    /// Takes an item that is a field and no name as what is said of the permission before it.
    fn says_of_last(&mut self, text: &Flow, list: &List) -> bool {
        let before = self.found.disclosures.len().checked_sub(1).filter(|&before| before >= list.first);
        let Some(index) = before else { return false };
        let labels = self.headers.labels(text.text());
        let said = labels.first().is_some_and(|label| {
            let lead = Span::new(0, label.start).of(text.text());
            matches!(label.role, Role::HeaderPurpose | Role::HeaderDescription)
                && lead.chars().all(|c| c.is_whitespace() || matches!(c, '*' | '_'))
        });
        if said {
            self.say(index, text);
        }
        said
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

    /// The head of a line and what follows it. Where names are `listed`, one may end where a clause does.
    pub(super) fn head(&self, line: &Flow, listed: bool) -> Option<Head> {
        let text = line.text();
        let lead = number(text);
        let apart = [Style::Strong, Style::Code, Style::Emphasis, Style::Link];
        let mut spans: Vec<Span> = apart.iter().flat_map(|&style| line.styled(style)).copied().collect();
        spans.sort_unstable();
        let begins = spans.iter().filter(|span| span.start <= lead && span.end > lead);
        let styled = begins.map(|span| span.end).max().map(|end| self.styled_end(text, &spans, end));
        let mut depth = 0_usize;
        let mut chars = text.char_indices().enumerate().peekable();
        let mut before = ' ';
        while let Some((count, (at, c))) = chars.next() {
            let after = chars.peek().map_or(' ', |&(_, (_, c))| c);
            let open = at >= styled.unwrap_or_default() && depth == 0;
            let parts = match c {
                '(' | '（' => {
                    depth += 1;
                    false
                }
                ')' | '）' => {
                    depth = depth.saturating_sub(1);
                    false
                }
                ':' | '：' => depth == 0 && after != '/',
                '—' | '–' => open,
                '-' => open && before == ' ' && after == ' ' && !text.trim_start().starts_with("Privacy -"),
                // "Camera. To scan codes": what stands before the full stop is looked at, and counts if it is a name.
                '.' | '。' if open && (c != '.' || after == ' ') && styled.is_none() && count <= SENTENCE_CHARS => {
                    true
                }
                '。' | '，' | ',' | '.' | '\n' if open && (c != '.' || after == ' ') => {
                    let name = Span::new(lead.min(at), at);
                    let plain = || listed && self.names.is_plain(&line.part(bare(text, name)), &[]);
                    if !self.ends_in_noun(name.of(text)) && !plain() {
                        break;
                    }
                    true
                }
                _ => false,
            };
            let ends = open && depth == 0 && self.noun_ends(text, lead, at, listed);
            let parts = parts || ends;
            if parts {
                let sentence = matches!(c, '.' | '。');
                let behind = if ends { at } else { at + c.len_utf8() };
                let tail = Span::new(behind, text.len()).trimmed(text);
                return Some(Head {
                    name: bare(text, Span::new(lead.min(at), at)),
                    tail,
                    styled: styled.is_some(),
                    labelled: false,
                    parted: ends || !sentence,
                });
            }
            if count > HEAD_CHARS {
                break;
            }
            before = c;
        }
        if let Some(end) = styled {
            let tail = Span::new(end, text.len()).trimmed(text);
            let name = bare(text, Span::new(lead, end));
            return Some(Head { name, tail, styled: true, labelled: false, parted: tail.is_empty() });
        }
        let whole = bare(text, Span::new(lead, text.len()));
        let alone = super::markdown::is_title(text) && text.chars().count() <= HEAD_CHARS;
        let tail = Span::new(whole.end, whole.end);
        alone.then_some(Head { name: whole, tail, styled: false, labelled: false, parted: true })
    }

    /// True when the word for permission ends at `at` and what follows says what it is for: 存储权限用于….
    fn noun_ends(&self, text: &str, lead: usize, at: usize, listed: bool) -> bool {
        let before = Span::new(lead.min(at), at).of(text);
        let rest = Span::new(at, text.len()).of(text);
        if listed && self.headers.begins_with_purpose(rest) && self.names.is_plain(&Flow::plain(before), &[]) {
            return true;
        }
        let marks = before.ends_with(|c: char| !c.is_alphanumeric());
        if marks || !self.headers.is_permission_noun_at_end(before) {
            return false;
        }
        self.headers.begins_with_purpose(rest)
            || (listed && rest.starts_with(is_dense) && !self.headers.goes_on_as_name(rest))
    }

    /// Where a name that begins in a style and ends at `end` really ends: behind parentheses, and behind further names
    /// in a style that only separators part from it (`A`, `B`).
    fn styled_end(&self, text: &str, spans: &[Span], mut end: usize) -> usize {
        let mut spans = spans.iter().peekable();
        loop {
            let rest = Span::new(end, text.len()).of(text);
            let body = rest.trim_start();
            let at = text.len() - body.len();
            if body.starts_with(['(', '（'])
                && let Some((close, mark)) = body.char_indices().find(|(_, c)| matches!(c, ')' | '）'))
            {
                end = at + close + mark.len_utf8();
                continue;
            }
            while spans.next_if(|span| span.start < end).is_some() {}
            let Some(next) = spans.next() else { return end };
            let between = Span::new(end, next.start).of(text);
            if between.len() > SEPARATOR || !self.names.is_separator(between) {
                return end;
            }
            end = next.end;
        }
    }

    /// Discloses the name at the head of a line, if it is one and `wanted` agrees.
    pub(super) fn head_of(
        &mut self,
        line: &Flow,
        head: &Head,
        list: &mut List,
        wanted: impl Fn(&Reading) -> bool,
    ) -> bool {
        let said = head.tail.of(line.text()).trim_start_matches(|c: char| c.is_whitespace() || PARTING.contains(&c));
        let tail = line.part(Span::new(head.tail.end - said.len(), head.tail.end));
        let context = Context {
            negated: list.context.negated
                || self.headers.begins_with_denial(tail.text())
                || (!head.parted && self.headers.clause_denies(tail.text())),
            ..list.context.clone()
        };
        let Some(reading) = self.names.read(&line.part(head.name), &context.platforms, context.negated) else {
            return false;
        };
        let name = head.name.of(line.text());
        // What no permission is called counts as a name only among names, and a clause never does.
        let among = head.styled || list.indent.is_some();
        // What begins with a parenthesis goes on with the line before.
        let begun = name.starts_with(['（', '(', '、', '的']);
        let clause = begun || name.contains(['，', '。', '；']) || name.chars().count() > HEAD_CHARS;
        let near = !reading.candidates.is_empty() || name.chars().count() <= UNKNOWN_NAME;
        let meant = reading.is_misspelt() || (self.ends_in_noun(name) && !clause && near);
        let partly = head.labelled && !reading.permissions.is_empty();
        if !((is_name(&reading) && !clause) || partly || (meant && among)) || !wanted(&reading) {
            return false;
        }
        self.disclose(line, head.name, reading, &context, self.blocks);
        let index = self.found.disclosures.len() - 1;
        if !tail.is_blank() {
            self.say(index, &tail);
        }
        true
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
            description: None,
            purpose: None,
            purpose_shared: false,
            purpose_expected: false,
            required: reading.required.or(context.required),
            block,
            place: self.text.place(written.whole()),
        });
    }

    /// What is said of the permission in the heading above.
    fn describe(&mut self, lines: &[Flow]) -> Described {
        let Some(subject) = &self.subject else { return Described::Not };
        let index = subject.index;
        let said = self.found.disclosures.get(index).is_some_and(|row| row.purpose.is_some());
        if said && subject.level == Heading::BOLD {
            // A line in bold heads the paragraph below it, not all that follows.
            self.subject = None;
            return Described::Not;
        }
        let next = lines.iter().position(|line| self.bracketed(line).is_some() || self.names_with_noun(line));
        if let Some((own, rest)) = next.and_then(|at| lines.split_at_checked(at)) {
            self.say(index, &Flow::joined(own));
            self.subject = None;
            return Described::Until(rest.to_vec());
        }
        let whole = Flow::joined(lines);
        let labels = self.headers.labels(whole.text());
        if let Some(next) = labels.iter().find(|label| label.role == Role::HeaderName) {
            // Fields for further permissions begin here.
            let own = whole.part(Span::new(0, next.start));
            if !own.is_blank() {
                self.say(index, &own);
            } else if let Some(row) = self.found.disclosures.get_mut(index).filter(|row| row.permissions.is_empty()) {
                // "Media permissions" above the names of them: a title.
                row.purpose_expected = false;
            }
            self.subject = None;
            return Described::Until(vec![whole.part(Span::new(next.start, whole.text().len()))]);
        }
        // What comes first tells whether the permission is used; a later "we do not store it" does not take it back.
        let first =
            self.found.disclosures.get(index).is_some_and(|row| row.purpose.is_none() && row.description.is_none());
        if !said && first && self.headers.begins_with_denial(whole.text()) {
            self.withdraw(index);
        }
        self.say(index, &whole);
        Described::All
    }

    /// Takes what is said of a permission as its description and purpose.
    fn say(&mut self, index: usize, text: &Flow) {
        self.trace.said_of(index);
        let fields = self.headers.labels(text.text());
        let of = |role: Role| {
            let at = fields.iter().position(|field| field.role == role)?;
            let start = fields.get(at)?.value;
            let end = fields.get(at + 1).map_or(text.text().len(), |next| next.start);
            let value = super::block::fold_space(without_number(Span::new(start, end).of(text.text())));
            (!self.headers.is_empty(&value)).then_some(value)
        };
        let (description, purpose) = if fields.is_empty() {
            let marks = |c: char| c.is_whitespace() || matches!(c, '_' | '*');
            let folded = super::block::fold_space(text.text().trim_start_matches(marks));
            // The first of several lines may say again, and more exactly, what is named.
            let first = text.text().trim().split_once('\n').map(|(first, _)| super::block::fold_space(first));
            (first, (!self.headers.is_empty(&folded)).then_some(folded))
        } else {
            (of(Role::HeaderDescription), of(Role::HeaderPurpose))
        };
        let (names, found) = (&self.names, &mut self.found);
        if let Some(disclosure) = found.disclosures.get_mut(index) {
            if let Some(said) = &description {
                names.settle(disclosure, said);
            }
            disclosure.purpose = disclosure.purpose.take().or(purpose);
            if !fields.is_empty() {
                disclosure.description = disclosure.description.take().or(description);
            }
        }
    }

    /// What was disclosed is denied after all.
    fn withdraw(&mut self, index: usize) {
        if let Some(disclosure) = self.found.disclosures.get_mut(index) {
            disclosure.candidates.append(&mut disclosure.permissions);
            disclosure.ambiguities.clear();
            disclosure.unknown.clear();
            disclosure.resolution = Resolution::Negated;
            disclosure.purpose_expected = false;
        }
    }

    /// Reads fields: "权限名称：相机 使用目的：扫码". True when there were any.
    fn fields(&mut self, lines: &[Flow]) -> bool {
        if !lines.iter().any(|line| line.text().contains([':', '：'])) {
            return false;
        }
        let whole = Flow::joined(lines);
        let labels = self.headers.labels(whole.text());
        if !labels.iter().any(|label| label.role == Role::HeaderName) {
            return false;
        }
        let mut context = self.context();
        let before = Span::new(0, labels.first().map_or(0, |label| label.start)).of(whole.text());
        let sdk = before.lines().rfind(|line| line.to_lowercase().contains("sdk"));
        let sdk = sdk.map(super::block::fold_space).or_else(|| {
            let at = labels.iter().position(|label| label.role == Role::HeaderSdk)?;
            let end = labels.get(at + 1).map_or(whole.text().len(), |next| next.start);
            let value = Span::new(labels.get(at)?.value, end).of(whole.text());
            Some(super::block::fold_space(value.trim_start().lines().next().unwrap_or_default()))
        });
        context.sdk |= sdk.is_some();
        let mut list = List { first: self.found.disclosures.len(), ..List::default() };
        for (at, label) in labels.iter().enumerate() {
            let next = labels.get(at + 1);
            let end = next.map_or(whole.text().len(), |next| next.start);
            if label.role != Role::HeaderName {
                continue;
            }
            // A name stands on one line.
            let value = Span::new(label.value, end).of(whole.text());
            let line = value.trim_start().split('\n').next().unwrap_or_default();
            let start = end - value.trim_start().len();
            let name = Span::new(start, start + line.len()).trimmed(whole.text());
            let Some(reading) = self.names.read(&whole.part(name), &context.platforms, context.negated) else {
                continue;
            };
            if !is_name(&reading) && !reading.is_misspelt() {
                continue;
            }
            self.disclose(&whole, name, reading, &context, self.blocks);
            let index = self.found.disclosures.len() - 1;
            if let (Some(row), Some(sdk)) = (self.found.disclosures.get_mut(index), &sdk) {
                row.scope = Scope::Sdk(Some(sdk.clone()));
            }
            for said in record(&labels, at, whole.text().len()) {
                self.say(index, &whole.part(said));
            }
        }
        let any = self.found.disclosures.len() > list.first;
        list.context = context;
        self.close(&list);
        any
    }

    /// Reads a code block: the permissions of a quoted manifest.
    pub(super) fn code(&mut self, lines: &[Span]) {
        let list = List { context: self.context(), first: self.found.disclosures.len(), ..List::default() };
        let text = self.text;
        for &line in lines {
            let shift = |part: Span| Span::new(line.start + part.start, line.start + part.end);
            self.manifest(line.of(text.as_str()), shift, &list.context);
        }
        self.close(&list);
    }

    /// Discloses each `<uses-permission android:name="…"/>` in `line`, however its brackets are written; `source` leads
    /// back to the document. True when there was one.
    fn manifest(&mut self, line: &str, source: impl Fn(Span) -> Span, context: &Context) -> bool {
        let mut rest = Span::new(0, line.len());
        let mut found = false;
        while let Some((_, tag)) = rest.of(line).split_once(MANIFEST_TAG) {
            let tag = Span::new(line.len() - tag.len(), line.len());
            rest = tag;
            let attributes = tag.of(line).split(MANIFEST_TAG).next().unwrap_or_default();
            let attributes = attributes.split('>').next().unwrap_or_default();
            let Some((before, value)) = attributes.split_once("android:name") else { continue };
            let Some((equals, value)) = value.split_once(['"', '\'', '“', '”']) else { continue };
            let Some((name, _)) = value.split_once(['"', '\'', '“', '”']) else { continue };
            if equals.trim() != "=" {
                continue;
            }
            let quote = attributes.len() - before.len() - "android:name".len() - equals.len() - value.len();
            let at = tag.start + before.len() + "android:name".len() + equals.len() + quote;
            let mut flow = Flow::default();
            flow.push(name, source(Span::new(at, at + name.len())));
            let negated = context.negated || attributes.contains("tools:node=\"remove\"");
            let platforms = [Platform::Android];
            if let Some(reading) = self.names.read(&flow, &platforms, negated) {
                let context = Context { platforms: platforms.to_vec(), ..context.clone() };
                self.disclose(&flow, Span::new(0, name.len()), reading, &context, self.blocks);
                found = true;
            }
        }
        found
    }
}

/// The tag of a manifest by which an app requests a permission.
const MANIFEST_TAG: &str = "uses-permission";

/// Bytes of what stands between two names in a style.
const SEPARATOR: usize = 16;

/// Marks that part a name from what is said of it.
const PARTING: [char; 9] = ['.', '。', ',', '，', ':', '：', '-', '–', '—'];

/// The level of a permission that stands on a line of its own: below every heading.
const LINE: u8 = u8::MAX;

/// Code points of the head of a line. The longest name Android shows for a permission has 68.
const HEAD_CHARS: usize = 72;

/// Code points of a name of which nothing is known but that it is one.
const UNKNOWN_NAME: usize = 12;
/// Code points of a name that a full stop ends; more is a sentence.
const SENTENCE_CHARS: usize = 40;

/// Code points of a line that holds constants and a remark and nothing else.
const CONSTANTS_CHARS: usize = 160;

/// Bytes of white space and of a number at the start of `text`: `（1）`, `1.3.1 `, `2、`.
pub(super) fn number(text: &str) -> usize {
    let body = text.trim_start();
    let inside = body.strip_prefix(['（', '(']).map_or(body, str::trim_start);
    let letter = inside.len() < body.len() && inside.as_bytes().get(1).is_some_and(|&b| matches!(b, b')' | 0xef));
    let rest = inside.trim_start_matches(|c: char| {
        (letter && c.is_ascii_lowercase())
            || c.is_ascii_digit()
            || matches!(c, '.' | '一' | '二' | '三' | '四' | '五' | '六' | '七' | '八' | '九' | '十')
    });
    let numbered = rest.len() < inside.len();
    let closed = rest.trim_start().strip_prefix(['）', ')']).filter(|_| inside.len() < body.len());
    let closed = closed.or_else(|| rest.strip_prefix(['）', ')', '、', '．'])).or_else(|| {
        let parted = inside.len() == body.len() && (rest.starts_with(char::is_whitespace) || inside.contains('.'));
        parted.then_some(rest)
    });
    let rest = closed.filter(|rest| numbered && !rest.trim().is_empty()).unwrap_or(body);
    text.len() - rest.trim_start().len()
}

/// `span` without white space and stray marks of emphasis at its ends.
fn bare(text: &str, span: Span) -> Span {
    let covered = span.of(text);
    let mark = |c: char| c.is_whitespace() || matches!(c, '*' | '_');
    let start = span.end - covered.trim_start_matches(mark).len();
    let inside = covered.trim_matches(mark);
    Span::new(start, start + inside.trim_end_matches(['。', '：']).len())
}

/// `text` without the number of the next item at its end.
fn without_number(text: &str) -> &str {
    let text = text.trim_end();
    let number = text.trim_end_matches(['.', '、', '．', ')', '）']).trim_end_matches(|c: char| c.is_ascii_digit());
    let cut = text.len() - number.len() > 1
        && number.ends_with(char::is_whitespace)
        && !text.ends_with(|c: char| c.is_ascii_digit());
    if cut { number.trim_end() } else { text }
}

/// The fields of the record to which the name at `at` belongs, those behind it and those before it. Where the first
/// label of all is another than that of a name, each record begins with that one.
fn record(labels: &[Label], at: usize, len: usize) -> Vec<Span> {
    let Some((first, label)) = labels.first().zip(labels.get(at)) else { return Vec::new() };
    let names = |label: &&Label| label.role == Role::HeaderName;
    let begins = |label: &&Label| label.role == first.role;
    let rest = labels.get(at + 1..).unwrap_or_default();
    let ends =
        |label: &&Label| if first.role == Role::HeaderName { names(label) } else { begins(label) || names(label) };
    let end = rest.iter().find(ends).map_or(len, |next| next.start);
    let mut fields = Vec::new();
    if let Some(next) = rest.first().filter(|next| next.start < end) {
        fields.push(Span::new(next.start, end));
    }
    if first.role != Role::HeaderName && first.role != Role::HeaderSdk {
        let before = labels.get(..at).unwrap_or_default().iter().rev();
        let start = before.take_while(|label| !names(label)).find(begins).map(|label| label.start);
        fields.extend(start.map(|start| Span::new(start, label.start)));
    }
    fields
}

/// True for a reading that is a name and nothing else.
pub(super) fn is_name(reading: &Reading) -> bool {
    reading.unknown.is_empty() && !(reading.permissions.is_empty() && reading.candidates.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_before_a_name_are_no_part_of_it() {
        for (text, rest) in [
            ("（1）相机权限", "相机权限"),
            ("(2) Camera", "Camera"),
            ("1.3.1 相机", "相机"),
            ("2、麦克风", "麦克风"),
            ("3. Camera", "Camera"),
            ("一、权限", "权限"),
            ("  Camera", "Camera"),
            ("三星", "三星"),
            ("2FA", "2FA"),
            ("READ_SMS", "READ_SMS"),
            ("1.", "1."),
        ] {
            assert_eq!(text.split_at(number(text)).1, rest, "{text}");
        }
    }

    #[test]
    fn the_number_of_the_next_item_is_cut_off() {
        assert_eq!(without_number("to scan codes 2."), "to scan codes");
        assert_eq!(without_number("更新贴纸 **12、"), "更新贴纸 **12、");
        assert_eq!(without_number("Android 13"), "Android 13");
        assert_eq!(without_number("text."), "text.");
    }
}
