//! What the server is doing now, and stopping it.

use bson::{Document, doc};
use rhai::{Array, Dynamic};

use super::Db;
use super::commands::admin;
use crate::methods;
use crate::script::Doc;
use crate::script::api::{Call, Method};
use crate::script::convert;
use crate::script::error::Outcome;

pub(super) const METHODS: &[Method] = methods! {
    /// The operations that run now: all with true, one's own with `$ownOps`, or those that the
    /// other fields choose.
    ///
    /// ```js
    /// db.currentOp({ $ownOps: true, active: true })
    /// ```
    currentOp("options?") => current_op;
    /// Ends an operation, by the `opid` that currentOp shows.
    ///
    /// ```js
    /// db.killOp(123456)
    /// ```
    killOp("opId") => kill_op;
    /// Writes everything to disk and holds writes back until fsyncUnlock.
    ///
    /// ```js no_run
    /// db.fsyncLock()
    /// ```
    fsyncLock("") => fsync_lock;
    /// Lets writes through again after fsyncLock.
    ///
    /// ```js no_run
    /// db.fsyncUnlock()
    /// ```
    fsyncUnlock("") => fsync_unlock;
};

/// Fields of `currentOp`'s argument that are no filter.
const SWITCHES: [&str; 3] = ["$ownOps", "$all", "$truncateOps"];

fn current_op(call: &mut Call<'_>) -> Outcome {
    let target = call.this::<Db>()?.target().sibling("admin");
    let found = target.aggregation(call.host, 1, pipeline(call)?)?;
    let operations = found
        .iter()
        .map(|raw| convert::document(raw).map(Dynamic::from));
    let mut result = Doc::new();
    result.set("inprog", operations.collect::<Result<Array, _>>()?.into())?;
    result.set("ok", 1_i64.into())?;
    Ok(Dynamic::from(result))
}

fn pipeline(call: &Call<'_>) -> Result<Vec<Document>, crate::script::error::Fault> {
    let stage = |all: bool, own: bool| {
        doc! { "$currentOp": { "allUsers": !own, "idleConnections": all, "truncateOps": false } }
    };
    if let Ok(all) = call.arg(0).as_bool() {
        return Ok(vec![stage(all, false)]);
    }
    let given = call.doc_or_empty(0)?;
    let is_set = |name: &str| {
        given
            .get(name)
            .is_some_and(|v| v.as_bool().unwrap_or(!v.is_unit()))
    };
    let mut filter = convert::owned_document(&given)?;
    let stage = stage(is_set("$all"), is_set("$ownOps"));
    for switch in SWITCHES {
        filter.remove(switch);
    }
    Ok(vec![stage, doc! { "$match": filter }])
}

fn kill_op(call: &mut Call<'_>) -> Outcome {
    admin(call, doc! { "killOp": 1, "op": call.bson(0)? })
}

fn fsync_lock(call: &mut Call<'_>) -> Outcome {
    admin(call, doc! { "fsync": 1, "lock": true })
}

fn fsync_unlock(call: &mut Call<'_>) -> Outcome {
    admin(call, doc! { "fsyncUnlock": 1 })
}
