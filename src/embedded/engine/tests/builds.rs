use std::thread::JoinHandle;
use std::time::Duration;

use bson::doc;

use super::bench::{Bench, ids, insert, ns, starting};
use crate::embedded::commands::ReadConcern;
use crate::embedded::engine::{IndexSpec, Operation, Statement};
use crate::mql::error::code;
use crate::mql::{Interrupt, Result};

/// Enough that a build over them lasts until a test has begun a transaction.
const DOCUMENTS: i32 = 8000;

/// Builds a unique index in a thread; returns when the build runs.
fn building(bench: &Bench, interrupt: &Interrupt) -> JoinHandle<Result<()>> {
    let (bench, interrupt) = (bench.clone(), interrupt.clone());
    let engine = bench.engine.clone();
    let thread = std::thread::spawn(move || {
        let mut operation = bench.engine.begin(&Statement {
            command: "createIndexes",
            db: "db",
            session: None,
            read_concern: &ReadConcern::default(),
            interrupt: &interrupt,
        })?;
        let spec = doc! { "key": { "a": 1 }, "name": "a_1", "unique": true };
        let spec = IndexSpec::parse(&spec, false)?;
        operation.create_indexes(&ns("c"), &[spec]).map(|_| ())
    });
    while engine.index_builds().is_empty() {
        assert!(!thread.is_finished());
        std::thread::yield_now();
    }
    thread
}

/// A transaction that inserts the key of the last document, which the build has not come to.
fn holding(bench: &Bench) -> Operation {
    let mut t = bench.begin(Some(&starting(1, 1))).unwrap();
    let inserted = insert(&mut t, "c", &[doc! { "_id": "other", "a": DOCUMENTS - 1 }]).unwrap();
    assert_eq!(inserted.n, 1);
    t
}

fn indexes(bench: &Bench) -> usize {
    let catalog = bench.engine.catalog();
    catalog.get(&ns("c")).unwrap().indexes.len()
}

#[test]
fn a_unique_build_waits_for_the_holder_of_a_key() {
    for commits in [true, false] {
        let bench = Bench::new();
        bench.insert("c", &ids(0..DOCUMENTS));
        let built = building(&bench, &Interrupt::default());
        let mut t = holding(&bench);
        std::thread::sleep(Duration::from_millis(100));
        assert!(!built.is_finished());
        match commits {
            true => t.commit_transaction().unwrap(),
            false => t.abort_transaction(),
        }
        drop(t);
        let built = built.join().unwrap().map_err(|e| e.code);
        match commits {
            true => assert_eq!((built, indexes(&bench)), (Err(code::DUPLICATE_KEY), 1)),
            false => assert_eq!((built, indexes(&bench)), (Ok(()), 2)),
        }
        bench.assert_consistent("c");
    }
}

#[test]
fn a_killed_build_leaves_nothing_though_a_transaction_is_open() {
    let bench = Bench::new();
    bench.insert("c", &ids(0..DOCUMENTS));
    let interrupt = Interrupt::default();
    let built = building(&bench, &interrupt);
    let mut t = holding(&bench);
    interrupt.kill();
    std::thread::sleep(Duration::from_millis(50));
    t.commit_transaction().unwrap();
    drop(t);
    assert_eq!(built.join().unwrap().unwrap_err().code, code::INTERRUPTED);
    assert_eq!(indexes(&bench), 1);
    bench.assert_consistent("c");
}
