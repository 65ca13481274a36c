//! Which keys of unique indexes are taken, as one unit sees it: what the store has and what the unit adds.
//!
//! Most keys that are inserted are greater than all others (`ObjectId`s, counters): from the second key on that
//! a unit asks an index for, it knows the index's greatest and looks up only what is not beyond it.

use std::collections::{BTreeMap, HashMap};

use crate::embedded::catalog::IndexId;
use crate::embedded::engine::{RecordId, keys};
use crate::embedded::storage::{Direction, KeyRange, Snapshot, Space};
use crate::mql::Result;

/// The keys that a unit adds, and what it knows of the indexes.
#[derive(Debug, Default)]
pub(super) struct Uniques {
    added: HashMap<Box<[u8]>, RecordId>,
    tops: BTreeMap<IndexId, Top>,
}

/// The greatest keys of an index.
#[derive(Debug, Default)]
struct Top {
    /// Of those that the store has, once it was asked; empty if it has none.
    stored: Option<Vec<u8>>,
    /// Of those that the unit adds; empty if there are none.
    added: Vec<u8>,
}

impl Uniques {
    /// The record that has a key (with its index's number).
    pub fn holder(
        &mut self,
        index: IndexId,
        key: &[u8],
        now: &Snapshot,
    ) -> Result<Option<RecordId>> {
        if self.is_beyond(index, key, now)? {
            return Ok(None);
        }
        if let Some(record) = self.added.get(key) {
            return Ok(Some(*record));
        }
        let value = now.get(Space::Indexes, key)?;
        Ok(value.as_deref().and_then(keys::record_of_value))
    }

    /// The unit adds a key.
    pub fn add(&mut self, index: IndexId, key: &[u8], record: RecordId) {
        self.added.insert(key.into(), record);
        let top = self.tops.entry(index).or_default();
        if *key > *top.added {
            top.added.clear();
            top.added.extend_from_slice(key);
        }
    }

    /// Whether a key is greater than all others of its index.
    fn is_beyond(&mut self, index: IndexId, key: &[u8], now: &Snapshot) -> Result<bool> {
        // For one key the store is asked faster than for its greatest.
        if self.added.is_empty() {
            return Ok(false);
        }
        let top = self.tops.entry(index).or_default();
        if top.stored.is_none() {
            let range = KeyRange::prefix(&index.0.to_be_bytes());
            let greatest = now.first(Space::Indexes, range, Direction::Backward)?;
            top.stored = Some(greatest.map_or_else(Vec::new, |(key, _)| key.to_vec()));
        }
        let stored = top.stored.as_deref().unwrap_or_default();
        Ok(key > stored && key > top.added.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedded::storage::{Batch, Store};

    const INDEX: IndexId = IndexId(3);

    fn whole(key: u8) -> Vec<u8> {
        let mut whole = Vec::new();
        keys::write_unique_key(&mut whole, INDEX, &[key]);
        whole
    }

    #[test]
    fn sees_what_is_stored_and_what_is_added_in_any_order() {
        let store = Store::memory();
        let mut batch = Batch::new();
        for key in [10, 20] {
            batch.put(
                Space::Indexes,
                whole(key),
                keys::record_value(RecordId(u64::from(key))),
            );
        }
        // Of the next index.
        batch.put(
            Space::Indexes,
            vec![0, 0, 0, 4, 99],
            keys::record_value(RecordId(1)),
        );
        store.write(batch).unwrap();
        let now = store.snapshot();
        let mut uniques = Uniques::default();
        for (key, taken) in [
            (10, true),
            (30, false),
            (40, false),
            (25, false),
            (20, true),
            (5, false),
            (50, false),
        ] {
            for again in [false, true] {
                let holder = uniques.holder(INDEX, &whole(key), &now).unwrap();
                let expected = (taken || again).then_some(RecordId(u64::from(key)));
                assert_eq!(holder, expected, "{key}");
                uniques.add(INDEX, &whole(key), RecordId(u64::from(key)));
            }
        }
    }

    #[test]
    fn an_empty_index_has_no_keys() {
        let now = Store::memory().snapshot();
        let mut uniques = Uniques::default();
        for key in [1, 2, 3] {
            assert_eq!(uniques.holder(INDEX, &whole(key), &now).unwrap(), None);
            uniques.add(INDEX, &whole(key), RecordId(1));
        }
    }
}
