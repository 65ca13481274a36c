//! Opening cursors: from a call's arguments to a cursor.

use std::rc::Rc;

use bson::{Bson, Document};
use rhai::Dynamic;

use super::modify::{is_given, projection_of};
use super::plan::{Kind, Plan, writes};
use super::read_preference::from_option;
use super::sort::sort_option;
use super::{AggregationCursor, Core, Cursor, Paging, RunCommandCursor};
use crate::script::api::{Call, Options};
use crate::script::convert::bson_value;
use crate::script::error::{Fault, Outcome};
use crate::script::host::Host;
use crate::script::shell::explain;
use crate::script::shell::target::Target;

/// Options of `find` and `findOne`.
pub const FIND_OPTIONS: &[&str] = &[
    "allowDiskUse",
    "allowPartialResults",
    "awaitData",
    "batchSize",
    "collation",
    "comment",
    "explain",
    "hint",
    "let",
    "limit",
    "max",
    "maxAwaitTimeMS",
    "maxTimeMS",
    "min",
    "noCursorTimeout",
    "oplogReplay",
    "projection",
    "readConcern",
    "readPreference",
    "returnKey",
    "showRecordId",
    "singleBatch",
    "skip",
    "sort",
    "tailable",
];

/// Options of `aggregate`.
pub const AGGREGATE_OPTIONS: &[&str] = &[
    "allowDiskUse",
    "batchSize",
    "bypassDocumentValidation",
    "collation",
    "comment",
    "cursor",
    "explain",
    "hint",
    "let",
    "maxAwaitTimeMS",
    "maxTimeMS",
    "readConcern",
    "readPreference",
    "writeConcern",
];

/// The plan of `find(query, projection, options)`, whose arguments start at `i`.
///
/// # Errors
/// Where an argument is of the wrong type, or an option unknown.
pub fn find_plan(call: &Call<'_>, target: &Target, name: &str, i: usize) -> Result<Plan, Fault> {
    let filter = filter(call, i)?;
    let options = call.options(i + 2, FIND_OPTIONS)?;
    let kind = Kind::Find {
        collection: name.into(),
        filter,
    };
    let mut plan = Plan::new(target.clone(), kind);
    apply_options(&mut plan, &options)?;
    if call.given(i + 1).is_some() {
        let fields = projection_of(call.arg(i + 1), || Ok(call.document(i + 1)?.into()))?;
        plan.settings.insert("projection", fields);
    }
    Ok(plan)
}

/// Argument `i` as a filter: a document, or an `_id`'s ObjectId; an empty one where it is missing.
///
/// # Errors
/// Where it is something else.
pub fn filter(call: &Call<'_>, i: usize) -> Result<Document, Fault> {
    let given = call.arg(i);
    if let Some(id) = given.read_lock::<bson::oid::ObjectId>() {
        return Ok(bson::doc! { "_id": *id });
    }
    // A null is no filter: it may be what a script failed to find, and must not mean everything.
    match is_given(&given) {
        true => call.document(i),
        false => Ok(Document::new()),
    }
}

/// Takes over the options of a `find` or `aggregate`.
fn apply_options(plan: &mut Plan, options: &Options) -> Result<(), Fault> {
    for (name, value) in options.as_doc().iter().filter(|(_, v)| is_given(v)) {
        let value: Bson = match name.as_str() {
            "explain" => continue,
            "readPreference" => {
                plan.selection = Some(from_option(bson_value(value)?)?);
                continue;
            }
            "sort" => match sort_option(value)? {
                Some(sort) => sort.into(),
                None => continue,
            },
            "projection" => projection_of(value.clone(), || Ok(bson_value(value)?))?,
            "limit" | "skip" | "batchSize" | "maxTimeMS" | "maxAwaitTimeMS" => {
                match options.int(name)? {
                    Some(n) => i32::try_from(n).map_or(Bson::Int64(n), Bson::Int32),
                    None => continue,
                }
            }
            "readConcern" if value.is_string() => {
                Bson::Document(bson::doc! { "level": bson_value(value)? })
            }
            _ => bson_value(value)?,
        };
        plan.settings.insert(name.as_str(), value);
    }
    Ok(())
}

/// `find(query, projection, options)` on a collection; with the option `explain`, how the server
/// runs it.
///
/// # Errors
/// As [`find_plan`]; the server's for `explain`.
pub fn find(call: &Call<'_>, target: &Target, name: &str) -> Outcome {
    let plan = find_plan(call, target, name, 0)?;
    let options = call.options(2, FIND_OPTIONS)?;
    if let Some(verbosity) = explain::wanted(&options)? {
        return explain::run(call.host, &plan, &verbosity);
    }
    Ok(Dynamic::from(Cursor(remembered(call.host, plan))))
}

/// `findOne(query, projection, options)` on a collection: a document or null.
///
/// # Errors
/// As [`find`].
pub fn find_one(call: &Call<'_>, target: &Target, name: &str) -> Outcome {
    let mut plan = find_plan(call, target, name, 0)?;
    let options = call.options(2, FIND_OPTIONS)?;
    plan.settings.insert("limit", 1);
    plan.settings.insert("singleBatch", true);
    if let Some(verbosity) = explain::wanted(&options)? {
        return explain::run(call.host, &plan, &verbosity);
    }
    Core::lazy(call.host, plan).next()
}

/// `aggregate(pipeline, options)` or `aggregate(stage, stage, …)`, on a collection or (`None`) the
/// database. A pipeline that writes runs at once.
///
/// # Errors
/// Where an argument is of the wrong type, or an option unknown; the server's for one that runs
/// at once.
pub fn aggregate(call: &Call<'_>, target: &Target, name: Option<&str>) -> Outcome {
    let (plan, options) = aggregate_plan(call, target, name)?;
    if let Some(verbosity) = explain::wanted(&options)? {
        return explain::run(call.host, &plan, &verbosity);
    }
    aggregate_now(call.host, plan)
}

/// The cursor of an aggregation.
fn aggregate_now(host: &Rc<Host>, plan: Plan) -> Outcome {
    let at_once = matches!(&plan.kind, Kind::Aggregate { pipeline, .. } if writes(pipeline));
    let core = remembered(host, plan);
    if at_once {
        core.has_next()?;
    }
    Ok(Dynamic::from(AggregationCursor(core)))
}

/// The plan of an aggregation, and its options.
///
/// # Errors
/// As [`aggregate`].
pub fn aggregate_plan(
    call: &Call<'_>,
    target: &Target,
    name: Option<&str>,
) -> Result<(Plan, Options), Fault> {
    let whole = call.count() == 0 || call.arg(0).is_array() || call.given(0).is_none();
    let (pipeline, options) = match whole {
        true => (pipeline(call, 0)?, call.options(1, AGGREGATE_OPTIONS)?),
        false => (stages(call)?, Options::default()),
    };
    let kind = Kind::Aggregate {
        collection: name.map(Rc::from),
        pipeline,
    };
    let mut plan = Plan::new(target.clone(), kind);
    apply_options(&mut plan, &options)?;
    Ok((plan, options))
}

/// Argument `i` as the stages of a pipeline; none where it is missing.
///
/// # Errors
/// Where it is no array.
pub fn pipeline(call: &Call<'_>, i: usize) -> Result<Vec<Bson>, Fault> {
    if call.given(i).is_none() {
        return Ok(Vec::new());
    }
    call.array(i)?
        .iter()
        .map(|stage| Ok(bson_value(stage)?))
        .collect()
}

/// All arguments as stages.
fn stages(call: &Call<'_>) -> Result<Vec<Bson>, Fault> {
    (0..call.count())
        .map(|i| Ok(call.document(i)?.into()))
        .collect()
}

/// The cursor of a command that is given as a document; the command is sent at the first read.
pub fn run_cursor_command(host: &Rc<Host>, target: &Target, command: Document) -> Dynamic {
    let plan = Plan::new(target.clone(), Kind::Command(command));
    Dynamic::from(RunCommandCursor(remembered(host, plan)))
}

/// A cursor that `it()` goes on with.
fn remembered(host: &Rc<Host>, plan: Plan) -> Rc<Core> {
    let core = Core::lazy(host, plan);
    Paging::of(host).set(&core);
    core
}
