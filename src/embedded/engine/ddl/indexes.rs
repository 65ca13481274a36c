//! Making and dropping indexes.

use std::sync::Arc;

use bson::{Bson, DateTime, Document, Uuid, doc};

use super::create::{command, raw, store_numbers};
use super::drop::forget_index;
use super::index_conflict::exists;
use super::index_spec::{MAX_INDEXES, same_key, too_many};
use super::{IndexSpec, store_collection};
use crate::embedded::catalog::{Collection, Index, IndexLive, IndexState, Namespace};
use crate::embedded::engine::{Operation, error};
use crate::mql::{Error, Result, error::code, text};

/// What `createIndexes` did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CreatedIndexes {
    /// How many indexes there were.
    pub before: usize,
    /// How many there are.
    pub after: usize,
    /// Whether the collection was made.
    pub collection_made: bool,
    /// Whether some of the indexes were there.
    pub some_existed: bool,
}

impl Operation {
    /// Makes indexes, with their keys for all documents that are there; the collection is made if it is not.
    ///
    /// # Errors
    /// Conflicts with indexes that are there, and what building finds in the documents.
    pub fn create_indexes(
        &mut self,
        ns: &Namespace,
        specs: &[IndexSpec],
    ) -> Result<CreatedIndexes> {
        let made = self.collection(ns)?.is_none();
        let collection = self.writable(ns)?;
        let mut answer = CreatedIndexes {
            collection_made: made,
            ..CreatedIndexes::default()
        };
        answer.before = collection.indexes.len();
        let id = Uuid::new();
        let count = self.engine.view().count(&collection)?;
        let wanted = missing(&collection, specs)?;
        check_among(&collection, &wanted)
            .map_err(|e| build_error(e, &collection, id, count == 0))?;
        answer.some_existed = wanted.len() < specs.len();
        answer.after = answer.before + wanted.len();
        if wanted.is_empty() {
            self.wait_until_built(ns, specs)?;
            return Ok(answer);
        }
        if self.in_transaction() {
            self.index_in_transaction(ns, &wanted)?;
            return Ok(answer);
        }
        self.build(ns, &wanted, id)
            .map_err(|e| build_error(e, &collection, id, count == 0))?;
        Ok(answer)
    }

    /// Indexes of a collection that the same transaction has made.
    fn index_in_transaction(&mut self, ns: &Namespace, wanted: &[IndexSpec]) -> Result<()> {
        let engine = self.engine.clone();
        let open = self.open_transaction()?;
        let Some(collection) = open.view.catalog.get(ns).cloned() else {
            return Ok(());
        };
        if !open.created.contains(ns) {
            return Err(Error::new(
                code::OPERATION_NOT_SUPPORTED_IN_TRANSACTION,
                format!(
                    "Cannot create new indexes on existing collection {ns} in a multi-document \
                     transaction."
                ),
            ));
        }
        if open
            .view
            .records(&collection, Default::default())
            .next()
            .is_some()
        {
            return Err(Error::new(
                code::OPERATION_NOT_SUPPORTED_IN_TRANSACTION,
                format!(
                    "Cannot create new indexes on non-empty collection {ns} in a multi-document \
                     transaction."
                ),
            ));
        }
        let mut indexes = collection.indexes.clone();
        for spec in wanted {
            let number = engine.writer().next_index();
            let live = Arc::new(IndexLive::new(DateTime::now()));
            indexes.push(Arc::new(Index::new(
                number,
                spec.0.clone(),
                IndexState::Ready,
                live,
            )));
            let mut o = doc! { "createIndexes": &ns.coll };
            o.extend(spec.0.clone());
            open.log(&command(&ns.db, Some(collection.uuid), &o)?);
        }
        let changed = Arc::new(collection.with_indexes(indexes));
        open.view.catalog = Arc::new(open.view.catalog.with(changed));
        Ok(())
    }

    /// Registers indexes that are to be built: writers keep them from now on.
    pub(super) fn register(
        &mut self,
        ns: &Namespace,
        wanted: &[IndexSpec],
        state: IndexState,
        id: Uuid,
    ) -> Result<(Arc<Collection>, Vec<Arc<Index>>)> {
        self.alter(&[ns], |unit, catalog| {
            let Some(collection) = catalog.get(ns) else {
                return Err(error::not_found(ns));
            };
            let specs = missing(collection, wanted)?;
            let mut made = Vec::new();
            for spec in &specs {
                let number = unit.writer.next_index();
                let live = Arc::new(IndexLive::new(DateTime::now()));
                made.push(Arc::new(Index::new(number, spec.0.clone(), state, live)));
            }
            let indexes = collection.indexes.iter().chain(&made).cloned().collect();
            let changed = Arc::new(collection.with_indexes(indexes));
            store_collection(&changed, &mut unit.batch)?;
            store_numbers(unit);
            for spec in &specs {
                let o = match state {
                    // An index of an empty collection is there at once.
                    IndexState::Ready => {
                        let mut o = doc! { "createIndexes": &ns.coll };
                        o.extend(spec.0.clone());
                        o
                    }
                    IndexState::Building => {
                        build_note("startIndexBuild", ns, id, std::slice::from_ref(spec))
                    }
                };
                unit.log(&command(&ns.db, Some(collection.uuid), &o)?, None);
            }
            Ok((Some(catalog.with(changed.clone())), (changed, made.clone())))
        })
    }

    /// Drops indexes by what `dropIndexes` says; how many there were.
    ///
    /// # Errors
    /// `IndexNotFound`, the index on `_id`.
    pub fn drop_indexes(&mut self, ns: &Namespace, which: &Bson) -> Result<usize> {
        let had = self.alter(&[ns], |unit, catalog| {
            let Some(collection) = catalog.get(ns) else {
                return Err(error::not_found(ns));
            };
            if collection.is_view() {
                return Err(error::is_view(ns));
            }
            let dropped = chosen(collection, which)?;
            let kept = |index: &&Arc<Index>| !dropped.iter().any(|d| d.id == index.id);
            let indexes = collection.indexes.iter().filter(kept).cloned().collect();
            let changed = Arc::new(collection.with_indexes(indexes));
            store_collection(&changed, &mut unit.batch)?;
            for index in &dropped {
                forget_index(unit, index);
                let o = doc! { "dropIndexes": &ns.coll, "index": &index.name };
                let entry = command(&ns.db, Some(collection.uuid), &o)?;
                unit.log(&entry.o2(raw(&index.spec)?), None);
            }
            Ok((Some(catalog.with(changed)), collection.indexes.len()))
        })?;
        self.engine.wake_housekeeper();
        Ok(had)
    }
}

/// The oplog's note of a build's step.
pub(super) fn build_note(step: &str, ns: &Namespace, id: Uuid, specs: &[IndexSpec]) -> Document {
    let specs: Vec<Bson> = specs.iter().map(|s| Bson::Document(s.0.clone())).collect();
    doc! { step: &ns.coll, "indexBuildUUID": id, "indexes": specs }
}

/// Those of the specifications that the collection does not have.
fn missing(collection: &Collection, specs: &[IndexSpec]) -> Result<Vec<IndexSpec>> {
    let mut wanted: Vec<IndexSpec> = Vec::new();
    for spec in specs {
        if !exists(collection, spec)? {
            wanted.push(spec.clone());
        }
    }
    Ok(wanted)
}

/// Whether new indexes contradict each other, or are too many.
fn check_among(collection: &Collection, wanted: &[IndexSpec]) -> Result<()> {
    let mut with = collection.clone();
    for spec in wanted {
        if exists(&with, spec)? {
            let text = "Cannot build two identical indexes. Try again without duplicate indexes.";
            return Err(Error::new(code::OPERATION_FAILED, text));
        }
        if with.indexes.len() >= MAX_INDEXES {
            return Err(too_many(&collection.ns, spec));
        }
        if spec.key().len() > MAX_FIELDS {
            return Err(Error::new(13_103, "too many compound keys"));
        }
        let live = Arc::new(IndexLive::new(DateTime::now()));
        let id = crate::embedded::catalog::IndexId(0);
        with.indexes.push(Arc::new(Index::new(
            id,
            spec.0.clone(),
            IndexState::Building,
            live,
        )));
    }
    Ok(())
}

/// How many fields an index may have.
const MAX_FIELDS: usize = 32;

fn chosen(collection: &Collection, which: &Bson) -> Result<Vec<Arc<Index>>> {
    let others = || {
        collection
            .indexes
            .iter()
            .filter(|i| !i.is_id())
            .cloned()
            .collect()
    };
    match which {
        Bson::String(name) if name == "*" => Ok(others()),
        Bson::String(name) => Ok(vec![by_name(collection, name)?]),
        Bson::Document(key) => {
            let mut found = collection.indexes.iter().filter(|i| same_key(&i.spec, key));
            let index = found.next().ok_or_else(|| {
                let text = format!("can't find index with key: {}", text::document(key));
                Error::new(code::INDEX_NOT_FOUND, text)
            })?;
            if found.next().is_some() {
                return Err(ambiguous(collection, key));
            }
            droppable(index).map(|index| vec![index])
        }
        Bson::Array(names) => {
            let names = names.iter().filter_map(Bson::as_str);
            names.map(|name| by_name(collection, name)).collect()
        }
        _ => Ok(Vec::new()),
    }
}

fn ambiguous(collection: &Collection, key: &Document) -> Error {
    const AMBIGUOUS_INDEX_KEY_PATTERN: i32 = 181;
    let found = collection.indexes.iter().filter(|i| same_key(&i.spec, key));
    let names: Vec<String> = found.map(|i| text::document(&i.spec)).collect();
    let text = format!(
        "{} indexes found for key: {}, identify by name instead. Conflicting indexes: {}",
        names.len(),
        text::document(key),
        names.join(", ")
    );
    Error::new(AMBIGUOUS_INDEX_KEY_PATTERN, text)
}

fn by_name(collection: &Collection, name: &str) -> Result<Arc<Index>> {
    match collection.index(name) {
        Some(index) => droppable(index),
        None => Err(Error::new(
            code::INDEX_NOT_FOUND,
            format!("index not found with name [{name}]"),
        )),
    }
}

fn droppable(index: &Arc<Index>) -> Result<Arc<Index>> {
    match index.is_id() {
        true => Err(Error::new(code::INVALID_OPTIONS, "cannot drop _id index")),
        false => Ok(index.clone()),
    }
}

/// An error of a build, with the server's words before its own.
fn build_error(error: Error, collection: &Collection, id: Uuid, empty: bool) -> Error {
    if super::super::write::ends_command(&error, false) {
        return error;
    }
    let inner = match empty {
        true => error.context(&format!("index build on empty collection failed: {id}")),
        false => error,
    };
    inner.context(&format!(
        "Index build failed: {id}: Collection {} ( {} )",
        collection.ns, collection.uuid
    ))
}
