//! The checkpoints of a stream's lanes: `rhaiver.lanes`.
//!
//! `{ _id: { stream, lane: Int }, of: Int (how many lanes there are), epoch: Long, batch: Long (how
//! often it was written), token, clusterTime: Timestamp, handled: Long, updatedAt: Date }`
//!
//! All lanes of a stream have a document as soon as it is open, so that a restart finds a place even
//! where no event came. Lanes hold their own; this is what is done about all of them together.

use bson::{Bson, DateTime, Document, doc};
use futures_util::TryStreamExt as _;
use mongodb::error::Error;
use mongodb::options::WriteConcern;
use mongodb::{Client, ClientSession, Collection};

use super::queue::Place;
use crate::client::ClientError;
use crate::stream::bookkeeping::{self, LANES};
use crate::stream::source::Token;
use crate::value::Number;

/// How often checkpoints are written where another transaction is in the way.
const TRIES: u32 = 10;

/// The checkpoint of one lane.
#[derive(Debug, Clone, PartialEq)]
pub struct LanePlace {
    /// The lane.
    pub lane: u32,
    /// How many lanes there were.
    pub of: u32,
    /// The epoch under which it was written.
    pub epoch: i64,
    /// How often it was written.
    pub batch: i64,
    /// Where it is; nothing for the beginning.
    pub place: Option<Place>,
}

/// The checkpoints of one stream.
#[derive(Debug, Clone)]
pub struct Places {
    lanes: Collection<Document>,
    stream: String,
    epoch: i64,
}

/// The `_id` of a lane's checkpoint.
#[must_use]
pub fn id_of(stream: &str, lane: u32) -> Document {
    doc! { "stream": stream, "lane": i64_of(lane) }
}

impl Places {
    /// Those of a stream whose lease has this epoch.
    #[must_use]
    pub fn new(client: &Client, stream: &str, epoch: i64) -> Self {
        Self {
            lanes: bookkeeping::collection(client, LANES),
            stream: stream.into(),
            epoch,
        }
    }

    /// All there are, in the order of lanes; none for a stream that never ran.
    ///
    /// # Errors
    /// The server's.
    pub async fn load(&self) -> Result<Vec<LanePlace>, ClientError> {
        let query = doc! { "_id.stream": &self.stream };
        let found: Vec<Document> = self.lanes.find(query).await?.try_collect().await?;
        let mut places: Vec<LanePlace> = found.iter().filter_map(read).collect();
        places.sort_by_key(|place| place.lane);
        Ok(places)
    }

    /// Puts `of` lanes at one place, instead of what there is: in one transaction, so that a process
    /// that dies leaves the old ones or the new ones. Their `batch` begins at 0.
    ///
    /// # Errors
    /// The server's.
    pub async fn set_all(
        &self,
        session: &mut ClientSession,
        of: u32,
        place: Option<&Place>,
    ) -> Result<Vec<LanePlace>, ClientError> {
        let wanted: Vec<LanePlace> = (0..of)
            .map(|lane| LanePlace {
                lane,
                of,
                epoch: self.epoch,
                batch: 0,
                place: place.cloned(),
            })
            .collect();
        let documents: Vec<Document> = wanted.iter().map(|place| self.write(place)).collect();
        let majority = WriteConcern::majority();
        let mut tries = 0;
        loop {
            let begin = session.start_transaction();
            begin.write_concern(majority.clone()).await?;
            let Err(error) = self.replace(session, &documents).await else {
                break;
            };
            let _ = session.abort_transaction().await;
            tries += 1;
            if tries == TRIES || !error.contains_label("TransientTransactionError") {
                return Err(error.into());
            }
        }
        Ok(wanted)
    }

    /// A newer owner's are not touched: then the inserts find theirs, and fail.
    async fn replace(
        &self,
        session: &mut ClientSession,
        documents: &[Document],
    ) -> Result<(), Error> {
        let old = doc! { "_id.stream": &self.stream, "epoch": { "$lte": self.epoch } };
        self.lanes.delete_many(old).session(&mut *session).await?;
        self.lanes
            .insert_many(documents)
            .session(&mut *session)
            .await?;
        session.commit_transaction().await
    }

    fn write(&self, place: &LanePlace) -> Document {
        let token = place
            .place
            .as_ref()
            .map_or(Bson::Null, |p| p.token.to_bson());
        let time = place.place.as_ref().and_then(|p| p.time);
        doc! {
            "_id": id_of(&self.stream, place.lane),
            "of": i64_of(place.of),
            "epoch": place.epoch,
            "batch": place.batch,
            "token": token,
            "clusterTime": time,
            "handled": 0_i64,
            "updatedAt": DateTime::now(),
        }
    }
}

fn read(d: &Document) -> Option<LanePlace> {
    let number = |d: &Document, name: &str| {
        let n = d.get(name).and_then(Number::from_bson)?;
        n.to_i64()
    };
    let lane = number(d.get_document("_id").ok()?, "lane")?;
    let token = d.get("token").and_then(Token::from_bson);
    Some(LanePlace {
        lane: u32::try_from(lane).ok()?,
        of: u32::try_from(number(d, "of")?).ok()?,
        epoch: number(d, "epoch").unwrap_or(0),
        batch: number(d, "batch").unwrap_or(0),
        place: token.map(|token| Place {
            token,
            time: d.get_timestamp("clusterTime").ok(),
        }),
    })
}

/// An `Int` where it fits, as all are.
fn i64_of(n: u32) -> Bson {
    i32::try_from(n).map_or(Bson::Int64(n.into()), Bson::Int32)
}

/// Where the source has to begin, so that no lane misses anything; nothing for its beginning.
#[must_use]
pub fn oldest(places: &[LanePlace]) -> Option<&Place> {
    let places = places.iter().map(|lane| lane.place.as_ref());
    let all: Option<Vec<&Place>> = places.collect();
    all?.into_iter().min_by(|a, b| a.token.cmp(&b.token))
}

/// The place up to which some lane is; nothing where all are at the same one.
#[must_use]
pub fn newest_of_several(places: &[LanePlace]) -> Option<&Place> {
    let all = places.iter().filter_map(|lane| lane.place.as_ref());
    let newest = all.max_by(|a, b| a.token.cmp(&b.token))?;
    let level = oldest(places).is_some_and(|oldest| oldest.token == newest.token);
    (!level).then_some(newest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::rawdoc;

    fn at(lane: u32, place: Option<&str>) -> LanePlace {
        let token = |hex| Token::new(&rawdoc! { "_data": hex });
        LanePlace {
            lane,
            of: 3,
            epoch: 1,
            batch: 0,
            place: place.map(|hex| Place {
                token: token(hex),
                time: None,
            }),
        }
    }

    #[test]
    fn lanes_begin_at_the_oldest_place_and_are_level_at_the_newest() {
        let hex = |place: Option<&Place>| place.map(|p| p.token.hex().to_string());
        let cases = [
            (vec![at(0, Some("8265"))], Some("8265"), None),
            (
                vec![at(0, Some("8265")), at(1, Some("8263"))],
                Some("8263"),
                Some("8265"),
            ),
            (
                vec![at(0, Some("8265")), at(1, Some("8265"))],
                Some("8265"),
                None,
            ),
            (vec![at(0, Some("8265")), at(1, None)], None, Some("8265")),
            (vec![at(0, None), at(1, None)], None, None),
        ];
        for (places, from, level) in cases {
            assert_eq!(hex(oldest(&places)).as_deref(), from, "{places:?}");
            assert_eq!(
                hex(newest_of_several(&places)).as_deref(),
                level,
                "{places:?}"
            );
        }
    }
}
