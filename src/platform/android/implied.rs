//! What a device adds to the requested permissions by itself.

use std::collections::BTreeMap;

use crate::deadline;
use crate::declaration::{Conditions, Declaration, DeclarationKind, Origin};
use crate::knowledge::{Book, Implied, Platform};
use crate::source::Place;

/// Causes with different conditions that are told apart. Beyond, what they bring in is taken to hold always.
const CAUSES: usize = 8;

/// The API levels an app names, with a device's defaults filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Levels {
    /// The lowest level it installs on.
    pub(super) min: u32,
    /// The level it was made for.
    pub(super) target: u32,
}

/// Adds what a device adds (`ParsingPackageUtils.convertCompatPermissions`, then `convertSplitPermissions`). `sdk` is
/// the place of the target level, for what that level alone brings in.
pub(super) fn add(declarations: &mut Vec<Declaration>, levels: Levels, sdk: &Place, book: Book) {
    let target = levels.target;
    let mut compat_is_over = false;
    for step in book.implied() {
        deadline::step();
        let applies = step.target_below.is_none_or(|below| target < below);
        match (step.cause, step.target_below) {
            (None, below) => {
                compat_is_over |= !applies;
                if !compat_is_over {
                    let by = format!("targetSdkVersion {target} is below {}", below.unwrap_or(u32::MAX));
                    let at = Cause { conditions: Conditions::default(), place: sdk.clone(), module: None };
                    add_one(declarations, &step, &by, at, levels.min);
                }
            }
            (Some(cause), below) if applies => {
                let name = cause.strip_prefix("android.permission.").unwrap_or(cause);
                let by = match below {
                    Some(below) => format!("targetSdkVersion {target} is below {below} and {name} is requested"),
                    None => format!("{name} is requested"),
                };
                for cause in causes(declarations, cause) {
                    deadline::step();
                    add_one(declarations, &step, &by, cause, levels.min);
                }
            }
            (Some(_), _) => {}
        }
    }
}

/// One request that brings in another permission: what it brings in holds under the same conditions.
struct Cause {
    conditions: Conditions,
    place: Place,
    module: Option<String>,
}

/// The requests for `cause` that differ in their conditions.
fn causes(declarations: &[Declaration], cause: &str) -> Vec<Cause> {
    let mut causes: Vec<Cause> = Vec::new();
    for d in declarations.iter().filter(|d| d.kind.is_request() && d.permission == cause) {
        deadline::step();
        let mut conditions = Conditions { flags: Vec::new(), ..d.conditions.clone() };
        if d.kind == DeclarationKind::UsesPermissionSdk23 {
            conditions.min_sdk = conditions.min_sdk.max(Some(23));
        }
        let found = Cause { conditions, place: d.place.clone(), module: d.module.clone() };
        if found.conditions.is_empty() || causes.len() >= CAUSES {
            return vec![Cause { conditions: Conditions::default(), ..found }];
        }
        if causes.iter().all(|known| known.conditions != found.conditions) {
            causes.push(found);
        }
    }
    causes
}

fn add_one(all: &mut Vec<Declaration>, step: &Implied, by: &str, cause: Cause, app_min: u32) {
    let Cause { mut conditions, place, module } = cause;
    conditions.min_sdk = conditions.min_sdk.max(step.device_from);
    let is_there = all.iter().any(|d| {
        d.kind.is_request() && d.permission == step.permission && covers(&d.conditions, d.kind, &conditions, app_min)
    });
    if !is_there {
        all.push(Declaration {
            permission: step.permission.to_owned(),
            platform: Platform::Android,
            kind: DeclarationKind::UsesPermission,
            origin: Origin::Implied { by: by.to_owned() },
            level: None,
            conditions,
            text: BTreeMap::new(),
            value: None,
            wrong_type: None,
            used_scene: None,
            module,
            brought_in_by: Vec::new(),
            place,
        });
    }
}

/// True when a declaration of `kind` under `wide` holds wherever one under `narrow` does, on devices from `app_min`.
fn covers(wide: &Conditions, kind: DeclarationKind, narrow: &Conditions, app_min: u32) -> bool {
    let since = if kind == DeclarationKind::UsesPermissionSdk23 { 23 } else { 0 };
    let starts = wide.min_sdk.unwrap_or(0).max(since) <= narrow.min_sdk.unwrap_or(0).max(app_min);
    let ends = wide.max_sdk.unwrap_or(u32::MAX) >= narrow.max_sdk.unwrap_or(u32::MAX);
    let within = |wide: &[String], narrow: &[String]| wide.iter().all(|feature| narrow.contains(feature));
    starts
        && ends
        && within(&wide.required_features, &narrow.required_features)
        && within(&wide.required_not_features, &narrow.required_not_features)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(name: &str, conditions: Conditions) -> Declaration {
        Declaration {
            permission: format!("android.permission.{name}"),
            platform: Platform::Android,
            kind: DeclarationKind::UsesPermission,
            origin: Origin::Declared,
            level: None,
            conditions,
            text: BTreeMap::new(),
            value: None,
            wrong_type: None,
            used_scene: None,
            module: None,
            brought_in_by: Vec::new(),
            place: Place::file("a.apk").at(7),
        }
    }

    /// What is added for the names in `declared` at a target, with its cause.
    fn added(names: &[&str], target: u32) -> Vec<(String, String)> {
        let mut all: Vec<_> = names.iter().map(|name| declared(name, Conditions::default())).collect();
        add(&mut all, Levels { min: 1, target }, &Place::file("a.apk"), Book);
        short(&all)
    }

    fn short(all: &[Declaration]) -> Vec<(String, String)> {
        all.iter()
            .filter_map(|d| match &d.origin {
                Origin::Implied { by } => Some((d.permission.replace("android.permission.", ""), by.clone())),
                Origin::Declared | Origin::Provisioned => None,
            })
            .collect()
    }

    fn names(added: &[(String, String)]) -> Vec<&str> {
        added.iter().map(|(name, _)| name.as_str()).collect()
    }

    #[test]
    fn nothing_is_added_to_an_app_that_is_up_to_date_and_asks_for_nothing() {
        assert!(added(&[], 33).is_empty());
        assert!(added(&["CAMERA", "INTERNET"], 35).is_empty());
    }

    #[test]
    fn the_compatibility_list_ends_at_the_first_step_that_does_not_apply() {
        assert_eq!(names(&added(&[], 32)), ["POST_NOTIFICATIONS"]);
        assert_eq!(names(&added(&[], 4)), ["POST_NOTIFICATIONS"]);
        let ancient = added(&[], 3);
        assert_eq!(names(&ancient)[..3], ["POST_NOTIFICATIONS", "WRITE_EXTERNAL_STORAGE", "READ_PHONE_STATE"]);
        assert_eq!(ancient[1].1, "targetSdkVersion 3 is below 4");
    }

    #[test]
    fn splits_chain_through_what_was_just_added() {
        let added = added(&["WRITE_EXTERNAL_STORAGE"], 28);
        assert_eq!(
            names(&added),
            [
                "POST_NOTIFICATIONS",
                "READ_EXTERNAL_STORAGE",
                "ACCESS_MEDIA_LOCATION",
                "READ_MEDIA_AUDIO",
                "READ_MEDIA_VIDEO",
                "READ_MEDIA_IMAGES",
                "READ_MEDIA_VISUAL_USER_SELECTED",
            ]
        );
        assert_eq!(added[1].1, "WRITE_EXTERNAL_STORAGE is requested");
        assert_eq!(added[2].1, "targetSdkVersion 28 is below 29 and READ_EXTERNAL_STORAGE is requested");
    }

    #[test]
    fn a_split_without_a_level_applies_at_any_target() {
        assert_eq!(names(&added(&["ACCESS_FINE_LOCATION"], 36)), ["ACCESS_COARSE_LOCATION"]);
        assert!(added(&["ACCESS_FINE_LOCATION", "ACCESS_COARSE_LOCATION"], 36).is_empty());
    }

    #[test]
    fn the_conditions_of_the_cause_go_on_to_what_it_brings_in() {
        let max = |level| Conditions { max_sdk: Some(level), ..Conditions::default() };
        let mut all = vec![declared("WRITE_EXTERNAL_STORAGE", max(28))];
        add(&mut all, Levels { min: 21, target: 34 }, &Place::file("a"), Book);
        assert_eq!(names(&short(&all)), ["READ_EXTERNAL_STORAGE"]);
        assert_eq!(all[1].conditions, max(28));
        assert_eq!(all[1].place, all[0].place, "evidence is where the cause stands");

        let mut all = vec![declared("WRITE_EXTERNAL_STORAGE", max(28)), declared("READ_EXTERNAL_STORAGE", max(32))];
        add(&mut all, Levels { min: 21, target: 34 }, &Place::file("a"), Book);
        assert!(short(&all).is_empty(), "what is declared up to 32 covers what is added up to 28");

        let mut all = vec![declared("WRITE_EXTERNAL_STORAGE", Conditions::default())];
        all.push(declared("READ_EXTERNAL_STORAGE", max(18)));
        add(&mut all, Levels { min: 21, target: 34 }, &Place::file("a"), Book);
        assert_eq!(names(&short(&all)), ["READ_EXTERNAL_STORAGE"], "a device above 18 still adds it");
    }

    #[test]
    fn a_definition_is_no_request() {
        let mut all = vec![declared("ACCESS_FINE_LOCATION", Conditions::default())];
        all[0].kind = DeclarationKind::DefinesPermission;
        add(&mut all, Levels { min: 21, target: 34 }, &Place::file("a"), Book);
        assert!(short(&all).is_empty());
    }

    #[test]
    fn a_great_number_of_causes_does_not_take_a_great_time() {
        let max = |level| Conditions { max_sdk: Some(level), ..Conditions::default() };
        let mut all: Vec<_> = (0..50_000).map(|level| declared("WRITE_EXTERNAL_STORAGE", max(level))).collect();
        add(&mut all, Levels { min: 1, target: 1 }, &Place::file("a"), Book);
        assert!(all.len() < 50_100);
        assert!(all.iter().any(|d| d.permission.ends_with(".READ_EXTERNAL_STORAGE") && d.conditions.is_empty()));
    }
}
