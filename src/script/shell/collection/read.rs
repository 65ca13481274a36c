//! Queries: `find`, `findOne`, `aggregate`, `watch`, `explain`.
//!
//! Arguments and options as in mongosh 2 (<https://www.mongodb.com/docs/manual/reference/method/js-collection/>).

use rhai::Dynamic;

use super::Collection;
use crate::methods;
use crate::script::api::{Call, Method};
use crate::script::error::Outcome;
use crate::script::shell::cursor::open;
use crate::script::shell::cursor::watch::{Scope, watch};
use crate::script::shell::explain::Explainable;

pub(super) const METHODS: &[Method] = methods! {
    /// Finds the documents that match a filter; gives a cursor.
    ///
    /// ```js
    /// db.orders.find({ status: "new" }, { status: 1 }).sort({ _id: -1 }).limit(5)
    /// ```
    find("query?, projection?, options?") => find;
    /// The first document that matches a filter, or null.
    ///
    /// ```js
    /// db.orders.findOne({ _id: 1 })
    /// ```
    findOne("query?, projection?, options?") => find_one;
    /// Runs the stages of an aggregation pipeline; gives a cursor.
    ///
    /// ```js
    /// db.orders.aggregate([{ $match: { status: "new" } }, { $group: { _id: "$customer", n: { $sum: 1 } } }])
    /// ```
    aggregate("...pipeline") => aggregate;
    /// Watches the collection's changes: gives a cursor that waits for the next one.
    ///
    /// ```js
    /// let changes = db.orders.watch([{ $match: { operationType: "insert" } }], { fullDocument: "updateLookup" }); db.orders.insertOne({ total: 5 }); print(changes.next())
    /// ```
    watch("pipeline?, options?") => watch_collection;
    /// The collection with methods that show how the server would run them.
    ///
    /// ```js
    /// db.orders.explain("executionStats").find({ status: "new" })
    /// ```
    explain("verbosity?") => explain;
};

fn find(call: &mut Call<'_>) -> Outcome {
    let collection = call.this::<Collection>()?;
    open::find(call, collection.target(), collection.name())
}

fn find_one(call: &mut Call<'_>) -> Outcome {
    let collection = call.this::<Collection>()?;
    open::find_one(call, collection.target(), collection.name())
}

fn aggregate(call: &mut Call<'_>) -> Outcome {
    let collection = call.this::<Collection>()?;
    open::aggregate(call, collection.target(), Some(collection.name()))
}

fn watch_collection(call: &mut Call<'_>) -> Outcome {
    let collection = call.this::<Collection>()?;
    watch(
        call,
        collection.target(),
        Scope::Collection(collection.name()),
    )
}

fn explain(call: &mut Call<'_>) -> Outcome {
    let explainable = Explainable::new(call.this()?, &call.arg(0))?;
    Ok(Dynamic::from(explainable))
}
