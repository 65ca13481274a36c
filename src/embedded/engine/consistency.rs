//! Whether a collection's documents, index keys and counters agree.

use std::sync::Arc;

use bson::RawDocument;

use super::{RecordId, View};
use crate::embedded::catalog::{Collection, Index};
use crate::embedded::index::document_keys;
use crate::embedded::storage::{Direction, KeyRange};
use crate::mql::{Interrupt, Result};

/// What is true of a collection.
#[derive(Debug, Clone, Default)]
pub struct Validated {
    /// How many documents there are.
    pub records: i64,
    /// How many of them are no documents.
    pub invalid: i64,
    /// How many of them the validator would refuse.
    pub non_compliant: i64,
    /// What is true of the indexes.
    pub indexes: Vec<ValidatedIndex>,
    /// What is wrong with the counters.
    pub errors: Vec<String>,
    /// What is strange.
    pub warnings: Vec<String>,
}

/// What is true of an index.
#[derive(Debug, Clone, Default)]
pub struct ValidatedIndex {
    /// Its name.
    pub name: String,
    /// How many keys it has.
    pub keys: i64,
    /// What is wrong.
    pub errors: Vec<String>,
}

impl Validated {
    /// Everything that is wrong.
    pub fn all_errors(&self) -> impl Iterator<Item = String> {
        let of_indexes = self.indexes.iter().flat_map(|index| index.errors.iter());
        self.errors.iter().chain(of_indexes).cloned()
    }
}

/// The keys that an index must have, by a number that is not theirs alone: memory stays small.
#[derive(Default)]
struct Expected {
    keys: i64,
    sum: u64,
}

impl Expected {
    fn add(&mut self, key: &[u8], record: RecordId) {
        use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
        let hashed = BuildHasherDefault::<DefaultHasher>::default().hash_one((key, record));
        self.keys += 1;
        self.sum = self.sum.wrapping_add(hashed);
    }
}

impl View {
    /// Reads a whole collection and its indexes, and compares them.
    ///
    /// # Errors
    /// What the disk says, an interruption.
    pub fn validate(
        &self,
        collection: &Arc<Collection>,
        interrupt: &Interrupt,
    ) -> Result<Validated> {
        let mut found = Validated::default();
        let ready: Vec<&Arc<Index>> = collection.ready_indexes().collect();
        let mut expected: Vec<Expected> = ready.iter().map(|_| Expected::default()).collect();
        let mut size = 0_i64;
        for record in self.records(collection, Direction::Forward) {
            interrupt.check()?;
            let record = record?;
            found.records += 1;
            size += i64::try_from(record.bytes.len()).unwrap_or(0);
            let Ok(raw) = record.raw() else {
                found.invalid += 1;
                continue;
            };
            found.non_compliant += i64::from(!complies(collection, raw));
            for (index, expected) in ready.iter().zip(&mut expected) {
                for key in document_keys(index, raw)?.keys {
                    expected.add(&key, record.id);
                }
            }
        }
        for (index, expected) in ready.into_iter().zip(expected) {
            found
                .indexes
                .push(self.validate_index(index, &expected, interrupt)?);
        }
        let (count, bytes) = (self.count(collection)?, self.size(collection)?);
        if count != found.records || bytes != size {
            found.errors.push(format!(
                "counted {count} documents of {bytes} bytes, found {} of {size}",
                found.records
            ));
        }
        Ok(found)
    }

    fn validate_index(
        &self,
        index: &Index,
        expected: &Expected,
        interrupt: &Interrupt,
    ) -> Result<ValidatedIndex> {
        let mut actual = Expected::default();
        let mut last = None;
        let mut errors = Vec::new();
        for entry in self.keys(index, &KeyRange::all(), Direction::Forward) {
            interrupt.check()?;
            let (key, record) = entry?;
            actual.add(&key, record);
            if index.unique && last.replace(key.clone()) == Some(key) {
                errors.push("a key is there twice".to_owned());
            }
        }
        if (actual.keys, actual.sum) != (expected.keys, expected.sum) {
            errors.push(format!(
                "index '{}' has {} keys, the documents have {}, and they differ",
                index.name, actual.keys, expected.keys
            ));
        }
        Ok(ValidatedIndex {
            name: index.name.clone(),
            keys: actual.keys,
            errors,
        })
    }
}

fn complies(collection: &Collection, raw: &RawDocument) -> bool {
    let Some(validator) = &collection.validator else {
        return true;
    };
    let document = bson::Document::try_from(raw);
    document.is_ok_and(|document| validator.matcher.matches(&document).unwrap_or(true))
}
