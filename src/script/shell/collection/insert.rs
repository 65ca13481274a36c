//! `insertOne` and `insertMany`.
//!
//! Results and options as in mongosh 2 (manual: "db.collection.insertOne()", "insertMany()").

use bson::oid::ObjectId;
use bson::{Bson, Document, doc};
use rhai::Dynamic;

use super::Collection;
use super::bulk_write::{Op, Run};
use super::common::{send, target};
use crate::methods;
use crate::script::Doc;
use crate::script::api::{Call, Method};
use crate::script::convert::{bson_value, value_from};
use crate::script::error::{Outcome, ScriptError};

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

const OPTIONS: [&str; 4] = [
    "bypassDocumentValidation",
    "comment",
    "writeConcern",
    "session",
];

fn insert_one(call: &mut Call<'_>) -> Outcome {
    let collection = call.this::<Collection>()?;
    let options = call.options(1, &OPTIONS)?;
    let (document, id) = with_id(call.document(0)?);
    let command = doc! { "insert": collection.name(), "documents": [document] };
    let written = send(call, &collection, &options, command, false)?;
    let mut result = Doc::new();
    result.set("acknowledged", written.acknowledged.into())?;
    result.set("insertedId", value_from(id))?;
    Ok(Dynamic::from(result))
}

fn insert_many(call: &mut Call<'_>) -> Outcome {
    let collection = call.this::<Collection>()?;
    let known = [&["ordered"], &OPTIONS[..]].concat();
    let options = call.options(1, &known)?;
    let documents = call.array(0)?;
    if documents.is_empty() {
        return Err(ScriptError::new(
            "MongoInvalidArgumentError",
            "Invalid BulkOperation, Batch cannot be empty",
        )
        .into());
    }
    let mut run = Run::new(&collection, target(&collection, &options)?, &options)?;
    for document in &documents {
        match bson_value(document)? {
            Bson::Document(document) => run.push(Op::Insert(document)),
            _ => return Err(call.expected(0, "an array of documents")),
        }
    }
    let done = run.execute(call.host)?;
    let mut result = Doc::new();
    result.set("acknowledged", done.acknowledged.into())?;
    result.set("insertedIds", done.inserted_ids())?;
    Ok(Dynamic::from(result))
}

/// The document with an `_id` in front where it had none, and that `_id`.
pub(super) fn with_id(document: Document) -> (Document, Bson) {
    if let Some(id) = document.get("_id") {
        let id = id.clone();
        return (document, id);
    }
    let id = Bson::ObjectId(ObjectId::new());
    let mut whole = doc! { "_id": id.clone() };
    whole.extend(document);
    (whole, id)
}
