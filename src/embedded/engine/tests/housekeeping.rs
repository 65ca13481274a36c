use std::sync::Arc;
use std::sync::atomic::Ordering;

use bson::{Bson, DateTime, doc};

use super::bench::{Bench, ids, insert, ns, retryable, starting};
use crate::embedded::engine::{Engine, EngineOptions, keys};
use crate::embedded::storage::{Batch, Direction, KeyRange, Space, Store};

#[test]
fn documents_whose_time_is_over_are_removed() {
    let bench = Bench::new();
    bench
        .index(
            "c",
            doc! { "key": { "at": 1 }, "name": "at", "expireAfterSeconds": 10 },
        )
        .unwrap();
    let now = bench.now.load(Ordering::Relaxed);
    let at = |seconds: i64| Bson::DateTime(DateTime::from_millis(now - seconds * 1000));
    bench.insert(
        "c",
        &[
            doc! { "_id": "old", "at": at(11) },
            doc! { "_id": "new", "at": at(1) },
            doc! { "_id": "one of several", "at": [at(1), at(20)] },
            doc! { "_id": "no date", "at": 5 },
            doc! { "_id": "none" },
        ],
    );
    bench.engine.expire_documents().unwrap();
    let left: Vec<_> = bench
        .all("c")
        .iter()
        .map(|d| d.get_str("_id").unwrap().to_owned())
        .collect();
    assert_eq!(left, ["new", "no date", "none"]);
    bench.now.fetch_add(60_000, Ordering::Relaxed);
    bench.engine.keep_house().unwrap();
    assert_eq!(bench.all("c").len(), 2);
    assert_eq!(bench.engine.ttl_counts().1, 3);
    bench.assert_consistent("c");
}

#[test]
fn keys_of_what_was_dropped_are_removed() {
    let bench = Bench::new();
    bench.insert("c", &ids(0..100));
    bench.insert("d", &ids(0..10));
    bench
        .index("c", doc! { "key": { "a": 1 }, "name": "a_1" })
        .unwrap();
    let view = bench.engine.view();
    bench.operation().drop_collection(&ns("c")).unwrap();
    bench.engine.keep_house().unwrap();
    let left = |space| {
        bench
            .store
            .snapshot()
            .scan(space, KeyRange::all(), Direction::Forward)
            .count()
    };
    assert_eq!((left(Space::Records), left(Space::Indexes)), (10, 10));
    // An older view still reads them.
    let collection = view.collection(&ns("c")).unwrap();
    assert_eq!(view.records(collection, Direction::Forward).count(), 100);
}

#[test]
fn what_was_dropped_takes_nothing_of_what_is_made_after_a_restart() {
    let bench = Bench::new();
    bench.insert("old", &ids(0..1));
    let mut t = bench.begin(Some(&starting(1, 1))).unwrap();
    insert(&mut t, "c", &ids(0..10)).unwrap();
    t.commit_transaction().unwrap();
    drop(t);
    bench.operation().drop_collection(&ns("c")).unwrap();
    let bench = bench.reopened();
    bench.insert("d", &ids(0..10));
    bench.engine.keep_house().unwrap();
    assert_eq!(bench.all("d").len(), 10);
    bench.assert_consistent("d");
}

#[test]
fn numbers_of_what_is_still_to_be_removed_are_not_given_out() {
    let bench = Bench::new();
    let mut notes = Batch::new();
    notes.put(Space::Meta, keys::meta(b'd', 7), Vec::new());
    notes.put(Space::Meta, keys::meta(b'x', 9), Vec::new());
    bench.store.write(notes).unwrap();
    let bench = bench.reopened();
    bench.insert("c", &ids(0..1));
    let view = bench.engine.view();
    let collection = view.collection(&ns("c")).unwrap();
    assert_eq!((collection.id.0, collection.indexes[0].id.0), (8, 10));
}

#[test]
fn the_history_is_bounded_by_size_and_age() {
    let bench = Bench::new();
    let clock = bench.now.clone();
    let mut options = EngineOptions::new(Store::memory());
    options.clock = Arc::new(move || clock.load(Ordering::Relaxed));
    options.background = false;
    options.oplog_bytes = 10_000;
    let bench = Bench {
        engine: Engine::open(options).unwrap(),
        ..bench
    };
    bench.insert("c", &ids(0..1000));
    let oldest = bench.engine.oplog().oldest();
    bench.engine.trim_oplog().unwrap();
    assert_eq!(bench.engine.oplog().oldest(), oldest, "young entries stay");
    bench.now.fetch_add(2 * 3_600_000, Ordering::Relaxed);
    bench.insert("c", &ids(1000..1001));
    bench.engine.trim_oplog().unwrap();
    assert!(bench.engine.oplog().oldest() > oldest);
    assert!(bench.engine.oplog().bytes() <= 10_000);
    let first = bench
        .engine
        .oplog()
        .read_from(oldest)
        .next()
        .unwrap()
        .unwrap();
    assert_eq!(first.ts, bench.engine.oplog().oldest());
}

#[test]
fn sessions_that_nobody_uses_are_forgotten() {
    let bench = Bench::new();
    let mut write = bench.begin(Some(&retryable(1, 5))).unwrap();
    super::bench::insert(&mut write, "c", &ids(0..1)).unwrap();
    drop(write);
    assert_eq!(bench.engine.sessions().len(), 1);
    bench.now.fetch_add(31 * 60_000, Ordering::Relaxed);
    bench.engine.keep_house().unwrap();
    assert_eq!(bench.engine.sessions().len(), 0);
    let left = bench
        .store
        .snapshot()
        .scan(Space::Sessions, KeyRange::all(), Direction::Forward);
    assert_eq!(left.count(), 0);
}

#[test]
fn capped_collections_keep_the_newest() {
    let bench = Bench::new();
    let options = doc! { "capped": true, "size": 4096, "max": 3 };
    bench
        .operation()
        .create_collection(&ns("c"), options)
        .unwrap();
    bench.insert("c", &ids(0..10));
    let left: Vec<_> = bench
        .all("c")
        .iter()
        .map(|d| d.get_i32("_id").unwrap())
        .collect();
    assert_eq!(left, [7, 8, 9]);
    bench.insert("c", &[doc! { "_id": "large", "x": "x".repeat(4000) }]);
    assert_eq!(bench.all("c").len(), 3);
    bench.insert("c", &[doc! { "_id": "larger", "x": "x".repeat(4090) }]);
    assert_eq!(bench.all("c").len(), 1);
    bench.assert_consistent("c");
}
