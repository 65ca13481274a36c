//! Modifiers: methods that change what a cursor will ask, and return the cursor.

use bson::Bson;
use rhai::Dynamic;

use super::core;
use super::read_preference::selection;
use super::sort::sort_spec;
use crate::methods;
use crate::script::api::{Call, Method};
use crate::script::error::{Fault, Outcome, ScriptError};
use crate::script::number::NULL;

/// Modifiers of all queries.
pub(super) const COMMON: &[Method] = methods! {
    /// Sets how many documents the server sends at a time.
    ///
    /// ```js
    /// db.orders.find().batchSize(500).toArray()
    /// ```
    batchSize("size") => batch_size;
    /// Sets after how many milliseconds the server gives up.
    ///
    /// ```js
    /// db.orders.find().maxTimeMS(2000).toArray()
    /// ```
    maxTimeMS("milliseconds") => max_time_ms;
};

/// Sets one setting of the query; gives the cursor.
pub(super) fn set(call: &Call<'_>, name: &str, value: impl Into<Bson>) -> Outcome {
    let value = value.into();
    core(call)?.change(|plan| {
        plan.settings.insert(name, value);
        Ok(())
    })?;
    Ok(call.receiver())
}

/// The argument as a number; mongosh's error where it is none.
pub(super) fn number(call: &Call<'_>, what: &str) -> Result<Bson, Fault> {
    let given = call.arg(0);
    if given.is_int() || given.is_float() {
        return call.bson(0);
    }
    let error = ScriptError::new("MongoInvalidArgumentError", what);
    Err(error
        .hint(format!("the call is {}", call.method.signature()))
        .into())
}

fn not_tailable(call: &Call<'_>, what: &str) -> Result<(), Fault> {
    let tailable = core(call)?.plan()?.settings.get_bool("tailable");
    match tailable {
        Ok(true) => Err(ScriptError::new(
            "MongoTailableCursorError",
            format!("Tailable cursor does not support {what}"),
        )
        .into()),
        _ => Ok(()),
    }
}

fn batch_size(call: &mut Call<'_>) -> Outcome {
    not_tailable(call, "batchSize")?;
    let size = number(call, "Operation \"batchSize\" requires an integer")?;
    set(call, "batchSize", size)
}

fn max_time_ms(call: &mut Call<'_>) -> Outcome {
    let time = number(call, "Argument for maxTimeMS must be a number")?;
    set(call, "maxTimeMS", time)
}

pub(super) fn limit(call: &mut Call<'_>) -> Outcome {
    let n = number(call, "Operation \"limit\" requires an integer")?;
    set(call, "limit", n)
}

pub(super) fn skip(call: &mut Call<'_>) -> Outcome {
    let n = number(call, "Operation \"skip\" requires an integer")?;
    set(call, "skip", n)
}

pub(super) fn sort(call: &mut Call<'_>) -> Outcome {
    match sort_spec(call, 0)? {
        Some(spec) => set(call, "sort", spec),
        None => Ok(call.receiver()),
    }
}

pub(super) fn projection(call: &mut Call<'_>) -> Outcome {
    let fields = projection_of(call.arg(0), || call.ordered(0).map(Bson::Document))?;
    set(call, "projection", fields)
}

/// A projection: a document, or the names of the fields to include.
pub(super) fn projection_of(
    given: Dynamic,
    document: impl FnOnce() -> Result<Bson, Fault>,
) -> Result<Bson, Fault> {
    let Ok(names) = given.into_array() else {
        return document();
    };
    let mut fields = bson::Document::new();
    for name in names {
        let name = name
            .into_string()
            .map_err(|got| ScriptError::argument(format!("expected names of fields, got {got}")))?;
        fields.insert(name, 1);
    }
    if fields.is_empty() {
        fields.insert("_id", 1);
    }
    Ok(fields.into())
}

pub(super) fn hint(call: &mut Call<'_>) -> Outcome {
    let hint = match call.arg(0).is_string() {
        true => call.bson(0)?,
        false => call.ordered(0)?.into(),
    };
    set(call, "hint", hint)
}

pub(super) fn min(call: &mut Call<'_>) -> Outcome {
    let bounds = call.ordered(0)?;
    set(call, "min", bounds)
}

pub(super) fn max(call: &mut Call<'_>) -> Outcome {
    let bounds = call.ordered(0)?;
    set(call, "max", bounds)
}

pub(super) fn collation(call: &mut Call<'_>) -> Outcome {
    let spec = call.document(0)?;
    set(call, "collation", spec)
}

pub(super) fn comment(call: &mut Call<'_>) -> Outcome {
    let comment = call.bson(0)?;
    set(call, "comment", comment)
}

/// A flag that is on unless the argument says no.
fn flag(call: &mut Call<'_>, name: &str) -> Outcome {
    let on = call.opt_bool(0)?.unwrap_or(true);
    set(call, name, on)
}

pub(super) fn return_key(call: &mut Call<'_>) -> Outcome {
    flag(call, "returnKey")
}

pub(super) fn show_record_id(call: &mut Call<'_>) -> Outcome {
    flag(call, "showRecordId")
}

pub(super) fn allow_disk_use(call: &mut Call<'_>) -> Outcome {
    flag(call, "allowDiskUse")
}

pub(super) fn allow_partial_results(call: &mut Call<'_>) -> Outcome {
    flag(call, "allowPartialResults")
}

pub(super) fn no_cursor_timeout(call: &mut Call<'_>) -> Outcome {
    flag(call, "noCursorTimeout")
}

pub(super) fn oplog_replay(call: &mut Call<'_>) -> Outcome {
    flag(call, "oplogReplay")
}

pub(super) fn tailable(call: &mut Call<'_>) -> Outcome {
    let options = call.options(0, &["awaitData"])?;
    let waits = options.flag("awaitData")?.unwrap_or(false);
    core(call)?.change(|plan| {
        plan.settings.insert("tailable", true);
        plan.settings.insert("awaitData", waits);
        Ok(())
    })?;
    Ok(call.receiver())
}

pub(super) fn max_await_time_ms(call: &mut Call<'_>) -> Outcome {
    let time = number(call, "Argument for maxAwaitTimeMS must be a number")?;
    set(call, "maxAwaitTimeMS", time)
}

pub(super) fn read_concern(call: &mut Call<'_>) -> Outcome {
    let level = call.string(0)?;
    set(call, "readConcern", bson::doc! { "level": level })
}

pub(super) fn read_pref(call: &mut Call<'_>) -> Outcome {
    let tags = call.given(1).map(|_| call.bson(1)).transpose()?;
    let hedge = call.given(2).map(|_| call.bson(2)).transpose()?;
    let criteria = selection(&call.string(0)?, tags, hedge, None)?;
    core(call)?.change(|plan| {
        plan.selection = Some(criteria);
        Ok(())
    })?;
    Ok(call.receiver())
}

/// The wire protocol's flag bits, as `addOption` takes them.
pub(super) fn add_option(call: &mut Call<'_>) -> Outcome {
    let name = match call.int(0)? {
        2 => "tailable",
        4 => {
            let error = ScriptError::unsupported("the slaveOk option is not supported.");
            return Err(error.hint("use readPref(\"secondaryPreferred\")").into());
        }
        8 => "oplogReplay",
        16 => "noCursorTimeout",
        32 => "awaitData",
        // Batches are asked for one by one here: reading ahead has no effect on the result.
        64 => return Ok(call.receiver()),
        128 => "allowPartialResults",
        n => {
            let error = ScriptError::argument(format!("Unknown option flag number: {n}."));
            return Err(error.hint("the flags are 2, 8, 16, 32, 64 and 128").into());
        }
    };
    set(call, name, true)
}

/// Whether an option counts as given: there, and not undefined.
pub(super) fn is_given(value: &Dynamic) -> bool {
    !value.is_unit() || value.tag() == NULL
}
