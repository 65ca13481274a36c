//! Dead letters: finding them, asking for another delivery, and discarding them.

use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, Document, doc};
use mongodb::{Client, Cursor};

use super::{DATABASE, collection};
use crate::client::ClientError;

/// The collection of dead letters.
const LETTERS: &str = "dead_letters";

/// Which dead letters are meant: all that match every part.
#[derive(Debug, Clone, Default)]
pub struct Chosen {
    /// These; empty for any.
    pub ids: Vec<ObjectId>,
    /// Those of this stream.
    pub stream: Option<String>,
    /// Those that a query matches.
    pub filter: Option<Document>,
}

/// The query for what is chosen.
fn choose(chosen: &Chosen) -> Document {
    let mut parts: Vec<Document> = Vec::new();
    if !chosen.ids.is_empty() {
        parts.push(doc! { "_id": { "$in": &chosen.ids } });
    }
    if let Some(stream) = &chosen.stream {
        parts.push(doc! { "stream": stream });
    }
    parts.extend(chosen.filter.clone());
    match parts.is_empty() {
        true => Document::new(),
        false => doc! { "$and": parts },
    }
}

/// The chosen letters, by stream and in the order of their events.
///
/// # Errors
/// The server's.
pub async fn list(client: &Client, chosen: &Chosen) -> Result<Cursor<Document>, ClientError> {
    let letters = collection(client, DATABASE, LETTERS);
    let found = letters
        .find(choose(chosen))
        .sort(doc! { "stream": 1, "token._data": 1, "_id": 1 });
    Ok(found.await?)
}

/// Asks for another delivery of the chosen letters that are dead: the process that runs their
/// stream takes them up within about a second, or when the stream is attached again. A blocked one
/// is tried again anyway. Gives the number of letters.
///
/// # Errors
/// The server's.
pub async fn redeliver(client: &Client, chosen: &Chosen) -> Result<u64, ClientError> {
    let letters = collection(client, DATABASE, LETTERS);
    let dead = doc! { "$and": [{ "state": "dead" }, choose(chosen)] };
    let asked = vec![doc! { "$set": { "state": "redeliver", "updatedAt": "$$NOW" } }];
    Ok(letters.update_many(dead, asked).await?.modified_count)
}

/// Removes the chosen letters: their events are never handled. Gives the number of letters.
///
/// # Errors
/// The server's.
pub async fn discard(client: &Client, chosen: &Chosen) -> Result<u64, ClientError> {
    let letters = collection(client, DATABASE, LETTERS);
    Ok(letters.delete_many(choose(chosen)).await?.deleted_count)
}

/// The streams of the chosen letters.
///
/// # Errors
/// The server's.
pub async fn streams_of(client: &Client, chosen: &Chosen) -> Result<Vec<String>, ClientError> {
    let letters = collection(client, DATABASE, LETTERS);
    let found = letters.distinct("stream", choose(chosen)).await?;
    Ok(found
        .into_iter()
        .filter_map(|id| match id {
            Bson::String(id) => Some(id),
            _ => None,
        })
        .collect())
}
