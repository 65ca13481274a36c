//! What can run in a transaction.
//!
//! From the manual's "Operations" in "Transactions": reads and writes of documents can. Commands
//! that only tell something run beside the transaction, where they see what is committed. The
//! rest changes what a transaction cannot undo, and is refused before it is sent: an error of the
//! server's would abort the whole batch.

use bson::{Bson, Document};

use crate::script::error::ScriptError;

/// Where a command of a handler goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Course {
    /// Into the transaction.
    Inside,
    /// Beside it: it changes nothing.
    Beside,
}

/// Commands that read or write documents.
const INSIDE: [&str; 9] = [
    "insert",
    "update",
    "delete",
    "findAndModify",
    "findandmodify",
    "find",
    "aggregate",
    "distinct",
    "getMore",
];

/// Commands that change nothing.
const BESIDE: [&str; 50] = [
    "aggregateStats",
    "availableQueryOptions",
    "buildInfo",
    "buildinfo",
    "collStats",
    "collstats",
    "connPoolStats",
    "connectionStatus",
    "currentOp",
    "dataSize",
    "datasize",
    "dbHash",
    "dbStats",
    "dbstats",
    "explain",
    "features",
    "getCmdLineOpts",
    "getDefaultRWConcern",
    "getLog",
    "getParameter",
    "getShardMap",
    "getShardVersion",
    "hello",
    "hostInfo",
    "isMaster",
    "isMaster",
    "ismaster",
    "isdbgrid",
    "killCursors",
    "listCollections",
    "listCommands",
    "listDatabases",
    "listIndexes",
    "listShards",
    "lockInfo",
    "netstat",
    "ping",
    "planCacheListFilters",
    "balancerStatus",
    "getAuditConfig",
    "replSetGetConfig",
    "replSetGetStatus",
    "rolesInfo",
    "serverStatus",
    "shardConnPoolStats",
    "shardingState",
    "top",
    "usersInfo",
    "validateDBMetadata",
    "whatsmyuri",
];

/// Commands that write documents.
const WRITES: [&str; 5] = [
    "insert",
    "update",
    "delete",
    "findAndModify",
    "findandmodify",
];

/// Stages that no transaction takes, and that only tell something.
const TELLING: [&str; 6] = [
    "$collStats",
    "$currentOp",
    "$indexStats",
    "$listLocalSessions",
    "$listSessions",
    "$planCacheStats",
];

/// Databases that no transaction touches.
const INTERNAL: [&str; 3] = ["admin", "config", "local"];

/// Where `command` on `database` goes.
///
/// # Errors
/// Where it cannot run in a transaction.
pub(super) fn course(database: &str, command: &Document) -> Result<Course, ScriptError> {
    let Some((name, of)) = command.iter().next() else {
        return Ok(Course::Beside);
    };
    let internal = is_internal(database, of.as_str().unwrap_or_default());
    match name.as_str() {
        "aggregate" => of_aggregate(command, internal),
        "count" if command.get_document("query").is_ok_and(|q| !q.is_empty()) => {
            Err(refusal("the command `count`").hint("countDocuments() can"))
        }
        "count" => Ok(Course::Beside),
        name if writes(name) && internal => {
            let of = of.as_str().unwrap_or_default();
            Err(refusal(&format!("a write to {database}.{of}")))
        }
        name if writes(name) && is_unacknowledged(command) => Err(refusal("a write with `w: 0`")),
        name if INSIDE.contains(&name) && internal => Ok(Course::Beside),
        name if INSIDE.contains(&name) => Ok(Course::Inside),
        name if BESIDE.contains(&name) => Ok(Course::Beside),
        name => Err(refusal(&format!("the command `{name}`"))),
    }
}

/// Whether a command writes documents.
pub(super) fn writes(name: &str) -> bool {
    WRITES.contains(&name)
}

/// Whether it may change anything.
pub(super) fn changes(command: &Document) -> bool {
    let Some(name) = command.keys().next() else {
        return false;
    };
    match name.as_str() {
        "aggregate" => written_by(command).is_some(),
        "count" => false,
        name => writes(name) || !(INSIDE.contains(&name) || BESIDE.contains(&name)),
    }
}

fn of_aggregate(command: &Document, internal: bool) -> Result<Course, ScriptError> {
    if let Some(stage) = written_by(command) {
        return Err(refusal(&format!("an aggregation with {stage}")));
    }
    if command.contains_key("explain") {
        return Ok(Course::Beside);
    }
    let telling = first_stage(command).is_some_and(|stage| TELLING.contains(&stage));
    match telling || internal {
        true => Ok(Course::Beside),
        false => Ok(Course::Inside),
    }
}

fn stages(command: &Document) -> impl DoubleEndedIterator<Item = &str> {
    let stages = command.get_array("pipeline").map(Vec::as_slice);
    let stages = stages.unwrap_or_default().iter();
    stages.filter_map(|stage| stage.as_document()?.keys().next().map(String::as_str))
}

fn first_stage(command: &Document) -> Option<&str> {
    stages(command).next()
}

/// The stage that writes what an aggregation gives.
fn written_by(command: &Document) -> Option<&str> {
    stages(command)
        .next_back()
        .filter(|stage| matches!(*stage, "$out" | "$merge"))
}

/// Whether no transaction touches this collection.
pub(super) fn is_internal(database: &str, collection: &str) -> bool {
    INTERNAL.contains(&database) || collection.starts_with("system.")
}

fn is_unacknowledged(command: &Document) -> bool {
    let concern = command.get_document("writeConcern").ok();
    let w = concern.and_then(|concern| concern.get("w"));
    matches!(w, Some(Bson::Int32(0) | Bson::Int64(0)))
}

/// The error for what a handler cannot do with its effects in a transaction.
pub(super) fn refusal(what: &str) -> ScriptError {
    let message = format!(
        "{what} cannot run in a transaction, and with delivery \"exactly-once\" a handler runs in one"
    );
    ScriptError::new("MongoTransactionError", message).hint(HINT)
}

/// What to do about it.
pub(super) const HINT: &str = "write delivery: \"at-least-once\" in STREAM (or --delivery at-least-once), or do it in onStart";

#[cfg(test)]
mod tests {
    use bson::doc;

    use super::*;

    #[test]
    fn documents_are_read_and_written_inside_and_the_rest_is_told_beside_or_refused() {
        use Course::{Beside, Inside};
        let cases = [
            (
                "shop",
                doc! { "insert": "a", "documents": [] },
                Some(Inside),
            ),
            ("shop", doc! { "find": "a" }, Some(Inside)),
            ("shop", doc! { "find": "system.views" }, Some(Beside)),
            ("local", doc! { "find": "oplog.rs" }, Some(Beside)),
            ("admin", doc! { "insert": "a" }, None),
            ("shop", doc! { "insert": "system.js" }, None),
            (
                "shop",
                doc! { "update": "a", "writeConcern": { "w": 0 } },
                None,
            ),
            ("shop", doc! { "create": "a" }, None),
            ("shop", doc! { "createIndexes": "a" }, None),
            ("shop", doc! { "drop": "a" }, None),
            ("shop", doc! { "listIndexes": "a" }, Some(Beside)),
            ("shop", doc! { "count": "a" }, Some(Beside)),
            ("shop", doc! { "count": "a", "query": { "b": 1 } }, None),
            (
                "shop",
                doc! { "aggregate": "a", "pipeline": [{ "$match": {} }] },
                Some(Inside),
            ),
            (
                "shop",
                doc! { "aggregate": "a", "pipeline": [{ "$collStats": {} }] },
                Some(Beside),
            ),
            (
                "shop",
                doc! { "aggregate": "a", "pipeline": [{ "$out": "b" }] },
                None,
            ),
        ];
        for (database, command, want) in cases {
            assert_eq!(course(database, &command).ok(), want, "{command}");
        }
    }

    #[test]
    fn refusals_name_the_choice() {
        let error = course("shop", &doc! { "drop": "a" }).unwrap_err();
        assert!(error.message.contains("`drop`"), "{error}");
        assert!(error.hints[0].contains("at-least-once"));
    }
}
