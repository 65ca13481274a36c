//! What a person writes by hand in Rust.

use std::time::Instant;

use futures_util::StreamExt as _;
use mongodb::bson::{Document, doc};
use mongodb::change_stream::ChangeStream;
use mongodb::change_stream::event::ChangeStreamEvent;
use mongodb::{Client, Collection};

use crate::orders::{ORDERS, Orders};

const BATCH: usize = 1000;

/// Notifications and the token, 1,000 events a transaction; how many events a second.
pub async fn notify(orders: &Orders, into: &str) -> f64 {
    let client = orders.db.client();
    let mut session = client.start_session().await.unwrap();
    let made: Collection<Document> = orders.db.collection(into);
    let tokens: Collection<Document> = orders.db.collection("tokens");
    let mut stream = open(orders).await;
    let mut first = None;
    let mut handled = 0;
    while handled < ORDERS {
        let mut batch = Vec::with_capacity(BATCH);
        let mut token = None;
        while batch.len() < BATCH && handled < ORDERS {
            let event = stream.next().await.unwrap().unwrap();
            first.get_or_insert_with(Instant::now);
            batch.push(notification(&event));
            token = stream.resume_token();
            handled += 1;
        }
        let token = mongodb::bson::serialize_to_bson(&token).unwrap();
        session.start_transaction().await.unwrap();
        made.insert_many(batch).session(&mut session).await.unwrap();
        tokens
            .replace_one(doc! { "_id": into }, doc! { "_id": into, "token": token })
            .upsert(true)
            .session(&mut session)
            .await
            .unwrap();
        session.commit_transaction().await.unwrap();
    }
    ORDERS as f64 / first.unwrap().elapsed().as_secs_f64()
}

/// Only reads; how many events a second.
pub async fn drain(orders: &Orders) -> f64 {
    let mut stream = open(orders).await;
    stream.next().await.unwrap().unwrap();
    let first = Instant::now();
    for _ in 1..ORDERS {
        stream.next().await.unwrap().unwrap();
    }
    (ORDERS - 1) as f64 / first.elapsed().as_secs_f64()
}

async fn open(orders: &Orders) -> ChangeStream<ChangeStreamEvent<Document>> {
    let client = Client::with_uri_str(&orders.uri).await.unwrap();
    let watched: Collection<Document> = client.database("shop").collection("orders");
    watched
        .watch()
        .start_at_operation_time(orders.since)
        .await
        .unwrap()
}

fn notification(event: &ChangeStreamEvent<Document>) -> Document {
    let order = event.full_document.as_ref().unwrap();
    doc! {
        "userId": order.get_str("customerId").unwrap(),
        "orderId": order.get_str("_id").unwrap(),
        "total": order.get_f64("totalAmount").unwrap(),
        "read": false,
    }
}
