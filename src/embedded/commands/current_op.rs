//! `currentOp`, `$currentOp` and `killOp`.

use std::sync::atomic::Ordering;

use bson::{Bson, DateTime, Document, doc};

use super::context::CommandContext;
use super::fields::{long, truth};
use super::request::Request;
use crate::embedded::cursor::Idle;
use crate::embedded::server::{Running, Shared};
use crate::mql::matching::Matcher;
use crate::mql::{Error, Result, error::code};

/// `currentOp`: as the aggregation over `$currentOp` that the server makes of it.
pub fn run(cx: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    let mut spec = doc! { "allUsers": true, "idleCursors": false };
    let mut filter = Document::new();
    for (name, value) in request.body().iter().skip(1) {
        match name.as_str() {
            "$all" => {
                spec.insert("idleConnections", truth(value));
            }
            "$ownOps" | "$truncateOps" => {}
            "comment" => {
                filter.insert("command.comment", value.clone());
            }
            generic if super::fields::GENERIC.contains(&generic) => {}
            _ => {
                filter.insert(name, value.clone());
            }
        }
    }
    let matcher = Matcher::parse(&filter, &cx.env)?;
    let mut found = Vec::new();
    for document in documents(cx.server, &spec)? {
        if matcher.matches(&document)? {
            found.push(document);
        }
    }
    Ok(doc! { "inprog": found })
}

/// The documents of `$currentOp`.
///
/// # Errors
/// Never.
pub fn documents(server: &Shared, spec: &Document) -> Result<Vec<Document>> {
    let flag = |name: &str| spec.get(name).is_some_and(truth);
    let idle_connections = flag("idleConnections");
    let host = server.host_name();
    let now = DateTime::from_millis(server.engine.now_millis());
    let mut all = Vec::new();
    for running in server.operations.running() {
        if running.current.is_some() || idle_connections {
            let mut shown = operation(&running, &host, now);
            progress(server, &mut shown);
            all.push(shown);
        }
    }
    if flag("idleCursors") {
        let idle = server.cursors.idle();
        all.extend(idle.iter().map(|cursor| idle_cursor(cursor, &host)));
    }
    Ok(all)
}

/// How far the build of indexes is that a command waits for.
fn progress(server: &Shared, shown: &mut Document) {
    let is_build = shown
        .get_document("command")
        .is_ok_and(|c| c.contains_key("createIndexes"));
    let Ok(ns) = shown.get_str("ns") else { return };
    if !is_build {
        return;
    }
    let builds = server.engine.index_builds();
    let Some(build) = builds.iter().find(|build| build.ns.to_string() == ns) else {
        return;
    };
    let (done, total) = (build.done.load(Ordering::Relaxed), build.total);
    let percent = (done * 100).checked_div(total).unwrap_or(0);
    let what = "Index Build: scanning collection";
    shown.insert("msg", format!("{what} {what}: {done}/{total} {percent}%"));
    let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    shown.insert(
        "progress",
        doc! { "done": number(done), "total": number(total) },
    );
}

fn operation(running: &Running, host: &str, now: DateTime) -> Document {
    let slot = &running.slot;
    let mut shown = doc! {
        "type": "op",
        "host": host,
        "desc": format!("conn{}", slot.id),
        "connectionId": i32::try_from(slot.id).unwrap_or(i32::MAX),
        "client": &slot.remote,
    };
    if let Some(client) = slot.client() {
        if let Ok(name) = client
            .get_document("application")
            .and_then(|a| a.get_str("name"))
        {
            shown.insert("appName", name);
        }
        shown.insert("clientMetadata", client);
    }
    let time = now.try_to_rfc3339_string().unwrap_or_default();
    shown.extend(doc! { "active": running.current.is_some(), "currentOpTime": time });
    let Some(current) = &running.current else {
        return shown;
    };
    let request = &current.request;
    let elapsed = current.since.elapsed();
    shown.insert("threaded", true);
    shown.insert("opid", current.id);
    if let Some(session) = current.session {
        shown.insert("lsid", session.to_document());
    }
    let micros = i64::try_from(elapsed.as_micros()).unwrap_or(i64::MAX);
    shown.extend(doc! {
        "secs_running": i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX),
        "microsecs_running": micros,
        "op": kind(&request.name),
        "ns": namespace(&request.db, &request.name, request.body()),
        "command": request.whole(),
        "numYields": 0,
        "locks": {},
        "waitingForLock": false,
        "lockStats": {},
        "waitingForFlowControl": false,
        "flowControlStats": {},
    });
    if current.killed {
        shown.insert("killPending", true);
    }
    shown
}

fn kind(command: &str) -> &'static str {
    match command {
        "insert" => "insert",
        "update" => "update",
        "delete" => "remove",
        "find" => "query",
        "getMore" => "getmore",
        _ => "command",
    }
}

fn namespace(db: &str, name: &str, body: &Document) -> String {
    let collection = match name {
        "getMore" => body.get_str("collection").ok(),
        _ => body.get_str(name).ok(),
    };
    match (name, collection) {
        ("currentOp", _) | ("aggregate", None) => format!("{db}.$cmd.aggregate"),
        (_, Some(collection)) => format!("{db}.{collection}"),
        (_, None) => format!("{db}.$cmd"),
    }
}

fn idle_cursor(cursor: &Idle, host: &str) -> Document {
    let mut shown = doc! {
        "type": "idleCursor",
        "host": host,
        "ns": cursor.namespace.to_string(),
    };
    if let Some(session) = cursor.owner.session {
        shown.insert("lsid", session.to_document());
    }
    shown.insert(
        "cursor",
        doc! {
            "cursorId": cursor.id,
            "originatingCommand": cursor.command.as_ref().clone(),
            "noCursorTimeout": cursor.no_timeout,
            "tailable": cursor.tailable.0,
            "awaitData": cursor.tailable.1,
        },
    );
    shown
}

/// `killOp`. As on the server, there need not be such an operation.
pub fn kill(cx: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    let id = match request.body().get("op") {
        None => {
            let what = "Missing expected field \"op\"";
            return Err(Error::new(code::NO_SUCH_KEY, what));
        }
        Some(value @ (Bson::Int32(_) | Bson::Int64(_) | Bson::Double(_))) => long(value),
        Some(other) => {
            let got = super::fields::type_name(other);
            return Err(Error::type_mismatch(format!(
                "Expected field \"op\" to have numeric type, but found {got}"
            )));
        }
    };
    if let Some(id) = id.and_then(|id| i32::try_from(id).ok()) {
        cx.server.operations.kill(id);
        cx.engine.oplog().wake();
    }
    Ok(doc! { "info": "attempting to kill op" })
}
