//! [`DeadLetters`]: what people do with letters.

use std::time::Duration;

use bson::{Bson, DateTime, Document, doc};
use futures_util::TryStreamExt as _;
use mongodb::{Client, Collection};

use super::letter::{DeadLetter, LetterState};
use crate::client::ClientError;
use crate::stream::bookkeeping::{self, DEAD_LETTERS};
use crate::value::Number;

/// How long making the index may take: it waits for transactions that hold the collection.
const PREPARE: Duration = Duration::from_secs(1);

/// The dead letters of a cluster.
#[derive(Debug, Clone)]
pub struct DeadLetters {
    letters: Collection<Document>,
}

/// Which letters are meant: those that everything given holds for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Chosen {
    /// Those of this stream.
    pub stream: Option<String>,
    /// Those with one of these `_id`s; empty for any.
    pub ids: Vec<Bson>,
    /// Those in this state.
    pub state: Option<LetterState>,
    /// Those that this query finds.
    pub filter: Option<Document>,
}

impl Chosen {
    /// As a query.
    #[must_use]
    pub fn to_filter(&self) -> Document {
        let mut all = Vec::new();
        if let Some(stream) = &self.stream {
            all.push(doc! { "stream": stream });
        }
        if !self.ids.is_empty() {
            all.push(doc! { "_id": { "$in": &self.ids } });
        }
        if let Some(state) = self.state {
            all.push(doc! { "state": state.as_str() });
        }
        all.extend(self.filter.clone());
        match all.len() {
            0 => Document::new(),
            1 => all.remove(0),
            _ => doc! { "$and": all },
        }
    }
}

impl DeadLetters {
    /// Those of the cluster of a client. Reads go to the primary and writes to a majority, whatever
    /// the connection string says: it is for scripts.
    #[must_use]
    pub fn new(client: &Client) -> Self {
        Self {
            letters: bookkeeping::collection(client, DEAD_LETTERS),
        }
    }

    /// Makes the index by which streams find their letters; best effort, it only makes that faster.
    pub async fn prepare(&self) {
        let keys = doc! { "stream": 1, "state": 1, "token._data": 1 };
        let index = mongodb::IndexModel::builder().keys(keys).build();
        let made = self.letters.create_index(index).into_future();
        let _ = tokio::time::timeout(PREPARE, made).await;
    }

    /// The chosen letters by stream, then in the order of their tokens; at most `limit` (0 for all).
    ///
    /// # Errors
    /// The server's.
    pub async fn list(&self, chosen: &Chosen, limit: u32) -> Result<Vec<DeadLetter>, ClientError> {
        let mut find = self
            .letters
            .find(chosen.to_filter())
            .sort(doc! { "stream": 1, "token._data": 1, "_id": 1 });
        if limit > 0 {
            find = find.limit(i64::from(limit));
        }
        let found: Vec<Document> = find.await?.try_collect().await?;
        Ok(found.into_iter().map(DeadLetter::from_document).collect())
    }

    /// One letter.
    ///
    /// # Errors
    /// The server's.
    pub async fn show(&self, id: &Bson) -> Result<Option<DeadLetter>, ClientError> {
        let found = self.letters.find_one(doc! { "_id": id.clone() }).await?;
        Ok(found.map(DeadLetter::from_document))
    }

    /// Asks for the chosen letters to be delivered again, by whichever process runs their streams;
    /// they are gone once they are handled. Gives how many there are. Letters that are `blocked` are
    /// left as they are: they are tried again and again anyhow.
    ///
    /// # Errors
    /// The server's.
    pub async fn redeliver(&self, chosen: &Chosen) -> Result<u64, ClientError> {
        let filter = doc! { "$and": [chosen.to_filter(), { "state": "dead" }] };
        let change = doc! { "$set": { "state": "redeliver", "updatedAt": DateTime::now() } };
        let done = self.letters.update_many(filter, change).await?;
        Ok(done.modified_count)
    }

    /// Deletes the chosen letters; their events are lost. Gives how many there were.
    ///
    /// # Errors
    /// The server's.
    pub async fn discard(&self, chosen: &Chosen) -> Result<u64, ClientError> {
        let done = self.letters.delete_many(chosen.to_filter()).await?;
        Ok(done.deleted_count)
    }

    /// How many letters there are of each stream, in any state.
    ///
    /// # Errors
    /// The server's.
    pub async fn counts(&self) -> Result<Vec<(String, u64)>, ClientError> {
        let by_stream = doc! { "$group": { "_id": "$stream", "n": { "$sum": 1 } } };
        let order = doc! { "$sort": { "_id": 1 } };
        let found = self.letters.aggregate([by_stream, order]).await?;
        let found: Vec<Document> = found.try_collect().await?;
        let count = |d: &Document| {
            let stream = d.get_str("_id").ok()?.to_string();
            let n = d.get("n").and_then(Number::from_bson)?.to_i64()?;
            Some((stream, u64::try_from(n).ok()?))
        };
        Ok(found.iter().filter_map(count).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_chosen_is_a_query() {
        let cases = [
            (Chosen::default(), doc! {}),
            (
                Chosen {
                    stream: Some("s".into()),
                    ..Chosen::default()
                },
                doc! { "stream": "s" },
            ),
            (
                Chosen {
                    ids: vec![Bson::Int32(1)],
                    state: Some(LetterState::Dead),
                    filter: Some(doc! { "attempts": 3 }),
                    ..Chosen::default()
                },
                doc! { "$and": [{ "_id": { "$in": [1] } }, { "state": "dead" }, { "attempts": 3 }] },
            ),
        ];
        for (chosen, query) in cases {
            assert_eq!(chosen.to_filter(), query);
        }
    }
}
