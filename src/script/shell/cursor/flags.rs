//! Modifiers that turn something on: flags of the wire protocol, waiting, and where a query reads.

use super::core;
use super::modify::{number, set};
use super::read_preference::selection;
use crate::script::api::Call;
use crate::script::error::{Outcome, ScriptError};

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
    if !core(call)?.plan()?.settings.contains_key("sort") {
        let message = "Option \"allowDiskUse\" requires a sort specification";
        return Err(ScriptError::new("MongoInvalidArgumentError", message).into());
    }
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
