use bson::{Bson, doc};

use super::bench::{Bench, ids, insert, retryable, run_update, starting, update};
use crate::mql::error::code;

#[test]
fn a_retried_insert_inserts_only_what_is_missing() {
    let bench = Bench::new();
    let session = retryable(1, 5);
    let mut first = bench.begin(Some(&session)).unwrap();
    assert_eq!(insert(&mut first, "c", &ids(0..3)).unwrap().n, 3);
    drop(first);
    for bench in [bench.clone(), bench.reopened()] {
        let mut again = bench.begin(Some(&session)).unwrap();
        let answer = insert(&mut again, "c", &ids(0..3)).unwrap();
        assert_eq!((answer.n, answer.errors.len()), (3, 0));
        assert_eq!(answer.retried, [0, 1, 2]);
        assert_eq!(bench.all("c").len(), 3);
    }
    let mut more = bench.begin(Some(&session)).unwrap();
    let answer = insert(&mut more, "c", &ids(0..5)).unwrap();
    assert_eq!((answer.n, bench.all("c").len()), (5, 5));
}

#[test]
fn a_retried_update_is_known() {
    let bench = Bench::new();
    bench.insert("c", &ids(0..1));
    let session = retryable(1, 5);
    let mut first = bench.begin(Some(&session)).unwrap();
    update(
        &mut first,
        "c",
        doc! { "_id": 0 },
        doc! { "$inc": { "a": 1 } },
    )
    .unwrap();
    drop(first);
    for bench in [bench.clone(), bench.reopened()] {
        let mut again = bench.begin(Some(&session)).unwrap();
        assert!(!again.done_before(0).unwrap().inserted);
        assert_eq!(again.done_before(1), None);
    }
}

#[test]
fn a_retried_upsert_knows_its_id() {
    let bench = Bench::new();
    let session = retryable(1, 5);
    let mut first = bench.begin(Some(&session)).unwrap();
    let change = doc! { "$set": { "a": 1 } };
    run_update(&mut first, "c", doc! { "_id": 7 }, change, false, true).unwrap();
    drop(first);
    let bench = bench.reopened();
    let done = bench.begin(Some(&session)).unwrap().done_before(0).unwrap();
    assert_eq!((done.inserted, done.id), (true, Some(Bson::Int32(7))));
}

#[test]
fn numbers_only_grow() {
    let bench = Bench::new();
    drop(bench.begin(Some(&retryable(1, 5))).unwrap());
    let e = bench.begin(Some(&retryable(1, 4))).unwrap_err();
    assert_eq!(e.code, code::TRANSACTION_TOO_OLD);
    drop(bench.begin(Some(&starting(1, 6))).unwrap());
    let e = bench.begin(Some(&retryable(1, 6))).unwrap_err();
    assert_eq!(e.code, code::INCOMPLETE_TRANSACTION_HISTORY);
}

#[test]
fn a_greater_number_ends_an_open_transaction() {
    let bench = Bench::new();
    bench.insert("c", &ids(0..1));
    let mut t = bench.begin(Some(&starting(1, 1))).unwrap();
    update(&mut t, "c", doc! { "_id": 0 }, doc! { "$inc": { "a": 1 } }).unwrap();
    drop(t);
    drop(bench.begin(Some(&retryable(1, 2))).unwrap());
    bench.update("c", doc! { "_id": 0 }, doc! { "$inc": { "a": 10 } });
    assert_eq!(bench.all("c"), [doc! { "_id": 0, "a": 10 }]);
}
