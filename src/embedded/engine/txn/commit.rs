//! Committing a transaction: one batch.

use std::sync::Arc;

use bson::Timestamp;

use super::OpenTransaction;
use super::transaction::{Progress, Transaction};
use crate::embedded::catalog::Collection;
use crate::embedded::commands::SessionId;
use crate::embedded::engine::Engine;
use crate::embedded::engine::ddl::{store_collection, store_numbers};
use crate::embedded::engine::error::write_conflict;
use crate::embedded::engine::oplog::Origin;
use crate::embedded::engine::session::store_commit;
use crate::embedded::engine::write::Unit;
use crate::embedded::storage::Seq;
use crate::mql::Result;

impl Transaction {
    /// Commits it, or says again that it is committed.
    pub fn commit(
        &mut self,
        engine: &Engine,
        lsid: &SessionId,
    ) -> Result<Option<(Seq, Timestamp)>> {
        self.check_not_aborted()?;
        let Progress::Open(open) = &mut self.progress else {
            return Ok(None);
        };
        if open.is_read_only() {
            open.release(engine);
            self.progress = Progress::Committed;
            return Ok(None);
        }
        let written = open.write(engine, lsid, self.number);
        open.release(engine);
        match written {
            Ok(written) => {
                self.progress = Progress::Committed;
                Ok(written)
            }
            Err(e) => {
                self.progress = Progress::Aborted;
                Err(e)
            }
        }
    }
}

impl OpenTransaction {
    fn write(
        &mut self,
        engine: &Engine,
        lsid: &SessionId,
        number: i64,
    ) -> Result<Option<(Seq, Timestamp)>> {
        let mut unit = Unit::begin(engine);
        self.check_used(engine)?;
        self.create(engine, &mut unit)?;
        for (space, key, value) in self.view.overlay.writes() {
            match value {
                Some(value) => unit.batch.put(space, key.clone(), value.clone()),
                None => unit.batch.delete(space, key.clone()),
            }
        }
        for (id, (documents, bytes)) in self.view.overlay.all_counters() {
            if let Some(collection) = self.used.get(&id) {
                unit.count(collection, documents, bytes);
            }
        }
        for (index, fields) in &self.marked {
            unit.mark(index, *fields);
        }
        let origin = Origin {
            lsid: *lsid,
            txn_number: number,
            stmt_id: None,
            previous: Timestamp {
                time: 0,
                increment: 0,
            },
        };
        let ts = unit.log(&std::mem::take(&mut self.ops).into_entry(), Some(&origin));
        store_commit(lsid, number, ts, &mut unit.batch);
        // What was held is free in the same moment as it is true.
        self.release_in(&mut unit.writer);
        unit.commit()
    }

    /// Changes of the catalog wait for the transaction; if one did not, nothing may be written for what is gone.
    fn check_used(&self, engine: &Engine) -> Result<()> {
        let catalog = engine.catalog();
        let is_there = |used: &Arc<Collection>| {
            let now = catalog.get(&used.ns);
            self.created.contains(&used.ns) || now.is_some_and(|now| now.id == used.id)
        };
        match self.used.values().all(is_there) {
            true => Ok(()),
            false => Err(write_conflict()),
        }
    }

    /// The collections that it has created: nobody else may have created them meanwhile.
    fn create(&self, engine: &Engine, unit: &mut Unit<'_>) -> Result<()> {
        if self.created.is_empty() {
            return Ok(());
        }
        let mut catalog = (*engine.catalog()).clone();
        for ns in &self.created {
            if catalog.get(ns).is_some() {
                return Err(write_conflict());
            }
            let Some(collection) = self.view.catalog.get(ns) else {
                continue;
            };
            store_collection(collection, &mut unit.batch)?;
            catalog = catalog.with(collection.clone());
        }
        store_numbers(unit);
        unit.catalog = Some(catalog);
        Ok(())
    }
}
