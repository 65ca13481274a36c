//! `insertOne` and `insertMany`.
//!
//! Results and options as in mongosh 2 (manual: "db.collection.insertOne()", "insertMany()").

use bson::doc;
use rhai::Dynamic;

use super::Collection;
use super::bulk_write::document;
use super::common::{invalid, send, target};
use super::done::Done;
use super::hold::hold;
use super::run::{Op, Run};
use crate::methods;
use crate::script::Doc;
use crate::script::api::{Call, Method};
use crate::script::convert::value_from;
use crate::script::error::Outcome;

pub(super) const METHODS: &[Method] = methods! {
    /// Inserts one document and returns its `_id`. A document without an `_id` gets an ObjectId.
    ///
    /// ```js
    /// db.people.insertOne({ name: "Ada", born: 1815 })
    /// ```
    insertOne("document, options?") => insert_one;
    /// Inserts several documents and returns their `_id`s by position. With
    /// `{ ordered: false }` a failing document does not stop the others.
    ///
    /// ```js
    /// db.people.insertMany([{ name: "Ada" }, { name: "Grace" }])
    /// ```
    insertMany("documents, options?") => insert_many;
};

const OPTIONS: [&str; 5] = [
    "bypassDocumentValidation",
    "comment",
    "maxTimeMS",
    "writeConcern",
    "session",
];

fn insert_one(call: &mut Call<'_>) -> Outcome {
    let collection = call.this::<Collection>()?;
    let options = call.options(1, &OPTIONS)?;
    let op = Op::insert(&call.doc(0)?)?;
    if hold(call, &collection, &options, std::slice::from_ref(&op))? {
        return one_result(true, &op);
    }
    let command = doc! { "insert": collection.name(), "documents": [op.document()?] };
    let written = send(call, &collection, &options, command, false)?;
    one_result(written.acknowledged, &op)
}

fn one_result(acknowledged: bool, op: &Op) -> Outcome {
    let mut result = Doc::new();
    result.set("acknowledged", acknowledged.into())?;
    result.set("insertedId", value_from(op.id().clone()))?;
    Ok(Dynamic::from(result))
}

fn insert_many(call: &mut Call<'_>) -> Outcome {
    let documents = call.arg(0).into_array().map_err(|_| {
        invalid("Argument \"docs\" must be an array of documents")
            .hint("insertOne inserts a single document")
    })?;
    insert_all(call, &documents)
}

/// Inserts documents with the options that are the call's second argument.
pub(super) fn insert_all(call: &Call<'_>, documents: &[Dynamic]) -> Outcome {
    let collection = call.this::<Collection>()?;
    let known = [&["ordered"], &OPTIONS[..]].concat();
    let options = call.options(1, &known)?;
    if documents.is_empty() {
        return Err(invalid("Invalid BulkOperation, Batch cannot be empty").into());
    }
    let mut ops = Vec::with_capacity(documents.len());
    for item in documents {
        let document = document(item).ok_or_else(|| call.expected(0, "an array of documents"))?;
        ops.push(Op::insert(&document)?);
    }
    if hold(call, &collection, &options, &ops)? {
        return Done::of_inserts(&ops).insert_result();
    }
    let mut run = Run::new(&collection, target(&collection, &options)?, &options)?;
    ops.into_iter().for_each(|op| run.push(op));
    run.execute(call.host)?.insert_result()
}
