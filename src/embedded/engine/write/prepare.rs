//! A write, ready to be applied.

use std::sync::Arc;

use bson::raw::{CStr, RawDocumentBuf};
use bson::{Document, RawDocument};
use bytes::Bytes;

use super::check::MAX_DOCUMENT;
use crate::embedded::catalog::{Collection, Index};
use crate::embedded::engine::oplog::{EntryBuilder, OpKind};
use crate::embedded::engine::{Record, RecordId};
use crate::embedded::index::document_keys;
use crate::embedded::storage::{LARGE, Seq};
use crate::mql::update::Change as Delta;
use crate::mql::{Error, Result, error::code};

/// What a write does to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::embedded::engine) enum Change {
    /// Makes one; it gets its number when it is applied.
    Insert,
    /// Puts another document in its place.
    Update(RecordId),
    /// Removes it.
    Delete(RecordId),
}

/// A key of an index of the collection, by the index's place in it.
pub(in crate::embedded::engine) type KeyOf = (usize, Bytes);

/// The fields of an index's key, by bit, that hold arrays, by the index's place.
pub(in crate::embedded::engine) type ArraysOf = (usize, u64);

/// A write, ready to be applied to the collection that it was prepared for.
#[derive(Debug, Clone)]
pub(in crate::embedded::engine) struct Prepared {
    pub collection: Arc<Collection>,
    pub change: Change,
    /// The document that is there.
    pub old: Option<Bytes>,
    /// The state of the store in which it is; unknown if nobody says so.
    pub seen: Option<Seq>,
    /// The document that will be there.
    pub new: Option<Bytes>,
    /// Keys that are there and will not be.
    pub removed: Vec<KeyOf>,
    /// Keys that are not there and will be.
    pub added: Vec<KeyOf>,
    /// Fields of indexes that hold arrays.
    pub multikey: Vec<ArraysOf>,
    /// What the oplog says of it.
    pub entry: EntryBuilder,
}

impl Prepared {
    /// An insert of a checked document.
    ///
    /// # Errors
    /// When an index cannot hold it.
    pub fn insert(collection: &Arc<Collection>, document: Bytes) -> Result<Self> {
        let raw = RawDocument::from_bytes(&document).map_err(internal)?;
        let (added, multikey) = all_keys(collection, raw)?;
        let id = id_of(raw);
        let entry = EntryBuilder::of(OpKind::Insert, collection, document.clone()).o2(id);
        Ok(Self {
            collection: collection.clone(),
            change: Change::Insert,
            old: None,
            seen: None,
            new: Some(document),
            removed: Vec::new(),
            added,
            multikey,
            entry,
        })
    }

    /// An update of a record that was found.
    ///
    /// # Errors
    /// When an index cannot hold the new document, or it is too large.
    pub fn update(
        collection: &Arc<Collection>,
        record: &Record,
        document: RawDocumentBuf,
        change: &Delta,
    ) -> Result<Self> {
        check_size(document.as_bytes().len())?;
        let old = record.raw()?;
        let (before, _) = all_keys(collection, old)?;
        let (after, multikey) = all_keys(collection, &document)?;
        let document: Bytes = document.into_bytes().into();
        Ok(Self {
            collection: collection.clone(),
            change: Change::Update(record.id),
            old: Some(record.bytes.clone()),
            seen: None,
            entry: update_entry(collection, record, document.clone(), change)?,
            new: Some(document),
            removed: without(&before, &after),
            added: kept_in_building(collection, without(&after, &before), &after),
            multikey,
        })
    }

    /// A delete of a record that was found.
    ///
    /// # Errors
    /// When the disk is damaged.
    pub fn delete(collection: &Arc<Collection>, record: &Record) -> Result<Self> {
        let old = record.raw()?;
        let (removed, _) = all_keys(collection, old)?;
        let id = id_of(old).into_bytes().into();
        let mut entry = EntryBuilder::of(OpKind::Delete, collection, id);
        if collection.pre_images {
            entry = entry.image("preImage", record.bytes.clone());
        }
        Ok(Self {
            collection: collection.clone(),
            change: Change::Delete(record.id),
            old: Some(record.bytes.clone()),
            seen: None,
            new: None,
            removed,
            added: Vec::new(),
            multikey: Vec::new(),
            entry,
        })
    }

    /// The same, for a document that was seen in a state of the store.
    pub fn seen(mut self, seen: Seq) -> Self {
        self.seen = Some(seen);
        self
    }

    /// How many bytes more the collection has after it.
    pub fn growth(&self) -> i64 {
        let size = |bytes: &Option<Bytes>| bytes.as_ref().map_or(0, Bytes::len);
        i64::try_from(size(&self.new)).unwrap_or(i64::MAX)
            - i64::try_from(size(&self.old)).unwrap_or(i64::MAX)
    }

    /// About how much it adds to a batch, with its oplog entry: changes and bytes. A large document is no part of the
    /// batch's bytes.
    pub fn room(&self) -> (usize, usize) {
        /// What an oplog entry says beside the document, and the keys of both.
        const AROUND: usize = 320;
        /// The numbers of an index and of a record, in a key.
        const NUMBERS: usize = 12;
        let keys = self.added.iter().chain(&self.removed);
        let keys: usize = keys.map(|(_, key)| key.len() + NUMBERS).sum();
        let new = self.new.as_ref().map_or(0, Bytes::len);
        let new = if new < LARGE { new } else { 0 };
        let changes = 2 + self.added.len() + self.removed.len();
        (changes, new + self.entry.len() + keys + AROUND)
    }

    /// An index of the collection by its place.
    pub fn index(&self, place: usize) -> Option<&Arc<Index>> {
        self.collection.indexes.get(place)
    }
}

/// All keys of a document in the indexes of a collection.
fn all_keys(
    collection: &Collection,
    document: &RawDocument,
) -> Result<(Vec<KeyOf>, Vec<ArraysOf>)> {
    let (mut all, mut multikey) = (Vec::new(), Vec::new());
    for (place, index) in collection.indexes.iter().enumerate() {
        let keys = document_keys(index, document)?;
        if keys.multikey != 0 {
            multikey.push((place, keys.multikey));
        }
        all.extend(keys.keys.into_iter().map(|key| (place, key)));
    }
    Ok((all, multikey))
}

fn without(all: &[KeyOf], others: &[KeyOf]) -> Vec<KeyOf> {
    all.iter()
        .filter(|key| !others.contains(key))
        .cloned()
        .collect()
}

/// The keys that a write adds. An index that is being built may not have the document's keys yet: all of
/// them are added.
fn kept_in_building(collection: &Collection, mut added: Vec<KeyOf>, after: &[KeyOf]) -> Vec<KeyOf> {
    if collection.indexes.iter().all(|index| index.is_ready()) {
        return added;
    }
    let building = |place: usize| collection.indexes.get(place).is_some_and(|i| !i.is_ready());
    added.retain(|(place, _)| !building(*place));
    added.extend(after.iter().filter(|(place, _)| building(*place)).cloned());
    added
}

fn update_entry(
    collection: &Arc<Collection>,
    record: &Record,
    new: Bytes,
    change: &Delta,
) -> Result<EntryBuilder> {
    let id = id_of(record.raw()?);
    let o = match change {
        Delta::Delta(o) | Delta::Replace(o) => raw(o)?.into_bytes().into(),
        Delta::None => new.clone(),
    };
    let mut entry = EntryBuilder::of(OpKind::Update, collection, o).o2(id);
    if collection.pre_images {
        entry = entry.image("preImage", record.bytes.clone());
        if matches!(change, Delta::Delta(_)) {
            entry = entry.image("postImage", new);
        }
    }
    Ok(entry)
}

/// `{_id: …}` of a document.
pub(in crate::embedded::engine) fn id_of(document: &RawDocument) -> RawDocumentBuf {
    let mut id = RawDocumentBuf::new();
    if let (Ok(Some(value)), Ok(name)) = (document.get("_id"), <&CStr>::try_from("_id")) {
        id.append(name, value);
    }
    id
}

fn raw(document: &Document) -> Result<RawDocumentBuf> {
    RawDocumentBuf::try_from(document).map_err(internal)
}

fn internal(e: impl std::fmt::Display) -> Error {
    Error::new(code::INTERNAL_ERROR, e.to_string())
}

fn check_size(size: usize) -> Result<()> {
    if size > MAX_DOCUMENT {
        return Err(Error::new(
            code::BSON_OBJECT_TOO_LARGE,
            format!("Resulting document after update is larger than {MAX_DOCUMENT}"),
        ));
    }
    Ok(())
}
