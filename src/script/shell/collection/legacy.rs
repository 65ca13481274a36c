//! The older methods that labs still use. Each works and says what to use instead.

use bson::{Bson, doc};
use rhai::Dynamic;

use super::Collection;
use super::bulk_write::{Op, Run};
use super::common::{check_update, count, target};
use super::{delete, update};
use crate::methods;
use crate::script::Doc;
use crate::script::api::{Call, Method, Options};
use crate::script::convert::bson_value;
use crate::script::error::{Fault, Outcome};

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
    save("document, options?") => save;
};

fn deprecated(call: &Call<'_>, instead: &str) {
    call.warn(&format!(
        "{} is deprecated: use {instead}",
        call.method.name
    ));
}

fn count_matching(call: &mut Call<'_>) -> Outcome {
    deprecated(call, "countDocuments or estimatedDocumentCount");
    let collection = call.this::<Collection>()?;
    let known = [
        "limit",
        "skip",
        "hint",
        "maxTimeMS",
        "collation",
        "comment",
        "readConcern",
        "session",
    ];
    let options = call.options(1, &known)?;
    let query = if call.given(0).is_some() {
        call.document(0)?
    } else {
        doc! {}
    };
    let mut command = doc! { "count": collection.name(), "query": query };
    options.copy_into(&mut command, &known[..7])?;
    Ok(count(
        &target(&collection, &options)?.read(call.host, command)?,
        "n",
    )
    .into())
}

fn insert(call: &mut Call<'_>) -> Outcome {
    deprecated(call, "insertOne or insertMany");
    let collection = call.this::<Collection>()?;
    let options = call.options(
        1,
        &[
            "ordered",
            "bypassDocumentValidation",
            "comment",
            "writeConcern",
            "session",
        ],
    )?;
    let documents = match call.arg(0).into_array() {
        Ok(documents) => documents,
        Err(_) => vec![Dynamic::from(call.doc(0)?)],
    };
    let mut run = Run::new(&collection, target(&collection, &options)?, &options)?;
    for document in &documents {
        match bson_value(document)? {
            Bson::Document(document) => run.push(Op::Insert(document)),
            _ => return Err(call.expected(0, "a document or an array of documents")),
        }
    }
    let done = run.execute(call.host)?;
    let mut result = Doc::new();
    result.set("acknowledged", done.acknowledged.into())?;
    result.set("insertedIds", done.inserted_ids())?;
    Ok(Dynamic::from(result))
}

fn update_matching(call: &mut Call<'_>) -> Outcome {
    deprecated(call, "updateOne, updateMany or replaceOne");
    let options = call.options(
        2,
        &[
            "upsert",
            "multi",
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
    let change = if call.arg(1).is_array() {
        call.bson(1)?
    } else {
        Bson::Document(call.document(1)?)
    };
    check_update(&change)?;
    update::run(call, call.document(0)?, change, &options, many)
}

fn remove(call: &mut Call<'_>) -> Outcome {
    deprecated(call, "deleteOne or deleteMany");
    let filter = call.document(0)?;
    let (just_one, options) = remove_options(call)?;
    delete::run(call, filter, &options, !just_one)
}

fn remove_options(call: &Call<'_>) -> Result<(bool, Options), Fault> {
    if let Ok(just_one) = call.arg(1).as_bool() {
        return Ok((just_one, Options::default()));
    }
    let options = call.options(
        1,
        &[
            "justOne",
            "collation",
            "hint",
            "let",
            "maxTimeMS",
            "comment",
            "writeConcern",
            "session",
        ],
    )?;
    Ok((options.flag("justOne")?.unwrap_or(false), options))
}

fn save(call: &mut Call<'_>) -> Outcome {
    deprecated(call, "insertOne, or replaceOne with { upsert: true }");
    let document = call.document(0)?;
    let mut wish = Doc::new();
    wish.set("upsert", true.into())?;
    let options = Options::check("save", wish, &["upsert"])?;
    let id = document.get("_id").cloned();
    let filter = doc! { "_id": id.unwrap_or_else(|| Bson::ObjectId(bson::oid::ObjectId::new())) };
    update::run(call, filter, Bson::Document(document), &options, false)
}
