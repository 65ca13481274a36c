//! What is written at once: one batch for the store, made and written under the write mutex.

use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, PoisonError};

use bson::{DateTime, Timestamp};
use bytes::Bytes;

use super::prepare::{Change, Prepared};
use super::unique::Uniques;
use super::{Refusal, duplicate};
use crate::embedded::catalog::{Capped, Catalog, Collection, CollectionId, Index, IndexLive, Live};
use crate::embedded::engine::oplog::{EntryBuilder, Origin};
use crate::embedded::engine::writer::Writer;
use crate::embedded::engine::{Engine, Record, RecordId, keys};
use crate::embedded::index::document_keys;
use crate::embedded::storage::{Batch, Direction, KeyRange, Seq, Snapshot, Space};
use crate::mql::Result;

/// What is written at once. It holds the write mutex from its beginning to its end. Where the disk does not keep
/// up it waits before that: nobody who reads waits for it.
pub(in crate::embedded::engine) struct Unit<'e> {
    engine: &'e Engine,
    pub writer: MutexGuard<'e, Writer>,
    /// What is true now: nobody else writes.
    pub now: Snapshot,
    pub batch: Batch,
    /// The catalog as it will be, if it changes.
    pub catalog: Option<Catalog>,
    uniques: Uniques,
    /// Where keys are put together.
    key: Vec<u8>,
    /// Whether nothing is said to the oplog.
    silent: bool,
    counters: Vec<(CollectionId, Arc<Live>, i64, i64)>,
    marked: Vec<(Arc<IndexLive>, u64)>,
    wall: i64,
    last: Option<Timestamp>,
    oplog_bytes: u64,
}

impl<'e> Unit<'e> {
    /// Takes the write mutex.
    pub fn begin(engine: &'e Engine) -> Self {
        Self {
            engine,
            writer: locked(engine),
            now: engine.store().snapshot(),
            batch: Batch::new(),
            catalog: None,
            uniques: Uniques::default(),
            key: Vec::new(),
            silent: false,
            counters: Vec::new(),
            marked: Vec::new(),
            wall: engine.now_millis(),
            last: None,
            oplog_bytes: 0,
        }
    }

    /// Whether a collection is still what it was when something was prepared for it.
    pub fn is_current(&self, collection: &Arc<Collection>) -> bool {
        let catalog = self.engine.catalog();
        catalog
            .get(&collection.ns)
            .is_some_and(|now| Arc::ptr_eq(now, collection))
    }

    /// Adds a write. After a refusal the unit is as it was before.
    pub fn add(
        &mut self,
        prepared: &Prepared,
        origin: Option<&Origin>,
    ) -> Result<(RecordId, Timestamp), Refusal> {
        self.check(prepared)?;
        let collection = &prepared.collection;
        let (changes, bytes) = prepared.room();
        self.batch.reserve(changes, bytes);
        let record = match prepared.change {
            Change::Insert => RecordId(collection.live.next_record()),
            Change::Update(record) | Change::Delete(record) => record,
        };
        self.put(prepared, record);
        let documents = match prepared.change {
            Change::Insert => 1,
            Change::Update(_) => 0,
            Change::Delete(_) => -1,
        };
        self.count(collection, documents, prepared.growth());
        if let (Some(bounds), Change::Insert) = (collection.capped, prepared.change) {
            self.trim(collection, bounds)?;
        }
        let ts = self.log(&prepared.entry, origin);
        Ok((record, ts))
    }

    /// Whether nothing is in the way of a write.
    fn check(&mut self, prepared: &Prepared) -> Result<(), Refusal> {
        let id = prepared.collection.id;
        if let Change::Update(record) | Change::Delete(record) = prepared.change {
            let key = keys::record_key(id, record);
            if self.writer.is_held(Space::Records, &key, None) {
                return Err(Refusal::Held);
            }
            // Where nothing at all was written since, nothing has changed.
            let same = prepared.seen == Some(self.now.seq());
            if !same && self.now.get(Space::Records, &key)? != prepared.old {
                return Err(Refusal::Changed);
            }
        }
        for (place, key) in &prepared.added {
            let Some(index) = prepared.index(*place).filter(|index| index.unique) else {
                continue;
            };
            keys::write_unique_key(&mut self.key, index.id, key);
            if self.writer.is_held(Space::Indexes, &self.key, None) {
                return Err(Refusal::Held);
            }
            let own = match prepared.change {
                Change::Insert => None,
                Change::Update(record) | Change::Delete(record) => Some(record),
            };
            let holder = self.unique(index, key)?;
            if holder.is_some() && holder != own {
                return Err(duplicate(prepared, index, key).into());
            }
        }
        Ok(())
    }

    fn put(&mut self, prepared: &Prepared, record: RecordId) {
        let record_key = keys::record_key(prepared.collection.id, record);
        match &prepared.new {
            Some(bytes) => self.batch.put(Space::Records, record_key, bytes.clone()),
            None => self.batch.delete(Space::Records, record_key),
        }
        for (place, key) in &prepared.removed {
            let Some(index) = prepared.index(*place) else {
                continue;
            };
            keys::write_entry_key(&mut self.key, index, key, record);
            self.batch.delete(Space::Indexes, &self.key);
        }
        for (place, key) in &prepared.added {
            let Some(index) = prepared.index(*place) else {
                continue;
            };
            keys::write_entry_key(&mut self.key, index, key, record);
            self.batch.put_with(Space::Indexes, &self.key, |out| {
                if index.unique {
                    out.extend_from_slice(&record.0.to_be_bytes());
                }
            });
            if index.unique {
                self.uniques.add(index.id, &self.key, record);
            }
        }
        for (place, fields) in &prepared.multikey {
            let Some(index) = prepared.index(*place) else {
                continue;
            };
            self.mark(index, *fields);
        }
    }

    /// The record that has a key of a unique index, with what this unit adds.
    pub fn unique(&mut self, index: &Index, key: &[u8]) -> Result<Option<RecordId>> {
        keys::write_unique_key(&mut self.key, index.id, key);
        self.uniques.holder(index.id, &self.key, &self.now)
    }

    /// Puts a whole key of an index.
    pub fn put_key(&mut self, index: &Index, key: Bytes, value: Bytes, record: RecordId) {
        if index.unique {
            self.uniques.add(index.id, &key, record);
        }
        self.batch.put(Space::Indexes, key, value);
    }

    /// Does something of which the oplog says nothing.
    pub fn silently<T>(&mut self, something: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.silent, true);
        let done = something(self);
        self.silent = before;
        done
    }

    /// Notes which fields of an index hold arrays.
    pub fn mark(&mut self, index: &Arc<Index>, fields: u64) {
        let now = index.live.multikey.fetch_or(fields, Ordering::AcqRel) | fields;
        if now != index.live.stored_multikey.load(Ordering::Acquire) {
            let value = Bytes::copy_from_slice(&now.to_be_bytes());
            self.batch
                .put(Space::Meta, keys::meta(b'm', index.id.0), value);
            self.marked.push((index.live.clone(), now));
        }
    }

    /// Removes the oldest documents of a capped collection that has too many. The oplog says nothing of it,
    /// as on the server.
    fn trim(&mut self, collection: &Collection, bounds: Capped) -> Result<()> {
        let (mut count, mut size) = self.counted(collection);
        let range = KeyRange::prefix(&collection.id.0.to_be_bytes());
        for entry in self.now.scan(Space::Records, range, Direction::Forward) {
            let fits = size <= bounds.size && (bounds.max == 0 || count <= bounds.max);
            if fits {
                break;
            }
            let (key, bytes) = entry?;
            let Some(id) = keys::record_of(&key) else {
                continue;
            };
            let old = Record { id, bytes };
            for index in &collection.indexes {
                for key in document_keys(index, old.raw()?)?.keys {
                    self.batch
                        .delete(Space::Indexes, keys::entry(index, &key, id).0);
                }
            }
            self.batch.delete(Space::Records, key);
            let length = i64::try_from(old.bytes.len()).unwrap_or(0);
            self.count(collection, -1, -length);
            (count, size) = (count - 1, size - length);
        }
        Ok(())
    }

    /// How many documents, and bytes, a collection has with what this unit does.
    fn counted(&self, collection: &Collection) -> (i64, i64) {
        let own = self.counters.iter().find(|(id, ..)| *id == collection.id);
        let (count, size) = own.map_or((0, 0), |(_, _, count, size)| (*count, *size));
        let live = &collection.live;
        (
            live.count.load(Ordering::Relaxed) + count,
            live.size.load(Ordering::Relaxed) + size,
        )
    }

    /// Counts documents and bytes of a collection.
    pub fn count(&mut self, collection: &Collection, documents: i64, bytes: i64) {
        let found = self
            .counters
            .iter_mut()
            .find(|(id, ..)| *id == collection.id);
        match found {
            Some((_, _, count, size)) => {
                *count += documents;
                *size += bytes;
            }
            None => {
                self.counters
                    .push((collection.id, collection.live.clone(), documents, bytes));
            }
        }
    }

    /// Adds an entry to the oplog.
    pub fn log(&mut self, entry: &EntryBuilder, origin: Option<&Origin>) -> Timestamp {
        if self.silent {
            return self.writer.last;
        }
        let ts = self.writer.tick(self.wall);
        let wall = DateTime::from_millis(self.wall);
        let oplog_bytes = &mut self.oplog_bytes;
        self.batch
            .put_with(Space::Oplog, keys::time_key(ts), |out| {
                let before = out.len();
                entry.write(out, ts, wall, origin);
                *oplog_bytes += (out.len() - before) as u64;
            });
        self.last = Some(ts);
        ts
    }

    /// Writes everything: it is visible when this returns.
    ///
    /// # Errors
    /// What the disk says; nothing of it is there then.
    pub fn commit(mut self) -> Result<Option<(Seq, Timestamp)>> {
        if self.batch.is_empty() && self.catalog.is_none() {
            return Ok(None);
        }
        for (id, live, documents, bytes) in &self.counters {
            let count = live.count.load(Ordering::Relaxed) + documents;
            let size = live.size.load(Ordering::Relaxed) + bytes;
            let value = keys::counters(count, size);
            self.batch.put(Space::Meta, keys::meta(b'c', id.0), value);
        }
        let batch = std::mem::take(&mut self.batch);
        // While nobody looks at the present state the write changes it in place.
        drop(self.now);
        let seq = match self.catalog.take() {
            None => self.engine.store().write_at_once(batch)?,
            Some(catalog) => {
                let mut newest = self
                    .engine
                    .catalog
                    .write()
                    .unwrap_or_else(PoisonError::into_inner);
                let seq = self.engine.store().write_at_once(batch)?;
                *newest = Arc::new(catalog);
                seq
            }
        };
        for (_, live, documents, bytes) in &self.counters {
            live.count.fetch_add(*documents, Ordering::Relaxed);
            live.size.fetch_add(*bytes, Ordering::Relaxed);
        }
        for (live, fields) in &self.marked {
            live.stored_multikey.store(*fields, Ordering::Release);
        }
        let last = self.last.unwrap_or(self.writer.last);
        if self.last.is_some() {
            self.engine.oplog().advance(last, self.oplog_bytes);
        }
        Ok(Some((seq, last)))
    }
}

/// The write mutex, once there is room for a write. Where there will be none, the write itself says so.
fn locked(engine: &Engine) -> MutexGuard<'_, Writer> {
    loop {
        let hopeless = engine.store().wait_for_room().is_err();
        let writer = engine.writer();
        if hopeless || engine.store().has_room() {
            return writer;
        }
    }
}
