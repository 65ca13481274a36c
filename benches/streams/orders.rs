//! The history that every contender drains.

use std::time::{Duration, Instant};

use mongodb::bson::{DateTime, Document, Timestamp, doc};
use mongodb::{Client, Collection, Database};

use crate::servers::Mongod;

/// How many orders there are.
pub const ORDERS: u64 = 100_000;

/// The orders, and where their history begins.
pub struct Orders {
    /// The server.
    pub uri: String,
    /// Its database.
    pub db: Database,
    /// A cluster time in front of the first order.
    pub since: Timestamp,
}

impl Orders {
    /// Inserts them.
    pub async fn insert(mongod: &Mongod) -> Self {
        let uri = mongod.uri();
        let db = Client::with_uri_str(&uri).await.unwrap().database("shop");
        let ping = db.run_command(doc! { "ping": 1 }).await.unwrap();
        let Timestamp { time, increment } = ping.get_timestamp("operationTime").unwrap();
        let since = Timestamp {
            time,
            increment: increment + 1,
        };
        let orders: Collection<Document> = db.collection("orders");
        for thousand in 0..ORDERS / 1000 {
            let many = (thousand * 1000..thousand * 1000 + 1000).map(order);
            orders.insert_many(many).await.unwrap();
        }
        Self { uri, db, since }
    }

    /// Waits until a collection has `count` documents; how many arrived a second, from the first to the last.
    pub async fn rate(&self, collection: &str, count: u64) -> f64 {
        let made: Collection<Document> = self.db.collection(collection);
        let mut first: Option<(Instant, u64)> = None;
        let deadline = Instant::now() + Duration::from_secs(300);
        loop {
            let n = made.estimated_document_count().await.unwrap();
            let (since, start) = match (first, n) {
                (None, 0) => (Instant::now(), 0),
                (None, n) => *first.insert((Instant::now(), n)),
                (Some(first), _) => first,
            };
            if n >= count {
                return (n - start) as f64 / since.elapsed().as_secs_f64();
            }
            assert!(Instant::now() < deadline, "{n} of {count} in {collection}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// An order like the lab's.
pub fn order(n: u64) -> Document {
    let n = i64::try_from(n).unwrap();
    let item = |k: i64| doc! { "productId": format!("prod{}", (n + k) % 50), "quantity": 1 + k, "price": 9.99 };
    doc! {
        "_id": format!("order{n}"),
        "customerId": format!("cust{}", n % 1000),
        "items": [item(0), item(1)],
        "totalAmount": 29.97,
        "status": "pending",
        "orderDate": DateTime::now(),
    }
}
