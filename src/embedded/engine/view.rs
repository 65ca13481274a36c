//! What a read sees.

use std::ops::Bound;
use std::sync::Arc;

use bson::{RawDocument, RawDocumentBuf, Timestamp};
use bytes::Bytes;

use super::keys;
use super::overlay::{Merged, Overlay};
use crate::embedded::catalog::{Catalog, Collection, CollectionId, Index, Namespace};
use crate::embedded::storage::{Direction, KeyRange, Seq, Snapshot, Space};
use crate::mql::{Error, Result, error::code};

/// The number of a document in its collection; ascends in the order of insertion, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordId(pub u64);

/// A document as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its number.
    pub id: RecordId,
    /// Its bytes: a whole BSON document.
    pub bytes: Bytes,
}

impl Record {
    /// The document, undecoded.
    ///
    /// # Errors
    /// When the bytes are no document: the disk is damaged.
    pub fn raw(&self) -> Result<&RawDocument> {
        RawDocument::from_bytes(&self.bytes).map_err(damaged)
    }

    /// The document, undecoded, for keeping.
    ///
    /// # Errors
    /// When the bytes are no document: the disk is damaged.
    pub fn to_raw_buf(&self) -> Result<RawDocumentBuf> {
        RawDocumentBuf::from_bytes(self.bytes.to_vec()).map_err(damaged)
    }

    /// The whole document, decoded.
    ///
    /// # Errors
    /// When the bytes are no document: the disk is damaged.
    pub fn to_document(&self) -> Result<bson::Document> {
        crate::value::raw::decode(self.raw()?).map_err(damaged)
    }
}

fn damaged(e: impl std::fmt::Display) -> Error {
    Error::new(
        code::DATA_CORRUPTION_DETECTED,
        format!("the data directory is damaged: {e}"),
    )
}

/// What a read sees: the database at one moment, with a transaction's own writes over it. It never changes,
/// waits for nobody and is cheap to clone and to keep (a cursor keeps one).
#[derive(Debug, Clone)]
pub struct View {
    pub(super) snapshot: Snapshot,
    pub(super) catalog: Arc<Catalog>,
    pub(super) overlay: Overlay,
    pub(super) time: Timestamp,
}

/// Documents in the order of insertion, or against it. Owned.
pub struct Records {
    merged: Merged,
}

/// Keys of an index in their order, or against it, each with its document's number. Owned. A document with
/// several keys in the range comes several times.
pub struct Keys {
    merged: Merged,
    unique: bool,
}

impl View {
    /// Databases, collections and indexes at that moment.
    #[must_use]
    pub fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }

    /// A collection or view by name.
    #[must_use]
    pub fn collection(&self, ns: &Namespace) -> Option<&Arc<Collection>> {
        self.catalog.get(ns)
    }

    /// Which state of the store it is.
    pub(super) fn seq(&self) -> Seq {
        self.snapshot.seq()
    }

    /// The cluster time up to which it sees everything: `operationTime` of a read.
    #[must_use]
    pub fn time(&self) -> Timestamp {
        self.time
    }

    /// A document by its number.
    ///
    /// # Errors
    /// What the disk says.
    pub fn record(&self, collection: &Collection, id: RecordId) -> Result<Option<Record>> {
        let bytes = self.get(Space::Records, &keys::record(collection.id, id))?;
        Ok(bytes.map(|bytes| Record { id, bytes }))
    }

    /// The documents of a collection in natural order (`Backward`: the last one first).
    #[must_use]
    pub fn records(&self, collection: &Collection, direction: Direction) -> Records {
        self.records_within(collection.id, Bound::Unbounded, Bound::Unbounded, direction)
    }

    /// The same after a document's number, in the direction of the scan: where a tailable cursor goes on.
    #[must_use]
    pub fn records_after(
        &self,
        collection: &Collection,
        after: RecordId,
        direction: Direction,
    ) -> Records {
        let after = Bound::Excluded(after);
        match direction {
            Direction::Forward => {
                self.records_within(collection.id, after, Bound::Unbounded, direction)
            }
            Direction::Backward => {
                self.records_within(collection.id, Bound::Unbounded, after, direction)
            }
        }
    }

    pub(super) fn records_within(
        &self,
        id: CollectionId,
        from: Bound<RecordId>,
        to: Bound<RecordId>,
        direction: Direction,
    ) -> Records {
        let all = KeyRange::prefix(&id.0.to_be_bytes());
        let range = KeyRange {
            start: bound(from, all.start, |record| keys::record(id, record)),
            end: bound(to, all.end, |record| keys::record(id, record)),
        };
        Records {
            merged: self.scan(Space::Records, range, direction),
        }
    }

    /// The entries of an index whose keys are in a range. Keys are as [`crate::embedded::index`] makes them;
    /// a bound that is a prefix of keys is before all of them, as everywhere.
    #[must_use]
    pub fn keys(&self, index: &Index, range: &KeyRange, direction: Direction) -> Keys {
        let all = KeyRange::prefix(&index.id.0.to_be_bytes());
        let whole = |key: Bytes| keys::unique_key(index.id, &key);
        // The keys of an index that is not unique end with the record; a bound must be before, or after, all
        // records of its key.
        let start = match (&range.start, index.unique) {
            (Bound::Excluded(key), false) => {
                Bound::Excluded(keys::plain_key(index.id, key, RecordId(u64::MAX)))
            }
            _ => bound(range.start.clone(), all.start, whole),
        };
        let end = match (&range.end, index.unique) {
            (Bound::Included(key), false) => {
                Bound::Included(keys::plain_key(index.id, key, RecordId(u64::MAX)))
            }
            _ => bound(range.end.clone(), all.end, whole),
        };
        let merged = self.scan(Space::Indexes, KeyRange { start, end }, direction);
        Keys {
            merged,
            unique: index.unique,
        }
    }

    /// The document that has this key in a unique index.
    ///
    /// # Errors
    /// What the disk says.
    pub fn unique(&self, index: &Index, key: &[u8]) -> Result<Option<RecordId>> {
        let value = self.get(Space::Indexes, &keys::unique_key(index.id, key))?;
        Ok(value.as_deref().and_then(keys::record_of_value))
    }

    /// How many documents a collection has.
    ///
    /// # Errors
    /// What the disk says.
    pub fn count(&self, collection: &Collection) -> Result<i64> {
        Ok(self.counters(collection.id)?.0)
    }

    /// How many bytes a collection's documents have.
    ///
    /// # Errors
    /// What the disk says.
    pub fn size(&self, collection: &Collection) -> Result<i64> {
        Ok(self.counters(collection.id)?.1)
    }

    pub(super) fn counters(&self, id: CollectionId) -> Result<(i64, i64)> {
        let stored = self.snapshot.get(Space::Meta, &keys::meta(b'c', id.0))?;
        let (count, size) = stored
            .as_deref()
            .and_then(keys::counters_of)
            .unwrap_or_default();
        let (more, bytes) = self.overlay.counters(id);
        Ok((count + more, size + bytes))
    }

    pub(super) fn get(&self, space: Space, key: &[u8]) -> Result<Option<Bytes>> {
        match self.overlay.get(space, key) {
            Some(own) => Ok(own.clone()),
            None => Ok(self.snapshot.get(space, key)?),
        }
    }

    pub(super) fn scan(&self, space: Space, range: KeyRange, direction: Direction) -> Merged {
        self.overlay.scan(&self.snapshot, space, range, direction)
    }
}

fn bound<T>(given: Bound<T>, default: Bound<Bytes>, whole: impl Fn(T) -> Bytes) -> Bound<Bytes> {
    match given {
        Bound::Unbounded => default,
        other => other.map(whole),
    }
}

impl Iterator for Records {
    type Item = Result<Record>;

    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.merged.next()?;
        Some(entry.and_then(|(key, bytes)| {
            let id = keys::record_of(&key).ok_or_else(bad_key)?;
            Ok(Record { id, bytes })
        }))
    }
}

impl Iterator for Keys {
    type Item = Result<(Bytes, RecordId)>;

    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.merged.next()?;
        Some(entry.and_then(|(key, value)| {
            let split = if self.unique {
                key.len()
            } else {
                key.len().saturating_sub(8)
            };
            let record = if self.unique {
                keys::record_of_value(&value)
            } else {
                key.get(split..).and_then(keys::record_of_value)
            };
            if split < 4 {
                return Err(bad_key());
            }
            Ok((key.slice(4..split), record.ok_or_else(bad_key)?))
        }))
    }
}

fn bad_key() -> Error {
    Error::new(
        code::INTERNAL_ERROR,
        "a key of the store is not what it should be",
    )
}
