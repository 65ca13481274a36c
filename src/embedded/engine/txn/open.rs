//! An open transaction.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use bytes::Bytes;

use crate::embedded::catalog::{Collection, CollectionId, Index, Namespace};
use crate::embedded::engine::error::{snapshot_unavailable, write_conflict};
use crate::embedded::engine::oplog::{EntryBuilder, Operations};
use crate::embedded::engine::write::{Change, Prepared, duplicate};
use crate::embedded::engine::writer::{LockKey, TransactionId, Writer};
use crate::embedded::engine::{Engine, RecordId, View, keys};
use crate::embedded::storage::{Snapshot, Space};
use crate::mql::{Error, Result, error::code};

/// An open transaction.
#[derive(Debug)]
pub(in crate::embedded::engine) struct OpenTransaction {
    pub id: TransactionId,
    pub view: View,
    pub expires: Instant,
    /// What its oplog entry will say.
    pub ops: Operations,
    /// The names of collections that it has created.
    pub created: Vec<Namespace>,
    /// Indexes of which it has set fields that hold arrays.
    pub marked: Vec<(Arc<Index>, u64)>,
    /// The collections that it has written into.
    pub used: HashMap<CollectionId, Arc<Collection>>,
    locks: Vec<LockKey>,
}

impl OpenTransaction {
    pub fn new(id: TransactionId, view: View, expires: Instant) -> Self {
        Self {
            id,
            view,
            expires,
            ops: Operations::default(),
            created: Vec::new(),
            marked: Vec::new(),
            used: HashMap::new(),
            locks: Vec::new(),
        }
    }

    /// Whether it has written nothing.
    pub fn is_read_only(&self) -> bool {
        self.ops.is_empty()
    }

    /// Applies a write to its overlay.
    pub fn apply(&mut self, engine: &Engine, prepared: &Prepared) -> Result<RecordId> {
        if prepared.collection.capped.is_some() {
            return Err(capped(&prepared.collection));
        }
        let mut writer = engine.writer();
        self.check_collection(engine, &mut writer, &prepared.collection)?;
        let locks = self.check(engine, &writer, prepared)?;
        for (space, key) in locks {
            writer.hold(space, key.clone(), self.id);
            self.locks.push((space, key));
        }
        drop(writer);
        let record = match prepared.change {
            Change::Insert => RecordId(prepared.collection.live.next_record()),
            Change::Update(record) | Change::Delete(record) => record,
        };
        self.put(prepared, record);
        self.log(&prepared.entry);
        Ok(record)
    }

    /// Adds what the oplog will say.
    pub fn log(&mut self, entry: &EntryBuilder) {
        self.ops.push(entry);
    }

    /// Whether a collection is what it was at the snapshot; from here on it stays so until the end.
    fn check_collection(
        &mut self,
        engine: &Engine,
        writer: &mut Writer,
        collection: &Arc<Collection>,
    ) -> Result<()> {
        if !self.created.contains(&collection.ns) && !self.used.contains_key(&collection.id) {
            let newest = engine.catalog();
            let now = newest.get(&collection.ns);
            if !now.is_some_and(|now| Arc::ptr_eq(now, collection)) {
                return Err(snapshot_unavailable(self.view.time, writer.last));
            }
            writer.uses(collection.id, self.id);
        }
        self.used.insert(collection.id, collection.clone());
        Ok(())
    }

    /// Whether nothing is in the way of a write: what it must hold.
    fn check(&self, engine: &Engine, writer: &Writer, prepared: &Prepared) -> Result<Vec<LockKey>> {
        let now = engine.store().snapshot();
        let mut locks = Vec::new();
        if let Change::Update(record) | Change::Delete(record) = prepared.change {
            let key = keys::record(prepared.collection.id, record);
            self.check_unchanged(writer, &now, Space::Records, &key)?;
            locks.push((Space::Records, key));
        }
        for (place, key) in &prepared.added {
            let Some(index) = prepared.index(*place).filter(|index| index.unique) else {
                continue;
            };
            let whole = keys::unique_key(index.id, key);
            if writer.is_held(Space::Indexes, &whole, Some(self.id)) {
                return Err(write_conflict());
            }
            // A duplicate that the transaction sees is one, whoever has written it.
            if self.view.get(Space::Indexes, &whole)?.is_some() {
                return Err(duplicate(prepared, index, key));
            }
            self.check_unchanged(writer, &now, Space::Indexes, &whole)?;
            locks.push((Space::Indexes, whole));
        }
        for (place, key) in &prepared.removed {
            let Some(index) = prepared.index(*place).filter(|index| index.unique) else {
                continue;
            };
            locks.push((Space::Indexes, keys::unique_key(index.id, key)));
        }
        Ok(locks)
    }

    fn check_unchanged(
        &self,
        writer: &Writer,
        now: &Snapshot,
        space: Space,
        key: &Bytes,
    ) -> Result<()> {
        if writer.is_held(space, key, Some(self.id)) {
            return Err(write_conflict());
        }
        let own = self.view.overlay.get(space, key).is_some();
        if !own && now.get(space, key)? != self.view.snapshot.get(space, key)? {
            return Err(write_conflict());
        }
        Ok(())
    }

    fn put(&mut self, prepared: &Prepared, record: RecordId) {
        let id = prepared.collection.id;
        let overlay = &mut self.view.overlay;
        overlay.write(
            Space::Records,
            keys::record(id, record),
            prepared.new.clone(),
        );
        for (place, key) in &prepared.removed {
            let Some(index) = prepared.collection.indexes.get(*place) else {
                continue;
            };
            let (key, _) = keys::entry(index, key, record);
            overlay.write(Space::Indexes, key, None);
        }
        for (place, key) in &prepared.added {
            let Some(index) = prepared.collection.indexes.get(*place) else {
                continue;
            };
            let (key, value) = keys::entry(index, key, record);
            overlay.write(Space::Indexes, key, Some(value));
        }
        let documents = match prepared.change {
            Change::Insert => 1,
            Change::Update(_) => 0,
            Change::Delete(_) => -1,
        };
        overlay.count(id, documents, prepared.growth());
        for (place, fields) in &prepared.multikey {
            let Some(index) = prepared.collection.indexes.get(*place) else {
                continue;
            };
            index.live.multikey.fetch_or(*fields, Ordering::AcqRel);
            self.marked.push((index.clone(), *fields));
        }
    }

    /// Lets go of everything that it holds.
    pub fn release(&mut self, engine: &Engine) {
        let locks = std::mem::take(&mut self.locks);
        let used: Vec<CollectionId> = self.used.keys().copied().collect();
        engine.writer().release(self.id, locks, used);
        engine.released.notify_all();
    }

    /// The same where the write mutex is held already.
    pub fn release_in(&mut self, writer: &mut Writer) {
        let locks = std::mem::take(&mut self.locks);
        let used: Vec<CollectionId> = self.used.keys().copied().collect();
        writer.release(self.id, locks, used);
    }
}

fn capped(collection: &Collection) -> Error {
    Error::new(
        code::OPERATION_NOT_SUPPORTED_IN_TRANSACTION,
        format!(
            "Collection '{}' is a capped collection. Writes in transactions are not allowed on capped \
             collections.",
            collection.ns
        ),
    )
}
