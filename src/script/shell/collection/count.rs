//! `countDocuments`, `estimatedDocumentCount`, `distinct`.

use bson::{Bson, Document, doc};
use rhai::Dynamic;

use super::Collection;
use super::common::{count, plan, target};
use crate::methods;
use crate::script::api::{Call, Method};
use crate::script::convert::value_from;
use crate::script::error::{Fault, Outcome};
use crate::script::number::NULL;
use crate::script::shell::target::CursorOptions;

pub(super) const METHODS: &[Method] = methods! {
    /// How many documents match, counted by reading them; all of them without a query.
    ///
    /// ```js
    /// db.orders.countDocuments({ status: "pending" }, { limit: 100 })
    /// ```
    countDocuments("query?, options?") => count_documents;
    /// How many documents there are, from the collection's metadata: fast, and after an unclean
    /// shutdown perhaps not exact.
    ///
    /// ```js
    /// db.orders.estimatedDocumentCount()
    /// ```
    estimatedDocumentCount("options?") => estimated_document_count;
    /// The different values of a field, array items taken one by one.
    ///
    /// ```js
    /// db.orders.distinct("status", { total: { $gt: 10 } })
    /// ```
    distinct("field, query?, options?") => distinct;
};

/// The options of `countDocuments` and of the older `count`; the last one is no field of a command.
pub(super) const OPTIONS: [&str; 8] = [
    "limit",
    "skip",
    "hint",
    "maxTimeMS",
    "collation",
    "comment",
    "readConcern",
    "session",
];

fn count_documents(call: &mut Call<'_>) -> Outcome {
    let collection = call.this::<Collection>()?;
    let options = call.options(1, &OPTIONS)?;
    let query = query(call, 0)?;
    let mut pipeline = vec![doc! { "$match": query }];
    if let Some(skip) = options.int("skip")? {
        pipeline.push(doc! { "$skip": skip });
    }
    if let Some(limit) = options.int("limit")? {
        pipeline.push(doc! { "$limit": limit });
    }
    pipeline.push(doc! { "$group": { "_id": 1, "n": { "$sum": 1 } } });
    let mut command = doc! { "aggregate": collection.name(), "pipeline": pipeline, "cursor": {} };
    options.copy_into(
        &mut command,
        &["hint", "maxTimeMS", "collation", "comment", "readConcern"],
    )?;
    let target = target(&collection, &options)?;
    let mut found = target.cursor(call.host, command, &CursorOptions::default())?;
    let n = match found.next(call.host)? {
        Some(group) => match Bson::try_from(group.get("n")?.unwrap_or(bson::RawBsonRef::Int32(0)))?
        {
            Bson::Int64(n) => n,
            other => count(&doc! { "n": other }, "n"),
        },
        None => 0,
    };
    Ok(n.into())
}

/// A filter that may be missing. A null is none: it may be what a script failed to find, and must
/// not mean every document.
pub(super) fn query(call: &Call<'_>, i: usize) -> Result<Document, Fault> {
    let given = call.arg(i);
    match given.is_unit() && given.tag() != NULL {
        true => Ok(Document::new()),
        false => call.document(i),
    }
}

fn estimated_document_count(call: &mut Call<'_>) -> Outcome {
    let collection = call.this::<Collection>()?;
    let options = call.options(0, &["maxTimeMS", "comment", "readConcern", "session"])?;
    let mut command = doc! { "count": collection.name() };
    options.copy_into(&mut command, &["maxTimeMS", "comment", "readConcern"])?;
    let reply = target(&collection, &options)?.read(call.host, command)?;
    Ok(count(&reply, "n").into())
}

fn distinct(call: &mut Call<'_>) -> Outcome {
    let collection = call.this::<Collection>()?;
    let options = call.options(
        2,
        &[
            "collation",
            "maxTimeMS",
            "comment",
            "hint",
            "readConcern",
            "session",
            "explain",
        ],
    )?;
    let query = query(call, 1)?;
    let mut command =
        doc! { "distinct": collection.name(), "key": call.string(0)?, "query": query };
    options.copy_into(&mut command, &["collation", "hint"])?;
    if let Some(plan) = plan(call, &collection, &options, &command)? {
        return Ok(plan);
    }
    options.copy_into(&mut command, &["maxTimeMS", "comment", "readConcern"])?;
    let mut reply = target(&collection, &options)?.read(call.host, command)?;
    let values = reply
        .remove("values")
        .unwrap_or_else(|| Bson::Array(Vec::new()));
    Ok(Dynamic::from(value_from(values)))
}
