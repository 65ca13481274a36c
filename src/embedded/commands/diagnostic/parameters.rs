//! `getParameter` and `setParameter`: those that tools and tests ask for.

use std::time::Duration;

use bson::{Bson, Document, doc};

use super::super::context::CommandContext;
use super::super::fields::{GENERIC, long, truth};
use super::super::request::Request;
use crate::embedded::server::Shared;
use crate::mql::{Error, Result};

/// Parameters whose values are fixed, or remembered and without effect.
fn defaults(server: &Shared) -> Document {
    doc! {
        "authenticationMechanisms": ["SCRAM-SHA-1", "SCRAM-SHA-256"],
        "authSchemaVersion": 5,
        "cursorTimeoutMillis": i64::try_from(server.cursors.timeout().as_millis()).unwrap_or(i64::MAX),
        "diagnosticDataCollectionEnabled": false,
        "enableTestCommands": server.options.test_commands,
        "featureCompatibilityVersion": { "version": "6.0" },
        "internalQueryExecYieldIterations": 1000,
        "internalQueryFacetBufferSizeBytes": 104_857_600,
        "internalQueryMaxBlockingSortMemoryUsageBytes": 104_857_600,
        "localLogicalSessionTimeoutMinutes": 30,
        "logLevel": 0,
        "logicalSessionRefreshMillis": 300_000,
        "maxTransactionLockRequestTimeoutMillis": 5,
        "minSnapshotHistoryWindowInSeconds": 300,
        "notablescan": false,
        "periodicNoopIntervalSecs": 10,
        "quiet": false,
        "requireApiVersion": false,
        "syncdelay": 60.0,
        "traceExceptions": false,
        "transactionLifetimeLimitSeconds":
            i32::try_from(server.engine.transaction_lifetime().as_secs()).unwrap_or(i32::MAX),
        "ttlMonitorEnabled": true,
        "ttlMonitorSleepSecs": 60,
        "writePeriodicNoops": true,
    }
}

/// The parameters that can be set; all others are the server's start's.
const FIXED: &[&str] = &[
    "authenticationMechanisms",
    "authSchemaVersion",
    "enableTestCommands",
    "featureCompatibilityVersion",
    "localLogicalSessionTimeoutMinutes",
    "logicalSessionRefreshMillis",
];

/// An error that has no code on the server, either.
fn bare(what: &str) -> Error {
    Error::new(0, what)
}

fn current(server: &Shared) -> Document {
    let mut all = defaults(server);
    for (name, value) in server.parameters() {
        all.insert(name, value);
    }
    all
}

/// `getParameter`
pub fn get_parameter(cx: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    let asked = request.body().get("getParameter");
    let options = asked.and_then(Bson::as_document);
    let option = |name: &str| options.and_then(|o| o.get(name)).is_some_and(truth);
    let everything = option("allParameters") || asked.and_then(Bson::as_str) == Some("*");
    let details = option("showDetails");
    let mut found = Document::new();
    for (name, value) in current(cx.server) {
        if !everything && !request.body().contains_key(&name) {
            continue;
        }
        let shown = match details {
            false => value,
            true => Bson::Document(doc! {
                "value": value,
                "settableAtRuntime": !FIXED.contains(&name.as_str()),
                "settableAtStartup": true,
            }),
        };
        found.insert(name, shown);
    }
    match found.is_empty() {
        true => Err(bare("no option found to get")),
        false => Ok(found),
    }
}

/// `setParameter`
pub fn set_parameter(cx: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    let all = current(cx.server);
    let mut was = None;
    let given = request.body().iter().skip(1);
    for (name, value) in given.filter(|(name, _)| !GENERIC.contains(&name.as_str())) {
        let Some(old) = all.get(name) else {
            return Err(bare(&format!(
                "attempted to set unrecognized parameter [{name}], use help:true to see options "
            )));
        };
        if FIXED.contains(&name.as_str()) {
            return Err(Error::new(
                crate::mql::error::code::ILLEGAL_OPERATION,
                format!("not allowed to change [{name}] at runtime"),
            ));
        }
        apply(cx.server, name, value);
        was.get_or_insert_with(|| old.clone());
    }
    match was {
        Some(was) => Ok(doc! { "was": was }),
        None => Err(bare(
            "no option found to set, use help:true to see options ",
        )),
    }
}

fn apply(server: &Shared, name: &str, value: &Bson) {
    let number = long(value).and_then(|n| u64::try_from(n).ok());
    match (name, number) {
        ("cursorTimeoutMillis", Some(n)) => server.cursors.set_timeout(Duration::from_millis(n)),
        ("transactionLifetimeLimitSeconds", Some(n)) => {
            server
                .engine
                .set_transaction_lifetime(Duration::from_secs(n));
        }
        _ => server.set_parameter(name, value.clone()),
    }
}
