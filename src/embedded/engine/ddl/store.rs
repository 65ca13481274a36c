//! Collections as the store keeps them.

use std::sync::Arc;

use bson::{Bson, Document, Uuid, doc};

use crate::embedded::catalog::{
    Collection, CollectionId, Index, IndexId, IndexLive, IndexState, Live, Namespace,
};
use crate::embedded::engine::keys;
use crate::embedded::storage::{Batch, Space};
use crate::mql::{Error, Result, error::code};

/// Puts a collection into a batch.
pub(in crate::embedded::engine) fn store_collection(
    collection: &Collection,
    batch: &mut Batch,
) -> Result<()> {
    let index = |index: &Arc<Index>| {
        let ready = index.is_ready();
        Bson::Document(
            doc! { "id": i64::from(index.id.0), "ready": ready, "spec": index.spec.clone() },
        )
    };
    let document = doc! {
        "id": i64::from(collection.id.0),
        "db": &collection.ns.db,
        "coll": &collection.ns.coll,
        "uuid": collection.uuid,
        "options": collection.options.clone(),
        "indexes": collection.indexes.iter().map(index).collect::<Vec<_>>(),
    };
    let mut bytes = Vec::new();
    document
        .to_writer(&mut bytes)
        .map_err(|e| Error::new(code::INTERNAL_ERROR, e.to_string()))?;
    batch.put(Space::Catalog, keys::collection(collection.id), bytes);
    Ok(())
}

/// Reads a stored collection, without its counters.
pub(in crate::embedded::engine) fn load_collection(document: &Document) -> Result<Collection> {
    read(document).ok_or_else(damaged)?
}

fn damaged() -> Error {
    Error::new(code::INTERNAL_ERROR, "the stored catalog is damaged")
}

fn read(document: &Document) -> Option<Result<Collection>> {
    let id = CollectionId(u32::try_from(document.get_i64("id").ok()?).ok()?);
    let ns = Namespace::new(document.get_str("db").ok()?, document.get_str("coll").ok()?);
    let uuid = match document.get("uuid")? {
        Bson::Binary(binary) => Uuid::from_bytes(binary.bytes.clone().try_into().ok()?),
        _ => return None,
    };
    let options = document.get_document("options").ok()?.clone();
    let indexes = document.get_array("indexes").ok()?;
    let indexes = indexes
        .iter()
        .map(|i| read_index(i.as_document()?))
        .collect::<Option<_>>()?;
    Some(Collection::new(
        id,
        ns,
        uuid,
        options,
        indexes,
        Arc::new(Live::default()),
    ))
}

fn read_index(document: &Document) -> Option<Arc<Index>> {
    let id = IndexId(u32::try_from(document.get_i64("id").ok()?).ok()?);
    let state = match document.get_bool("ready").ok()? {
        true => IndexState::Ready,
        false => IndexState::Building,
    };
    let live = Arc::new(IndexLive::new(bson::DateTime::now()));
    Some(Arc::new(Index::new(
        id,
        document.get_document("spec").ok()?.clone(),
        state,
        live,
    )))
}
