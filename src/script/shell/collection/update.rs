//! `updateOne`, `updateMany` and `replaceOne`.

use bson::{Bson, Document, doc};
use rhai::Dynamic;

use super::Collection;
use super::common::{Written, check_replacement, check_size, check_update, plan, send};
use super::hold::hold_statement;
use super::run::Kind;
use crate::methods;
use crate::script::Doc;
use crate::script::api::{Call, Method, Options};
use crate::script::convert::{document_to_raw, value_from};
use crate::script::error::{Fault, Outcome};
use crate::script::number;
use crate::script::shell::cursor::sort_option;

pub(super) const METHODS: &[Method] = methods! {
    /// Updates the first document that matches, with operators or a pipeline. Returns how many
    /// matched and changed, and the `_id` that an upsert inserted.
    ///
    /// ```js
    /// db.orders.updateOne({ _id: 1 }, { $set: { status: "paid" } }, { upsert: true })
    /// ```
    updateOne("filter, update, options?") => update_one;
    /// Updates all documents that match.
    ///
    /// ```js
    /// db.orders.updateMany({ status: "paid" }, { $inc: { seen: 1 } })
    /// ```
    updateMany("filter, update, options?") => update_many;
    /// Replaces the first document that matches; its `_id` stays.
    ///
    /// ```js
    /// db.orders.replaceOne({ _id: 1 }, { status: "new" }, { upsert: true })
    /// ```
    replaceOne("filter, replacement, options?") => replace_one;
};

const OPTIONS: [&str; 12] = [
    "explain",
    "upsert",
    "arrayFilters",
    "collation",
    "hint",
    "sort",
    "let",
    "bypassDocumentValidation",
    "maxTimeMS",
    "comment",
    "writeConcern",
    "session",
];

fn update_one(call: &mut Call<'_>) -> Outcome {
    update(call, false)
}

fn update_many(call: &mut Call<'_>) -> Outcome {
    update(call, true)
}

fn update(call: &mut Call<'_>, many: bool) -> Outcome {
    let filter = call.document(0)?;
    let change = update_argument(call, 1)?;
    let options = call.options(2, &OPTIONS)?;
    run(call, filter, change, &options, many)
}

fn replace_one(call: &mut Call<'_>) -> Outcome {
    let filter = call.document(0)?;
    let replacement = replacement_argument(call, 1)?;
    let options = call.options(2, &OPTIONS)?;
    run(call, filter, Bson::Document(replacement), &options, false)
}

/// An update: a document of operators, or a pipeline.
pub(super) fn update_argument(call: &Call<'_>, i: usize) -> Result<Bson, Fault> {
    let given = call.arg(i);
    let change = if given.is_array() {
        call.bson(i)?
    } else {
        Bson::Document(call.document(i)?)
    };
    check_update(&given)?;
    Ok(change)
}

/// A whole document that takes the place of another.
pub(super) fn replacement_argument(call: &Call<'_>, i: usize) -> Result<Document, Fault> {
    check_replacement(&call.arg(i))?;
    let raw = document_to_raw(&call.doc(i)?)?;
    check_size(raw.as_bytes().len())?;
    Ok(Document::try_from(raw.as_ref())?)
}

/// Runs one update statement and gives mongosh's `UpdateResult`.
pub(super) fn run(
    call: &Call<'_>,
    filter: Document,
    change: Bson,
    options: &Options,
    many: bool,
) -> Outcome {
    let collection = call.this::<Collection>()?;
    let mut statement = doc! { "q": filter, "u": change };
    if let Some(upsert) = options.flag("upsert")? {
        statement.insert("upsert", upsert);
    }
    if many {
        statement.insert("multi", true);
    }
    options.copy_into(&mut statement, &["hint", "arrayFilters", "collation"])?;
    if let Some(sort) = options.get("sort").map(sort_option).transpose()?.flatten() {
        statement.insert("sort", sort);
    }
    if hold_statement(call, &collection, options, Kind::Update, &statement, many)? {
        return Ok(Dynamic::UNIT);
    }
    let command = doc! { "update": collection.name(), "updates": [statement] };
    match plan(call, &collection, options, &command)? {
        Some(plan) => Ok(plan),
        None => update_result(&send(call, &collection, options, command, many)?),
    }
}

fn update_result(written: &Written) -> Outcome {
    let upserted = written.upserted();
    let matched = match upserted {
        Some(_) => 0.into(),
        None => written.count("n"),
    };
    let inserted = i64::from(upserted.is_some());
    let mut result = Doc::new();
    result.set("acknowledged", written.acknowledged.into())?;
    result.set("insertedId", upserted.map_or_else(number::null, value_from))?;
    result.set("matchedCount", matched)?;
    result.set("modifiedCount", written.count("nModified"))?;
    result.set("upsertedCount", inserted.into())?;
    Ok(Dynamic::from(result))
}
