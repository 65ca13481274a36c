//! `serverStatus`

use std::sync::Arc;

use bson::{Bson, DateTime, Document, doc};

use super::super::context::CommandContext;
use super::super::fields::truth;
use super::super::hello::{ELECTION, op_time};
use super::super::request::Request;
use super::host::memory;
use crate::embedded::server::{OPERATIONS, Shared};
use crate::mql::Result;

/// `serverStatus`. A section that the command sets to 0 is left out.
pub fn server_status(cx: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    let server = cx.server.clone();
    let uptime = server.started.elapsed();
    let millis = i64::try_from(uptime.as_millis()).unwrap_or(i64::MAX);
    let mut reply = doc! {
        "host": server.host_name(),
        "version": "6.0.5",
        "process": "mongod",
        "pid": i64::from(std::process::id()),
        "uptime": uptime.as_secs_f64().floor(),
        "uptimeMillis": millis,
        "uptimeEstimate": millis / 1000,
        "localTime": cx.env.now,
    };
    let wanted = |name: &str| request.body().get(name).is_none_or(truth);
    for (name, section) in sections(cx, &server)? {
        if wanted(name) {
            reply.insert(name, section);
        }
    }
    Ok(reply)
}

fn sections(
    cx: &mut CommandContext<'_>,
    server: &Arc<Shared>,
) -> Result<Vec<(&'static str, Bson)>> {
    let zero = |names: &[&str]| -> Bson {
        let zeros = names
            .iter()
            .map(|name| ((*name).to_owned(), Bson::Int64(0)));
        Bson::Document(zeros.collect())
    };
    Ok(vec![
        (
            "asserts",
            zero(&["regular", "warning", "msg", "user", "tripwire", "rollovers"]),
        ),
        ("catalogStats", catalog(cx)?.into()),
        ("connections", connections(server).into()),
        (
            "defaultRWConcern",
            super::default_concern(cx, &empty_request())?.into(),
        ),
        (
            "extra_info",
            doc! { "note": "fields vary by platform" }.into(),
        ),
        ("globalLock", locks(server).into()),
        ("logicalSessionRecordCache", sessions(cx).into()),
        ("network", network(server).into()),
        ("opLatencies", latencies().into()),
        ("opcounters", counters(server).into()),
        ("opcountersRepl", zero(&OPERATIONS)),
        ("repl", replication(cx).into()),
        (
            "security",
            doc! { "authentication": { "mechanisms": {} } }.into(),
        ),
        (
            "storageEngine",
            doc! {
                "name": "rhaiver", "supportsCommittedReads": true, "supportsPendingDrops": true,
                "dropPendingIdents": 0_i64, "supportsSnapshotReadConcern": true, "readOnly": false,
                "persistent": true, "backupCursorOpen": false,
            }
            .into(),
        ),
        ("transactions", transactions().into()),
        (
            "transportSecurity",
            zero(&["1.0", "1.1", "1.2", "1.3", "unknown"]),
        ),
        ("mem", mem().into()),
        ("metrics", metrics(server).into()),
    ])
}

fn empty_request() -> Request {
    let (name, db) = (String::new(), String::new());
    let raw = bson::RawDocumentBuf::new();
    Request::new(name, db, Document::new(), raw, Vec::new())
}

fn catalog(cx: &mut CommandContext<'_>) -> Result<Document> {
    let view = cx.operation.view()?;
    let all: Vec<_> = view.catalog().all().collect();
    let count = |of: &dyn Fn(&crate::embedded::catalog::Collection) -> bool| {
        i32::try_from(all.iter().filter(|c| of(c)).count()).unwrap_or(i32::MAX)
    };
    Ok(doc! {
        "collections": count(&|c| !c.is_view()),
        "capped": count(&|c| c.capped.is_some()),
        "clustered": 0,
        "timeseries": 0,
        "views": count(&|c| c.is_view()),
        "internalCollections": 0,
        "internalViews": 0,
    })
}

fn connections(server: &Shared) -> Document {
    let (now, total) = server.operations.connections();
    let running = server.operations.running();
    let active = running.iter().filter(|r| r.current.is_some()).count();
    let int = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
    doc! {
        "current": int(now),
        "available": int(server.options.max_connections.saturating_sub(now)),
        "totalCreated": i32::try_from(total).unwrap_or(i32::MAX),
        "active": int(active),
        "threaded": int(now),
    }
}

fn locks(server: &Shared) -> Document {
    let micros = i64::try_from(server.started.elapsed().as_micros()).unwrap_or(i64::MAX);
    let none = || doc! { "total": 0, "readers": 0, "writers": 0 };
    doc! { "totalTime": micros, "currentQueue": none(), "activeClients": none() }
}

fn sessions(cx: &CommandContext<'_>) -> Document {
    let count = i32::try_from(cx.engine.sessions().len()).unwrap_or(i32::MAX);
    doc! { "activeSessionsCount": count, "sessionCatalogSize": count }
}

fn network(server: &Shared) -> Document {
    let [bytes_in, bytes_out, requests] = server.counters.network().map(long);
    doc! {
        "bytesIn": bytes_in, "bytesOut": bytes_out,
        "physicalBytesIn": bytes_in, "physicalBytesOut": bytes_out,
        "numSlowDNSOperations": 0_i64, "numSlowSSLOperations": 0_i64,
        "numRequests": requests,
    }
}

fn long(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn latencies() -> Document {
    let none = || doc! { "latency": 0_i64, "ops": 0_i64 };
    doc! { "reads": none(), "writes": none(), "commands": none(), "transactions": none() }
}

fn counters(server: &Shared) -> Document {
    let counts = server.counters.operations().map(long);
    let named = OPERATIONS.iter().zip(counts);
    named
        .map(|(name, n)| ((*name).to_owned(), Bson::Int64(n)))
        .collect()
}

fn replication(cx: &CommandContext<'_>) -> Document {
    let last = cx.engine.oplog().last();
    let date = DateTime::from_millis(i64::from(last.time) * 1000);
    let me = cx.connection.local.as_str();
    doc! {
        "topologyVersion": cx.server.topology.version(),
        "hosts": [me],
        "setName": &cx.server.options.set_name,
        "setVersion": 1,
        "isWritablePrimary": true,
        "secondary": false,
        "primary": me,
        "me": me,
        "electionId": ELECTION,
        "lastWrite": {
            "opTime": op_time(last), "lastWriteDate": date,
            "majorityOpTime": op_time(last), "majorityWriteDate": date,
        },
    }
}

fn transactions() -> Document {
    let names = [
        "retriedCommandsCount",
        "retriedStatementsCount",
        "transactionsCollectionWriteCount",
        "currentActive",
        "currentInactive",
        "currentOpen",
        "totalAborted",
        "totalCommitted",
        "totalStarted",
    ];
    names
        .iter()
        .map(|name| ((*name).to_owned(), Bson::Int64(0)))
        .collect()
}

fn mem() -> Document {
    let (resident, all) = memory();
    doc! { "bits": 64, "resident": resident, "virtual": all, "supported": true }
}

fn metrics(server: &Shared) -> Document {
    let (open, forever, timed_out) = server.cursors.counts();
    let long_of = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    doc! {
        "cursor": {
            "timedOut": long(timed_out),
            "open": { "noTimeout": long_of(forever), "pinned": 0_i64, "total": long_of(open) },
        },
        "document": { "deleted": 0_i64, "inserted": 0_i64, "returned": 0_i64, "updated": 0_i64 },
    }
}
