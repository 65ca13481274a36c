//! Keeping a change stream open, and handing on its events.
//!
//! The stream is read by a task of its own: a read that is under way is never dropped, so no
//! batch is lost. It is an `aggregate` with `$changeStream` and its cursor, read batch by batch,
//! and not the driver's change stream: where the driver resumes one and its `aggregate` has to be
//! sent twice, as in a failover, the second one has lost the token and begins elsewhere. Here the
//! stream is opened again after the last event that was handed on, for as long as it takes.

use std::time::Duration;

use bson::{Bson, Document, RawDocument, RawDocumentBuf, doc};
use futures_util::StreamExt;
use mongodb::Client;
use mongodb::error::Error;
use mongodb::options::CursorType;
use mongodb::raw_batch_cursor::{RawBatch, RawBatchCursor};
use tokio::sync::mpsc;
use tracing::info;

use super::policy::pause;
use crate::client::ClientError;

/// How long the server waits for an event before it answers with none: bounds the age of the
/// token of an idle stream.
const AWAIT: Duration = Duration::from_secs(1);

/// How long an answer may take before the connection is taken for dead: no network error tells of
/// a cable that is cut, and after the death of a cursor's server the driver waits 30 s for it to
/// come back. Many times [`AWAIT`], so that a slow server is not left.
const SILENCE: Duration = Duration::from_secs(10);

/// How many events may wait for the handler.
const AHEAD: usize = 64;

/// Codes that say that the history after the token is gone, or that the token is none: trying
/// again cannot help.
const LOST: [i32; 4] = [
    286,    // ChangeStreamHistoryLost
    280,    // ChangeStreamFatalError
    260,    // InvalidResumeToken
    50_811, // KeyString of a token that cannot be read
];

/// What a stream watches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watch {
    /// The database; nothing for the whole cluster.
    pub database: Option<String>,
    /// The collection; nothing for the whole database.
    pub collection: Option<String>,
    /// Whether updates carry the document as it is at the lookup.
    pub update_lookup: bool,
}

impl Watch {
    /// Reads `db.coll`, `db` or `*`.
    ///
    /// # Errors
    /// Where it is none of them; the text says what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let all = |database, collection| Self {
            database,
            collection,
            update_lookup: false,
        };
        match text.split_once('.') {
            _ if text == "*" => Ok(all(None, None)),
            _ if text.is_empty() => Err("it is empty".into()),
            Some(("", _) | (_, "")) => Err("a name is missing beside the dot".into()),
            Some((database, collection)) => Ok(all(Some(database.into()), Some(collection.into()))),
            None => Ok(all(Some(text.into()), None)),
        }
    }
}

impl std::fmt::Display for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.database, &self.collection) {
            (Some(database), Some(collection)) => write!(f, "{database}.{collection}"),
            (Some(database), None) => f.write_str(database),
            (None, _) => f.write_str("*"),
        }
    }
}

/// What the source hands on.
#[derive(Debug)]
pub enum Item {
    /// An event.
    Event(RawDocumentBuf),
    /// No event, but a newer place to resume from.
    Idle(Bson),
    /// The server is lost; it is tried again.
    Interrupted {
        /// Why.
        reason: String,
        /// When it is tried again.
        again_in: Duration,
    },
    /// The stream is open again.
    Resumed,
    /// The stream cannot go on.
    Lost(ClientError),
}

/// Opens the stream after the event of `token`, or with what happens from now on, and reads it in
/// a task. Gives the token of the place where it begins. `besides` is a collection whose changes
/// are left out.
///
/// # Errors
/// The server's, where the stream cannot be opened at all.
pub async fn open(
    client: &Client,
    watch: &Watch,
    besides: (&str, &str),
    token: Option<Bson>,
) -> Result<(Option<Bson>, mpsc::Receiver<Item>), Error> {
    let place = Place {
        client: client.clone(),
        watch: watch.clone(),
        besides: (besides.0.to_string(), besides.1.to_string()),
    };
    let mut cursor = place.open(token.as_ref()).await?;
    let first = match cursor.next().await {
        Some(batch) => Some(batch?),
        None => None,
    };
    let start = token.or_else(|| first.as_ref().and_then(batch_token));
    let (send, receive) = mpsc::channel(AHEAD);
    let reader = Reader {
        place,
        send,
        last: start.clone(),
    };
    tokio::spawn(reader.read(cursor, first));
    Ok((start, receive))
}

/// What is opened, and opened again.
struct Place {
    client: Client,
    watch: Watch,
    besides: (String, String),
}

impl Place {
    async fn open(&self, token: Option<&Bson>) -> Result<RawBatchCursor, Error> {
        let database = self.watch.database.as_deref().unwrap_or("admin");
        let database = self.client.database(database);
        info!(watch = %self.watch, resumed = token.is_some(), "opening the stream");
        let mut open = database
            .run_cursor_command(self.command(token))
            .cursor_type(CursorType::TailableAwait)
            .max_time(AWAIT);
        if let Some(selection) = self.client.selection_criteria() {
            open = open.selection_criteria(selection.clone());
        }
        open.batch().await
    }

    /// `startAfter` takes every token, that of an invalidate event too, which `resumeAfter` does
    /// not (manual, "Resume a Change Stream").
    fn command(&self, token: Option<&Bson>) -> Document {
        let Watch {
            database,
            collection,
            update_lookup,
        } = &self.watch;
        let mut stage = Document::new();
        if database.is_none() {
            stage.insert("allChangesForCluster", true);
        }
        if *update_lookup {
            stage.insert("fullDocument", "updateLookup");
        }
        if let Some(token) = token {
            stage.insert("startAfter", token.clone());
        }
        let mut pipeline = vec![doc! { "$changeStream": stage }];
        if collection.is_none() {
            let (database, collection) = &self.besides;
            let own = doc! { "ns.db": database, "ns.coll": collection };
            pipeline.push(doc! { "$match": { "$nor": [own] } });
        }
        let of = collection.clone().map_or(Bson::Int32(1), Bson::String);
        // The connection string may ask for another level, which change streams refuse.
        doc! {
            "aggregate": of,
            "pipeline": pipeline,
            "cursor": {},
            "readConcern": { "level": "majority" },
        }
    }
}

/// The task that reads the stream.
struct Reader {
    place: Place,
    send: mpsc::Sender<Item>,
    /// Where to open the stream again.
    last: Option<Bson>,
}

impl Reader {
    async fn read(mut self, mut cursor: RawBatchCursor, mut first: Option<RawBatch>) {
        loop {
            let reason = match self.drain(&mut cursor, first.take()).await {
                Ok(()) => None,
                Err(Broken::Gone) => return,
                Err(Broken::Failed(error)) if is_lost(&error) => {
                    let _ = self.send.send(Item::Lost(error)).await;
                    return;
                }
                Err(Broken::Failed(error)) => Some(error.message),
                Err(Broken::Silent) => Some("the server does not answer".to_string()),
            };
            match self.reopen(reason).await {
                Some(again) => cursor = again,
                None => return,
            }
        }
    }

    /// Hands on what comes, until the server closes the stream (after an invalidate).
    async fn drain(
        &mut self,
        cursor: &mut RawBatchCursor,
        first: Option<RawBatch>,
    ) -> Result<(), Broken> {
        if let Some(batch) = first {
            self.hand_on(&batch).await?;
        }
        loop {
            let next = tokio::time::timeout(SILENCE, cursor.next()).await;
            match next.map_err(|_| Broken::Silent)? {
                Some(batch) => self.hand_on(&batch?).await?,
                None => return Ok(()),
            }
        }
    }

    async fn hand_on(&mut self, batch: &RawBatch) -> Result<(), Broken> {
        let mut empty = true;
        for event in batch.doc_slices()? {
            let event = event.map_err(Error::from)?;
            let Some(event) = event.as_document() else {
                continue;
            };
            empty = false;
            self.last = event_token(event).or_else(|| self.last.take());
            self.give(Item::Event(event.to_owned())).await?;
        }
        if let (true, Some(token)) = (empty, batch_token(batch)) {
            self.last = Some(token.clone());
            self.give(Item::Idle(token)).await?;
        }
        Ok(())
    }

    async fn give(&self, item: Item) -> Result<(), Broken> {
        self.send.send(item).await.map_err(|_| Broken::Gone)
    }

    /// Opens the stream again after the last event that was handed on; nothing where nobody
    /// listens any more or the history is gone.
    async fn reopen(&mut self, mut reason: Option<String>) -> Option<RawBatchCursor> {
        let mut attempts = 0;
        loop {
            if let Some(reason) = reason.take() {
                attempts += 1;
                let again_in = pause(attempts);
                self.send
                    .send(Item::Interrupted { reason, again_in })
                    .await
                    .ok()?;
                tokio::time::sleep(again_in).await;
            }
            match self.place.open(self.last.as_ref()).await {
                Ok(stream) => {
                    if attempts > 0 {
                        self.send.send(Item::Resumed).await.ok()?;
                    }
                    return Some(stream);
                }
                Err(error) => {
                    let error = ClientError::from(error);
                    if is_lost(&error) {
                        let _ = self.send.send(Item::Lost(error)).await;
                        return None;
                    }
                    reason = Some(error.message);
                }
            }
        }
    }
}

/// Why reading a stream ended.
enum Broken {
    /// Nobody listens any more.
    Gone,
    /// The server does not answer.
    Silent,
    /// The server or the connection failed.
    Failed(ClientError),
}

impl From<Error> for Broken {
    fn from(error: Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Whether the history after the token is gone.
#[must_use]
pub fn is_lost(error: &ClientError) -> bool {
    error.code.is_some_and(|code| LOST.contains(&code))
}

/// The token behind all events of a batch.
fn batch_token(batch: &RawBatch) -> Option<Bson> {
    let cursor = batch.as_raw_document().get_document("cursor").ok()?;
    let token = cursor.get("postBatchResumeToken").ok().flatten()?;
    Bson::try_from(token).ok()
}

/// The token of an event, which is its `_id`.
#[must_use]
pub fn event_token(event: &RawDocument) -> Option<Bson> {
    let id = event.get("_id").ok().flatten()?;
    Bson::try_from(id).ok()
}

#[cfg(test)]
mod tests {
    use super::Watch;

    #[test]
    fn what_to_watch_is_a_collection_a_database_or_everything() {
        for text in ["shop.orders", "shop.orders.archive", "shop", "*"] {
            let watch = Watch::parse(text).unwrap();
            assert_eq!(watch.to_string(), text);
        }
        assert_eq!(
            Watch::parse("shop.orders.archive")
                .unwrap()
                .collection
                .as_deref(),
            Some("orders.archive")
        );
        for text in ["", ".orders", "shop."] {
            assert!(Watch::parse(text).is_err(), "{text:?}");
        }
    }
}
