//! The flat table of names: finds the records of a name, and the names that stand twice, in one probe for each record.

use crate::deadline;

/// Where a record stands, and the hash of its name. The hash is keyed anew in every run, so two names that share one
/// cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    /// Hash of the name, cut at NUL.
    pub(super) hash: u64,
    /// Offset of the record in the file.
    pub(super) record: u64,
}

/// Every record of a directory, by the hash of its name. Takes 20 to 24 bytes for each.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// In the order of the directory.
    slots: Vec<Slot>,
    /// An open table of a power of two, at most half full: from the hash to the first slot that has it, counted from 1.
    heads: Vec<u32>,
    /// Each further slot of a hash, with the first one.
    twins: Vec<(Slot, Slot)>,
}

impl Index {
    /// Indexes `slots`, fewer than 2^31, which are in the order of the directory.
    pub(super) fn new(slots: Vec<Slot>) -> Index {
        let mut index = Index { heads: vec![0; slots.len().saturating_mul(2).next_power_of_two()], ..Index::default() };
        for (number, slot) in (1..).zip(&slots) {
            deadline::step();
            let at = index.probe(&slots, slot.hash);
            match index.heads.get_mut(at) {
                Some(head @ 0) => *head = number,
                head => {
                    let first = head.and_then(|head| first_of(&slots, *head));
                    index.twins.extend(first.map(|first| (first, *slot)));
                }
            }
        }
        Index { slots, ..index }
    }

    /// The number of records.
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Every slot that has `hash`, in the order of the directory.
    pub(super) fn find(&self, hash: u64) -> impl Iterator<Item = Slot> {
        let head = self.heads.get(self.probe(&self.slots, hash)).copied().unwrap_or(0);
        let further = self.twins.iter().filter(move |(first, _)| first.hash == hash).map(|(_, further)| *further);
        first_of(&self.slots, head).into_iter().chain(further)
    }

    /// Each further slot of a hash, with the first one that has it, in the order of the directory.
    pub(super) fn twins(&self) -> impl Iterator<Item = (Slot, Slot)> {
        self.twins.iter().copied()
    }

    /// The place in the open table that is empty or holds the first slot of `hash`.
    fn probe(&self, slots: &[Slot], hash: u64) -> usize {
        let mask = self.heads.len().saturating_sub(1);
        // The low half of a hash is as good as all of it.
        let mut at = usize::try_from(hash & 0xffff_ffff).unwrap_or_default() & mask;
        while self.heads.get(at).is_some_and(|&head| first_of(slots, head).is_some_and(|slot| slot.hash != hash)) {
            at = (at + 1) & mask;
        }
        at
    }
}

/// The slot that is `head`, counted from 1.
fn first_of(slots: &[Slot], head: u32) -> Option<Slot> {
    slots.get(usize::try_from(head).ok()?.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(index: &Index, hash: u64) -> Vec<u64> {
        index.find(hash).map(|slot| slot.record).collect()
    }

    #[test]
    fn every_record_of_a_hash_is_found_in_order_whatever_stands_in_its_place() {
        // Hashes that share their low bits fill the same places of the table.
        let hashes = [5, 5 + (1 << 40), 5, 13, 5 + (1 << 41), 5, 13, 0, u64::MAX];
        let slots = (100..).zip(hashes).map(|(record, hash)| Slot { hash, record }).collect::<Vec<_>>();
        let index = Index::new(slots);
        assert_eq!(index.len(), 9);
        assert_eq!(records(&index, 5), [100, 102, 105]);
        assert_eq!(records(&index, 5 + (1 << 40)), [101]);
        assert_eq!(records(&index, 5 + (1 << 41)), [104]);
        assert_eq!(records(&index, 13), [103, 106]);
        assert_eq!(records(&index, 0), [107]);
        assert_eq!(records(&index, u64::MAX), [108]);
        assert!(records(&index, 21).is_empty());
        let twins: Vec<_> = index.twins().map(|(first, further)| (first.record, further.record)).collect();
        assert_eq!(twins, [(100, 102), (100, 105), (103, 106)]);
    }

    #[test]
    fn an_empty_directory_has_no_records() {
        let index = Index::new(Vec::new());
        assert_eq!((index.len(), records(&index, 0)), (0, Vec::<u64>::new()));
    }

    #[test]
    fn one_name_in_every_record_is_linear() {
        let slots = (0..400_000).map(|record| Slot { hash: 7, record }).collect();
        assert_eq!(Index::new(slots).twins().count(), 399_999);
    }
}
