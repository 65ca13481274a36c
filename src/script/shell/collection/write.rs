//! Inserts, updates, replacements and deletes.
//!
//! Results and options as in mongosh 2 (<https://www.mongodb.com/docs/mongodb-shell/reference/methods/>).

use bson::oid::ObjectId;
use bson::{Bson, Document, doc};
use rhai::Dynamic;

use super::Collection;
use crate::client::in_reply;
use crate::methods;
use crate::script::Doc;
use crate::script::api::{Call, Method};
use crate::script::convert;
use crate::script::error::Outcome;

pub(super) const METHODS: &[Method] = methods! {
    /// Inserts one document; without an `_id` it gets an ObjectId. Returns the `_id`.
    ///
    /// ```js
    /// db.people.insertOne({ name: "Ada", born: 1815 })
    /// ```
    insertOne("document, options?") => insert_one;
};

fn insert_one(call: &mut Call<'_>) -> Outcome {
    let collection = call.this::<Collection>()?;
    let options = call.options(1, &["writeConcern", "bypassDocumentValidation", "comment"])?;
    let (document, id) = with_id(call.document(0)?);
    let mut command = doc! { "insert": collection.name(), "documents": [document] };
    options.copy_into(
        &mut command,
        &["writeConcern", "bypassDocumentValidation", "comment"],
    )?;
    let reply = collection.target().write(call.host, command, true)?;
    if let Some(error) = in_reply(&reply) {
        return Err(error.into());
    }
    let mut result = Doc::new();
    result.set("acknowledged", true.into())?;
    result.set("insertedId", convert::value_from(id))?;
    Ok(Dynamic::from(result))
}

/// The document with an `_id` in front, and that `_id`.
fn with_id(document: Document) -> (Document, Bson) {
    if let Some(id) = document.get("_id") {
        let id = id.clone();
        return (document, id);
    }
    let id = Bson::ObjectId(ObjectId::new());
    let mut whole = doc! { "_id": id.clone() };
    whole.extend(document);
    (whole, id)
}
