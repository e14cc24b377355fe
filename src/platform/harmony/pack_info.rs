//! `pack.info`, the list of what is in an app.

use crate::error::Error;
use crate::format::json::{Json, Value};
use crate::limits;
use crate::source::Place;

/// The names of the packages that a `pack.info` lists, without their endings.
///
/// # Errors
/// `json-malformed`, `limit-json-depth`.
pub(super) fn packages(bytes: &[u8], place: &Place) -> Result<Vec<String>, Error> {
    let (root, mut json) = Json::open(bytes, place)?;
    let mut names: Vec<String> = Vec::new();
    if root != Value::Object {
        return Ok(names);
    }
    json.members(|json, member| {
        if member.key != "packages" || member.value != Value::Array {
            return Ok(());
        }
        json.items(|json, item| {
            if item.value != Value::Object {
                return Ok(());
            }
            json.members(|_, member| {
                if member.key == "name"
                    && names.len() < limits::NESTED_PACKAGES
                    && let Some(name) = member.value.as_text()
                {
                    names.push(name.to_owned());
                }
                Ok(())
            })
        })
    })?;
    json.finish()?;
    Ok(names)
}
