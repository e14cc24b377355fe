//! A small reader of module manifests that follows what is documented of HarmonyOS (nlohmann-json with comments, the
//! last of two keys, an end at NUL) and nothing else. Written apart from the program, to be compared with it. `None` is
//! "a device refuses".

use std::collections::BTreeMap;

/// A value, as far as the law asks.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Object(BTreeMap<String, Value>),
    Array(Vec<Value>),
    Text(String),
    Other,
}

/// What the manifest `name` (`module.json` or `config.json`) requests.
pub fn requests(name: &str, bytes: &[u8]) -> Option<Vec<String>> {
    let Value::Object(root) = read(bytes)? else { return None };
    let Some(Value::Object(module)) = root.get("module") else { return None };
    let key = if name == "module.json" { "requestPermissions" } else { "reqPermissions" };
    let Some(list) = module.get(key) else { return Some(Vec::new()) };
    let Value::Array(list) = list else { return None };
    let one = |request: &Value| match request {
        Value::Object(request) => match request.get("name")? {
            Value::Text(name) => Some(name.clone()),
            _ => None,
        },
        _ => None,
    };
    list.iter().map(one).collect()
}

pub fn read(bytes: &[u8]) -> Option<Value> {
    let text = bytes.split(|&byte| byte == 0).next()?;
    let text = std::str::from_utf8(text).ok()?;
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    let value = value(&mut rest, 0)?;
    skip(&mut rest)?;
    rest.is_empty().then_some(value)
}

fn skip(rest: &mut &str) -> Option<()> {
    loop {
        *rest = rest.trim_start_matches([' ', '\t', '\r', '\n']);
        if rest.starts_with("/*") {
            *rest = rest[2..].split_once("*/")?.1;
        } else if rest.starts_with("//") {
            *rest = rest.split_once(['\n', '\r']).map_or("", |(_, after)| after);
        } else {
            return Some(());
        }
    }
}

/// Takes `sign` from the front.
fn take(rest: &mut &str, sign: char) -> bool {
    let after = rest.strip_prefix(sign);
    *rest = after.unwrap_or(rest);
    after.is_some()
}

fn value(rest: &mut &str, depth: usize) -> Option<Value> {
    if depth > 100 {
        return None;
    }
    skip(rest)?;
    if take(rest, '{') {
        let mut members = BTreeMap::new();
        skip(rest)?;
        if take(rest, '}') {
            return Some(Value::Object(members));
        }
        loop {
            skip(rest)?;
            let key = string(rest)?;
            skip(rest)?;
            if !take(rest, ':') {
                return None;
            }
            members.insert(key, value(rest, depth + 1)?);
            skip(rest)?;
            if take(rest, '}') {
                return Some(Value::Object(members));
            }
            if !take(rest, ',') {
                return None;
            }
        }
    }
    if take(rest, '[') {
        let mut items = Vec::new();
        skip(rest)?;
        if take(rest, ']') {
            return Some(Value::Array(items));
        }
        loop {
            items.push(value(rest, depth + 1)?);
            skip(rest)?;
            if take(rest, ']') {
                return Some(Value::Array(items));
            }
            if !take(rest, ',') {
                return None;
            }
        }
    }
    if rest.starts_with('"') {
        return string(rest).map(Value::Text);
    }
    for word in ["true", "false", "null"] {
        if let Some(after) = rest.strip_prefix(word) {
            *rest = after;
            return Some(Value::Other);
        }
    }
    numeral(rest)
}

/// `-`, an integer without needless zeros, a fraction, an exponent.
fn numeral(rest: &mut &str) -> Option<Value> {
    fn digits(rest: &mut &str) -> Option<()> {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        *rest = &rest[end..];
        (end > 0).then_some(())
    }
    take(rest, '-');
    if !take(rest, '0') {
        digits(rest)?;
    }
    if take(rest, '.') {
        digits(rest)?;
    }
    if take(rest, 'e') || take(rest, 'E') {
        let _ = take(rest, '+') || take(rest, '-');
        digits(rest)?;
    }
    Some(Value::Other)
}

fn string(rest: &mut &str) -> Option<String> {
    if !take(rest, '"') {
        return None;
    }
    let mut out = String::new();
    loop {
        let mut chars = rest.chars();
        let c = chars.next()?;
        *rest = chars.as_str();
        match c {
            '"' => return Some(out),
            '\\' => {
                let escape = chars.next()?;
                *rest = chars.as_str();
                out.push(match escape {
                    '"' | '\\' | '/' => escape,
                    'b' => '\u{8}',
                    'f' => '\u{c}',
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'u' => unit(rest)?,
                    _ => return None,
                });
            }
            '\0'..='\u{1f}' => return None,
            _ => out.push(c),
        }
    }
}

/// Four hexadecimal digits, or two such groups for one character.
fn unit(rest: &mut &str) -> Option<char> {
    let mut four = || {
        let digits = rest.get(..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        *rest = &rest[4..];
        u16::from_str_radix(digits, 16).ok()
    };
    let first = four()?;
    if !(0xd800..0xe000).contains(&first) {
        return char::from_u32(first.into());
    }
    *rest = rest.strip_prefix("\\u")?;
    let digits = rest.get(..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    *rest = &rest[4..];
    let second = u16::from_str_radix(digits, 16).ok()?;
    char::decode_utf16([first, second]).next()?.ok()
}
