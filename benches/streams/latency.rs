//! How long after a write's acknowledgement its event is handled, on a stream that is idle.

use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use mongodb::bson::{Document, doc};
use mongodb::{Client, Collection};
use tokio::sync::mpsc;

use crate::attach::Attached;
use crate::servers::Mongod;

const WRITES: usize = 500;

/// Between two writes the stream is idle.
const PAUSE: Duration = Duration::from_millis(10);

/// The handler's first line prints.
pub async fn of_rhaiver(mongod: &Mongod) -> Vec<Duration> {
    let handler = r#"const STREAM = #{ id: "latency", watch: "latency.of_rhaiver" };

fn onStart(stream) { print("ready"); }

fn onInsert(change) { print(change.documentKey._id); }
"#;
    let mut attached = Attached::start(&mongod.uri(), handler);
    let (send, seen) = mpsc::unbounded_channel();
    let (ready, wait) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        assert_eq!(attached.line().trim(), "ready");
        ready.send(()).ok();
        for _ in 0..WRITES {
            attached.line();
            send.send(Instant::now()).ok();
        }
    });
    wait.await.unwrap();
    measure(mongod, "of_rhaiver", seen).await
}

/// The driver's `next` returns.
pub async fn of_driver(mongod: &Mongod) -> Vec<Duration> {
    let (send, seen) = mpsc::unbounded_channel();
    let client = Client::with_uri_str(mongod.uri()).await.unwrap();
    let watched: Collection<Document> = client.database("latency").collection("of_driver");
    let mut stream = watched.watch().await.unwrap();
    tokio::spawn(async move {
        while let Some(event) = stream.next().await {
            event.unwrap();
            send.send(Instant::now()).ok();
        }
    });
    measure(mongod, "of_driver", seen).await
}

/// Writes, one after the other; an event that is there before its acknowledgement took no time.
async fn measure(
    mongod: &Mongod,
    into: &str,
    mut seen: mpsc::UnboundedReceiver<Instant>,
) -> Vec<Duration> {
    let client = Client::with_uri_str(mongod.uri()).await.unwrap();
    let written: Collection<Document> = client.database("latency").collection(into);
    let mut times = Vec::new();
    for n in 0..WRITES {
        tokio::time::sleep(PAUSE).await;
        written.insert_one(doc! { "_id": n as i64 }).await.unwrap();
        let acknowledged = Instant::now();
        times.push(
            seen.recv()
                .await
                .unwrap()
                .saturating_duration_since(acknowledged),
        );
    }
    times
}

/// The 50th and the 99th.
pub fn percentiles(mut times: Vec<Duration>) -> [Duration; 2] {
    times.sort();
    [50, 99].map(|p| times[times.len() * p / 100])
}
