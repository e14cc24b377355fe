//! The resource table of a bundle's module (`resources.pb`), as far as it takes to resolve a reference.
//!
//! Source: AOSP `tools/aapt2/Resources.proto` (`ResourceTable`, `Package`, `Type`, `Entry`, `ConfigValue`, `Value`).
//! Nothing is read before it is asked for. The value of the default configuration comes first, every other follows.

use crate::deadline;
use crate::format::arsc::{Leaf, Resolved, Target, follow};
use crate::format::document::{Reference, Value};
use crate::format::proto_xml::read_item;
use crate::format::protobuf::{Field, Message};

/// Follows `reference` through the table in `bytes`, looking at no more than `steps` fields; what is left of them is
/// put back.
#[must_use]
pub fn resolve(bytes: &[u8], reference: &Reference, steps: &mut usize) -> Resolved {
    if bytes.is_empty() {
        return Resolved::nowhere();
    }
    follow(reference.clone(), |reference| {
        let mut lookup = Lookup { steps, values: Vec::new() };
        lookup.table(Message::document(bytes), reference)?;
        Some(lookup.values)
    })
}

/// What is looked for at one level: a number, or a name where the reference has no number.
#[derive(Clone, Copy)]
struct Wanted<'r> {
    id: Option<u32>,
    name: Option<&'r str>,
}

impl Wanted<'_> {
    fn is(&self, id: Option<u32>, name: Option<&str>) -> bool {
        match self.id {
            Some(wanted) => id.unwrap_or(0) == wanted,
            None => self.name.is_none_or(|wanted| name == Some(wanted)),
        }
    }
}

struct Lookup<'s> {
    steps: &'s mut usize,
    values: Vec<(bool, Target<Reference>)>,
}

impl Lookup<'_> {
    /// Visits the fields of `message`; `None` when it is malformed or the steps do not suffice.
    fn each<'a>(
        &mut self,
        message: Message<'a>,
        mut visit: impl FnMut(&mut Self, Field<'a>) -> Option<()>,
    ) -> Option<()> {
        let mut fields = message.fields();
        while let Some(field) = fields.next_field().ok()? {
            deadline::step();
            *self.steps = self.steps.checked_sub(1)?;
            visit(self, field)?;
        }
        Some(())
    }

    fn table(&mut self, table: Message<'_>, reference: &Reference) -> Option<()> {
        let by_id = |value| (reference.id != 0).then_some(value);
        let name =
            reference.name.as_deref().map(|name| name.split_once(':').map_or((None, name), |(p, n)| (Some(p), n)));
        let (package, (kind, entry)) = match name {
            Some((package, rest)) => (package, rest.split_once('/').map_or((None, None), |(k, e)| (Some(k), Some(e)))),
            None => (None, (None, None)),
        };
        if reference.id == 0 && entry.is_none() {
            return None;
        }
        let path = [
            Wanted { id: by_id(reference.id >> 24), name: package },
            Wanted { id: by_id((reference.id >> 16) & 0xff), name: kind },
            Wanted { id: by_id(reference.id & 0xffff), name: entry },
        ];
        self.each(table, |lookup, field| match (field.number, field.message()) {
            (2, Some(package)) => lookup.level(package, &path),
            _ => Some(()),
        })
    }

    /// A package, a type or an entry: its number is in field 1, its name in field 2.
    fn level(&mut self, message: Message<'_>, path: &[Wanted<'_>]) -> Option<()> {
        let Some((wanted, below)) = path.split_first() else { return Some(()) };
        let (mut id, mut name) = (None, None);
        self.each(message, |lookup, field| {
            match (field.number, field.message()) {
                // `PackageId`, `TypeId` and `EntryId` hold the number in field 1.
                (1, Some(message)) => lookup.each(message, |_, field| {
                    if field.number == 1 {
                        id = field.number32();
                    }
                    Some(())
                })?,
                (2, Some(text)) => name = text.text(),
                _ => {}
            }
            Some(())
        })?;
        if !wanted.is(id, name) {
            return Some(());
        }
        // Types of a package and entries of a type are in field 3, the values of an entry in field 6.
        let children = if below.is_empty() { 6 } else { 3 };
        self.each(message, |lookup, field| match field.message() {
            Some(value) if field.number == children && below.is_empty() => lookup.value(value),
            Some(child) if field.number == children => lookup.level(child, below),
            _ => Some(()),
        })
    }

    /// A `ConfigValue`: a configuration, which is empty where it is the default, and a value.
    fn value(&mut self, message: Message<'_>) -> Option<()> {
        let mut is_default = true;
        let mut values = Vec::new();
        self.each(message, |_, field| {
            match (field.number, field.message()) {
                (1, Some(config)) => is_default &= config.bytes().is_empty(),
                (2, Some(value)) => values.push(value),
                _ => {}
            }
            Some(())
        })?;
        let mut items = Vec::new();
        for value in values {
            deadline::step();
            self.each(value, |_, field| {
                if let (4, Some(item)) = (field.number, field.message()) {
                    items.push(item);
                }
                Some(())
            })?;
        }
        // A value that is no item is compound, such as a style.
        let item = if items.is_empty() { None } else { Some(read_item(&items).ok()?) };
        let target = match item.filter(|item| item.oddity.is_none()).map(|item| item.value) {
            Some(Value::Text(text)) => Target::Leaf(Leaf::Text(text.device.into_owned())),
            Some(Value::Number(number)) => Target::Leaf(Leaf::Number(number)),
            Some(Value::Reference(reference)) => Target::Next(reference),
            _ => Target::Nowhere,
        };
        self.values.push((is_default, target));
        Some(())
    }
}
