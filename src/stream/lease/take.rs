//! Taking a lease, and fencing whoever had it before.

use std::time::{Duration, Instant};

use bson::{Binary, Bson, Document, doc, spec::BinarySubtype};
use mongodb::options::ReturnDocument;
use mongodb::{Client, error::Error};
use tracing::{info, warn};

use super::{Ask, Attempt, Held, Lease, Owner};
use crate::client::ClientError;
use crate::stream::bookkeeping::{self, LANES, STREAMS, soon};
use crate::stream::registry::fields;

/// A key that is there already: somebody else was faster.
const DUPLICATE_KEY: i32 = 11000;

/// One attempt.
pub(super) async fn try_take(client: &Client, ask: &Ask) -> Result<Attempt, ClientError> {
    if let Some(lease) = take(client, ask, None).await? {
        return fenced(client, lease).await;
    }
    let Some(found) = read(client, &ask.stream).await? else {
        make(client, &ask.stream).await?;
        return match take(client, ask, None).await? {
            Some(lease) => fenced(client, lease).await,
            None => Ok(held(read(client, &ask.stream).await?.as_ref())),
        };
    };
    let owner = owner_of(&found).filter(Owner::is_gone);
    if let Some(owner) = owner
        && let Some(lease) = take(client, ask, Some(&found)).await?
    {
        info!(stream = ask.stream, %owner, "the owner's process is gone");
        return fenced(client, lease).await;
    }
    Ok(held(Some(&found)))
}

/// Who has it, by a document with `left`, the milliseconds that are left.
fn held(found: Option<&Document>) -> Attempt {
    let left = found.and_then(|f| f.get_i64("left").ok()).unwrap_or(0);
    Attempt::Held(Held {
        owner: found.and_then(owner_of),
        expires_in: Duration::from_millis(u64::try_from(left).unwrap_or(0)),
    })
}

fn owner_of(found: &Document) -> Option<Owner> {
    found
        .get_document("owner")
        .ok()
        .and_then(Owner::from_document)
}

/// The stream's document, with what is left of the lease by the server's clock.
async fn read(client: &Client, stream: &str) -> Result<Option<Document>, ClientError> {
    let streams = bookkeeping::collection(client, STREAMS);
    let left = doc! { "$toLong": { "$subtract": [ "$expires", "$$NOW" ] } };
    let pipeline = [
        doc! { "$match": { "_id": stream } },
        doc! { "$addFields": { "left": left } },
    ];
    let mut found = soon(streams.aggregate(pipeline)).await?;
    soon(async move {
        match found.advance().await? {
            true => Ok(Some(found.deserialize_current()?)),
            false => Ok(None),
        }
    })
    .await
}

/// Makes the document of a stream that was never known: an upsert cannot ask the server's clock.
async fn make(client: &Client, stream: &str) -> Result<(), ClientError> {
    // Somebody may have removed the document, and left the checkpoints: their epoch goes on.
    let lanes = bookkeeping::collection(client, LANES);
    let newest = lanes.find_one(doc! { "_id.stream": stream });
    let newest = soon(newest.sort(doc! { "epoch": -1 })).await?;
    let epoch = newest.and_then(|lane| lane.get_i64("epoch").ok());
    let epoch = epoch.unwrap_or(0);
    let blank = doc! { "_id": stream, "state": "stopped", "owner": null, "epoch": epoch };
    let streams = bookkeeping::collection(client, STREAMS);
    match soon(streams.insert_one(blank)).await {
        Err(error) if error.code != Some(DUPLICATE_KEY) => Err(error),
        _ => Ok(()),
    }
}

/// Takes the lease if it is free, or is still that of `gone`.
async fn take(
    client: &Client,
    ask: &Ask,
    gone: Option<&Document>,
) -> Result<Option<(Lease, Vec<Bson>)>, ClientError> {
    let mut free = vec![
        doc! { "owner": null },
        // The attempt before, whose reply was lost.
        doc! { "lease": nonce(ask) },
        doc! { "$expr": { "$lte": [ "$expires", "$$NOW" ] } },
    ];
    if let Some(gone) = gone {
        let field = |name: &str| gone.get(name).cloned().unwrap_or(Bson::Null);
        free.push(doc! { "owner": field("owner"), "epoch": field("epoch") });
    }
    let streams = bookkeeping::collection(client, STREAMS);
    let asked = Instant::now();
    let free = doc! { "_id": &ask.stream, "$or": free };
    let taking = streams
        .find_one_and_update(free, update(ask))
        .return_document(ReturnDocument::After);
    let taken = soon(taking).await?;
    Ok(taken.map(|taken| {
        let sessions = taken.get_array("sessions").cloned().unwrap_or_default();
        let epoch = taken.get_i64("epoch").unwrap_or(0);
        (Lease::new(client, ask, epoch, asked), sessions)
    }))
}

/// The sessions stay as they are: should this owner die before they are killed, the next one
/// kills them.
fn update(ask: &Ask) -> Vec<Document> {
    let mut set = doc! {
        "state": "running",
        "owner": { "$literal": ask.owner.to_document() },
        "lease": nonce(ask),
        "epoch": { "$add": [ { "$toLong": { "$ifNull": [ "$epoch", 0 ] } }, 1 ] },
        "expires": expires(ask.ttl),
        "sessions": { "$ifNull": [ "$sessions", [] ] },
        "startedAt": "$$NOW",
        "updatedAt": "$$NOW",
    };
    set.extend(fields::about(&ask.about));
    vec![doc! { "$set": set }]
}

/// When a lease ends that is renewed now, by the server's clock.
pub(super) fn expires(ttl: Duration) -> Document {
    let ttl = i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX);
    doc! { "$add": [ "$$NOW", ttl ] }
}

fn nonce(ask: &Ask) -> Bson {
    Bson::from(ask.nonce)
}

/// Takes from whoever had the lease before what it may still hold.
async fn fenced(
    client: &Client,
    (lease, sessions): (Lease, Vec<Bson>),
) -> Result<Attempt, ClientError> {
    if let Err(error) = soon(kill_sessions(client, &sessions)).await {
        // They end by themselves, later.
        warn!("the sessions of the owner before cannot be killed: {error}");
    }
    raise_epoch(client, lease.stream(), lease.epoch()).await?;
    info!(
        stream = lease.stream(),
        epoch = lease.epoch(),
        "took the lease"
    );
    Ok(Attempt::Taken(lease))
}

/// Aborts the transactions of sessions, given by the ids of their `lsid`s.
async fn kill_sessions(client: &Client, sessions: &[Bson]) -> Result<(), Error> {
    let is_id = |id: &&Bson| matches!(id, Bson::Binary(Binary { subtype: BinarySubtype::Uuid, bytes }) if bytes.len() == 16);
    let ids: Vec<Document> = sessions
        .iter()
        .filter(is_id)
        .map(|id| doc! { "id": id.clone() })
        .collect();
    // Without ids the command kills all sessions of the user.
    if ids.is_empty() {
        return Ok(());
    }
    let admin = client.database("admin");
    admin.run_command(doc! { "killSessions": ids }).await?;
    Ok(())
}

/// Writes the epoch into the checkpoints of a stream's lanes: a transaction that is open still, of
/// an owner before, conflicts with this or does not find its own epoch.
///
/// # Errors
/// The server's.
async fn raise_epoch(client: &Client, stream: &str, epoch: i64) -> Result<(), ClientError> {
    let lanes = bookkeeping::collection(client, LANES);
    let older = doc! { "_id.stream": stream, "epoch": { "$lt": epoch } };
    let raised = doc! { "$set": { "epoch": epoch } };
    soon(lanes.update_many(older, raised)).await?;
    Ok(())
}
