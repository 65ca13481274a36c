//! Building indexes over documents that are there.
//!
//! The index is registered first ([`IndexState::Building`]): from then on writers keep it, and add all keys of
//! a document that they touch, not only the changed ones. Then a snapshot is scanned; each document that is
//! still what it was in the snapshot gets its keys, in units of some hundred; one that has changed since has
//! them already. At the end the index becomes ready. Reads never wait; writes wait for one unit at most.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bson::{Document, Uuid};

use super::create::command;
use super::drop::forget_index;
use super::indexes::build_note;
use super::{IndexSpec, store_collection};
use crate::embedded::catalog::{Collection, Index, IndexState, Namespace};
use crate::embedded::engine::write::{Refusal, Unit};
use crate::embedded::engine::{Engine, Operation, Record, error, keys};
use crate::embedded::index::{DocumentKeys, document_keys, duplicate_key};
use crate::embedded::storage::{Direction, Space};
use crate::mql::{Interrupt, Result};

/// How many documents one unit indexes.
const CHUNK: usize = 256;

/// A build that runs, for `currentOp`.
#[derive(Debug)]
pub struct IndexBuild {
    /// Whose indexes.
    pub ns: Namespace,
    /// Their specifications.
    pub specs: Vec<Document>,
    /// How many documents are done.
    pub done: AtomicU64,
    /// How many there are.
    pub total: u64,
}

/// The builds that run.
#[derive(Debug, Default)]
pub(in crate::embedded::engine) struct Builds(Mutex<Vec<Arc<IndexBuild>>>);

impl Builds {
    fn add(&self, build: &Arc<IndexBuild>) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(build.clone());
    }

    fn remove(&self, build: &Arc<IndexBuild>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|other| !Arc::ptr_eq(other, build));
    }
}

impl Engine {
    /// The index builds that run.
    #[must_use]
    pub fn index_builds(&self) -> Vec<Arc<IndexBuild>> {
        self.builds
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Engine {
    /// Removes indexes whose build a crash has ended; nobody was told that they are there.
    pub(in crate::embedded::engine) fn drop_unfinished_builds(self: &Arc<Self>) -> Result<()> {
        let catalog = self.catalog();
        let unfinished = |c: &&Arc<Collection>| c.indexes.iter().any(|i| !i.is_ready());
        for collection in catalog.all().filter(unfinished) {
            let made: Vec<_> = collection
                .indexes
                .iter()
                .filter(|i| !i.is_ready())
                .cloned()
                .collect();
            let specs: Vec<_> = made.iter().map(|i| IndexSpec(i.spec.clone())).collect();
            let mut operation = self.own_operation(&Interrupt::default());
            operation.abandon(&collection.ns, &made, Uuid::new(), &specs)?;
        }
        Ok(())
    }
}

impl Operation {
    /// Builds indexes that the collection does not have.
    pub(super) fn build(&mut self, ns: &Namespace, wanted: &[IndexSpec], id: Uuid) -> Result<()> {
        let empty = match self.engine.view().collection(ns) {
            Some(collection) => self.engine.view().count(collection)? == 0,
            None => false,
        };
        let (collection, made) = self.register(ns, wanted, IndexState::Building, id)?;
        if empty && !self.has_documents(&collection) {
            return self.finish(ns, &made, id, wanted);
        }
        let total = self.engine.view().count(&collection)?;
        let build = Arc::new(IndexBuild {
            ns: ns.clone(),
            specs: wanted.iter().map(|w| w.0.clone()).collect(),
            done: AtomicU64::new(0),
            total: u64::try_from(total).unwrap_or(0),
        });
        self.engine.builds.add(&build);
        let scanned = self.index_all(&collection, &made, &build);
        self.engine.builds.remove(&build);
        match scanned {
            Ok(()) => self.finish(ns, &made, id, wanted),
            Err(e) => {
                self.abandon_alone(ns, &made, id, wanted);
                Err(e)
            }
        }
    }

    /// Gives a build up, also when its command was killed; only the engine's end stops that, and then the next
    /// start does it.
    fn abandon_alone(
        &mut self,
        ns: &Namespace,
        made: &[Arc<Index>],
        id: Uuid,
        specs: &[IndexSpec],
    ) {
        let interrupt = self.engine.housekeeper.interrupt.clone();
        let mut own = self.engine.own_operation(&interrupt);
        if let Err(e) = own.abandon(ns, made, id, specs) {
            tracing::warn!(error = %e, %ns, "an index build that has failed is not removed");
        }
        self.wrote(own.written, None);
    }

    fn has_documents(&self, collection: &Collection) -> bool {
        self.engine
            .view()
            .records(collection, Direction::Forward)
            .next()
            .is_some()
    }

    fn index_all(
        &mut self,
        collection: &Arc<Collection>,
        made: &[Arc<Index>],
        build: &IndexBuild,
    ) -> Result<()> {
        let view = self.engine.view();
        let mut chunk = Vec::with_capacity(CHUNK);
        for record in view.records(collection, Direction::Forward) {
            chunk.push(record?);
            if chunk.len() == CHUNK {
                self.index_chunk(collection, made, &chunk)?;
                build.done.fetch_add(CHUNK as u64, Ordering::Relaxed);
                chunk.clear();
            }
        }
        self.index_chunk(collection, made, &chunk)
    }

    fn index_chunk(
        &mut self,
        collection: &Arc<Collection>,
        made: &[Arc<Index>],
        chunk: &[Record],
    ) -> Result<()> {
        self.interrupt.check()?;
        let mut all = Vec::with_capacity(chunk.len());
        for record in chunk {
            let mut of_record = Vec::with_capacity(made.len());
            for index in made {
                of_record.push(document_keys(index, record.raw()?)?);
            }
            all.push(of_record);
        }
        let engine = self.engine.clone();
        loop {
            match self.put_chunk(collection, made, chunk, &all) {
                Ok(()) => return Ok(()),
                Err(Refusal::Error(e)) => return Err(e),
                // What the transaction does with the key is known at its end.
                Err(Refusal::Held | Refusal::Changed) => {
                    engine.wait_for_release(&self.interrupt)?;
                }
            }
        }
    }

    /// Puts the keys of a chunk, unless a transaction holds one of them.
    fn put_chunk(
        &mut self,
        collection: &Arc<Collection>,
        made: &[Arc<Index>],
        chunk: &[Record],
        all: &[Vec<DocumentKeys>],
    ) -> Result<(), Refusal> {
        let engine = self.engine.clone();
        let mut unit = Unit::begin(&engine);
        let there = |now: &&Arc<Collection>| {
            now.id == collection.id
                && made
                    .iter()
                    .all(|m| now.indexes.iter().any(|i| i.id == m.id))
        };
        // Keys of an index that was dropped meanwhile would stay for ever.
        if engine.catalog().get(&collection.ns).filter(there).is_none() {
            return Err(error::not_found(&collection.ns).into());
        }
        for (record, of_record) in chunk.iter().zip(all) {
            let key = keys::record(collection.id, record.id);
            if unit.now.get(Space::Records, &key)?.as_ref() != Some(&record.bytes) {
                continue;
            }
            for (index, found) in made.iter().zip(of_record) {
                for key in &found.keys {
                    put(&mut unit, collection, index, key, record)?;
                }
                unit.mark(index, found.multikey);
            }
        }
        let written = unit.commit()?;
        self.wrote(written, None);
        Ok(())
    }

    /// The indexes are ready.
    fn finish(
        &mut self,
        ns: &Namespace,
        made: &[Arc<Index>],
        id: Uuid,
        specs: &[IndexSpec],
    ) -> Result<()> {
        self.replace(
            ns,
            |index| {
                let is_new = made.iter().any(|m| m.id == index.id);
                let spec = index.spec.clone();
                Some(match is_new {
                    true => Arc::new(Index::new(
                        index.id,
                        spec,
                        IndexState::Ready,
                        index.live.clone(),
                    )),
                    false => index.clone(),
                })
            },
            "commitIndexBuild",
            id,
            specs,
        )
    }

    /// The indexes are given up.
    fn abandon(
        &mut self,
        ns: &Namespace,
        made: &[Arc<Index>],
        id: Uuid,
        specs: &[IndexSpec],
    ) -> Result<()> {
        let is_new = |index: &Arc<Index>| made.iter().any(|m| m.id == index.id);
        self.replace(
            ns,
            |index| (!is_new(index)).then(|| index.clone()),
            "abortIndexBuild",
            id,
            specs,
        )?;
        self.engine.wake_housekeeper();
        Ok(())
    }

    fn replace(
        &mut self,
        ns: &Namespace,
        each: impl Fn(&Arc<Index>) -> Option<Arc<Index>>,
        step: &str,
        id: Uuid,
        specs: &[IndexSpec],
    ) -> Result<()> {
        self.alter(&[ns], |unit, catalog| {
            let Some(collection) = catalog.get(ns) else {
                return Err(error::not_found(ns));
            };
            let mut indexes = Vec::new();
            for index in &collection.indexes {
                match each(index) {
                    Some(index) => indexes.push(index),
                    None => forget_index(unit, index),
                }
            }
            let changed = Arc::new(collection.with_indexes(indexes));
            store_collection(&changed, &mut unit.batch)?;
            let note = build_note(step, ns, id, specs);
            unit.log(&command(&ns.db, Some(collection.uuid), &note)?, None);
            Ok((Some(catalog.with(changed)), ()))
        })
    }

    /// Waits until indexes that another command builds are ready.
    pub(super) fn wait_until_built(&mut self, ns: &Namespace, specs: &[IndexSpec]) -> Result<()> {
        loop {
            let Some(collection) = self.collection(ns)? else {
                return Ok(());
            };
            let named = |index: &&Arc<Index>| specs.iter().any(|s| s.name() == index.name);
            if collection
                .indexes
                .iter()
                .filter(named)
                .all(|index| index.is_ready())
            {
                return Ok(());
            }
            self.interrupt.check()?;
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }
}

fn put(
    unit: &mut Unit<'_>,
    collection: &Collection,
    index: &Index,
    key: &[u8],
    record: &Record,
) -> Result<(), Refusal> {
    if index.unique {
        let whole = keys::unique_key(index.id, key);
        if unit.writer.is_held(Space::Indexes, &whole, None) {
            return Err(Refusal::Held);
        }
        match unit.unique(index, key)? {
            Some(other) if other != record.id => {
                let document = record.to_document()?;
                return Err(duplicate_key(&collection.ns, index, &document, key).into());
            }
            _ => {}
        }
    }
    let (key, value) = keys::entry(index, key, record.id);
    unit.put_key(index, key, value, record.id);
    Ok(())
}
