//! What stages ask of the database that runs them.

use bson::{Bson, Document};

use super::{BoxStream, Namespace, Pipeline};
use crate::mql::error::code;
use crate::mql::{Env, Error, Result};

/// What stages ask of the database that runs them.
///
/// Everything but [`Host::open`] has a default that refuses, so that a test's host stays small.
/// All calls see the command's snapshot or transaction.
pub trait Host: Send + Sync {
    /// Runs a pipeline over another collection or view (`$lookup`, `$graphLookup`, `$unionWith`). The host
    /// does what the `aggregate` command does: it resolves views ([`Pipeline::prepend`]), uses
    /// [`Pipeline::plan`] to read with an index and to decode only what is needed, and gives
    /// [`Pipeline::run`] the rest. A collection that is not there is empty. It is called once per document by
    /// `$lookup`: what can be remembered between calls should be.
    ///
    /// # Errors
    /// What reading says.
    fn open(&self, namespace: &Namespace, pipeline: &Pipeline, env: &Env) -> Result<BoxStream>;

    /// Whether equality on this path is served by an index, so that `$lookup` asks [`Host::open`] for each
    /// document instead of reading the other collection once into a hash table.
    fn has_index_on(&self, _namespace: &Namespace, _path: &str) -> bool {
        false
    }

    /// What a namespace is.
    ///
    /// # Errors
    /// What the catalog says.
    fn kind(&self, _namespace: &Namespace) -> Result<Kind> {
        Ok(Kind::Missing)
    }

    /// Whether a unique index that is not partial (it may be sparse) has exactly these
    /// fields, in any order (`$merge`'s `on`). `_id` alone is always answered by the stage itself.
    ///
    /// # Errors
    /// What the catalog says.
    fn has_unique_index(&self, _namespace: &Namespace, _fields: &[String]) -> Result<bool> {
        Ok(false)
    }

    /// Inserts (`$merge` with `whenMatched: "fail"`). The collection is created if it is not there.
    ///
    /// # Errors
    /// What the first failed insert says; the others are done all the same.
    fn insert(&self, _namespace: &Namespace, _documents: Vec<Document>) -> Result<()> {
        Err(refused("inserting"))
    }

    /// Runs one statement of an update (`$merge`).
    ///
    /// # Errors
    /// What the update says.
    fn update(&self, _namespace: &Namespace, _update: MergeUpdate) -> Result<u64> {
        Err(refused("updating"))
    }

    /// Begins to replace a collection (`$out`): documents go to a new one of the same options and indexes,
    /// which takes the target's place in [`OutWriter::commit`].
    ///
    /// # Errors
    /// What creating says.
    fn replace_collection(&self, _target: &Namespace) -> Result<Box<dyn OutWriter>> {
        Err(refused("replacing a collection"))
    }

    /// The events of `$changeStream`. Documents are events as [`Pipeline`]'s other stages see them; the
    /// stream is not fused (see [`super::DocStream`]).
    ///
    /// # Errors
    /// What is wrong with the options, or the history that is gone.
    fn change_stream(
        &self,
        _namespace: &Namespace,
        _spec: &Document,
        _env: &Env,
    ) -> Result<BoxStream> {
        Err(Error::new(
            40573,
            "The $changeStream stage is only supported on replica sets",
        ))
    }

    /// The one document of `$collStats`. The options are validated already.
    ///
    /// # Errors
    /// [`code::NAMESPACE_NOT_FOUND`] and the like.
    fn coll_stats(&self, _namespace: &Namespace, _spec: &Document) -> Result<Document> {
        Err(refused("$collStats"))
    }

    /// The documents of `$indexStats`, one per index.
    ///
    /// # Errors
    /// What the catalog says.
    fn index_stats(&self, _namespace: &Namespace) -> Result<Vec<Document>> {
        Ok(Vec::new())
    }

    /// The documents of `$currentOp`; its options are validated already.
    ///
    /// # Errors
    /// What the registry of operations says.
    fn current_op(&self, _spec: &Document) -> Result<Vec<Document>> {
        Ok(Vec::new())
    }

    /// The documents of `$listSessions` (`local` false) or `$listLocalSessions`.
    ///
    /// # Errors
    /// What the registry of sessions says.
    fn list_sessions(&self, _spec: &Document, _local: bool) -> Result<Vec<Document>> {
        Ok(Vec::new())
    }

    /// The documents of `$planCacheStats`.
    ///
    /// # Errors
    /// What the catalog says.
    fn plan_cache_stats(&self, _namespace: &Namespace) -> Result<Vec<Document>> {
        Ok(Vec::new())
    }
}

/// What a namespace is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nothing has this name.
    Missing,
    /// A collection.
    Collection,
    /// A capped collection (`$out` refuses it).
    Capped,
    /// A view.
    View,
}

/// One update that `$merge` makes.
#[derive(Debug, Clone, PartialEq)]
pub struct MergeUpdate {
    /// Which document: equality on the fields of `on`.
    pub filter: Document,
    /// An operator document, a replacement or a pipeline.
    pub update: Bson,
    /// Variables for a pipeline (`$$new` and those of `let`).
    pub variables: Vec<(String, Option<Bson>)>,
    /// Whether a missing document is inserted.
    pub upsert: bool,
    /// What is inserted then, where it is not what the update makes (`upsertSupplied`).
    pub supplied: Option<Document>,
}

/// Writes what will be a collection.
pub trait OutWriter: Send {
    /// Adds documents.
    ///
    /// # Errors
    /// A duplicate key, a full disk.
    fn write(&mut self, documents: Vec<Document>) -> Result<()>;

    /// The new collection takes the place of the target. Without it, nothing is left of it.
    ///
    /// # Errors
    /// What the catalog says.
    fn commit(self: Box<Self>) -> Result<()>;
}

fn refused(what: &str) -> Error {
    Error::new(
        code::COMMAND_NOT_SUPPORTED,
        format!("{what} is not supported here"),
    )
}
