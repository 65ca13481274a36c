//! `listCollections`, `listIndexes` and `listDatabases`

use std::sync::Arc;

use bson::{Bson, Document, RawDocumentBuf, doc};
use bytes::Bytes;

use super::open::Opening;
use super::writes::collection_name;
use super::{CommandContext, Field, Fields, Kind, Request};
use crate::embedded::catalog::{Collection, Namespace};
use crate::embedded::cursor::Source;
use crate::mql::matching::Matcher;
use crate::mql::{Error, Result, error::code};

/// The documents of a list.
struct List(std::vec::IntoIter<Document>);

impl Source for List {
    fn next(&mut self) -> Result<Option<Bytes>> {
        let Some(document) = self.0.next() else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        document
            .to_writer(&mut bytes)
            .map_err(|e| Error::new(code::INTERNAL_ERROR, e.to_string()))?;
        Ok(Some(bytes.into()))
    }

    fn is_done(&self) -> bool {
        self.0.len() == 0
    }
}

/// Opens a cursor over a list.
fn answer(
    cx: &mut CommandContext<'_>,
    request: &Request,
    ns: Namespace,
    fields: &Fields<'_>,
    list: Vec<Document>,
) -> Result<RawDocumentBuf> {
    let batch_size = match fields.document("cursor") {
        None => None,
        Some(cursor) => {
            let name = format!("{}.cursor", request.name);
            let known = [Field::new("batchSize", Kind::SafeLong)];
            Fields::parse_inner(&name, cursor, &known)?.long("batchSize")
        }
    };
    if let Some(size) = batch_size.filter(|size| *size < 0) {
        let text = format!("BSON field 'batchSize' value must be >= 0, actual value '{size}'");
        return Err(Error::new(51_024, text));
    }
    let mut opening = Opening::new(ns, Box::new(List(list.into_iter())), "");
    opening.batch_size = batch_size.and_then(|size| u64::try_from(size).ok());
    in_order(&opening.open(cx, request)?)
}

/// The lists' cursors have their documents last, unlike those of `find`.
fn in_order(reply: &RawDocumentBuf) -> Result<RawDocumentBuf> {
    let internal = |e: &dyn std::fmt::Display| Error::new(code::INTERNAL_ERROR, e.to_string());
    let mut reply = Document::try_from(&**reply).map_err(|e| internal(&e))?;
    if let Ok(cursor) = reply.get_document_mut("cursor")
        && let Some(documents) = cursor.remove("firstBatch")
    {
        cursor.insert("firstBatch", documents);
    }
    RawDocumentBuf::try_from(&reply).map_err(|e| internal(&e))
}

const COLLECTIONS: &[Field] = &[
    Field::new("cursor", Kind::Document),
    Field::new("filter", Kind::Document),
    Field::new("nameOnly", Kind::Boolean),
    Field::new("authorizedCollections", Kind::Boolean),
];

/// `listCollections`
pub fn collections(cx: &mut CommandContext<'_>, request: &Request) -> Result<RawDocumentBuf> {
    let fields = Fields::parse("listCollections", request.body(), COLLECTIONS)?;
    let filter = fields.document("filter").cloned().unwrap_or_default();
    let matcher = Matcher::parse(&filter, &cx.env)?;
    let name_only = fields.bool("nameOnly");
    let catalog = cx.engine.catalog();
    let all: Vec<&Arc<Collection>> = catalog.of_database(&request.db).collect();
    let mut list = Vec::with_capacity(all.len());
    let views_last = all
        .iter()
        .filter(|c| !c.is_view())
        .chain(all.iter().filter(|c| c.is_view()));
    for collection in views_last {
        let described = describe(collection);
        if !matcher.matches(&described)? {
            continue;
        }
        list.push(match name_only {
            true => doc! { "name": &collection.ns.coll, "type": kind(collection) },
            false => described,
        });
    }
    if let Some(history) = history(&request.db, name_only)
        && matcher.matches(&history)?
    {
        list.push(history);
    }
    let ns = Namespace::new(&request.db, "$cmd.listCollections");
    answer(cx, request, ns, &fields, list)
}

/// The history is no collection, but is listed as the one that clients look for in `local`.
fn history(db: &str, name_only: bool) -> Option<Document> {
    if db != "local" {
        return None;
    }
    let mut shown = doc! { "name": "oplog.rs", "type": "collection" };
    if !name_only {
        shown.insert("options", doc! { "capped": true });
        shown.insert("info", doc! { "readOnly": false });
    }
    Some(shown)
}

fn kind(collection: &Collection) -> &'static str {
    if collection.is_view() {
        "view"
    } else {
        "collection"
    }
}

fn describe(collection: &Collection) -> Document {
    let mut document = doc! {
        "name": &collection.ns.coll,
        "type": kind(collection),
        "options": collection.options.clone(),
    };
    if collection.is_view() {
        document.insert("info", doc! { "readOnly": true });
        return document;
    }
    document.insert("info", doc! { "readOnly": false, "uuid": collection.uuid });
    if let Some(index) = collection.id_index() {
        document.insert("idIndex", index.spec.clone());
    }
    document
}

/// `listIndexes`
pub fn indexes(cx: &mut CommandContext<'_>, request: &Request) -> Result<RawDocumentBuf> {
    let ns = Namespace::new(&request.db, collection_name(request)?);
    let known = [
        Field::new("cursor", Kind::Document),
        Field::new("includeBuildUUIDs", Kind::Boolean),
        Field::new("isTimeseriesNamespace", Kind::Boolean),
    ];
    let fields = Fields::parse("listIndexes", request.body(), &known)?;
    let catalog = cx.engine.catalog();
    let Some(collection) = catalog.get(&ns) else {
        let text = format!("ns does not exist: {ns}");
        return Err(Error::new(code::NAMESPACE_NOT_FOUND, text));
    };
    if collection.is_view() {
        let text = format!("Namespace {ns} is a view, not a collection");
        return Err(Error::new(code::COMMAND_NOT_SUPPORTED_ON_VIEW, text));
    }
    let list = collection
        .indexes
        .iter()
        .map(|index| index.spec.clone())
        .collect();
    answer(cx, request, ns, &fields, list)
}

/// What the server's files would take: at least a block for a collection and each index.
fn on_disk(bytes: i64, indexes: usize) -> i64 {
    const BLOCK: i64 = 4096;
    let blocks = bytes.saturating_add(BLOCK - 1) / BLOCK;
    let of_indexes = i64::try_from(indexes).unwrap_or(0);
    (blocks.max(1) + of_indexes) * BLOCK
}

const DATABASES: &[Field] = &[
    Field::new("filter", Kind::Document),
    Field::new("nameOnly", Kind::SafeBoolean),
    Field::new("authorizedDatabases", Kind::SafeBoolean),
];

/// `listDatabases`
pub fn databases(cx: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    let fields = Fields::parse("listDatabases", request.body(), DATABASES)?;
    let filter = fields.document("filter").cloned().unwrap_or_default();
    let matcher = Matcher::parse(&filter, &cx.env)?;
    let name_only = fields.bool("nameOnly");
    let view = cx.engine.view();
    let (mut list, mut total) = (Vec::new(), 0_i64);
    let mut names = view.catalog().databases();
    // A replica set has these from the start.
    for own in ["admin", "config", "local"] {
        if !names.iter().any(|name| name == own) {
            names.push(own.to_owned());
        }
    }
    names.sort();
    for name in names {
        let mut size = 0;
        for collection in view.catalog().of_database(&name).filter(|c| !c.is_view()) {
            size += on_disk(view.size(collection)?, collection.indexes.len());
        }
        if size == 0 {
            size = on_disk(0, 1);
        }
        let full = doc! { "name": &name, "sizeOnDisk": size, "empty": false };
        if !matcher.matches(&full)? {
            continue;
        }
        total += size;
        list.push(Bson::Document(if name_only {
            doc! { "name": name }
        } else {
            full
        }));
    }
    let mut reply = doc! { "databases": list };
    if !name_only {
        reply.insert("totalSize", total);
        reply.insert("totalSizeMb", total / (1024 * 1024));
    }
    Ok(reply)
}
