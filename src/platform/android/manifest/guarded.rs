//! Components that hold power in the system by the guard they demand of their caller: no request names it.
//!
//! Source: AOSP `ParsedServiceUtils` and `ParsedActivityUtils` (a component's own permission, otherwise that of
//! `<application>`), `TypedArray.getNonConfigurationString` (a reference is followed, and is nothing where it has
//! several configurations), `ParsingUtils.buildClassName`; what the system demands of each kind is in `guards.tsv`. It
//! binds services and receivers alone: an activity or an alias with a guard is only closed to other apps.

use super::{Conditions, DeclarationKind, NAME, Walk, push};
use crate::deadline;
use crate::doubt::Code;
use crate::error::Error;
use crate::format::arsc::Leaf;
use crate::format::document::{Document, Element, Form, Key, Value};
use crate::knowledge::Book;
use crate::limits;
use crate::source::Place;

const PERMISSION: Key = Key { id: 0x0101_0006, name: "permission", form: Form::Text };
const ENABLED: Key = Key { id: 0x0101_000e, name: "enabled", form: Form::Text };
const EXPORTED: Key = Key { id: 0x0101_0010, name: "exported", form: Form::Text };

/// What switches a component on and off.
const SWITCHES: [Key; 2] = [ENABLED, EXPORTED];

/// The elements that the system binds or sends to.
const COMPONENTS: [&str; 2] = ["receiver", "service"];

/// The walk through an application, as far as its components go. `A` is an attribute of the document.
#[derive(Debug)]
pub(super) struct Components<A> {
    /// The element that is open under `<manifest>` is an `<application>`.
    in_application: bool,
    /// What components without a permission of their own demand.
    inherited: Vec<String>,
    /// The component whose intent filters are read, until another element stands in its place.
    open: Option<Component<A>>,
    /// Components that an old release may take by their intent action alone; judged when the target level is known.
    unguarded: Vec<(&'static str, u32, Component<A>)>,
}

impl<A> Default for Components<A> {
    fn default() -> Self {
        Components { in_application: false, inherited: Vec::new(), open: None, unguarded: Vec::new() }
    }
}

/// A component.
#[derive(Debug, Clone)]
struct Component<A> {
    /// What it may be: an odd name has several readings.
    elements: Vec<&'static str>,
    class: Option<String>,
    /// What says whether it is enabled and exported. A reference is followed for a guarded component alone: few are,
    /// and the resource table is large.
    switches: [Option<A>; SWITCHES.len()],
    place: Place,
}

impl<'a, D: Document<'a>> Walk<'_, '_, D, D::Attribute> {
    /// Looks at an element, which may be an application, a component of it, or an action of the component.
    pub(super) fn component(&mut self, element: &Element<'_>) -> Result<(), Error> {
        if element.root != 1 || !self.root_is_manifest {
            return Ok(());
        }
        match element.depth {
            2 => self.application(element),
            3 => self.open_component(element),
            5 if element.may_be("action") => self.action(),
            _ => Ok(()),
        }
    }

    fn application(&mut self, element: &Element<'_>) -> Result<(), Error> {
        self.components.open = None;
        self.components.inherited.clear();
        self.components.in_application = element.may_be("application");
        if self.components.in_application {
            let attributes = self.document.attributes()?;
            let (names, _) = self.demanded(&attributes, &COMPONENTS)?;
            self.components.inherited = names;
        }
        Ok(())
    }

    fn open_component(&mut self, element: &Element<'_>) -> Result<(), Error> {
        self.components.open = None;
        let elements: Vec<_> = COMPONENTS.into_iter().filter(|tag| element.may_be(tag)).collect();
        if !self.components.in_application || elements.is_empty() {
            return Ok(());
        }
        let attributes = self.document.attributes()?;
        let (mut names, is_own) = self.demanded(&attributes, &elements)?;
        if !is_own {
            names.extend_from_slice(&self.components.inherited);
        }
        let component = Component {
            class: self.class(&attributes)?,
            switches: self.switches(&attributes)?,
            place: self.here(element),
            elements,
        };
        for name in names {
            deadline::step();
            if component.elements.iter().any(|tag| Book.is_guard(&name, tag)) {
                self.declare_guarded(name, &component)?;
            }
        }
        self.components.open = Some(component);
        Ok(())
    }

    fn action(&mut self) -> Result<(), Error> {
        let Some(component) = self.components.open.take() else { return Ok(()) };
        let judged = self.judge_action(&component);
        self.components.open = Some(component);
        judged
    }

    /// Notes what the action that was just read makes of `component`.
    fn judge_action(&mut self, component: &Component<D::Attribute>) -> Result<(), Error> {
        let attributes = self.document.attributes()?;
        let found = self.document.find(&attributes, NAME)?;
        let mut names = Vec::new();
        for attribute in found.device.iter().chain(&found.others) {
            deadline::step();
            self.texts(attribute, &mut names)?;
        }
        for name in names {
            deadline::step();
            let guards = component.elements.iter().filter_map(|tag| Book.guard_by_action(&name, tag));
            for guard in guards {
                deadline::step();
                let all = &mut self.components.unguarded;
                let is_last =
                    |(name, _, last): &(&str, u32, Component<_>)| *name == guard.name && last.place == component.place;
                if !all.last().is_some_and(is_last) && all.len() <= limits::DECLARATIONS {
                    all.push((guard.name, guard.until.unwrap_or(0), component.clone()));
                }
            }
        }
        Ok(())
    }

    /// What can be told when the document has ended: which components an old release takes without a guard.
    pub(super) fn finish_components(&mut self) -> Result<(), Error> {
        let target = self.manifest.lowest_target.unwrap_or(0);
        for (guard, until, component) in std::mem::take(&mut self.components.unguarded) {
            deadline::step();
            if target <= until {
                self.declare_guarded(guard.to_owned(), &component)?;
            }
        }
        Ok(())
    }

    fn declare_guarded(&mut self, guard: String, component: &Component<D::Attribute>) -> Result<(), Error> {
        let conditions = Conditions { flags: self.flags_of(component)?, ..Conditions::default() };
        let kind = DeclarationKind::GuardedComponent;
        self.declare(guard, kind, component.class.clone(), &conditions, &component.place)
    }

    /// Every permission that an element may demand, and whether it is certain that it demands one of its own. What leads
    /// nowhere for certain is a doubt, where it may be a guard of one of `elements`.
    fn demanded(&mut self, attributes: &[D::Attribute], elements: &[&str]) -> Result<(Vec<String>, bool), Error> {
        let found = self.document.find(attributes, PERMISSION)?;
        let (mut names, mut is_own) = (Vec::new(), false);
        if let Some(attribute) = found.device {
            let at = D::offset(&attribute);
            let unknown = match self.document.value(&attribute, PERMISSION.form)? {
                Value::Text(text) => {
                    push(&mut names, text);
                    is_own = true;
                    None
                }
                Value::Reference(reference) => {
                    let resolved = self.resources.resolve(&reference);
                    let is_one = resolved.complete && resolved.leaves.len() == 1;
                    is_own = is_one;
                    names.extend(resolved.leaves.iter().filter_map(|leaf| match leaf {
                        Leaf::Text(text) => Some(text.clone()),
                        Leaf::Number(_) => None,
                    }));
                    let may_be = |name: &String| elements.iter().any(|tag| Book.is_guard(name, tag));
                    let is_open = !resolved.complete || (!is_one && names.iter().any(may_be));
                    is_open.then(|| format!("the reference {reference}, which leads to no one text"))
                }
                Value::Unknown => Some("nothing that can be read".to_owned()),
                // A number as text is no name of a guard.
                Value::Null | Value::Number(_) | Value::Other(..) => None,
            };
            if let Some(what) = unknown {
                self.document.doubt_at(Code::AndroidGuardUnresolved, at, || format!("android:permission is {what}"));
            }
        }
        for attribute in &found.others {
            deadline::step();
            self.texts(attribute, &mut names)?;
            is_own = false;
        }
        Ok((names, is_own))
    }

    /// The class of a component, completed by the package as a device does.
    fn class(&mut self, attributes: &[D::Attribute]) -> Result<Option<String>, Error> {
        let Some(name) = self.text(attributes, NAME)?.filter(|name| !name.is_empty()) else { return Ok(None) };
        let package = self.manifest.id.as_deref().unwrap_or_default();
        Ok(Some(match name.contains('.') {
            _ if package.is_empty() => name,
            true if name.starts_with('.') => [package, &name].concat(),
            true => name,
            false => [package, ".", &name].concat(),
        }))
    }

    fn switches(&mut self, attributes: &[D::Attribute]) -> Result<[Option<D::Attribute>; SWITCHES.len()], Error> {
        let mut switches = [const { None }; SWITCHES.len()];
        for (switch, key) in switches.iter_mut().zip(SWITCHES) {
            *switch = self.document.find(attributes, key)?.any();
        }
        Ok(switches)
    }

    /// Whether a component is enabled and exported, where the manifest says so.
    fn flags_of(&mut self, component: &Component<D::Attribute>) -> Result<Vec<String>, Error> {
        let mut flags = Vec::new();
        for (switch, key) in component.switches.iter().zip(SWITCHES) {
            let Some(attribute) = switch else { continue };
            let known = match self.document.value(attribute, key.form)? {
                Value::Number(number) => Some(number != 0),
                Value::Text(text) => text.device.parse().ok(),
                Value::Reference(reference) => {
                    let resolved = self.resources.resolve(&reference);
                    match resolved.leaves.as_slice() {
                        [Leaf::Number(number)] if resolved.complete => Some(*number != 0),
                        _ => None,
                    }
                }
                Value::Null => continue,
                Value::Other(..) | Value::Unknown => None,
            };
            flags.push(match known {
                Some(is_on) => format!("{}={is_on}", key.name),
                None => format!("{}=by-configuration", key.name),
            });
        }
        Ok(flags)
    }
}
