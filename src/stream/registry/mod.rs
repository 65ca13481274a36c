//! What is known about each stream: `rhaiver.streams`, one document a stream.
//!
//! A stream appears with its first lease, and stays. `state` and what follows is as it was said at
//! the last renewal.
//!
//! `{ _id: id, state: "running" | "stopped" | "failed", owner: { host, name, pid, process } | null,
//! epoch: Long, expires: Date, lease: Binary (whose lease it is), sessions: [Binary lsid…],
//! watch: [String], database, delivery, lanes: Int, generation, token, clusterTime: Timestamp,
//! lag: Long ms, handled, failed, retried, deadLetters: Long, lastError: { message, at } | null,
//! startedAt, updatedAt: Date }`

pub(super) mod fields;

use std::collections::HashMap;

use bson::{Bson, DateTime, Document, Timestamp, doc};
use futures_util::TryStreamExt as _;
use mongodb::Client;

use super::bookkeeping;
use super::lease::Owner;
use crate::client::ClientError;

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

/// A stream in the registry.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// `running`, `stopped`, `failed`; `expired` where it runs by its document, but its owner has
    /// not said so for longer than its lease.
    pub state: String,
    /// Who runs it.
    pub owner: Option<Owner>,
    /// How many times it was taken.
    pub epoch: i64,
    /// What it is.
    pub about: About,
    /// How far it is.
    pub progress: Progress,
    /// Dead letters that are kept now.
    pub dead_letters: i64,
    /// When it was taken up, and when it said something last.
    pub started_at: Option<DateTime>,
    /// When it said something last.
    pub updated_at: Option<DateTime>,
    /// The whole document, for machines.
    pub document: Document,
}

/// All streams, in the order of their ids.
///
/// # Errors
/// The server's.
pub async fn list(client: &Client) -> Result<Vec<Entry>, ClientError> {
    let over = doc! { "$lte": [ "$expires", "$$NOW" ] };
    let owned = doc! { "$ne": [ { "$ifNull": [ "$owner", null ] }, null ] };
    let pipeline = [
        doc! { "$sort": { "_id": 1 } },
        doc! { "$addFields": { "expired": { "$and": [ owned, over ] } } },
    ];
    let streams = bookkeeping::collection(client, bookkeeping::STREAMS);
    let found = streams.aggregate(pipeline).await?;
    let found: Vec<Document> = found.try_collect().await?;
    let letters = dead_letters(client).await?;
    let entries = found.into_iter().map(|document| {
        let letters = document.get_str("_id").ok().and_then(|id| letters.get(id));
        let letters = letters.copied().unwrap_or(0);
        Entry::read(document, letters)
    });
    Ok(entries.collect())
}

/// How many dead letters each stream has.
async fn dead_letters(client: &Client) -> Result<HashMap<String, i64>, ClientError> {
    let letters = bookkeeping::collection(client, bookkeeping::DEAD_LETTERS);
    let group = doc! { "$group": { "_id": "$stream", "count": { "$sum": 1 } } };
    let mut found = letters.aggregate([group]).await?;
    let mut counts = HashMap::new();
    while let Some(group) = found.try_next().await? {
        if let Ok(stream) = group.get_str("_id") {
            counts.insert(stream.to_string(), fields::number(&group, "count"));
        }
    }
    Ok(counts)
}
