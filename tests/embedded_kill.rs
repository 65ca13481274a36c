//! `kill -9` of the embedded database at any moment, under load: every acknowledged journaled write is there,
//! indexes and data agree, and the history of changes agrees with the data.
//!
//! `RHAIVER_KILLS=2000 cargo test --release --test embedded_kill` kills that many times.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mongodb::bson::{Bson, Document, Timestamp, doc};
use mongodb::change_stream::event::{ChangeStreamEvent, OperationType};
use mongodb::options::{Acknowledgment, FullDocumentType, WriteConcern};
use mongodb::{Client, Collection, Database};
use support::{Embedded, block_on};

const WRITERS: i64 = 4;

/// What the writers know: of each document the last acknowledged value, and the values that were sent after
/// it and may or may not be there.
#[derive(Default)]
struct Known {
    acknowledged: BTreeMap<String, i64>,
    sent: BTreeMap<String, i64>,
}

fn kills() -> u64 {
    std::env::var("RHAIVER_KILLS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(25)
}

#[test]
fn nothing_acknowledged_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let known = Mutex::new(Known::default());
    let mut start = None;
    for round in 0..kills() {
        let server = Embedded::in_folder(folder.path());
        if start.is_none() {
            start = Some(block_on(prepare(&server)));
        }
        block_on(check(&server, &known, start.unwrap()));
        // Somewhere between the first write and some thousands.
        let life = Duration::from_micros(3_000 + (round * 7919 % 97) * 1_700);
        work_and_kill(server, &known, round, life);
    }
    let server = Embedded::in_folder(folder.path());
    block_on(check(&server, &known, start.unwrap()));
    let known = known.into_inner().unwrap();
    println!(
        "{} kills, {} documents, none lost",
        kills(),
        known.acknowledged.len()
    );
}

async fn client(server: &Embedded) -> Client {
    Client::with_uri_str(format!(
        "{}&serverSelectionTimeoutMS=5000&retryWrites=false",
        server.uri()
    ))
    .await
    .unwrap()
}

fn journaled() -> WriteConcern {
    WriteConcern::builder()
        .w(Acknowledgment::Majority)
        .journal(true)
        .build()
}

fn values(db: &Database) -> Collection<Document> {
    let options = mongodb::options::CollectionOptions::builder()
        .write_concern(journaled())
        .build();
    db.collection_with_options("values", options)
}

/// Indexes, and the time from which the history is followed.
async fn prepare(server: &Embedded) -> Timestamp {
    let db = client(server).await.database("kill");
    let indexes = [doc! { "writer": 1, "value": -1 }, doc! { "tags": 1 }];
    let models = indexes.map(|keys| mongodb::IndexModel::builder().keys(keys).build());
    values(&db).create_indexes(models).await.unwrap();
    let reply = db.run_command(doc! { "ping": 1 }).await.unwrap();
    let now = reply.get_timestamp("operationTime").unwrap();
    Timestamp {
        time: now.time,
        increment: now.increment + 1,
    }
}

/// Writers work until the server is killed.
fn work_and_kill(server: Embedded, known: &Mutex<Known>, round: u64, life: Duration) {
    let over = AtomicBool::new(false);
    let uri = server.uri();
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (over, uri) = (&over, &uri);
            scope.spawn(move || {
                block_on(async {
                    let options = format!("{uri}&serverSelectionTimeoutMS=500&retryWrites=false");
                    let client = Client::with_uri_str(options).await.unwrap();
                    let mut n = 0;
                    while !over.load(Ordering::Relaxed) {
                        if write(&client, known, writer, round, n).await.is_err() {
                            break;
                        }
                        n += 1;
                    }
                });
            });
        }
        std::thread::sleep(life);
        server.kill();
        over.store(true, Ordering::Relaxed);
    });
}

/// One write of a kind that its number tells: an insert, an update, or a transaction of two updates.
async fn write(
    client: &Client,
    known: &Mutex<Known>,
    writer: i64,
    round: u64,
    n: i64,
) -> mongodb::error::Result<()> {
    let db = client.database("kill");
    let values = values(&db);
    let id = |k: i64| format!("{writer}-{round}-{k}");
    let value = n + 1;
    let sent = |ids: &[String]| {
        let mut known = known.lock().unwrap();
        known.sent.extend(ids.iter().map(|id| (id.clone(), value)));
    };
    let set = doc! { "$set": { "value": value, "tags": [n % 5, n % 7] } };
    let ids = match n % 4 {
        0 | 1 => {
            let ids = vec![id(n)];
            sent(&ids);
            values.insert_one(doc! { "_id": &ids[0], "writer": writer, "value": value, "tags": [n % 5, n % 7] }).await?;
            ids
        }
        2 => {
            let ids = vec![id(n - 1)];
            sent(&ids);
            values.update_one(doc! { "_id": &ids[0] }, set).await?;
            ids
        }
        _ => {
            let ids = vec![id(n - 2), id(n - 3)];
            sent(&ids);
            let mut session = client.start_session().await?;
            session
                .start_transaction()
                .write_concern(journaled())
                .await?;
            for id in &ids {
                values_plain(&db)
                    .update_one(doc! { "_id": id }, set.clone())
                    .session(&mut session)
                    .await?;
            }
            session.commit_transaction().await?;
            ids
        }
    };
    let mut known = known.lock().unwrap();
    known
        .acknowledged
        .extend(ids.into_iter().map(|id| (id, value)));
    Ok(())
}

/// A collection for use in transactions, which take their write concern from the commit.
fn values_plain(db: &Database) -> Collection<Document> {
    db.collection("values")
}

/// After a restart: what was acknowledged is there, and everything agrees.
async fn check(server: &Embedded, known: &Mutex<Known>, start: Timestamp) {
    let db = client(server).await.database("kill");
    let mut there = BTreeMap::new();
    let mut cursor = values(&db).find(doc! {}).await.unwrap();
    while cursor.advance().await.unwrap() {
        let found = Document::try_from(cursor.current()).unwrap();
        there.insert(
            found.get_str("_id").unwrap().to_string(),
            found.get_i64("value").unwrap(),
        );
    }
    nothing_is_missing(&known.lock().unwrap(), &there);
    let valid = db
        .run_command(doc! { "validate": "values", "full": true })
        .await
        .unwrap();
    assert!(valid.get_bool("valid").unwrap_or(false), "{valid}");
    let by_index = count_by_index(&db).await;
    assert_eq!(by_index, there.len(), "an index and the data differ");
    assert_eq!(
        replayed(&db, start).await,
        there,
        "the history and the data differ"
    );
}

fn nothing_is_missing(known: &Known, there: &BTreeMap<String, i64>) {
    for (id, value) in &known.acknowledged {
        let found = there
            .get(id)
            .unwrap_or_else(|| panic!("{id} was acknowledged and is gone"));
        let sent = known.sent.get(id).unwrap_or(value);
        assert!(
            found == value || found == sent,
            "{id} is {found}; acknowledged {value}, last sent {sent}"
        );
    }
    for id in there.keys() {
        assert!(known.sent.contains_key(id), "{id} was never sent");
    }
}

async fn count_by_index(db: &Database) -> usize {
    let hint = mongodb::options::Hint::Keys(doc! { "writer": 1, "value": -1 });
    let found = values(db)
        .find(doc! { "writer": { "$gte": 0 } })
        .hint(hint)
        .await
        .unwrap();
    let mut found = found;
    let mut count = 0;
    while found.advance().await.unwrap() {
        count += 1;
    }
    count
}

/// What the change stream from the beginning makes of an empty collection.
async fn replayed(db: &Database, start: Timestamp) -> BTreeMap<String, i64> {
    let mark = doc! { "_id": format!("mark-{}", mongodb::bson::oid::ObjectId::new()) };
    db.collection::<Document>("marks")
        .insert_one(mark.clone())
        .await
        .unwrap();
    let mut stream = db
        .watch()
        .start_at_operation_time(start)
        .full_document(FullDocumentType::UpdateLookup)
        .await
        .unwrap();
    let mut data = BTreeMap::new();
    loop {
        let Some(event) = stream.next_if_any().await.unwrap() else {
            continue;
        };
        if id_of(&event) == mark.get_str("_id").unwrap() {
            return data;
        }
        apply(&mut data, &event);
    }
}

fn id_of(event: &ChangeStreamEvent<Document>) -> String {
    let key = event
        .document_key
        .as_ref()
        .and_then(|key| key.get_str("_id").ok());
    key.unwrap_or_default().to_string()
}

fn apply(data: &mut BTreeMap<String, i64>, event: &ChangeStreamEvent<Document>) {
    let values = event
        .ns
        .as_ref()
        .is_some_and(|ns| ns.coll.as_deref() == Some("values"));
    let number = |value: Option<&Bson>| value.and_then(Bson::as_i64);
    match event.operation_type {
        OperationType::Insert if values => {
            let document = event.full_document.as_ref().unwrap();
            data.insert(id_of(event), number(document.get("value")).unwrap());
        }
        OperationType::Update => {
            let updated = &event.update_description.as_ref().unwrap().updated_fields;
            if let Some(value) = number(updated.get("value")) {
                data.insert(id_of(event), value);
            }
        }
        _ => {}
    }
}
