//! Keeping a change stream open, and handing on its events.
//!
//! The stream is read by a task of its own: a read that is under way is never dropped, so no
//! batch is lost. The driver resumes once by itself; when that fails the stream is opened again
//! from the last event that was handed on, for as long as it takes.

use std::time::Duration;

use bson::{Bson, Document, RawDocument, RawDocumentBuf};
use mongodb::Client;
use mongodb::change_stream::ChangeStream;
use mongodb::change_stream::event::ResumeToken;
use mongodb::error::Error;
use mongodb::options::{ChangeStreamOptions, FullDocumentType};
use tokio::sync::mpsc;

use super::policy::pause;
use crate::client::ClientError;

/// How long the server waits for an event before it answers with none: bounds the age of the
/// token of an idle stream.
const AWAIT: Duration = Duration::from_secs(1);

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

/// Where to begin.
#[derive(Debug, Clone)]
pub enum From {
    /// With what happens from now on.
    Now,
    /// After the event of this token.
    After(Bson),
    /// After the invalidate event of this token.
    AfterInvalidate(Bson),
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

/// Opens the stream and reads it in a task; the first token is where "now" was.
///
/// # Errors
/// The server's, where the stream cannot be opened at all.
pub async fn open(
    client: &Client,
    watch: &Watch,
    from: From,
) -> Result<(Option<Bson>, mpsc::Receiver<Item>), Error> {
    let stream = start(client, watch, &from).await?;
    let token = token_of(&stream);
    let (send, receive) = mpsc::channel(AHEAD);
    let reader = Reader {
        client: client.clone(),
        watch: watch.clone(),
        send,
        last: token.clone(),
        invalidated: false,
    };
    tokio::spawn(reader.read(stream));
    Ok((token, receive))
}

async fn start(
    client: &Client,
    watch: &Watch,
    from: &From,
) -> Result<ChangeStream<RawDocumentBuf>, Error> {
    let options = options(watch, from)?;
    Ok(match (&watch.database, &watch.collection) {
        (Some(database), Some(collection)) => {
            let collection = client.database(database).collection::<Document>(collection);
            collection.watch().with_options(options).await?.with_type()
        }
        (Some(database), None) => client
            .database(database)
            .watch()
            .with_options(options)
            .await?
            .with_type(),
        (None, _) => client.watch().with_options(options).await?.with_type(),
    })
}

fn options(watch: &Watch, from: &From) -> Result<ChangeStreamOptions, Error> {
    let mut options = ChangeStreamOptions::default();
    options.max_await_time = Some(AWAIT);
    options.full_document = watch
        .update_lookup
        .then_some(FullDocumentType::UpdateLookup);
    match from {
        From::Now => {}
        From::After(token) => options.resume_after = Some(resume_token(token)?),
        From::AfterInvalidate(token) => options.start_after = Some(resume_token(token)?),
    }
    Ok(options)
}

fn resume_token(token: &Bson) -> Result<ResumeToken, Error> {
    Ok(bson::deserialize_from_bson(token.clone())?)
}

fn token_of(stream: &ChangeStream<RawDocumentBuf>) -> Option<Bson> {
    stream
        .resume_token()
        .and_then(|token| bson::serialize_to_bson(&token).ok())
}

/// The task that reads the stream.
struct Reader {
    client: Client,
    watch: Watch,
    send: mpsc::Sender<Item>,
    /// Where to open the stream again.
    last: Option<Bson>,
    /// Whether the last event was an invalidate, which only `startAfter` can pass.
    invalidated: bool,
}

impl Reader {
    async fn read(mut self, mut stream: ChangeStream<RawDocumentBuf>) {
        loop {
            let reason = match self.drain(&mut stream).await {
                Drained::Gone => return,
                Drained::Closed => None,
                Drained::Failed(error) if is_lost(&error) => {
                    let _ = self.send.send(Item::Lost(error)).await;
                    return;
                }
                Drained::Failed(error) => Some(error.message),
            };
            match self.reopen(reason).await {
                Some(again) => stream = again,
                None => return,
            }
        }
    }

    /// Hands on what comes, until the stream ends.
    async fn drain(&mut self, stream: &mut ChangeStream<RawDocumentBuf>) -> Drained {
        while stream.is_alive() {
            let item = match stream.next_if_any().await {
                Ok(Some(event)) => {
                    self.note(&event);
                    Item::Event(event)
                }
                Ok(None) => match token_of(stream) {
                    Some(token) => {
                        self.last = Some(token.clone());
                        Item::Idle(token)
                    }
                    None => continue,
                },
                Err(error) => return Drained::Failed(error.into()),
            };
            if self.send.send(item).await.is_err() {
                return Drained::Gone;
            }
        }
        Drained::Closed
    }

    fn note(&mut self, event: &RawDocument) {
        self.last = event_token(event).or_else(|| self.last.take());
        self.invalidated = event
            .get_str("operationType")
            .is_ok_and(|kind| kind == "invalidate");
    }

    /// Opens the stream again after the last event that was handed on; nothing where nobody
    /// listens any more or the history is gone.
    async fn reopen(&mut self, mut reason: Option<String>) -> Option<ChangeStream<RawDocumentBuf>> {
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
            match start(&self.client, &self.watch, &self.place()).await {
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

    fn place(&self) -> From {
        match (&self.last, self.invalidated) {
            (None, _) => From::Now,
            (Some(token), true) => From::AfterInvalidate(token.clone()),
            (Some(token), false) => From::After(token.clone()),
        }
    }
}

/// How reading a stream ended.
enum Drained {
    /// Nobody listens any more.
    Gone,
    /// The server closed it (after an invalidate).
    Closed,
    /// It broke, and the driver could not resume it.
    Failed(ClientError),
}

/// Whether the history after the token is gone.
#[must_use]
pub fn is_lost(error: &ClientError) -> bool {
    error.code.is_some_and(|code| LOST.contains(&code))
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
