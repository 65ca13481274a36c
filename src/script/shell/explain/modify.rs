//! Explanations of commands that would write; nothing is written.

use bson::{Bson, Document, doc};

use super::Explainable;
use crate::methods;
use crate::script::api::{Call, Method, Options};
use crate::script::error::{Fault, Outcome, ScriptError};
use crate::script::shell::cursor::{open, sort_option};

pub(super) const METHODS: &[Method] = methods! {
    /// How the server would update documents.
    ///
    /// ```js
    /// db.orders.explain().update({ status: "new" }, { $set: { status: "seen" } }, { multi: true })
    /// ```
    update("query, update, options?") => update;
    /// How the server would delete documents.
    ///
    /// ```js
    /// db.orders.explain().remove({ status: "old" })
    /// ```
    remove("query, options?") => remove;
    /// How the server would find one document and change or delete it.
    ///
    /// ```js
    /// db.orders.insertOne({ _id: 1 }); db.orders.explain().findAndModify({ query: { _id: 1 }, update: { $inc: { n: 1 } } })
    /// ```
    findAndModify("options") => find_and_modify;
    /// How the server would find one document and delete it.
    ///
    /// ```js
    /// db.orders.insertOne({ _id: 1 }); db.orders.explain().findOneAndDelete({ _id: 1 })
    /// ```
    findOneAndDelete("filter, options?") => find_one_and_delete;
    /// How the server would find one document and replace it.
    ///
    /// ```js
    /// db.orders.insertOne({ _id: 1 }); db.orders.explain().findOneAndReplace({ _id: 1 }, { n: 2 })
    /// ```
    findOneAndReplace("filter, replacement, options?") => find_one_and_replace;
    /// How the server would find one document and update it.
    ///
    /// ```js
    /// db.orders.insertOne({ _id: 1 }); db.orders.explain().findOneAndUpdate({ _id: 1 }, { $inc: { n: 1 } })
    /// ```
    findOneAndUpdate("filter, update, options?") => find_one_and_update;
    /// How the server would run a map-reduce; its functions are JavaScript for the server.
    ///
    /// ```js no_run
    /// db.orders.explain().mapReduce(Code("function() { emit(this.k, 1) }"), Code("function(k, v) { return v.length }"), { out: { inline: 1 } })
    /// ```
    mapReduce("map, reduce, options") => map_reduce;
};

const STATEMENT: &[&str] = &["multi", "upsert", "collation", "arrayFilters", "hint"];

fn update(call: &mut Call<'_>) -> Outcome {
    let this = call.this::<Explainable>()?;
    let known = [STATEMENT, &["bypassDocumentValidation", "let", "comment"]].concat();
    let options = call.options(2, &known)?;
    let mut statement = doc! { "q": open::filter(call, 0)?, "u": call.bson(1)? };
    options.copy_into(&mut statement, STATEMENT)?;
    let mut command = doc! { "update": this.collection.name(), "updates": [statement] };
    options.copy_into(
        &mut command,
        &["bypassDocumentValidation", "let", "comment"],
    )?;
    this.write(call.host, command)
}

fn remove(call: &mut Call<'_>) -> Outcome {
    let this = call.this::<Explainable>()?;
    let mut statement = doc! { "q": open::filter(call, 0)? };
    // The second argument may be justOne itself.
    let (one, options) = match call.arg(1).as_bool() {
        Ok(one) => (one, Options::default()),
        Err(_) => {
            let options = call.options(1, &["justOne", "collation", "hint", "let", "comment"])?;
            (options.flag("justOne")?.unwrap_or(false), options)
        }
    };
    statement.insert("limit", i32::from(one));
    options.copy_into(&mut statement, &["collation", "hint"])?;
    let mut command = doc! { "delete": this.collection.name(), "deletes": [statement] };
    options.copy_into(&mut command, &["let", "comment"])?;
    this.write(call.host, command)
}

/// Options of `findAndModify` that are fields of the command under the same name.
const SAME: &[&str] = &[
    "upsert",
    "bypassDocumentValidation",
    "maxTimeMS",
    "collation",
    "arrayFilters",
    "hint",
    "comment",
    "let",
];

fn find_and_modify(call: &mut Call<'_>) -> Outcome {
    let this = call.this::<Explainable>()?;
    let own = ["query", "sort", "remove", "update", "new", "fields"];
    let options = call.options(0, &[&own, SAME].concat())?;
    let query = options.document("query")?.unwrap_or_default();
    let mut command = doc! { "findAndModify": this.collection.name(), "query": query };
    sort_into(&options, &mut command)?;
    options.copy_into(&mut command, &["fields", "remove", "update", "new"])?;
    options.copy_into(&mut command, SAME)?;
    this.write(call.host, command)
}

fn find_one_and_delete(call: &mut Call<'_>) -> Outcome {
    find_one_and(call, None, 1)
}

fn find_one_and_replace(call: &mut Call<'_>) -> Outcome {
    let replacement = call.document(1)?;
    if replacement.keys().any(|key| key.starts_with('$')) {
        let message = "Replacement document must not contain atomic operators";
        return Err(ScriptError::new("MongoInvalidArgumentError", message).into());
    }
    find_one_and(call, Some(replacement.into()), 2)
}

fn find_one_and_update(call: &mut Call<'_>) -> Outcome {
    let update = call.bson(1)?;
    find_one_and(call, Some(update), 2)
}

/// `update` is none for a delete; the options are argument `at`.
fn find_one_and(call: &Call<'_>, update: Option<Bson>, at: usize) -> Outcome {
    let this = call.this::<Explainable>()?;
    let own = [
        "sort",
        "projection",
        "returnDocument",
        "returnNewDocument",
        "returnOriginal",
        "includeResultMetadata",
    ];
    let options = call.options(at, &[&own, SAME].concat())?;
    let query = open::filter(call, 0)?;
    let mut command = doc! { "findAndModify": this.collection.name(), "query": query };
    if let Some(fields) = options.bson("projection")? {
        command.insert("fields", fields);
    }
    sort_into(&options, &mut command)?;
    match update {
        None => command.insert("remove", true),
        Some(update) => {
            command.insert("update", update);
            command.insert("new", returns_new(&options)?)
        }
    };
    options.copy_into(&mut command, SAME)?;
    this.write(call.host, command)
}

fn sort_into(options: &Options, command: &mut Document) -> Result<(), Fault> {
    if let Some(sort) = options.get("sort").map(sort_option).transpose()?.flatten() {
        command.insert("sort", sort);
    }
    Ok(())
}

/// Whether the document after the change is asked for, in any of the ways that mongosh knows.
fn returns_new(options: &Options) -> Result<bool, Fault> {
    match options.string("returnDocument")?.as_deref() {
        Some("after") => return Ok(true),
        Some("before") => return Ok(false),
        Some(_) => {
            let message = "returnDocument needs to be either 'before' or 'after'";
            return Err(ScriptError::argument(message).into());
        }
        None => {}
    }
    if let Some(original) = options.flag("returnOriginal")? {
        return Ok(!original);
    }
    Ok(options.flag("returnNewDocument")?.unwrap_or(false))
}

fn map_reduce(call: &mut Call<'_>) -> Outcome {
    const OPTIONS: &[&str] = &[
        "out",
        "query",
        "sort",
        "limit",
        "finalize",
        "scope",
        "verbose",
        "bypassDocumentValidation",
        "collation",
    ];
    let this = call.this::<Explainable>()?;
    let mut command = doc! {
        "mapReduce": this.collection.name(),
        "map": call.bson(0)?,
        "reduce": call.bson(1)?,
    };
    match call.arg(2).into_string() {
        Ok(out) => {
            command.insert("out", out);
        }
        Err(_) => call.options(2, OPTIONS)?.copy_into(&mut command, OPTIONS)?,
    }
    this.write(call.host, command)
}
