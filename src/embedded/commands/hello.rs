//! `hello` and `isMaster`: the primary of a set of one member.
//!
//! With a `topologyVersion` the answer waits until that changes (it does when the server stops) or the
//! client's time is up; with the exhaust flag such answers follow each other.

use std::time::Duration;

use bson::oid::ObjectId;
use bson::{Bson, DateTime, Document, Timestamp, doc};

use super::context::CommandContext;
use super::fields::long;
use super::request::Request;
use super::sasl;
use crate::embedded::auth::Mechanism;
use crate::embedded::wire::{Compressor, MAX_DOCUMENT, MAX_MESSAGE, MAX_WRITE_BATCH};
use crate::mql::{Error, Result, error::code};

/// The wire version of MongoDB 6.0.
pub const WIRE_VERSION: i32 = 17;

/// The id of the set's one election.
pub const ELECTION: ObjectId =
    ObjectId::from_bytes([0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 1]);

/// `hello`
pub fn hello(cx: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    answer(cx, request, "isWritablePrimary")
}

/// `isMaster`
pub fn is_master(cx: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    answer(cx, request, "ismaster")
}

fn answer(cx: &mut CommandContext<'_>, request: &Request, primary: &str) -> Result<Document> {
    if let Ok(client) = request.body().get_document("client") {
        meet(cx, client)?;
    }
    wait(cx, request)?;
    let mut reply = Document::new();
    if request.body().get_bool("helloOk").unwrap_or(false) {
        reply.insert("helloOk", true);
    }
    describe(cx, primary, &mut reply);
    negotiate(cx, request, &mut reply);
    log_in(cx, request, &mut reply);
    Ok(reply)
}

/// What the client says of itself, once.
fn meet(cx: &mut CommandContext<'_>, client: &Document) -> Result<()> {
    if cx.connection.client.is_some() {
        return Err(Error::new(
            186,
            "The client metadata document may only be sent in the first hello",
        ));
    }
    if client.to_vec().is_ok_and(|bytes| bytes.len() > 512) {
        return Err(Error::new(
            186,
            "The client metadata document must be less then or equal to 512 bytes",
        ));
    }
    cx.slot.set_client(client.clone());
    cx.connection.client = Some(client.clone());
    Ok(())
}

/// Waits for another topology version, if the client asks for that.
fn wait(cx: &mut CommandContext<'_>, request: &Request) -> Result<()> {
    let version = request.body().get_document("topologyVersion").ok();
    let time = request.body().get("maxAwaitTimeMS").and_then(long);
    let (version, time) = match (version, time) {
        (None, None) => return Ok(()),
        (Some(version), Some(time)) => (version, time),
        (Some(_), None) => {
            let what = "A request with a 'topologyVersion' must include 'maxAwaitTimeMS'";
            return Err(Error::new(31368, what));
        }
        (None, Some(_)) => {
            let what = "A request with 'maxAwaitTimeMS' must include a 'topologyVersion'";
            return Err(Error::new(31368, what));
        }
    };
    let time = u64::try_from(time).map_err(|_| {
        let what = format!("BSON field 'maxAwaitTimeMS' value must be >= 0, actual value '{time}'");
        Error::new(51024, what)
    })?;
    let topology = &cx.server.topology;
    let known = match cx.flags.again {
        true => Some(cx.connection.told_topology),
        false => {
            let same = version
                .get_object_id("processId")
                .is_ok_and(|id| id == topology.process());
            version.get("counter").and_then(long).filter(|_| same)
        }
    };
    if let Some(known) = known {
        if known > topology.counter() {
            return Err(Error::new(
                31372,
                format!(
                    "Received a topology version with counter: {known} which is greater than the server topology version counter: {}",
                    topology.counter()
                ),
            ));
        }
        topology.wait(known, Duration::from_millis(time), &cx.env.interrupt)?;
        if topology.is_stopping() {
            let what = "The server is in quiesce mode and will shut down";
            return Err(Error::new(code::SHUTDOWN_IN_PROGRESS, what));
        }
    }
    cx.connection.told_topology = topology.counter();
    cx.more = cx.flags.takes_many;
    Ok(())
}

fn describe(cx: &CommandContext<'_>, primary: &str, reply: &mut Document) {
    let me = cx.connection.local.as_str();
    let last = cx.engine.oplog().last();
    let seconds = DateTime::from_millis(i64::from(last.time) * 1000);
    let at = op_time(last);
    reply.extend(doc! {
        "topologyVersion": cx.server.topology.version(),
        "hosts": [me],
        "setName": cx.server.options.set_name.as_str(),
        "setVersion": 1,
        primary: true,
        "secondary": false,
        "primary": me,
        "me": me,
        "electionId": ELECTION,
        "lastWrite": {
            "opTime": at.clone(), "lastWriteDate": seconds,
            "majorityOpTime": at, "majorityWriteDate": seconds,
        },
        "maxBsonObjectSize": size(MAX_DOCUMENT),
        "maxMessageSizeBytes": size(MAX_MESSAGE),
        "maxWriteBatchSize": size(MAX_WRITE_BATCH),
        "localTime": cx.env.now,
        "logicalSessionTimeoutMinutes": 30,
        "connectionId": i32::try_from(cx.connection.id).unwrap_or(i32::MAX),
        "minWireVersion": 0,
        "maxWireVersion": WIRE_VERSION,
        "readOnly": false,
    });
}

/// `{ts, t}` in the set's only term.
#[must_use]
pub fn op_time(time: Timestamp) -> Document {
    doc! { "ts": time, "t": 1_i64 }
}

fn size(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

fn negotiate(cx: &CommandContext<'_>, request: &Request, reply: &mut Document) {
    if let Ok(offered) = request.body().get_array("compression") {
        let agreed = offered.iter().filter_map(Bson::as_str);
        let agreed = agreed.filter(|name| Compressor::named(name).is_some());
        let agreed: Vec<_> = agreed.map(Bson::from).collect();
        if !agreed.is_empty() {
            reply.insert("compression", agreed);
        }
    }
    let Ok(name) = request.body().get_str("saslSupportedMechs") else {
        return;
    };
    let (db, user) = name.split_once('.').unwrap_or(("admin", name));
    let users = cx.connection.users.as_ref();
    if let Some(user) = users.and_then(|users| users.find(user, db)) {
        let mechanisms = user.credentials.keys().copied().map(Mechanism::name);
        reply.insert("saslSupportedMechs", mechanisms.collect::<Vec<_>>());
    }
}

fn log_in(cx: &mut CommandContext<'_>, request: &Request, reply: &mut Document) {
    let Ok(start) = request.body().get_document("speculativeAuthenticate") else {
        return;
    };
    let db = start.get_str("db").unwrap_or("admin");
    if let Ok(answer) = sasl::begin(cx, start, db) {
        reply.insert("speculativeAuthenticate", answer);
    }
}
