//! [`AggregationCursor`]: the cursor of `aggregate`.

use std::any::TypeId;
use std::rc::Rc;

use bson::{Bson, doc};
use rhai::Engine;

use super::plan::Kind;
use super::sort::sort_spec;
use super::{Core, core, iteration, modify};
use crate::methods;
use crate::script::api::{self, Call, Class, Method, Receiver};
use crate::script::error::Outcome;
use crate::script::host::Host;
use crate::script::shell::explain;

/// A handle of an aggregation's cursor; copies are the same cursor.
#[derive(Clone)]
pub struct AggregationCursor(pub Rc<Core>);

const fn class(methods: &'static [Method]) -> Class {
    Class {
        name: "AggregationCursor",
        docs: "The results of an aggregation, read as they are needed.",
        receiver: Receiver::Value(TypeId::of::<AggregationCursor>),
        methods,
    }
}

static OWN: Class = class(METHODS);
static READING: Class = class(iteration::READING);
static ALL: Class = class(iteration::ALL);
static FINITE: Class = class(iteration::FINITE);
static COMMON: Class = class(modify::COMMON);

pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    engine.register_type_with_name::<AggregationCursor>("AggregationCursor");
    for class in [&OWN, &READING, &ALL, &FINITE, &COMMON] {
        api::register(engine, host, class);
    }
}

const METHODS: &[Method] = methods! {
    /// Adds a $sort stage.
    ///
    /// ```js
    /// db.orders.aggregate([{ $match: {} }]).sort({ total: -1 }).toArray()
    /// ```
    sort("fields") => sort;
    /// Adds a $skip stage.
    ///
    /// ```js
    /// db.orders.aggregate([{ $match: {} }]).skip(2).toArray()
    /// ```
    skip("count") => skip;
    /// Adds a $project stage.
    ///
    /// ```js
    /// db.orders.aggregate([{ $match: {} }]).projection({ status: 1 }).toArray()
    /// ```
    projection("fields") => projection;
    /// How the server runs the aggregation: queryPlanner, executionStats or allPlansExecution.
    ///
    /// ```js
    /// db.orders.aggregate([{ $match: { status: "new" } }]).explain()
    /// ```
    explain("verbosity?") => explain::of_cursor;
};

fn stage(call: &Call<'_>, name: &str, value: Bson) -> Outcome {
    core(call)?.change(|plan| {
        if let Kind::Aggregate { pipeline, .. } = &mut plan.kind {
            pipeline.push(doc! { name: value }.into());
        }
        Ok(())
    })?;
    Ok(call.receiver())
}

fn sort(call: &mut Call<'_>) -> Outcome {
    let spec = sort_spec(call, 0)?.unwrap_or_default();
    stage(call, "$sort", spec.into())
}

fn skip(call: &mut Call<'_>) -> Outcome {
    let count = modify::number(call, "Operation \"skip\" requires an integer")?;
    stage(call, "$skip", count)
}

fn projection(call: &mut Call<'_>) -> Outcome {
    let fields = modify::projection_of(call.arg(0), || call.document(0).map(Bson::Document))?;
    stage(call, "$project", fields)
}
