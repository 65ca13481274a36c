use std::time::Duration;

use bson::{Bson, doc};

use super::bench::{
    Bench, all, continuing, delete, find, ids, insert, ns, session, starting, update,
};
use crate::embedded::engine::oplog::OpKind;
use crate::mql::error::code;

#[test]
fn a_transaction_sees_its_snapshot_and_its_own_writes_and_others_see_them_at_the_commit() {
    let bench = Bench::new();
    bench.insert("c", &ids(0..3));
    bench
        .index("c", doc! { "key": { "a": 1 }, "name": "a_1" })
        .unwrap();
    let mut t = bench.begin(Some(&starting(1, 1))).unwrap();
    bench.insert("c", &ids(3..4));
    assert_eq!(all(&mut t, "c").len(), 3);
    update(
        &mut t,
        "c",
        doc! { "_id": 1 },
        doc! { "$set": { "a": 100 } },
    )
    .unwrap();
    insert(&mut t, "c", &[doc! { "_id": 9, "a": 100 }]).unwrap();
    delete(&mut t, "c", doc! { "_id": 0 }, false).unwrap();
    let both = vec![Bson::Int32(1), Bson::Int32(9)];
    assert_eq!(find(&mut t, "c", doc! { "a": 100 }), both);
    assert_eq!(find(&mut t, "c", doc! { "a": 1 }), []);
    assert_eq!(find(&mut bench.operation(), "c", doc! { "a": 100 }), []);
    assert_eq!(bench.all("c").len(), 4);
    t.commit_transaction().unwrap();
    drop(t);
    assert_eq!(find(&mut bench.operation(), "c", doc! { "a": 100 }), both);
    assert_eq!(bench.all("c").len(), 4);
    bench.assert_consistent("c");
}

#[test]
fn a_transaction_is_one_entry_of_the_oplog() {
    let bench = Bench::new();
    bench.insert("c", &ids(0..1));
    let before = bench.engine.oplog().last();
    let mut t = bench.begin(Some(&starting(1, 1))).unwrap();
    insert(&mut t, "c", &ids(1..3)).unwrap();
    assert_eq!(bench.engine.oplog().read_after(before).count(), 0);
    t.commit_transaction().unwrap();
    let entries: Vec<_> = bench
        .engine
        .oplog()
        .read_after(before)
        .map(Result::unwrap)
        .collect();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].kind().unwrap(), OpKind::Command);
    let raw = entries[0].raw().unwrap();
    assert_eq!(raw.get_i64("txnNumber").unwrap(), 1);
    let ops = raw
        .get_document("o")
        .unwrap()
        .get_array("applyOps")
        .unwrap();
    assert_eq!(ops.into_iter().count(), 2);
}

#[test]
fn the_second_of_two_writers_of_a_document_conflicts() {
    let bench = Bench::new();
    bench.insert("c", &ids(0..2));
    let mut one = bench.begin(Some(&starting(1, 1))).unwrap();
    let mut two = bench.begin(Some(&starting(2, 1))).unwrap();
    update(
        &mut one,
        "c",
        doc! { "_id": 0 },
        doc! { "$set": { "a": 10 } },
    )
    .unwrap();
    let e = update(
        &mut two,
        "c",
        doc! { "_id": 0 },
        doc! { "$set": { "a": 20 } },
    )
    .unwrap_err();
    assert_eq!(e.code, code::WRITE_CONFLICT);
    let e = two.failed(e);
    assert_eq!(
        *e.extra,
        doc! { "errorLabels": ["TransientTransactionError"] }
    );
    drop(two);
    one.commit_transaction().unwrap();
    let again = bench.begin(Some(&continuing(2, 1))).unwrap_err();
    assert_eq!(
        again.message,
        "Transaction with { txnNumber: 1 } has been aborted."
    );
}

#[test]
fn a_document_that_has_changed_since_the_snapshot_conflicts() {
    let bench = Bench::new();
    bench.insert("c", &ids(0..2));
    let mut t = bench.begin(Some(&starting(1, 1))).unwrap();
    assert_eq!(all(&mut t, "c").len(), 2);
    bench.update("c", doc! { "_id": 0 }, doc! { "$set": { "a": 10 } });
    let e = update(&mut t, "c", doc! { "_id": 0 }, doc! { "$set": { "a": 20 } }).unwrap_err();
    assert_eq!(e.code, code::WRITE_CONFLICT);
}

#[test]
fn a_unique_key_of_an_open_transaction_conflicts_and_one_that_is_there_is_a_duplicate() {
    let bench = Bench::new();
    bench.insert("c", &ids(0..1));
    let mut one = bench.begin(Some(&starting(1, 1))).unwrap();
    let mut two = bench.begin(Some(&starting(2, 1))).unwrap();
    insert(&mut one, "c", &ids(5..6)).unwrap();
    assert_eq!(
        insert(&mut two, "c", &ids(5..6)).unwrap_err().code,
        code::WRITE_CONFLICT
    );
    let inserted = insert(&mut one, "c", &ids(0..1)).unwrap();
    assert_eq!(inserted.errors[0].1.code, code::DUPLICATE_KEY);
}

#[test]
fn a_writer_outside_waits_for_the_holder() {
    let bench = Bench::new();
    bench.insert("c", &ids(0..1));
    let mut t = bench.begin(Some(&starting(1, 1))).unwrap();
    update(&mut t, "c", doc! { "_id": 0 }, doc! { "$inc": { "a": 1 } }).unwrap();
    let other = bench.clone();
    let waiting = std::thread::spawn(move || {
        other.update("c", doc! { "_id": 0 }, doc! { "$inc": { "a": 10 } })
    });
    std::thread::sleep(Duration::from_millis(30));
    assert!(!waiting.is_finished());
    t.commit_transaction().unwrap();
    assert_eq!(waiting.join().unwrap().modified, 1);
    assert_eq!(bench.all("c"), [doc! { "_id": 0, "a": 11 }]);
}

#[test]
fn a_drop_waits_for_transactions_that_have_written() {
    let bench = Bench::new();
    bench.insert("c", &ids(0..1));
    let mut t = bench.begin(Some(&starting(1, 1))).unwrap();
    insert(&mut t, "c", &ids(1..2)).unwrap();
    let other = bench.clone();
    let waiting = std::thread::spawn(move || other.operation().drop_collection(&ns("c")));
    std::thread::sleep(Duration::from_millis(30));
    assert!(!waiting.is_finished());
    t.commit_transaction().unwrap();
    waiting.join().unwrap().unwrap();
    assert_eq!(bench.all("c").len(), 0);
}

#[test]
fn a_drop_of_a_database_waits_also_for_collections_that_are_made_meanwhile() {
    let bench = Bench::new();
    bench.insert("c", &ids(0..1));
    let mut one = bench.begin(Some(&starting(1, 1))).unwrap();
    insert(&mut one, "c", &ids(1..2)).unwrap();
    let other = bench.clone();
    let waiting = std::thread::spawn(move || other.operation().drop_database("db"));
    std::thread::sleep(Duration::from_millis(30));
    bench.insert("d", &ids(0..1));
    let mut two = bench.begin(Some(&starting(2, 1))).unwrap();
    insert(&mut two, "d", &ids(1..2)).unwrap();
    one.commit_transaction().unwrap();
    std::thread::sleep(Duration::from_millis(30));
    assert!(!waiting.is_finished());
    two.commit_transaction().unwrap();
    waiting.join().unwrap().unwrap();
    assert_eq!(bench.engine.catalog().all().count(), 0);
}

#[test]
fn a_commit_may_be_repeated_also_after_a_restart() {
    let bench = Bench::new();
    bench.insert("c", &ids(0..1));
    let mut t = bench.begin(Some(&starting(1, 7))).unwrap();
    insert(&mut t, "c", &ids(1..2)).unwrap();
    t.commit_transaction().unwrap();
    drop(t);
    for bench in [bench.clone(), bench.reopened()] {
        let mut again = bench
            .begin_command("commitTransaction", Some(&continuing(1, 7)))
            .unwrap();
        again.commit_transaction().unwrap();
        drop(again);
        let other = bench.begin(Some(&continuing(1, 7))).unwrap_err();
        assert_eq!(other.code, code::TRANSACTION_COMMITTED);
        assert_eq!(bench.all("c").len(), 2);
    }
}

#[test]
fn collections_made_in_a_transaction_are_there_at_the_commit() {
    let bench = Bench::new();
    let mut t = bench.begin(Some(&starting(1, 1))).unwrap();
    insert(&mut t, "new", &ids(0..2)).unwrap();
    assert!(bench.engine.view().collection(&ns("new")).is_none());
    assert_eq!(all(&mut t, "new").len(), 2);
    t.commit_transaction().unwrap();
    drop(t);
    assert_eq!(bench.all("new").len(), 2);
    bench.assert_consistent("new");
    let mut t = bench.begin(Some(&starting(1, 2))).unwrap();
    insert(&mut t, "other", &ids(0..2)).unwrap();
    bench.insert("other", &ids(0..1));
    assert_eq!(
        t.commit_transaction().unwrap_err().code,
        code::WRITE_CONFLICT
    );
    drop(t);
    assert_eq!(bench.all("other").len(), 1);
}

#[test]
fn a_long_transaction_is_aborted_and_lets_go() {
    let bench = Bench::new();
    bench.insert("c", &ids(0..1));
    bench.engine.set_transaction_lifetime(Duration::ZERO);
    let mut t = bench.begin(Some(&starting(1, 1))).unwrap();
    update(&mut t, "c", doc! { "_id": 0 }, doc! { "$inc": { "a": 1 } }).unwrap();
    drop(t);
    bench.engine.keep_house().unwrap();
    bench.update("c", doc! { "_id": 0 }, doc! { "$inc": { "a": 10 } });
    assert_eq!(
        bench.begin(Some(&continuing(1, 1))).unwrap_err().code,
        code::NO_SUCH_TRANSACTION
    );
    assert_eq!(bench.all("c"), [doc! { "_id": 0, "a": 10 }]);
}

#[test]
fn a_killed_session_has_no_transaction() {
    let bench = Bench::new();
    bench.insert("c", &ids(0..1));
    let mut t = bench.begin(Some(&starting(1, 1))).unwrap();
    update(&mut t, "c", doc! { "_id": 0 }, doc! { "$inc": { "a": 1 } }).unwrap();
    drop(t);
    bench.engine.kill_session(&session(1).lsid);
    assert_eq!(
        bench.begin(Some(&continuing(1, 1))).unwrap_err().code,
        code::NO_SUCH_TRANSACTION
    );
    assert_eq!(bench.all("c"), [doc! { "_id": 0, "a": 0 }]);
}
