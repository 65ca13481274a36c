//! What both servers do.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use mongodb::Database;
use mongodb::bson::{Document, doc};

/// The documents that reads go over.
const DOCUMENTS: i32 = 100_000;

type Step<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// One thing to be measured.
pub struct Task {
    /// As it is printed.
    pub name: &'static str,
    /// How often it is done.
    pub rounds: i32,
    prepare: for<'a> fn(&'a Database) -> Step<'a, ()>,
    work: for<'a> fn(&'a Database, i32) -> Step<'a, Duration>,
}

impl Task {
    /// Makes what the work needs.
    pub async fn prepare(&self, db: &Database) {
        (self.prepare)(db).await;
    }

    /// Does it once; how long it took.
    pub async fn round(&self, db: &Database, round: i32) -> Duration {
        (self.work)(db, round).await
    }
}

/// All of them.
pub fn tasks() -> Vec<Task> {
    let small = 3000;
    vec![
        Task {
            name: "insertOne w:1",
            rounds: small,
            prepare: |db| Box::pin(empty(db)),
            work: |db, n| Box::pin(insert_one(db, n)),
        },
        Task {
            name: "insertMany 1000",
            rounds: 40,
            prepare: |db| Box::pin(empty(db)),
            work: |db, n| Box::pin(insert_many(db, n)),
        },
        Task {
            name: "findOne by _id",
            rounds: small,
            prepare: |db| Box::pin(filled(db)),
            work: |db, n| Box::pin(find_one(db, "_id", n)),
        },
        Task {
            name: "findOne by index",
            rounds: small,
            prepare: |db| Box::pin(filled(db)),
            work: |db, n| Box::pin(find_one(db, "number", n)),
        },
        Task {
            name: "find of 100k documents",
            rounds: 9,
            prepare: |db| Box::pin(filled(db)),
            work: |db, _| Box::pin(find_all(db)),
        },
        Task {
            name: "updateOne",
            rounds: small,
            prepare: |db| Box::pin(filled(db)),
            work: |db, n| Box::pin(update_one(db, n)),
        },
        Task {
            name: "$group over 100k",
            rounds: 9,
            prepare: |db| Box::pin(filled(db)),
            work: |db, _| Box::pin(group(db)),
        },
        Task {
            name: "change stream, write to event",
            rounds: 500,
            prepare: |db| Box::pin(empty(db)),
            work: |db, n| Box::pin(change_latency(db, n)),
        },
        Task {
            name: "transaction of 3 writes",
            rounds: 500,
            prepare: |db| Box::pin(filled(db)),
            work: |db, n| Box::pin(transaction(db, n)),
        },
    ]
}

fn order(n: i32) -> Document {
    doc! {
        "_id": n, "number": n, "customer": format!("cust{}", n % 100), "status": "pending",
        "total": f64::from(n % 1000) / 4.0, "items": [{ "sku": "a", "quantity": 2 }, { "sku": "b", "quantity": 1 }],
    }
}

async fn empty(db: &Database) {
    db.collection::<Document>("new").drop().await.unwrap();
    db.create_collection("new").await.unwrap();
}

async fn filled(db: &Database) {
    let orders = db.collection::<Document>("orders");
    if orders.estimated_document_count().await.unwrap() == DOCUMENTS as u64 {
        return;
    }
    for chunk in (0..DOCUMENTS).collect::<Vec<_>>().chunks(5000) {
        orders
            .insert_many(chunk.iter().map(|n| order(*n)))
            .await
            .unwrap();
    }
    let index = mongodb::IndexModel::builder()
        .keys(doc! { "number": 1 })
        .build();
    orders.create_index(index).await.unwrap();
}

async fn insert_one(db: &Database, n: i32) -> Duration {
    let (new, order) = (db.collection::<Document>("new"), order(n));
    let start = Instant::now();
    new.insert_one(order).await.unwrap();
    start.elapsed()
}

async fn insert_many(db: &Database, n: i32) -> Duration {
    let new = db.collection::<Document>("new");
    let orders: Vec<_> = (n * 1000..(n + 1) * 1000).map(order).collect();
    let start = Instant::now();
    new.insert_many(orders).await.unwrap();
    start.elapsed()
}

async fn find_one(db: &Database, field: &str, n: i32) -> Duration {
    let orders = db.collection::<Document>("orders");
    let wanted = spread(n);
    let start = Instant::now();
    let found = orders.find_one(doc! { field: wanted }).await.unwrap();
    let time = start.elapsed();
    assert_eq!(found.unwrap().get_i32("_id").unwrap(), wanted);
    time
}

async fn find_all(db: &Database) -> Duration {
    let orders = db.collection::<Document>("orders");
    let start = Instant::now();
    let mut cursor = orders.find(doc! {}).await.unwrap();
    let mut count = 0;
    while cursor.advance().await.unwrap() {
        count += 1;
    }
    assert_eq!(count, DOCUMENTS);
    start.elapsed()
}

async fn update_one(db: &Database, n: i32) -> Duration {
    let orders = db.collection::<Document>("orders");
    let start = Instant::now();
    let done = orders
        .update_one(
            doc! { "_id": spread(n) },
            doc! { "$inc": { "version": 1 }, "$set": { "status": "paid" } },
        )
        .await;
    let time = start.elapsed();
    assert_eq!(done.unwrap().matched_count, 1);
    time
}

async fn group(db: &Database) -> Duration {
    let orders = db.collection::<Document>("orders");
    let pipeline = [
        doc! { "$group": { "_id": "$customer", "total": { "$sum": "$total" }, "count": { "$sum": 1 } } },
    ];
    let start = Instant::now();
    let groups: Vec<_> = orders.aggregate(pipeline).await.unwrap().collect().await;
    assert_eq!(groups.len(), 100);
    start.elapsed()
}

async fn change_latency(db: &Database, n: i32) -> Duration {
    let new = db.collection::<Document>("new");
    let mut stream = new.watch().await.unwrap();
    // The first answer, so that the stream waits at the server when the write comes.
    stream.next_if_any().await.unwrap();
    let reader = tokio::spawn(async move {
        stream.next().await.unwrap().unwrap();
        Instant::now()
    });
    tokio::time::sleep(Duration::from_millis(2)).await;
    let start = Instant::now();
    new.insert_one(order(n)).await.unwrap();
    reader.await.unwrap().saturating_duration_since(start)
}

async fn transaction(db: &Database, n: i32) -> Duration {
    let orders = db.collection::<Document>("orders");
    let mut session = db.client().start_session().await.unwrap();
    let start = Instant::now();
    session.start_transaction().await.unwrap();
    for step in 0..3 {
        let filter = doc! { "_id": spread(n * 3 + step) };
        orders
            .update_one(filter, doc! { "$inc": { "version": 1 } })
            .session(&mut session)
            .await
            .unwrap();
    }
    session.commit_transaction().await.unwrap();
    start.elapsed()
}

/// Spreads consecutive numbers over all documents.
fn spread(n: i32) -> i32 {
    ((i64::from(n) * 7919) % i64::from(DOCUMENTS)) as i32
}
