//! The history as `local.oplog.rs`, for those who read it as a collection.

use std::sync::Arc;

use bson::Document;

use super::internal;
use crate::embedded::engine::Engine;
use crate::embedded::storage::{Direction, KeyRange, Space};
use crate::mql::stage::{BoxStream, Namespace, from_results};

/// Whether a name is the history's.
#[must_use]
pub fn is_oplog(namespace: &Namespace) -> bool {
    namespace.db == "local" && namespace.coll == "oplog.rs"
}

/// Its entries, the oldest or the newest first.
pub fn documents(engine: &Arc<Engine>, backward: bool) -> BoxStream {
    let direction = match backward {
        true => Direction::Backward,
        false => Direction::Forward,
    };
    let snapshot = engine.store().snapshot();
    let entries = snapshot.scan(Space::Oplog, KeyRange::all(), direction);
    from_results(entries.map(|entry| {
        let (_, bytes) = entry?;
        Document::from_reader(bytes.as_ref()).map_err(internal)
    }))
}
