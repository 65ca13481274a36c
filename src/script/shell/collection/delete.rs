//! `deleteOne` and `deleteMany`.

use bson::{Document, doc};
use rhai::Dynamic;

use super::Collection;
use super::common::{plan, send};
use super::hold::hold_statement;
use super::run::Kind;
use crate::methods;
use crate::script::Doc;
use crate::script::api::{Call, Method, Options};
use crate::script::error::Outcome;

pub(super) const METHODS: &[Method] = methods! {
    /// Deletes the first document that matches.
    ///
    /// ```js
    /// db.orders.deleteOne({ status: "cancelled" })
    /// ```
    deleteOne("filter, options?") => delete_one;
    /// Deletes all documents that match; `{}` matches every one.
    ///
    /// ```js
    /// db.orders.deleteMany({ status: "cancelled" })
    /// ```
    deleteMany("filter, options?") => delete_many;
};

/// The options of both, and of the older `remove`.
pub(super) const OPTIONS: [&str; 8] = [
    "explain",
    "collation",
    "hint",
    "let",
    "maxTimeMS",
    "comment",
    "writeConcern",
    "session",
];

fn delete_one(call: &mut Call<'_>) -> Outcome {
    let (filter, options) = (call.document(0)?, call.options(1, &OPTIONS)?);
    run(call, filter, &options, false)
}

fn delete_many(call: &mut Call<'_>) -> Outcome {
    let (filter, options) = (call.document(0)?, call.options(1, &OPTIONS)?);
    run(call, filter, &options, true)
}

/// Runs one delete statement and gives mongosh's `DeleteResult`.
pub(super) fn run(call: &Call<'_>, filter: Document, options: &Options, many: bool) -> Outcome {
    let collection = call.this::<Collection>()?;
    let mut statement = doc! { "q": filter, "limit": i32::from(!many) };
    options.copy_into(&mut statement, &["collation", "hint"])?;
    if hold_statement(call, &collection, options, Kind::Delete, &statement, many)? {
        return Ok(Dynamic::UNIT);
    }
    let command = doc! { "delete": collection.name(), "deletes": [statement] };
    if let Some(plan) = plan(call, &collection, options, &command)? {
        return Ok(plan);
    }
    let written = send(call, &collection, options, command, many)?;
    let mut result = Doc::new();
    result.set("acknowledged", written.acknowledged.into())?;
    result.set("deletedCount", written.count("n"))?;
    Ok(Dynamic::from(result))
}
