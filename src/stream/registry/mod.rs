//! What is known about each stream: `rhaiver.streams`, one document a stream.
//!
//! Written by whoever has the stream's [lease](super::lease); read by [`super::admin`]. A stream
//! appears with its first lease, and stays. `state` and what follows is as it was said at
//! the last renewal.
//!
//! `{ _id: id, state: "running" | "stopped" | "failed", owner: { host, name, pid, process } | null,
//! epoch: Long, expires: Date, lease: Binary (whose lease it is), sessions: [Binary lsid…],
//! watch: [String], database, delivery, lanes: Int, generation, token, clusterTime: Timestamp,
//! lag: Long ms, handled, failed, retried, deadLetters: Long, lastError: { message, at } | null,
//! startedAt, updatedAt: Date }`

pub(super) mod fields;

use bson::{Bson, DateTime, Timestamp};

/// What a stream is, as it stands in the registry.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct About {
    /// What it watches: `db.coll`, `db`, `*`.
    pub watch: Vec<String>,
    /// What `db` means in its handler.
    pub database: String,
    /// `exactly-once` or `at-least-once`.
    pub delivery: String,
    /// How many lanes it has.
    pub lanes: u32,
    /// The handler's generation.
    pub generation: String,
}

/// How far a stream is; written at each renewal of its lease.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Progress {
    /// The handler's generation.
    pub generation: String,
    /// How many lanes it has.
    pub lanes: u32,
    /// The place up to which everything is done.
    pub token: Option<Bson>,
    /// The cluster time of that place.
    pub cluster_time: Option<Timestamp>,
    /// How far it is behind the cluster, in milliseconds.
    pub lag: i64,
    /// Events handled since the stream was begun by this owner.
    pub handled: i64,
    /// Failed tries.
    pub failed: i64,
    /// Second and later tries.
    pub retried: i64,
    /// Events that became dead letters.
    pub dead_letters: i64,
    /// The last failure, and when it was.
    pub last_error: Option<(String, DateTime)>,
}
