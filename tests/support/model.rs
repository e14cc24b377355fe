//! A small model of what a device requests for a manifest, and which guarded services it binds, written from the documented behaviour of Android and not
//! from the reader it checks. It knows nothing of doubts: `None` is "a device refuses".
//!
//! It models the lenient side of every difference between releases: an outer type that is not binary XML is read, and
//! tags that only recent releases look into are looked into.

use std::collections::BTreeSet;

struct Document<'a> {
    bytes: &'a [u8],
    end: usize,
    pool: usize,
    ids: Vec<u32>,
    first: usize,
}

fn u16_at(b: &[u8], at: usize) -> Option<usize> {
    Some(usize::from(*b.get(at)?) | usize::from(*b.get(at + 1)?) << 8)
}

fn u32_at(b: &[u8], at: usize) -> Option<usize> {
    Some(u16_at(b, at)? | u16_at(b, at + 2)? << 16)
}

/// Sizes that hold together, multiples of 4, inside the document.
fn chunk_is_valid(b: &[u8], at: usize, least: usize, end: usize) -> Option<()> {
    let (header, size) = (u16_at(b, at + 2)?, u32_at(b, at + 4)?);
    (header >= least && header <= size && header % 4 == 0 && size % 4 == 0 && at + size <= end).then_some(())
}

/// A start tag's attributes have to fit into it.
fn node_is_valid(b: &[u8], at: usize, end: usize) -> Option<()> {
    chunk_is_valid(b, at, 16, end)?;
    if u16_at(b, at)? == 0x102 {
        let (header, size) = (u16_at(b, at + 2)?, u32_at(b, at + 4)?);
        if size < header + 20 {
            return None;
        }
        let body = at + header;
        let need = u16_at(b, body + 8)? + u16_at(b, body + 10)? * u16_at(b, body + 12)?;
        (need <= size - header).then_some(())?;
    }
    Some(())
}

fn open(b: &[u8]) -> Option<Document<'_>> {
    let (header, end) = (u16_at(b, 2)?, u32_at(b, 4)?);
    if end > b.len() || header > end {
        return None;
    }
    let mut at = header;
    let (mut pool, mut ids) = (None, Vec::new());
    loop {
        let size = u32_at(b, at + 4)?;
        if at + 8 >= end || at + size >= end {
            return None;
        }
        chunk_is_valid(b, at, 8, end)?;
        match u16_at(b, at)? {
            0x0001 => pool = Some(at),
            0x0180 => {
                let from = at + u16_at(b, at + 2)?;
                ids = (0..(at + size - from) / 4).map(|n| u32_at(b, from + n * 4).unwrap() as u32).collect();
            }
            0x0100..=0x017f => break,
            _ => {}
        }
        at += size;
    }
    let document = Document { bytes: b, end, pool: pool?, ids, first: at };
    document.pool_is_valid()?;
    Some(document)
}

enum Event {
    /// Offset of the start tag's body.
    Start(usize),
    End,
    Text,
}

impl Document<'_> {
    fn pool_field(&self, n: usize) -> usize {
        u32_at(self.bytes, self.pool + 8 + n * 4).unwrap_or(usize::MAX >> 8)
    }

    fn is_utf8(&self) -> bool {
        self.pool_field(2) & 0x100 != 0
    }

    /// End of the string data, relative to the pool.
    fn strings_end(&self) -> usize {
        let size = u32_at(self.bytes, self.pool + 4).unwrap();
        if self.pool_field(1) == 0 { size } else { self.pool_field(4) }
    }

    fn pool_is_valid(&self) -> Option<()> {
        let b = self.bytes;
        let (header, size) = (u16_at(b, self.pool + 2)?, u32_at(b, self.pool + 4)?);
        let (count, styles, start) = (self.pool_field(0), self.pool_field(1), self.pool_field(3));
        let ok = header >= 28 && header + count * 4 <= size;
        let ok = ok && (count == 0 || start < size - 2);
        let ok = ok && (styles == 0 || count == 0 || (self.pool_field(4) < size - 2 && self.pool_field(4) > start));
        if !ok {
            return None;
        }
        if count > 0 {
            let unit = if self.is_utf8() { 1 } else { 2 };
            let units = (self.strings_end() - start) / unit;
            let last = self.pool + start + (units.checked_sub(1)?) * unit;
            if b.get(last..last + unit)?.iter().any(|&byte| byte != 0) {
                return None;
            }
        }
        if styles > 0 {
            let start = self.pool_field(4);
            let words = size.checked_sub(start).filter(|&n| n > 0)? / 4;
            let mark = self.pool + start + words.checked_sub(3)? * 4;
            b.get(mark..mark + 12)?.iter().all(|&byte| byte == 0xff).then_some(())?;
        }
        Some(())
    }

    /// What Java code sees of string `index`; `Err` where it fails, which ends the parsing of the package.
    fn string(&self, index: usize) -> Result<String, ()> {
        self.try_string(index).ok_or(())
    }

    fn try_string(&self, index: usize) -> Option<String> {
        let b = self.bytes;
        if index >= self.pool_field(0) {
            return None;
        }
        let offset = u32_at(b, self.pool + u16_at(b, self.pool + 2)? + index * 4)?;
        let data = self.pool + self.pool_field(3);
        let data_end = self.pool + self.strings_end();
        if self.is_utf8() {
            if offset + 1 >= data_end - data {
                return None;
            }
            let byte = |at: usize| if at < data_end { b.get(at).map(|&x| usize::from(x)) } else { None };
            let mut at = data + offset;
            let mut lengths = [0; 2];
            for length in &mut lengths {
                *length = byte(at)?;
                at += 1;
                if *length & 0x80 != 0 {
                    *length = (*length & 0x7f) << 8 | byte(at)?;
                    at += 1;
                }
            }
            let mut len = lengths[1];
            let mut tries = 0;
            while byte(at + len)? != 0 {
                tries += 1;
                len = tries << 15 | lengths[1];
            }
            let text = &b[at..at + len];
            let text = &text[..text.iter().position(|&x| x == 0).unwrap_or(text.len())];
            Some(String::from_utf8_lossy(text).into_owned())
        } else {
            let units = (data_end - data) / 2;
            let unit = |n: usize| if n < units { u16_at(b, data + n * 2) } else { None };
            let mut at = offset / 2;
            if at + 1 >= units {
                return None;
            }
            let mut len = unit(at)?;
            at += 1;
            if len & 0x8000 != 0 {
                len = (len & 0x7fff) << 16 | unit(at)?;
                at += 1;
            }
            if unit(at + len)? != 0 {
                return None;
            }
            let text: Vec<u16> = (at..at + len).map(|n| unit(n).unwrap() as u16).collect();
            Some(String::from_utf16_lossy(&text))
        }
    }

    /// Events from `at`; `None` where the document is bad, `Some(None)` at its end.
    fn next(&self, at: &mut usize) -> Option<Option<Event>> {
        loop {
            if *at >= self.end {
                return Some(None);
            }
            node_is_valid(self.bytes, *at, self.end)?;
            let b = self.bytes;
            let (kind, header, size) = (u16_at(b, *at)?, u16_at(b, *at + 2)?, u32_at(b, *at + 4)?);
            let body = *at + header;
            *at += size;
            let (need, event) = match kind {
                0x100 | 0x101 => (8, None),
                0x102 => (20, Some(Event::Start(body))),
                0x103 => (8, Some(Event::End)),
                0x104 => (12, Some(Event::Text)),
                _ => continue,
            };
            if size - header < need {
                return None;
            }
            if event.is_some() {
                return Some(event);
            }
        }
    }

    fn tag(&self, body: usize) -> Result<String, ()> {
        self.string(u32_at(self.bytes, body + 4).ok_or(())?)
    }

    /// Type and data of the attribute `wanted`, found by its id among ids that are taken to be ascending.
    fn attribute(&self, body: usize, wanted: u32) -> Result<Option<(u8, usize)>, ()> {
        let b = self.bytes;
        let field = |n: usize| u16_at(b, body + 8 + n * 2).ok_or(());
        let (start, size, count) = (field(0)?, field(1)?, field(2)?);
        for n in 0..count {
            let at = body + start + size * n;
            let id = u32_at(b, at + 4).and_then(|name| self.ids.get(name)).copied().unwrap_or(0);
            if id == wanted {
                return Ok(Some((*b.get(at + 15).ok_or(())?, u32_at(b, at + 16).ok_or(())?)));
            }
            if id > wanted {
                return Ok(None);
            }
        }
        Ok(None)
    }

    /// `android:name`, when it is immediate text.
    fn name(&self, body: usize) -> Result<Option<String>, ()> {
        self.text(body, 0x0101_0003)
    }

    /// The attribute `id`, when it is immediate text.
    fn text(&self, body: usize, id: u32) -> Result<Option<String>, ()> {
        match self.attribute(body, id)? {
            Some((3, index)) if index <= 0x7fff_ffff => self.string(index).map(Some),
            _ => Ok(None),
        }
    }

    /// The target level of a `<uses-sdk>`; `Err` for levels given as text, which ordinary devices refuse.
    fn target(&self, body: usize) -> Result<usize, ()> {
        let level = |id| match self.attribute(body, id)? {
            None | Some((0, _)) => Ok(None),
            Some((3, _)) => Err(()),
            Some((_, number)) => Ok(Some(number)),
        };
        let min = level(0x0101_020c)?.unwrap_or(1);
        Ok(level(0x0101_0270)?.unwrap_or(min))
    }
}

/// Tags under `<manifest>` whose children recent releases take for children of `<manifest>`.
const NOT_SKIPPED: [&str; 7] = [
    "uses-feature",
    "uses-configuration",
    "supports-screens",
    "protected-broadcast",
    "original-package",
    "adopt-permissions",
    "overlay",
];

/// The names a device requests for the manifest in `bytes`; `None` where it refuses the manifest.
pub fn requested(bytes: &[u8]) -> Option<BTreeSet<String>> {
    read(bytes).map(|device| device.names)
}

/// `android:permission`.
const PERMISSION: u32 = 0x0101_0006;

/// What a device sees.
pub struct Device {
    /// The names it requests.
    pub names: BTreeSet<String>,
    /// The level it takes the app to target.
    pub target: usize,
    /// The guards of the platform that services demand.
    pub guards: BTreeSet<String>,
}

/// Reads a manifest as a device does; `None` where it refuses the manifest.
pub fn read(bytes: &[u8]) -> Option<Device> {
    let document = open(bytes)?;
    let mut at = document.first;
    // The first start tag has to be <manifest>.
    loop {
        match document.next(&mut at)?? {
            Event::Start(body) if document.tag(body).ok()? == "manifest" => break,
            Event::Start(_) => return None,
            _ => {}
        }
    }
    let mut names = BTreeSet::new();
    let mut guards = BTreeSet::new();
    let mut target = 0;
    // Inside the first <application>: the permission that its components have when they name none.
    let mut application: Option<Option<String>> = None;
    // Depth below <manifest>; elements deeper than `skipped` are not looked at.
    let (mut depth, mut skipped, mut has_application) = (0_usize, None, false);
    while let Some(event) = document.next(&mut at)? {
        match event {
            Event::Text => {}
            Event::End if depth == 0 => break,
            Event::End => {
                if skipped == Some(depth) {
                    skipped = None;
                }
                if depth == 1 {
                    application = None;
                }
                depth -= 1;
            }
            Event::Start(body) => {
                depth += 1;
                if let (2, Some(inherited)) = (depth, &application)
                    && document.tag(body).as_deref() == Ok("service")
                {
                    let own = document.text(body, PERMISSION).unwrap_or(None);
                    guards.extend(own.or_else(|| inherited.clone()));
                }
                if skipped.is_some() {
                    continue;
                }
                let tag = document.tag(body).ok()?;
                if matches!(tag.as_str(), "uses-permission" | "uses-permission-sdk-23" | "uses-permission-sdk-m") {
                    names.extend(document.name(body).ok()?);
                }
                if tag == "uses-sdk" {
                    target = document.target(body).ok()?;
                }
                let goes_on = NOT_SKIPPED.contains(&tag.as_str()) || (tag == "application" && has_application);
                if tag == "application" && !has_application {
                    application = Some(document.text(body, PERMISSION).unwrap_or(None));
                }
                has_application |= tag == "application";
                if !goes_on {
                    skipped = Some(depth);
                }
            }
        }
    }
    // What only lets the system start a service, and what no service is guarded by.
    let none = ["JOB_SERVICE", "REMOTEVIEWS", "DEVICE_ADMIN"];
    guards.retain(|name| name.strip_prefix("android.permission.BIND_").is_some_and(|rest| !none.contains(&rest)));
    Some(Device { names, target, guards })
}
