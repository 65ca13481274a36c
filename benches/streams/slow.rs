//! A handler that is slower than its writer.

use std::time::{Duration, Instant};

use mongodb::bson::{Document, doc};
use mongodb::{Client, Collection};

use crate::attach::Attached;
use crate::orders::order;
use crate::servers::Mongod;

/// Writes at full speed for a while against a handler that sleeps 10 ms an event. The most memory that the host
/// held, in megabytes, and how many events were handled and written.
pub async fn memory(mongod: &Mongod, time: Duration) -> (f64, u64, u64) {
    let handler = r#"const STREAM = #{ id: "slow", watch: "slow.orders" };

fn onStart(stream) { print("ready"); }

fn onInsert(change) {
    sleep(10);
    db.handled.insertOne(#{ order: change.fullDocument._id });
}
"#;
    let mut attached = Attached::start(&mongod.uri(), handler);
    let attached = tokio::task::spawn_blocking(move || {
        attached.line();
        attached
    });
    let attached = attached.await.unwrap();
    let db = Client::with_uri_str(mongod.uri())
        .await
        .unwrap()
        .database("slow");
    let orders: Collection<Document> = db.collection("orders");
    let (begin, mut written) = (Instant::now(), 0);
    while begin.elapsed() < time {
        orders
            .insert_many((written..written + 1000).map(order))
            .await
            .unwrap();
        written += 1000;
    }
    let handled: Collection<Document> = db.collection("handled");
    let handled = handled.count_documents(doc! {}).await.unwrap();
    (attached.peak_mb(), handled, written)
}
