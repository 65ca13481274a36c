//! `findOneAndUpdate`, `findOneAndReplace`, `findOneAndDelete` and the older `findAndModify`.

use bson::{Bson, Document, doc};
use rhai::Dynamic;

use super::Collection;
use super::common::{check_replacement, target};
use super::update::update_argument;
use crate::client::in_reply;
use crate::methods;
use crate::script::api::{Call, Method, Options};
use crate::script::convert::{document_from, value_from};
use crate::script::error::{Fault, Outcome, ScriptError};
use crate::script::number;

pub(super) const METHODS: &[Method] = methods! {
    /// Updates one document and returns it as it was before, or with
    /// `{ returnDocument: "after" }` as it is now. Null where none matches.
    ///
    /// ```js
    /// db.counters.findOneAndUpdate({ _id: "orders" }, { $inc: { n: 1 } }, { upsert: true, returnDocument: "after" })
    /// ```
    findOneAndUpdate("filter, update, options?") => find_one_and_update;
    /// Replaces one document and returns it as it was before, or with
    /// `{ returnDocument: "after" }` as it is now.
    ///
    /// ```js
    /// db.orders.findOneAndReplace({ _id: 1 }, { status: "new" }, { upsert: true })
    /// ```
    findOneAndReplace("filter, replacement, options?") => find_one_and_replace;
    /// Deletes one document and returns it.
    ///
    /// ```js
    /// db.queue.findOneAndDelete({ done: false }, { sort: { priority: -1 } })
    /// ```
    findOneAndDelete("filter, options?") => find_one_and_delete;
    /// Updates or removes one document, with the fields of the command: `query`, `update`,
    /// `remove`, `new`, `sort`, `fields`, `upsert`. Deprecated: use findOneAndUpdate.
    ///
    /// ```js
    /// db.counters.findAndModify({ query: { _id: "orders" }, update: { $inc: { n: 1 } }, upsert: true, new: true })
    /// ```
    findAndModify("options") => find_and_modify;
};

const CHANGE_OPTIONS: [&str; 18] = [
    "upsert",
    "returnDocument",
    "returnNewDocument",
    "returnOriginal",
    "sort",
    "projection",
    "fields",
    "arrayFilters",
    "collation",
    "hint",
    "let",
    "bypassDocumentValidation",
    "maxTimeMS",
    "comment",
    "writeConcern",
    "includeResultMetadata",
    "rawResult",
    "session",
];

const DELETE_OPTIONS: [&str; 12] = [
    "sort",
    "projection",
    "fields",
    "collation",
    "hint",
    "let",
    "maxTimeMS",
    "comment",
    "writeConcern",
    "includeResultMetadata",
    "rawResult",
    "session",
];

/// The options that are fields of the command under the same name.
const FIELDS: [&str; 10] = [
    "sort",
    "bypassDocumentValidation",
    "arrayFilters",
    "collation",
    "hint",
    "let",
    "maxTimeMS",
    "comment",
    "writeConcern",
    "upsert",
];

fn find_one_and_update(call: &mut Call<'_>) -> Outcome {
    let (filter, change) = (call.document(0)?, update_argument(call, 1)?);
    let options = call.options(2, &CHANGE_OPTIONS)?;
    change_one(call, filter, change, &options)
}

fn find_one_and_replace(call: &mut Call<'_>) -> Outcome {
    let (filter, replacement) = (call.document(0)?, call.document(1)?);
    check_replacement(&replacement)?;
    let options = call.options(2, &CHANGE_OPTIONS)?;
    change_one(call, filter, Bson::Document(replacement), &options)
}

fn change_one(call: &Call<'_>, filter: Document, change: Bson, options: &Options) -> Outcome {
    let mut command = doc! { "query": filter, "update": change };
    if returns_new(options)? {
        command.insert("new", true);
    }
    run(call, command, options)
}

fn find_one_and_delete(call: &mut Call<'_>) -> Outcome {
    let (filter, options) = (call.document(0)?, call.options(1, &DELETE_OPTIONS)?);
    run(call, doc! { "query": filter, "remove": true }, &options)
}

/// Three spellings for the same wish, newest first.
fn returns_new(options: &Options) -> Result<bool, Fault> {
    match options.string("returnDocument")?.as_deref() {
        Some("after") => return Ok(true),
        Some("before") => return Ok(false),
        Some(other) => {
            return Err(ScriptError::argument(format!(
                "returnDocument must be \"before\" or \"after\", got \"{other}\""
            ))
            .into());
        }
        None => {}
    }
    if let Some(new) = options.flag("returnNewDocument")? {
        return Ok(new);
    }
    Ok(options
        .flag("returnOriginal")?
        .is_some_and(|original| !original))
}

fn run(call: &Call<'_>, parts: Document, options: &Options) -> Outcome {
    let collection = call.this::<Collection>()?;
    let mut command = doc! { "findAndModify": collection.name() };
    command.extend(parts);
    let fields = if options.get("projection").is_some() {
        "projection"
    } else {
        "fields"
    };
    if let Some(projection) = options.bson(fields)? {
        command.insert("fields", projection);
    }
    options.copy_into(&mut command, &FIELDS)?;
    let metadata = options
        .flag("includeResultMetadata")?
        .or(options.flag("rawResult")?);
    let reply = target(&collection, options)?.write(call.host, command, true)?;
    if let Some(error) = in_reply(&reply) {
        return Err(error.into());
    }
    Ok(value_or_reply(reply, metadata == Some(true)))
}

fn value_or_reply(mut reply: Document, metadata: bool) -> Dynamic {
    if !metadata {
        return reply.remove("value").map_or_else(number::null, value_from);
    }
    // What concerns the driver and not the caller.
    for field in ["$clusterTime", "operationTime"] {
        reply.remove(field);
    }
    Dynamic::from(document_from(reply))
}

fn find_and_modify(call: &mut Call<'_>) -> Outcome {
    const KNOWN: [&str; 16] = [
        "query",
        "sort",
        "remove",
        "update",
        "new",
        "fields",
        "upsert",
        "bypassDocumentValidation",
        "writeConcern",
        "collation",
        "arrayFilters",
        "hint",
        "let",
        "comment",
        "maxTimeMS",
        "session",
    ];
    call.warn(
        "findAndModify is deprecated: use findOneAndUpdate, findOneAndReplace or findOneAndDelete",
    );
    let collection = call.this::<Collection>()?;
    let options = call.options(0, &KNOWN)?;
    let mut command = doc! { "findAndModify": collection.name() };
    let fields: Vec<&str> = KNOWN
        .iter()
        .copied()
        .filter(|name| *name != "session")
        .collect();
    options.copy_into(&mut command, &fields)?;
    let reply = target(&collection, &options)?.write(call.host, command, true)?;
    match in_reply(&reply) {
        Some(error) => Err(error.into()),
        None => Ok(value_or_reply(reply, false)),
    }
}
