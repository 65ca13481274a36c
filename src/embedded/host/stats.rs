//! Statistics of collections and indexes.

use bson::{Bson, DateTime, Document, doc};

use crate::embedded::catalog::{Collection, Index};
use crate::embedded::engine::{Engine, View};
use crate::embedded::server::Shared;
use crate::mql::error::code;
use crate::mql::stage::Namespace;
use crate::mql::{Error, Result};

/// `$collStats`'s one document.
pub fn for_stage(
    server: &Shared,
    view: &View,
    namespace: &Namespace,
    spec: &Document,
) -> Result<Document> {
    let mut reply = doc! {
        "ns": namespace.to_string(),
        "host": server.host_name(),
        "localTime": DateTime::now(),
    };
    let collection = view.collection(namespace).filter(|c| !c.is_view());
    if let Some(asked) = spec.get("latencyStats") {
        reply.insert("latencyStats", latencies(asked));
    }
    let needed = ["storageStats", "count"]
        .iter()
        .any(|name| spec.contains_key(*name));
    if super::is_oplog(namespace) {
        if spec.contains_key("storageStats") {
            reply.insert("storageStats", history_stats(&server.engine, 1));
        }
        return Ok(reply);
    }
    let Some(collection) = collection else {
        return match needed {
            true => Err(Error::new(
                code::NAMESPACE_NOT_FOUND,
                format!(
                    "Unable to retrieve {} in $collStats stage :: caused by :: Collection [{namespace}] not found.",
                    if spec.contains_key("count") {
                        "count"
                    } else {
                        "storageStats"
                    }
                ),
            )),
            false => Ok(reply),
        };
    };
    if let Some(asked) = spec.get("storageStats") {
        let scale = asked.as_document().and_then(|d| d.get("scale"));
        let scale = scale
            .and_then(crate::embedded::commands::fields::long)
            .unwrap_or(1);
        reply.insert("storageStats", collection_stats(view, collection, scale)?);
    }
    if spec.contains_key("count") {
        reply.insert("count", int(view.count(collection)?));
    }
    if spec.contains_key("queryExecStats") {
        let scans = doc! { "total": 0_i64, "nonTailable": 0_i64 };
        reply.insert("queryExecStats", doc! { "collectionScans": scans });
    }
    Ok(reply)
}

fn latencies(asked: &Bson) -> Document {
    let histograms = asked
        .as_document()
        .and_then(|d| d.get_bool("histograms").ok());
    let one = || {
        let mut one = Document::new();
        if histograms == Some(true) {
            one.insert("histogram", Bson::Array(Vec::new()));
        }
        one.extend(doc! { "latency": 0_i64, "ops": 0_i64 });
        one
    };
    doc! { "reads": one(), "writes": one(), "commands": one(), "transactions": one() }
}

/// What `collStats` says of a collection's storage.
///
/// # Errors
/// What the disk says.
pub fn collection_stats(view: &View, collection: &Collection, scale: i64) -> Result<Document> {
    let scale = scale.max(1);
    let (count, size) = (view.count(collection)?, view.size(collection)?);
    let average = size.checked_div(count);
    let mut stats = doc! { "size": int(size / scale), "count": int(count) };
    if let Some(average) = average {
        stats.insert("avgObjSize", int(average));
    }
    stats.extend(doc! {
        "numOrphanDocs": 0,
        "storageSize": int(storage_size(size) / scale),
        "freeStorageSize": 0,
        "capped": collection.capped.is_some(),
    });
    if let Some(capped) = collection.capped {
        stats.insert(
            "max",
            int(if capped.max == 0 {
                i64::from(i32::MAX)
            } else {
                capped.max
            }),
        );
        stats.insert("maxSize", int(capped.size / scale));
    }
    let sizes: Vec<_> = collection
        .ready_indexes()
        .map(|index| (index.name.clone(), index_size(index, count)))
        .collect();
    let total: i64 = sizes.iter().map(|(_, size)| size).sum();
    let index_sizes: Document = sizes
        .into_iter()
        .map(|(name, size)| (name, int(size / scale)))
        .collect();
    stats.extend(doc! {
        "nindexes": int(i64::try_from(index_sizes.len()).unwrap_or(0)),
        "indexBuilds": Bson::Array(Vec::new()),
        "totalIndexSize": int(total / scale),
        "totalSize": int((storage_size(size) + total) / scale),
        "indexSizes": index_sizes,
        "scaleFactor": int(scale),
    });
    Ok(stats)
}

/// What is known of the history's size.
#[must_use]
pub fn history_stats(engine: &Engine, scale: i64) -> Document {
    let oplog = engine.oplog();
    let size = i64::try_from(oplog.bytes()).unwrap_or(i64::MAX);
    let count = oplog.read_from(oplog.oldest()).count();
    doc! {
        "size": int(size / scale),
        "count": int(i64::try_from(count).unwrap_or(i64::MAX)),
        "numOrphanDocs": 0,
        "storageSize": int(storage_size(size) / scale),
        "freeStorageSize": 0,
        "capped": true,
        "max": 0,
        "maxSize": int((1 << 30) / scale),
        "nindexes": 0,
        "indexBuilds": Bson::Array(Vec::new()),
        "totalIndexSize": 0,
        "totalSize": int(storage_size(size) / scale),
        "indexSizes": {},
        "scaleFactor": int(scale),
    }
}

/// What documents of that size take on a disk: whole pages.
pub fn storage_size(size: i64) -> i64 {
    const PAGE: i64 = 4096;
    (size / PAGE + 1) * PAGE
}

/// What an index takes, by its number of keys; a guess, as on the server before its checkpoint.
pub fn index_size(index: &Index, count: i64) -> i64 {
    let parts = i64::try_from(index.fields.len()).unwrap_or(1);
    storage_size(count.saturating_mul(12 * parts))
}

/// `$indexStats`
pub fn index_stats(server: &Shared, view: &View, namespace: &Namespace) -> Vec<Document> {
    let Some(collection) = view.collection(namespace) else {
        return Vec::new();
    };
    let host = server.host_name();
    let indexes = collection.indexes.iter().map(|index| {
        let uses = index.live.uses.load(std::sync::atomic::Ordering::Relaxed);
        let mut stats = doc! {
            "name": &index.name,
            "key": index.spec.get_document("key").cloned().unwrap_or_default(),
            "host": &host,
            "accesses": { "ops": uses, "since": index.live.since },
            "spec": index.spec.clone(),
        };
        if !index.is_ready() {
            stats.insert("building", true);
        }
        stats
    });
    indexes.collect()
}

/// An int where it fits.
pub fn int(n: i64) -> Bson {
    i32::try_from(n).map_or(Bson::Int64(n), Bson::Int32)
}
