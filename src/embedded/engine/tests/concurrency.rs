use std::time::{Duration, Instant};

use bson::{Bson, doc};

use super::bench::{Bench, delete, find, ids, insert, run_update};
use crate::mql::Interrupt;
use crate::mql::error::code;

const THREADS: i32 = 6;

fn in_parallel<T: Send + 'static>(
    bench: &Bench,
    each: impl Fn(&Bench, i32) -> T + Send + Sync + 'static,
) -> Vec<T> {
    let each = std::sync::Arc::new(each);
    let threads: Vec<_> = (0..THREADS)
        .map(|n| {
            let (bench, each) = (bench.clone(), each.clone());
            std::thread::spawn(move || each(&bench, n))
        })
        .collect();
    threads
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .collect()
}

#[test]
fn no_increment_is_lost() {
    let bench = Bench::new();
    bench.insert("c", &ids(0..1));
    in_parallel(&bench, |bench, _| {
        for _ in 0..100 {
            bench.update("c", doc! { "_id": 0 }, doc! { "$inc": { "a": 1 } });
        }
    });
    assert_eq!(bench.all("c"), [doc! { "_id": 0, "a": 100 * THREADS }]);
}

#[test]
fn one_of_many_inserts_of_a_key_wins() {
    let bench = Bench::new();
    bench
        .index(
            "c",
            doc! { "key": { "k": 1 }, "name": "k_1", "unique": true },
        )
        .unwrap();
    let won = in_parallel(&bench, |bench, n| {
        (0..50)
            .map(|k| bench.insert("c", &[doc! { "k": k, "by": n }]).n)
            .sum::<i64>()
    });
    assert_eq!(won.iter().sum::<i64>(), 50);
    assert_eq!(bench.all("c").len(), 50);
    bench.assert_consistent("c");
}

#[test]
fn upserts_of_one_document_count_all() {
    let bench = Bench::new();
    in_parallel(&bench, |bench, _| {
        for id in 0..30 {
            let change = doc! { "$inc": { "n": 1 } };
            run_update(
                &mut bench.operation(),
                "c",
                doc! { "_id": id },
                change,
                false,
                true,
            )
            .unwrap();
        }
    });
    let all = bench.all("c");
    assert_eq!(all.len(), 30);
    assert!(
        all.iter().all(|d| d.get_i32("n").unwrap() == THREADS),
        "{all:?}"
    );
    bench.assert_consistent("c");
}

#[test]
fn one_document_is_taken_once() {
    let bench = Bench::new();
    bench.insert("c", &ids(0..200));
    let taken = in_parallel(&bench, |bench, _| {
        let mut taken = 0;
        while delete(&mut bench.operation(), "c", doc! {}, false).unwrap() == 1 {
            taken += 1;
        }
        taken
    });
    assert_eq!(taken.iter().sum::<i32>(), 200);
    bench.assert_consistent("c");
}

#[test]
fn the_oplog_ascends_and_holds_every_write() {
    let bench = Bench::new();
    bench.insert("c", &ids(0..1));
    let before = bench.engine.oplog().last();
    in_parallel(&bench, |bench, n| {
        for k in 0..50 {
            bench.insert("c", &[doc! { "_id": format!("{n}-{k}") }]);
        }
    });
    let times: Vec<_> = bench
        .engine
        .oplog()
        .read_after(before)
        .map(|e| e.unwrap().ts)
        .collect();
    assert_eq!(times.len(), 50 * usize::try_from(THREADS).unwrap());
    assert!(times.is_sorted_by(|a, b| a < b));
}

#[test]
fn a_waiting_reader_of_the_oplog_wakes_at_once() {
    let bench = Bench::new();
    bench.insert("c", &ids(0..1));
    let last = bench.engine.oplog().last();
    let other = bench.clone();
    let waiting = std::thread::spawn(move || {
        let deadline = Instant::now() + Duration::from_secs(20);
        let more = other
            .engine
            .oplog()
            .wait_beyond(last, Some(deadline), &Interrupt::default());
        (more.unwrap(), Instant::now())
    });
    std::thread::sleep(Duration::from_millis(20));
    let written = Instant::now();
    bench.insert("c", &ids(1..2));
    let (more, woken) = waiting.join().unwrap();
    assert!(more);
    assert!(woken - written < Duration::from_secs(1));
    let deadline = Some(Instant::now());
    let last = bench.engine.oplog().last();
    assert!(
        !bench
            .engine
            .oplog()
            .wait_beyond(last, deadline, &Interrupt::default())
            .unwrap()
    );
}

#[test]
fn indexes_are_built_while_others_write() {
    let bench = Bench::new();
    bench.insert("c", &ids(0..3000));
    let builder = bench.clone();
    let built = std::thread::spawn(move || {
        builder
            .index("c", doc! { "key": { "a": 1 }, "name": "a_1" })
            .unwrap();
        builder
            .index("c", doc! { "key": { "b": 1, "a": -1 }, "name": "b_1" })
            .unwrap();
    });
    in_parallel(&bench, |bench, n| {
        for k in 0..60 {
            let id = (k * 37 + n * 501) % 3000;
            bench.update(
                "c",
                doc! { "_id": id },
                doc! { "$inc": { "a": 5 }, "$set": { "b": [n, k] } },
            );
            bench.insert("c", &[doc! { "_id": 10_000 * (n + 1) + k, "a": k }]);
            delete(
                &mut bench.operation(),
                "c",
                doc! { "_id": (k * 91 + n) % 3000 },
                false,
            )
            .unwrap();
        }
    });
    built.join().unwrap();
    bench.assert_consistent("c");
    bench.reopened().assert_consistent("c");
}

#[test]
fn a_unique_build_over_duplicates_leaves_nothing() {
    let bench = Bench::new();
    bench.insert("c", &[doc! { "_id": 1, "a": 1 }, doc! { "_id": 2, "a": 1 }]);
    let spec = doc! { "key": { "a": 1 }, "name": "a_1", "unique": true };
    let e = bench.index("c", spec.clone()).unwrap_err();
    assert_eq!(e.code, code::DUPLICATE_KEY);
    assert!(
        e.message.starts_with("Index build failed: "),
        "{}",
        e.message
    );
    bench.insert("c", &[doc! { "_id": 3, "a": 1 }]);
    bench.assert_consistent("c");
    delete(
        &mut bench.operation(),
        "c",
        doc! { "_id": { "$gt": 1 } },
        true,
    )
    .unwrap();
    bench.index("c", spec).unwrap();
    assert_eq!(
        find(&mut bench.operation(), "c", doc! { "a": 1 }),
        [Bson::Int32(1)]
    );
    let refused = insert(&mut bench.operation(), "c", &[doc! { "a": 1 }]).unwrap();
    assert_eq!(refused.errors[0].1.code, code::DUPLICATE_KEY);
}
