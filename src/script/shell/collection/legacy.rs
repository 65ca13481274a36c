//! The older methods that labs still use. Each works and says what to use instead.

use bson::{Bson, Document, doc};
use rhai::Dynamic;

use super::Collection;
use super::common::{count, deprecated, target};
use super::count::{OPTIONS as COUNT_OPTIONS, query};
use super::insert::insert_all;
use super::{delete, update};
use crate::methods;
use crate::script::Doc;
use crate::script::api::{Call, Method, Options};
use crate::script::convert::document_from;
use crate::script::error::{Fault, Outcome, ScriptError};

pub(super) const METHODS: &[Method] = methods! {
    /// How many documents match. Deprecated: use countDocuments or estimatedDocumentCount.
    ///
    /// ```js
    /// db.orders.count({ status: "pending" })
    /// ```
    count("query?, options?") => count_matching;
    /// Inserts a document or an array of them. Deprecated: use insertOne or insertMany.
    ///
    /// ```js
    /// db.orders.insert({ _id: 1 })
    /// ```
    insert("documents, options?") => insert;
    /// Updates one document, or with `{ multi: true }` all that match. Deprecated: use updateOne or
    /// updateMany.
    ///
    /// ```js
    /// db.orders.update({ _id: 1 }, { $set: { status: "paid" } }, { upsert: true })
    /// ```
    update("filter, update, options?") => update_matching;
    /// Removes the documents that match; with `true` or `{ justOne: true }` the first. Deprecated:
    /// use deleteOne or deleteMany.
    ///
    /// ```js
    /// db.orders.remove({ status: "cancelled" }, true)
    /// ```
    remove("query, options?") => remove;
    /// Inserts a document, or replaces the one with its `_id`. Gone from mongosh; use insertOne or
    /// replaceOne with `{ upsert: true }`.
    ///
    /// ```js
    /// db.orders.save({ _id: 1, status: "new" })
    /// ```
    save("document") => save;
    /// Runs a map-reduce; its functions are JavaScript for the server, as text or Code. Deprecated:
    /// use aggregate.
    ///
    /// ```js
    /// db.orders.mapReduce("function() { emit(this.item, 1) }", "function(key, values) { return Array.sum(values) }", { out: { inline: 1 } })
    /// ```
    mapReduce("map, reduce, outOrOptions") => map_reduce;
};

fn count_matching(call: &mut Call<'_>) -> Outcome {
    deprecated(
        call,
        "Collection",
        "countDocuments or estimatedDocumentCount",
    );
    let collection = call.this::<Collection>()?;
    let options = call.options(1, &COUNT_OPTIONS)?;
    let query = query(call, 0)?;
    let mut command = doc! { "count": collection.name(), "query": query };
    options.copy_into(&mut command, &COUNT_OPTIONS[..7])?;
    Ok(count(
        &target(&collection, &options)?.read(call.host, command)?,
        "n",
    )
    .into())
}

fn insert(call: &mut Call<'_>) -> Outcome {
    deprecated(call, "Collection", "insertOne, insertMany or bulkWrite");
    let documents = match call.arg(0).into_array() {
        Ok(documents) => documents,
        Err(_) => vec![Dynamic::from(call.doc(0)?)],
    };
    insert_all(call, &documents)
}

fn update_matching(call: &mut Call<'_>) -> Outcome {
    deprecated(call, "Collection", "updateOne, updateMany or replaceOne");
    let options = call.options(
        2,
        &[
            "upsert",
            "multi",
            "explain",
            "arrayFilters",
            "collation",
            "hint",
            "let",
            "bypassDocumentValidation",
            "maxTimeMS",
            "comment",
            "writeConcern",
            "session",
        ],
    )?;
    let many = options.flag("multi")?.unwrap_or(false);
    let change = update::update_argument(call, 1)?;
    update::run(call, call.document(0)?, change, &options, many)
}

fn remove(call: &mut Call<'_>) -> Outcome {
    deprecated(call, "Collection", "deleteOne or deleteMany");
    let filter = call.document(0)?;
    let (just_one, options) = remove_options(call)?;
    delete::run(call, filter, &options, !just_one)
}

fn remove_options(call: &Call<'_>) -> Result<(bool, Options), Fault> {
    if let Ok(just_one) = call.arg(1).as_bool() {
        return Ok((just_one, Options::default()));
    }
    let known = [&["justOne"], &delete::OPTIONS[..]].concat();
    let options = call.options(1, &known)?;
    Ok((options.flag("justOne")?.unwrap_or(false), options))
}

fn save(call: &mut Call<'_>) -> Outcome {
    deprecated(
        call,
        "Collection",
        "insertOne, or replaceOne with { upsert: true }",
    );
    let document = update::replacement_argument(call, 0)?;
    let mut wish = Doc::new();
    wish.set("upsert", true.into())?;
    let options = Options::check("save", wish, &["upsert"])?;
    let id = document.get("_id").cloned();
    let filter = doc! { "_id": id.unwrap_or_else(|| Bson::ObjectId(bson::oid::ObjectId::new())) };
    update::run(call, filter, Bson::Document(document), &options, false)
}

fn map_reduce(call: &mut Call<'_>) -> Outcome {
    deprecated(call, "Collection", "aggregate");
    let collection = call.this::<Collection>()?;
    let mut command = doc! {
        "mapReduce": collection.name(),
        "map": server_code(call, 0)?,
        "reduce": server_code(call, 1)?,
    };
    match call.arg(2).is_string() {
        true => {
            command.insert("out", call.string(2)?);
        }
        false => command.extend(map_reduce_options(call)?),
    }
    let target = collection.target();
    let command = match command.remove("explain") {
        Some(verbosity) => doc! { "explain": command, "verbosity": verbosity },
        None => command,
    };
    Ok(Dynamic::from(document_from(
        target.command(call.host, command)?,
    )))
}

fn map_reduce_options(call: &Call<'_>) -> Result<Document, Fault> {
    let options = call.ordered(2)?;
    if !options.contains_key("out") {
        return Err(ScriptError::argument("Missing 'out' option")
            .hint("{ inline: 1 } gives the results back, a name writes them to that collection")
            .into());
    }
    Ok(options)
}

/// A function for the server. One of the script's own would have to be JavaScript.
fn server_code(call: &Call<'_>, i: usize) -> Result<Bson, Fault> {
    if call.arg(i).is_fnptr() {
        let error = ScriptError::unsupported("mapReduce runs JavaScript on the server");
        return Err(error
            .hint("give the function as text or Code(…), or use aggregate with $group")
            .into());
    }
    call.bson(i)
}
