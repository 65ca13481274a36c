//! What a source and a lease outlast: members that step down, die and freeze.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mongodb::Client;
use mongodb::bson::{Document, doc};
use mongodb::options::WriteConcern;
use rhaiver::stream::lease::{Ask, EndState, Lease, Wait};
use rhaiver::stream::registry::{About, Progress};
use rhaiver::stream::source::{Hub, Item};
use rhaiver::stream::spec::{Namespace, StreamSpec};

use super::support::{ReplicaSet, block_on, on_embedded};

/// Inserts documents with counting ids until it is told to stop; a write that may or may not have
/// been done is done again, and is then there already.
async fn write(client: Client, stop: Arc<AtomicBool>) -> i32 {
    let orders = client.database("shop").collection::<Document>("orders");
    let mut id = 0;
    while !stop.load(Ordering::Relaxed) {
        let insert = orders
            .insert_one(doc! { "_id": id })
            .write_concern(WriteConcern::majority());
        match tokio::time::timeout(Duration::from_secs(5), insert.into_future()).await {
            Ok(Ok(_)) => id += 1,
            Ok(Err(e)) if e.to_string().contains("E11000") => id += 1,
            _ => tokio::time::sleep(Duration::from_millis(50)).await,
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    id
}

/// Reads ids until `last` has come.
async fn read(
    hub: Hub,
    count: Arc<std::sync::atomic::AtomicI32>,
    stop: Arc<AtomicBool>,
) -> Vec<i32> {
    let watch = vec![Namespace::Collection("shop".into(), "orders".into())];
    let opened = hub.open(&StreamSpec::new("s", watch, "shop"), None).await;
    let mut feed = opened.unwrap().feed;
    let mut seen = Vec::new();
    count.store(0, Ordering::Relaxed);
    loop {
        match feed.next().await.unwrap() {
            Item::Events(events) => {
                for event in events {
                    let key = Document::from_reader(event.key().unwrap()).unwrap();
                    seen.push(key.get_i32("_id").unwrap());
                }
                count.store(i32::try_from(seen.len()).unwrap(), Ordering::Relaxed);
            }
            Item::Idle(_) if stop.load(Ordering::Relaxed) => return seen,
            Item::Lost(gap) => panic!("{gap:?}"),
            Item::Failed(error) => panic!("{error:?}"),
            _ => {}
        }
    }
}

#[test]
fn no_event_is_left_out_or_given_twice_when_members_step_down_die_and_freeze() {
    if on_embedded() {
        return;
    }
    let set = ReplicaSet::start(3);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let uri = set.uri();
    let client = runtime.block_on(async { Client::with_uri_str(uri).await.unwrap() });
    let (stop, end) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicBool::new(false)),
    );
    let count = Arc::new(std::sync::atomic::AtomicI32::new(-1));
    let reading = runtime.spawn(read(Hub::new(&client), count.clone(), end.clone()));
    let at_least = |n: i32, what: &str| {
        super::support::wait(what, || (count.load(Ordering::Relaxed) >= n).then_some(()));
    };
    at_least(0, "the stream to open");
    let writing = runtime.spawn(write(client.clone(), stop.clone()));
    let more = |what: &str| at_least(count.load(Ordering::Relaxed) + 50, what);
    more("events");
    set.step_down();
    more("events after a step-down");
    let primary = set.primary();
    set.kill(primary);
    more("events after a kill");
    set.restart(primary);
    set.wait_until_ready();
    let primary = set.primary();
    set.signal(primary, "STOP");
    more("events while a member is frozen");
    set.signal(primary, "CONT");
    more("events after it is thawed");
    set.wait_until_ready();
    stop.store(true, Ordering::Relaxed);
    let written = block_on(writing).unwrap();
    at_least(written, "all events");
    end.store(true, Ordering::Relaxed);
    let seen = block_on(reading).unwrap();
    assert!(seen.iter().copied().eq(0..written), "{seen:?}");

    // A lease is taken through all that, too.
    let primary = set.primary();
    set.signal(primary, "STOP");
    let about = About::default();
    let lease = runtime.block_on(async {
        let ask = Ask::new("s", Duration::from_secs(6), about);
        let held = |wait: &Wait| assert!(matches!(wait, Wait::Failed { .. }), "{wait:?}");
        Lease::take(&client, &ask, held).await.unwrap()
    });
    set.signal(primary, "CONT");
    assert!(lease.epoch() >= 1);
    set.wait_until_ready();
    runtime
        .block_on(lease.release(EndState::Stopped, &Progress::default()))
        .unwrap();
}
