//! `collStats`, `dbStats`, `dataSize`.

use std::time::Instant;

use bson::{Bson, Document, doc};

use super::super::context::CommandContext;
use super::super::fields::{Fields, long, type_name};
use super::super::request::{Request, check_collection_name};
use crate::embedded::host::{collection_stats, history_stats, index_size, is_oplog, storage_size};
use crate::embedded::storage::Direction;
use crate::mql::error::code;
use crate::mql::stage::Namespace;
use crate::mql::{Error, Result};

/// The collection of a command whose message for another type has another code than most.
pub fn collection<'a>(request: &'a Request, field: &str) -> Result<&'a str> {
    match request.body().get(field) {
        Some(Bson::String(name)) => {
            check_collection_name(&request.db, name)?;
            Ok(name)
        }
        other => Err(Error::new(
            code::INVALID_NAMESPACE,
            format!(
                "collection name has invalid type {}",
                other.map_or("missing", type_name)
            ),
        )),
    }
}

/// `collStats`
pub fn coll_stats(cx: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    let namespace = Namespace::new(&request.db, collection(request, &request.name)?);
    let scale = request.body().get("scale").and_then(long).unwrap_or(1);
    if scale < 1 {
        let what = format!("BSON field 'scale' value must be >= 1, actual value '{scale}'");
        return Err(Error::new(51024, what));
    }
    let mut reply = doc! { "ns": namespace.to_string() };
    if is_oplog(&namespace) {
        reply.extend(history_stats(cx.engine, scale));
        return Ok(reply);
    }
    let view = cx.operation.view()?;
    match view.collection(&namespace) {
        None => reply.extend(doc! {
            "size": 0, "count": 0, "numOrphanDocs": 0, "storageSize": 0, "totalSize": 0,
            "nindexes": 0, "totalIndexSize": 0, "indexDetails": {}, "indexSizes": {},
            "scaleFactor": i32::try_from(scale).unwrap_or(i32::MAX),
        }),
        Some(found) if found.is_view() => {
            return Err(Error::new(
                code::COMMAND_NOT_SUPPORTED_ON_VIEW,
                format!("Namespace {namespace} is a view, not a collection"),
            ));
        }
        Some(found) => reply.extend(collection_stats(&view, found, scale)?),
    }
    Ok(reply)
}

/// `dbStats`
#[allow(clippy::cast_precision_loss)]
pub fn db_stats(cx: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    let scale = request.body().get("scale").and_then(long).unwrap_or(1);
    if scale < 1 {
        return Err(Error::new(0, "scale has to be > 0"));
    }
    let view = cx.operation.view()?;
    let (mut collections, mut views, mut objects, mut indexes) = (0, 0, 0_i64, 0_i64);
    let (mut data, mut stored, mut index_bytes) = (0_i64, 0_i64, 0_i64);
    for found in view.catalog().of_database(&request.db) {
        if found.is_view() {
            views += 1;
            continue;
        }
        collections += 1;
        let (count, size) = (view.count(found)?, view.size(found)?);
        objects += count;
        data += size;
        stored += storage_size(size);
        for index in found.ready_indexes() {
            indexes += 1;
            index_bytes += index_size(index, count);
        }
    }
    if collections + views == 0 {
        return Ok(doc! {
            "db": &request.db, "collections": 0, "views": 0, "objects": 0, "avgObjSize": 0,
            "dataSize": 0, "storageSize": 0, "indexes": 0, "indexSize": 0, "totalSize": 0,
            "scaleFactor": 1, "fsUsedSize": 0, "fsTotalSize": 0,
        });
    }
    let scaled = |bytes: i64| bytes as f64 / scale as f64;
    let average = if objects == 0 {
        0.0
    } else {
        data as f64 / objects as f64
    };
    let free = request
        .body()
        .get("freeStorage")
        .is_some_and(super::super::fields::truth);
    let mut reply = doc! {
        "db": &request.db,
        "collections": collections,
        "views": views,
        "objects": crate::embedded::host::int(objects),
        "avgObjSize": average,
        "dataSize": scaled(data),
        "storageSize": scaled(stored),
    };
    if free {
        reply.insert("freeStorageSize", 0.0);
    }
    reply.extend(
        doc! { "indexes": crate::embedded::host::int(indexes), "indexSize": scaled(index_bytes) },
    );
    if free {
        reply.insert("indexFreeStorageSize", 0.0);
    }
    reply.insert("totalSize", scaled(stored + index_bytes));
    if free {
        reply.insert("totalFreeStorageSize", 0.0);
    }
    let disk = i64::try_from(cx.engine.store().disk_bytes()).unwrap_or(i64::MAX);
    reply.extend(doc! {
        "scaleFactor": scale as f64, "fsUsedSize": scaled(disk), "fsTotalSize": scaled(disk),
    });
    Ok(reply)
}

/// `dataSize`
pub fn data_size(cx: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    let started = Instant::now();
    let fields = Fields::parse("dataSize", request.body(), DATA_SIZE)?;
    let name = request
        .body()
        .get_str("dataSize")
        .or_else(|_| request.body().get_str("datasize"));
    let name = name.unwrap_or_default();
    let Some((db, coll)) = name.split_once('.').filter(|(_, c)| !c.is_empty()) else {
        let what = format!("Invalid namespace specified '{name}'");
        return Err(Error::new(code::INVALID_NAMESPACE, what));
    };
    let view = cx.operation.view()?;
    let millis = || i32::try_from(started.elapsed().as_millis()).unwrap_or(i32::MAX);
    let Some(found) = view.collection(&Namespace::new(db, coll)) else {
        return Ok(doc! { "size": 0, "numObjects": 0, "millis": millis() });
    };
    let bounds = (fields.document("min"), fields.document("max"));
    let pattern = fields.document("keyPattern");
    let (mut size, mut count) = (view.size(found)?, view.count(found)?);
    if let (Some(min), Some(max)) = bounds {
        let field = pattern.or(Some(min)).and_then(|p| p.keys().next().cloned());
        let field = field.unwrap_or_else(|| "_id".to_owned());
        let least = min.get(&field).unwrap_or(&Bson::MinKey);
        let most = max.get(&field).unwrap_or(&Bson::MaxKey);
        (size, count) = (0, 0);
        for record in view.records(found, Direction::Forward) {
            let record = record?;
            let document = record.to_document()?;
            let value = document.get(&field).unwrap_or(&Bson::Null);
            if crate::value::compare(value, least).is_ge()
                && crate::value::compare(value, most).is_lt()
            {
                size += i64::try_from(record.bytes.len()).unwrap_or(0);
                count += 1;
            }
        }
    }
    Ok(doc! {
        "estimate": fields.bool("estimate"),
        "size": crate::embedded::host::int(size),
        "numObjects": crate::embedded::host::int(count),
        "millis": millis(),
    })
}

const DATA_SIZE: &[super::super::fields::Field] = {
    use super::super::fields::{Field, Kind};
    &[
        Field::new("keyPattern", Kind::Document),
        Field::new("min", Kind::Document),
        Field::new("max", Kind::Document),
        Field::new("estimate", Kind::Boolean),
        Field::new("maxSize", Kind::SafeLong),
        Field::new("maxObjects", Kind::SafeLong),
    ]
};
