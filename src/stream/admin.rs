//! What is known about each stream, as people see it from outside of the process that runs it, and
//! forgetting one. Nothing here touches what a running stream decides by (its lease, its lanes).

use std::collections::HashMap;

use futures_util::TryStreamExt;
use mongodb::Client;
use mongodb::bson::{Bson, DateTime, Document, doc};
use mongodb::options::{ReadConcern, WriteConcern};

use crate::client::ClientError;
use crate::stream::bookkeeping::{DEAD_LETTERS, GAPS, LANES, STREAMS, collection, resume_tokens};

/// Why a stream cannot be forgotten.
#[derive(Debug, thiserror::Error)]
pub enum ForgetError {
    /// Nothing is known about it.
    #[error("there is no stream `{0}`")]
    Unknown(String),
    /// Somebody runs it.
    #[error("the stream `{0}` is running")]
    Running(String),
    /// The server's.
    #[error(transparent)]
    Client(#[from] ClientError),
}

impl From<mongodb::error::Error> for ForgetError {
    fn from(e: mongodb::error::Error) -> Self {
        Self::Client(e.into())
    }
}

/// What is known about each stream, by its name: the document of `rhaiver.streams` without
/// `sessions`; with `state: "abandoned"` where its owner did not renew the lease in time,
/// `leased` (whether the lease holds now), `deadLetters: { dead, blocked, redeliver }` as counted
/// now, and `gaps`, how many are recorded.
///
/// # Errors
/// The server's.
pub async fn streams(client: &Client) -> Result<Vec<Document>, ClientError> {
    let all = [
        doc! { "$match": { "state": { "$ne": FORGOTTEN } } },
        doc! { "$addFields": {
            "leased": { "$and": [
                { "$ne": [{ "$type": "$owner" }, "missing"] },
                { "$ne": ["$owner", null] },
                { "$gt": ["$expires", "$$NOW"] },
            ] },
        } },
        doc! { "$project": { "sessions": 0 } },
        doc! { "$sort": { "_id": 1 } },
    ];
    let found = collection(client, STREAMS).aggregate(all).await?;
    let mut found: Vec<Document> = found.try_collect().await?;
    let letters = counts(
        client,
        DEAD_LETTERS,
        doc! { "s": "$stream", "state": "$state" },
    )
    .await?;
    let gaps = counts(client, GAPS, doc! { "s": "$stream" }).await?;
    for stream in &mut found {
        let id = stream.get_str("_id").unwrap_or_default().to_string();
        let leased = stream.get_bool("leased").unwrap_or(false);
        if !leased
            && stream
                .get_str("state")
                .is_ok_and(|state| state == "running")
        {
            stream.insert("state", "abandoned");
        }
        let count = |state: &str| {
            letters
                .get(&(id.clone(), state.into()))
                .copied()
                .unwrap_or(0)
        };
        stream.insert(
            "deadLetters",
            doc! { "dead": count("dead"), "blocked": count("blocked"), "redeliver": count("redeliver") },
        );
        stream.insert("gaps", gaps.get(&(id, String::new())).copied().unwrap_or(0));
    }
    Ok(found)
}

/// How many documents a collection has for each stream (and state).
async fn counts(
    client: &Client,
    name: &str,
    by: Document,
) -> Result<HashMap<(String, String), i64>, ClientError> {
    let group = [doc! { "$group": { "_id": by, "n": { "$sum": 1_i64 } } }];
    let mut cursor = collection(client, name).aggregate(group).await?;
    let mut counts = HashMap::new();
    while let Some(found) = cursor.try_next().await? {
        let by = found.get_document("_id").cloned().unwrap_or_default();
        let text = |key: &str| by.get_str(key).unwrap_or_default().to_string();
        counts.insert((text("s"), text("state")), found.get_i64("n").unwrap_or(0));
    }
    Ok(counts)
}

/// The state of a stream of which only the epoch is left.
const FORGOTTEN: &str = "forgotten";

/// Forgets where a stream was, so that it begins anew when it is attached again. Its dead letters
/// and gaps stay, and its epoch, out of sight: an owner that was paused and wakes must not find
/// its own epoch in the checkpoints of a stream that began anew.
///
/// # Errors
/// [`ForgetError`]; nothing is removed then.
pub async fn forget(client: &Client, id: &str) -> Result<(), ForgetError> {
    let mut session = client.start_session().await?;
    session
        .start_transaction()
        .read_concern(ReadConcern::snapshot())
        .write_concern(WriteConcern::majority())
        .await?;
    let streams = collection(client, STREAMS);
    // Where somebody takes the lease meanwhile, one of the two conflicts.
    let free = doc! { "_id": id, "state": { "$ne": FORGOTTEN }, "$or": [
        { "owner": Bson::Null },
        { "expires": Bson::Null },
        { "$expr": { "$lte": ["$expires", "$$NOW"] } },
    ] };
    let kept = doc! { "_id": "$_id", "epoch": "$epoch", "state": FORGOTTEN };
    let found = streams
        .find_one_and_update(free, vec![doc! { "$replaceWith": kept }])
        .session(&mut session);
    let Some(known) = found.await? else {
        session.abort_transaction().await?;
        let known = doc! { "_id": id, "state": { "$ne": FORGOTTEN } };
        let known = streams.find_one(known).await?;
        return Err(match known {
            Some(_) => ForgetError::Running(id.into()),
            None => ForgetError::Unknown(id.into()),
        });
    };
    let lanes = collection(client, LANES);
    let lanes = lanes.delete_many(doc! { "_id.stream": id });
    lanes.session(&mut session).await?;
    if let Ok(database) = known.get_str("database") {
        let mirror = resume_tokens(client, database);
        let mirror = mirror.delete_one(doc! { "_id": id });
        mirror.session(&mut session).await?;
    }
    Ok(session.commit_transaction().await?)
}

/// When something of a stream's document happened, for people.
#[must_use]
pub fn time_of(value: Option<&Bson>) -> Option<String> {
    match value? {
        Bson::DateTime(at) => at.try_to_rfc3339_string().ok(),
        Bson::Timestamp(at) => DateTime::from_millis(i64::from(at.time) * 1000)
            .try_to_rfc3339_string()
            .ok(),
        _ => None,
    }
}
