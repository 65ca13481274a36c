//! `findOneAndUpdate`, `findOneAndReplace`, `findOneAndDelete` and the older `findAndModify`.

use bson::{Bson, Document, doc};
use rhai::Dynamic;

use super::Collection;
use super::common::{failure, has_operators, invalid, plan, target};
use super::update::{replacement_argument, update_argument};
use crate::methods;
use crate::script::api::{Call, Method, Options};
use crate::script::convert::{bson_value, document_from, value_from};
use crate::script::error::{Fault, Outcome, ScriptError};
use crate::script::number;
use crate::script::shell::cursor::sort_option;

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
    /// `remove`, `new`, `sort`, `fields`, `upsert`. Better: findOneAndUpdate and its kin.
    ///
    /// ```js
    /// db.counters.findAndModify({ query: { _id: "orders" }, update: { $inc: { n: 1 } }, upsert: true, new: true })
    /// ```
    findAndModify("options") => find_and_modify;
};

const CHANGE_OPTIONS: [&str; 20] = [
    "explain",
    "upsert",
    "returnDocument",
    "new",
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

const DELETE_OPTIONS: [&str; 13] = [
    "explain",
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
const FIELDS: [&str; 4] = ["let", "maxTimeMS", "comment", "writeConcern"];

/// And those that only a change has; a removal overlooks them.
const CHANGE_FIELDS: [&str; 3] = ["upsert", "bypassDocumentValidation", "arrayFilters"];

fn find_one_and_update(call: &mut Call<'_>) -> Outcome {
    let (filter, change) = (call.document(0)?, update_argument(call, 1)?);
    let options = call.options(2, &CHANGE_OPTIONS)?;
    change_one(call, filter, change, &options)
}

fn find_one_and_replace(call: &mut Call<'_>) -> Outcome {
    let (filter, replacement) = (call.document(0)?, replacement_argument(call, 1)?);
    let options = call.options(2, &CHANGE_OPTIONS)?;
    change_one(call, filter, Bson::Document(replacement), &options)
}

fn change_one(call: &Call<'_>, filter: Document, change: Bson, options: &Options) -> Outcome {
    let mut command = doc! { "query": filter, "update": change };
    if returns_new(options)? {
        command.insert("new", true);
    }
    options.copy_into(&mut command, &CHANGE_FIELDS)?;
    run(call, command, options)
}

fn find_one_and_delete(call: &mut Call<'_>) -> Outcome {
    let (filter, options) = (call.document(0)?, call.options(1, &DELETE_OPTIONS)?);
    run(call, doc! { "query": filter, "remove": true }, &options)
}

/// Four spellings for the same wish; mongosh looks at them in this order.
fn returns_new(options: &Options) -> Result<bool, Fault> {
    if let Some(wish) = options.get("returnDocument") {
        return match wish.clone().into_string().as_deref() {
            Ok("after") => Ok(true),
            Ok("before") => Ok(false),
            _ => {
                let message = "returnDocument needs to be either 'before' or 'after'";
                Err(ScriptError::argument(message).into())
            }
        };
    }
    if let Some(original) = options.flag("returnOriginal")? {
        return Ok(!original);
    }
    let new = options.flag("returnNewDocument")?;
    Ok(new.or(options.flag("new")?).unwrap_or(false))
}

fn run(call: &Call<'_>, parts: Document, options: &Options) -> Outcome {
    let collection = call.this::<Collection>()?;
    let mut command = doc! { "findAndModify": collection.name() };
    command.extend(parts);
    if let Some(sort) = options.get("sort").map(sort_option).transpose()?.flatten() {
        command.insert("sort", sort);
    }
    if let Some(projection) = projection(options)? {
        command.insert("fields", projection);
    }
    options.copy_into(&mut command, &["collation", "hint"])?;
    if let Some(plan) = plan(call, &collection, options, &command)? {
        return Ok(plan);
    }
    options.copy_into(&mut command, &FIELDS)?;
    let metadata = options
        .flag("includeResultMetadata")?
        .or(options.flag("rawResult")?);
    let reply = target(&collection, options)?.write(call.host, command, true)?;
    match failure(&reply) {
        Some(error) => Err(error.into()),
        None => Ok(value_or_reply(reply, metadata == Some(true))),
    }
}

fn projection(options: &Options) -> Result<Option<Bson>, Fault> {
    match (options.bson("projection")?, options.bson("fields")?) {
        (Some(_), Some(_)) => Err(ScriptError::argument(
            "Cannot specify both .fields and .projection for findAndModify()",
        )
        .into()),
        (projection, fields) => Ok(projection.or(fields)),
    }
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

/// `findAndModify` is one of the three others, as its fields say.
fn find_and_modify(call: &mut Call<'_>) -> Outcome {
    let known = [&["query", "update", "remove"], &CHANGE_OPTIONS[..]].concat();
    let options = call.options(0, &known)?;
    let query = options.document("query")?.ok_or_else(|| {
        ScriptError::argument("Missing required property: \"query\"")
            .hint("an empty one means the first document")
    })?;
    if options.flag("remove")? == Some(true) {
        return run(call, doc! { "query": query, "remove": true }, &options);
    }
    let Some(change) = options.get("update").filter(|u| !u.is_unit()) else {
        let message = "Must specify options.update or options.remove";
        return Err(ScriptError::argument(message).into());
    };
    if change.is_array() && !has_operators(change) {
        return Err(invalid("Update document requires atomic operators").into());
    }
    let change = bson_value(change)?;
    change_one(call, query, change, &options)
}
