//! The set of one member: `replSetGetStatus`, `replSetGetConfig`, `replSetStepDown`.

use bson::{DateTime, Document, Timestamp, doc};

use super::super::context::CommandContext;
use super::super::hello::op_time;
use super::super::request::Request;
use crate::mql::{Error, Result};

fn date(time: Timestamp) -> DateTime {
    DateTime::from_millis(i64::from(time.time) * 1000)
}

/// `replSetGetStatus`
pub fn get_status(cx: &mut CommandContext<'_>, _: &Request) -> Result<Document> {
    let last = cx.engine.oplog().last();
    let at = op_time(last);
    let uptime = i32::try_from(cx.server.started.elapsed().as_secs()).unwrap_or(i32::MAX);
    let started = DateTime::from_millis(cx.server.started_millis);
    let term = 1_i64;
    Ok(doc! {
        "set": &cx.server.options.set_name,
        "date": cx.env.now,
        "myState": 1,
        "term": term,
        "syncSourceHost": "",
        "syncSourceId": -1,
        "heartbeatIntervalMillis": 2000_i64,
        "majorityVoteCount": 1,
        "writeMajorityCount": 1,
        "votingMembersCount": 1,
        "writableVotingMembersCount": 1,
        "optimes": {
            "lastCommittedOpTime": at.clone(),
            "lastCommittedWallTime": date(last),
            "readConcernMajorityOpTime": at.clone(),
            "appliedOpTime": at.clone(),
            "durableOpTime": at.clone(),
            "lastAppliedWallTime": date(last),
            "lastDurableWallTime": date(last),
        },
        "lastStableRecoveryTimestamp": last,
        "electionCandidateMetrics": {
            "lastElectionReason": "electionTimeout",
            "lastElectionDate": started,
            "electionTerm": term,
            "numVotesNeeded": 1,
            "priorityAtElection": 1.0,
            "electionTimeoutMillis": 10_000_i64,
            "newTermStartDate": started,
            "wMajorityWriteAvailabilityDate": started,
        },
        "members": [{
            "_id": 0,
            "name": &cx.connection.local,
            "health": 1.0,
            "state": 1,
            "stateStr": "PRIMARY",
            "uptime": uptime,
            "optime": at,
            "optimeDate": date(last),
            "lastAppliedWallTime": date(last),
            "lastDurableWallTime": date(last),
            "syncSourceHost": "",
            "syncSourceId": -1,
            "infoMessage": "",
            "electionTime": Timestamp { time: u32::try_from(cx.server.started_millis / 1000).unwrap_or(0), increment: 1 },
            "electionDate": started,
            "configVersion": 1,
            "configTerm": 1,
            "self": true,
            "lastHeartbeatMessage": "",
        }],
    })
}

/// `replSetGetConfig`
pub fn get_config(cx: &mut CommandContext<'_>, _: &Request) -> Result<Document> {
    Ok(doc! { "config": {
        "_id": &cx.server.options.set_name,
        "version": 1,
        "term": 1,
        "members": [{
            "_id": 0,
            "host": &cx.connection.local,
            "arbiterOnly": false,
            "buildIndexes": true,
            "hidden": false,
            "priority": 1.0,
            "tags": {},
            "secondaryDelaySecs": 0_i64,
            "votes": 1,
        }],
        "protocolVersion": 1_i64,
        "writeConcernMajorityJournalDefault": true,
        "settings": {
            "chainingAllowed": true,
            "heartbeatIntervalMillis": 2000,
            "heartbeatTimeoutSecs": 10,
            "electionTimeoutMillis": 10_000,
            "catchUpTimeoutMillis": -1,
            "catchUpTakeoverDelayMillis": 30_000,
            "getLastErrorModes": {},
            "getLastErrorDefaults": { "w": 1, "wtimeout": 0 },
            "replicaSetId": cx.server.topology.process(),
        },
    } })
}

/// `replSetStepDown`: there is nobody to take over.
pub fn step_down(cx: &mut CommandContext<'_>, _: &Request) -> Result<Document> {
    let now = cx.env.now.try_to_rfc3339_string().unwrap_or_default();
    Err(Error::new(
        262,
        format!(
            "No electable secondaries caught up as of {now}. Please use the replSetStepDown command with the argument {{force: true}} to force node to step down."
        ),
    ))
}
