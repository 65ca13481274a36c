use std::time::Duration;

use bson::{Document, doc};

use super::bench::{Bench, all, ids, insert, ns, starting};
use crate::mql::error::code;

/// Good documents, then one that is refused.
fn with_a_bad_one() -> Vec<Document> {
    let bad = doc! { "_id": [1] };
    vec![doc! { "_id": 1 }, doc! { "_id": 2 }, bad, doc! { "_id": 4 }]
}

#[test]
fn an_ordered_insert_writes_all_that_is_before_a_bad_document() {
    let bench = Bench::new();
    let options = doc! { "capped": true, "size": 4096 };
    bench
        .operation()
        .create_collection(&ns("capped"), options)
        .unwrap();
    for coll in ["plain", "capped"] {
        let inserted = bench.insert(coll, &with_a_bad_one());
        assert_eq!(inserted.n, 2, "{coll}");
        let places: Vec<_> = inserted.errors.iter().map(|(place, _)| *place).collect();
        assert_eq!(places, [2], "{coll}");
        assert_eq!(bench.all(coll).len(), 2, "{coll}");
    }
}

#[test]
fn an_ordered_insert_that_waits_for_a_key_goes_on_before_a_bad_document() {
    let bench = Bench::new();
    bench.insert("c", &ids(0..1));
    let mut t = bench.begin(Some(&starting(1, 1))).unwrap();
    insert(&mut t, "c", &ids(2..3)).unwrap();
    let other = bench.clone();
    let waiting = std::thread::spawn(move || other.insert("c", &with_a_bad_one()));
    std::thread::sleep(Duration::from_millis(30));
    assert!(!waiting.is_finished());
    t.abort_transaction();
    let inserted = waiting.join().unwrap();
    assert_eq!((inserted.n, inserted.errors[0].0), (2, 2));
}

#[test]
fn only_the_first_refusal_of_an_ordered_insert_is_told() {
    let bench = Bench::new();
    bench.insert("c", &ids(1..2));
    let inserted = bench.insert("c", &with_a_bad_one());
    assert_eq!((inserted.n, inserted.errors.len()), (0, 1));
    assert_eq!(inserted.errors[0].0, 0);
    assert_eq!(inserted.errors[0].1.code, code::DUPLICATE_KEY);
}

#[test]
fn a_bad_document_ends_a_transaction() {
    let bench = Bench::new();
    bench.insert("c", &ids(0..1));
    let mut t = bench.begin(Some(&starting(1, 1))).unwrap();
    assert_eq!(all(&mut t, "c").len(), 1);
    let inserted = insert(&mut t, "c", &with_a_bad_one()).unwrap();
    assert_eq!(inserted.errors[0].0, 2);
    assert_eq!(
        t.commit_transaction().unwrap_err().code,
        code::NO_SUCH_TRANSACTION
    );
    assert_eq!(bench.all("c").len(), 1);
}
