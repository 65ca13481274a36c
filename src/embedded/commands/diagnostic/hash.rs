//! `dbHash`

use std::time::Instant;

use bson::{Bson, Document, doc};
use md5::{Digest, Md5};

use super::super::context::CommandContext;
use super::super::request::Request;
use crate::embedded::storage::Direction;
use crate::mql::Result;

/// `dbHash`: collections in the order of their names, documents in the order of their `_id`s (of insertion in
/// capped ones).
pub fn db_hash(cx: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    let started = Instant::now();
    let view = cx.operation.view()?;
    let only = request.body().get_array("collections").ok();
    let mut found: Vec<_> = view.catalog().of_database(&request.db).cloned().collect();
    found.retain(|c| !c.is_view());
    found.sort_by(|a, b| a.ns.coll.cmp(&b.ns.coll));
    let (mut hashes, mut capped, mut uuids) = (Document::new(), Vec::new(), Document::new());
    let mut all = Md5::new();
    for collection in found {
        let name = collection.ns.coll.as_str();
        let asked = only.is_none_or(|names| names.iter().any(|n| n.as_str() == Some(name)));
        if !asked || name.starts_with("system.") {
            continue;
        }
        let mut documents = Vec::new();
        for record in view.records(&collection, Direction::Forward) {
            cx.env.interrupt.check()?;
            let record = record?;
            let id = record.raw()?.get("_id").ok().flatten();
            let id = id
                .and_then(|id| Bson::try_from(id).ok())
                .unwrap_or(Bson::Null);
            documents.push((id, record.bytes));
        }
        match collection.capped {
            Some(_) => capped.push(Bson::from(name)),
            None => documents.sort_by(|a, b| crate::value::compare(&a.0, &b.0)),
        }
        let mut hash = Md5::new();
        documents.iter().for_each(|(_, bytes)| hash.update(bytes));
        let hash = hex::encode(hash.finalize());
        all.update(hash.as_bytes());
        hashes.insert(name, hash);
        uuids.insert(name, Bson::from(collection.uuid));
    }
    let millis = i32::try_from(started.elapsed().as_millis()).unwrap_or(i32::MAX);
    Ok(doc! {
        "host": cx.server.host_name(),
        "collections": hashes,
        "capped": capped,
        "uuids": uuids,
        "md5": hex::encode(all.finalize()),
        "timeMillis": millis,
    })
}
