//! Permissions that an Android device requests for an app by itself.

use super::Book;
use super::table::{Record, Table, table};

const IMPLIED: Table = table!("android_implied", ANDROID_IMPLIED);

/// One step of what a device adds. Steps are applied in the order of the book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Implied {
    /// The permission whose request brings it in; `None` for a step of the compatibility list, which the target level
    /// alone decides: the first of those that does not apply ends that list.
    pub cause: Option<&'static str>,
    /// It applies when the target API level is below this; at any level where there is none.
    pub target_below: Option<u32>,
    /// The permission added.
    pub permission: &'static str,
    /// The lowest API level of a device that adds it, where the permission is younger than the step.
    pub device_from: Option<u32>,
}

impl Book {
    /// What an Android device adds by itself, in its order: the compatibility list, then the split permissions.
    pub fn implied(&self) -> impl Iterator<Item = Implied> + use<> {
        IMPLIED.records().map(|record: Record| {
            let [list, cause, below, permission, device] = record.fields::<5>();
            Implied {
                cause: (list == "split").then_some(cause),
                target_below: below.parse().ok(),
                permission,
                device_from: device.parse().ok(),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Platform;
    use super::*;

    #[test]
    fn every_row_is_well_formed() {
        let lines = include_str!("data/android_implied.tsv").lines().filter(|line| !line.starts_with('#'));
        for line in lines {
            let fields: Vec<_> = line.split('\t').collect();
            assert_eq!(fields.len(), 5, "{line}");
            assert!(matches!((fields[0], fields[1]), ("compat", "-") | ("split", _)), "{line}");
            for number in [fields[2], fields[4]] {
                assert!(number == "-" || number.parse::<u32>().is_ok(), "{line}");
            }
            assert!(fields[0] == "split" || fields[2] != "-", "{line}");
        }
    }

    #[test]
    fn the_compatibility_list_comes_first_and_falls() {
        let rows: Vec<_> = Book.implied().collect();
        let compat: Vec<_> = rows.iter().take_while(|row| row.cause.is_none()).collect();
        assert_eq!(compat.len(), 3);
        assert!(rows.iter().skip(3).all(|row| row.cause.is_some()));
        assert!(compat.is_sorted_by_key(|row| std::cmp::Reverse(row.target_below)));
        assert_eq!(compat[0].device_from, Some(33));
    }

    #[test]
    fn splits_stand_in_the_order_that_lets_them_chain() {
        let at = |cause: &str, permission: &str| {
            let (cause, permission) =
                (format!("android.permission.{cause}"), format!("android.permission.{permission}"));
            Book.implied().position(|row| row.cause == Some(&cause) && row.permission == permission)
        };
        let chain = [
            at("WRITE_EXTERNAL_STORAGE", "READ_EXTERNAL_STORAGE"),
            at("READ_EXTERNAL_STORAGE", "ACCESS_MEDIA_LOCATION"),
            at("READ_EXTERNAL_STORAGE", "READ_MEDIA_IMAGES"),
            at("READ_MEDIA_IMAGES", "READ_MEDIA_VISUAL_USER_SELECTED"),
        ];
        assert!(chain.iter().all(Option::is_some) && chain.is_sorted(), "{chain:?}");
    }

    #[test]
    fn the_book_knows_every_permission_that_is_added() {
        for row in Book.implied() {
            assert!(Book.fact(Platform::Android, row.permission).is_some(), "{}", row.permission);
        }
    }
}
