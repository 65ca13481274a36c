//! The writers: they count up documents, some of them far more often than others.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use mongodb::bson::{Document, doc};
use mongodb::options::{Acknowledgment, CollectionOptions, WriteConcern};
use mongodb::{Client, Collection};

use crate::ground::Ground;
use crate::support::{Random, block_on};
use crate::{RECORDS, WATCHED};

pub const COLLECTIONS: u64 = 5;
pub const DOCUMENTS: u64 = 1000;
const WRITERS: u64 = 4;
/// Half of the writes go to these.
const HOT: u64 = 20;

/// Writes that were acknowledged, and those of which nobody knows.
#[derive(Debug, Default)]
pub struct Writes {
    acknowledged: u64,
    failed: u64,
}

/// A collection whose writes are there for good.
fn collection(client: &Client, database: &str, name: &str) -> Collection<Document> {
    let majority = WriteConcern::builder().w(Acknowledgment::Majority).build();
    let options = CollectionOptions::builder().write_concern(majority).build();
    let database = client.database(database);
    database.collection_with_options(name, options)
}

/// The name and the number of a document.
pub fn place(document: u64) -> (String, i64) {
    let collection = format!("c{}", document % COLLECTIONS);
    (collection, i64::try_from(document / COLLECTIONS).unwrap())
}

/// Documents to count up, and documents for what is recorded about them.
pub async fn prepare(client: Client) {
    let (mut watched, mut counters, mut order) = (Vec::new(), Vec::new(), Vec::new());
    for document in 0..DOCUMENTS {
        let (name, key) = place(document);
        watched.push((name.clone(), doc! { "_id": key, "n": 0 }));
        let id = format!("{name}/{key}");
        counters.push(doc! { "_id": &id, "count": 0 });
        order.push(doc! { "_id": &id, "last": 0, "violations": 0 });
    }
    for name in (0..COLLECTIONS).map(|n| format!("c{n}")) {
        let mine = watched.iter().filter(|(of, _)| *of == name);
        let mine: Vec<&Document> = mine.map(|(_, document)| document).collect();
        let collection = collection(&client, WATCHED, &name);
        collection.insert_many(mine).await.unwrap();
    }
    let records = |name| collection(&client, RECORDS, name);
    records("counters").insert_many(counters).await.unwrap();
    records("order").insert_many(order).await.unwrap();
    let database = client.database(RECORDS);
    database.create_collection("seen").await.unwrap();
}

/// Counts up, so many times a second, until it is over.
pub fn write_until(ground: &Ground, over: &AtomicBool, rate: u64, seed: u64) -> Writes {
    let pause = Duration::from_micros(1_000_000 * WRITERS / rate);
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let random = Random::new(seed, 100 + writer);
                scope.spawn(move || block_on(write(ground.uri(), over, pause, random)))
            })
            .collect();
        let mut all = Writes::default();
        for writer in writers {
            let writes = writer.join().unwrap();
            all.acknowledged += writes.acknowledged;
            all.failed += writes.failed;
        }
        all
    })
}

async fn write(uri: String, over: &AtomicBool, pause: Duration, mut random: Random) -> Writes {
    let client = Client::with_uri_str(uri).await.unwrap();
    let mut writes = Writes::default();
    let mut due = Instant::now();
    while !over.load(Ordering::Relaxed) {
        let among = if random.once_in(2) { HOT } else { DOCUMENTS };
        let (name, key) = place(random.below(among));
        let update = doc! { "$inc": { "n": 1 } };
        let collection = collection(&client, WATCHED, &name);
        // One that failed may have been done: the document itself knows.
        match collection.update_one(doc! { "_id": key }, update).await {
            Ok(done) => {
                assert_eq!(done.matched_count, 1, "{name}/{key} is gone");
                writes.acknowledged += 1;
            }
            Err(_) => writes.failed += 1,
        }
        due = (due + pause).max(Instant::now());
        tokio::time::sleep_until(due.into()).await;
    }
    writes
}

impl fmt::Display for Writes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (acknowledged, failed) = (self.acknowledged, self.failed);
        write!(f, "{acknowledged} writes, {failed} more with an error")
    }
}
