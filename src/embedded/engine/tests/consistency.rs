//! Whatever is done, data, indexes and counters agree, also after the store is opened again.

use bson::{Bson, Document, doc};
use proptest::prelude::*;

use super::bench::{Bench, continuing, delete, insert, ns, run_update, starting};
use crate::mql::Interrupt;

#[derive(Debug, Clone)]
enum Action {
    Insert(i32, Bson),
    Set(i32, Bson),
    SetAll(Bson, Bson),
    Push(i32, Bson),
    Unset(i32),
    Upsert(i32, Bson),
    Delete(Bson),
    Index(u8),
    DropIndex(u8),
    /// Some actions in a transaction, and whether it is committed.
    Transaction(Vec<Action>, bool),
}

fn value() -> impl Strategy<Value = Bson> {
    prop_oneof![
        (0..6_i32).prop_map(Bson::Int32),
        (0..6_i32).prop_map(|n| Bson::Double(f64::from(n))),
        Just(Bson::Null),
        "[ab]{0,2}".prop_map(Bson::String),
        prop::collection::vec((0..4_i32).prop_map(Bson::Int32), 0..3).prop_map(Bson::Array),
        (0..3_i32).prop_map(|n| Bson::Document(doc! { "x": n })),
    ]
}

fn action() -> impl Strategy<Value = Action> {
    let id = 0..8_i32;
    let simple = prop_oneof![
        4 => (id.clone(), value()).prop_map(|(id, v)| Action::Insert(id, v)),
        2 => (id.clone(), value()).prop_map(|(id, v)| Action::Set(id, v)),
        1 => (value(), value()).prop_map(|(a, b)| Action::SetAll(a, b)),
        1 => (id.clone(), value()).prop_map(|(id, v)| Action::Push(id, v)),
        1 => id.clone().prop_map(Action::Unset),
        1 => (id, value()).prop_map(|(id, v)| Action::Upsert(id, v)),
        1 => value().prop_map(Action::Delete),
    ];
    let in_transaction = prop::collection::vec(simple.clone(), 1..5);
    prop_oneof![
        10 => simple,
        1 => (0..6_u8).prop_map(Action::Index),
        1 => (0..6_u8).prop_map(Action::DropIndex),
        2 => (in_transaction, any::<bool>()).prop_map(|(all, c)| Action::Transaction(all, c)),
    ]
}

fn spec(n: u8) -> Document {
    match n {
        0 => doc! { "key": { "a": 1 }, "name": "i0" },
        1 => doc! { "key": { "a": -1, "_id": 1 }, "name": "i1" },
        2 => doc! { "key": { "a": 1 }, "name": "i2", "unique": true },
        3 => doc! { "key": { "a": 1 }, "name": "i3", "sparse": true, "unique": true },
        4 => doc! { "key": { "a.x": 1 }, "name": "i4" },
        _ => {
            doc! { "key": { "a": 1 }, "name": "i5", "partialFilterExpression": { "a": { "$gt": 2 } } }
        }
    }
}

/// Does an action; whether it was refused does not matter.
fn act(bench: &Bench, action: &Action, number: &mut i64) {
    match action {
        Action::Transaction(all, commit) => transaction(bench, all, *commit, number),
        Action::Index(n) => drop(bench.index("c", spec(*n))),
        Action::DropIndex(n) => {
            let name = Bson::String(format!("i{n}"));
            drop(bench.operation().drop_indexes(&ns("c"), &name));
        }
        simple => drop(write(&mut bench.operation(), simple)),
    }
}

fn transaction(bench: &Bench, all: &[Action], commit: bool, number: &mut i64) {
    *number += 1;
    for (n, action) in all.iter().enumerate() {
        let session = if n == 0 {
            starting(1, *number)
        } else {
            continuing(1, *number)
        };
        let Ok(mut operation) = bench.begin(Some(&session)) else {
            return;
        };
        if let Err(e) = write(&mut operation, action) {
            drop(operation.failed(e));
            return;
        }
    }
    if let Ok(mut operation) = bench.begin(Some(&continuing(1, *number))) {
        match commit {
            true => operation.commit_transaction().unwrap(),
            false => operation.abort_transaction(),
        }
    }
}

fn write(
    operation: &mut crate::embedded::engine::Operation,
    action: &Action,
) -> crate::mql::Result<()> {
    let by_id = |id: &i32| doc! { "_id": id };
    let (filter, change, multi, upsert) = match action {
        Action::Insert(id, v) => {
            return insert(operation, "c", &[doc! { "_id": id, "a": v.clone() }]).map(|_| ());
        }
        Action::Delete(v) => {
            return delete(operation, "c", doc! { "a": v.clone() }, true).map(|_| ());
        }
        Action::Set(id, v) => (by_id(id), doc! { "$set": { "a": v.clone() } }, false, false),
        Action::SetAll(a, b) => (
            doc! { "a": a.clone() },
            doc! { "$set": { "a": b.clone() } },
            true,
            false,
        ),
        Action::Push(id, v) => (
            by_id(id),
            doc! { "$push": { "a": v.clone() } },
            false,
            false,
        ),
        Action::Unset(id) => (by_id(id), doc! { "$unset": { "a": 1 } }, false, false),
        Action::Upsert(id, v) => (by_id(id), doc! { "$set": { "a": v.clone() } }, false, true),
        _ => return Ok(()),
    };
    run_update(operation, "c", filter, change, multi, upsert).map(|_| ())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn data_indexes_and_counters_agree(actions in prop::collection::vec(action(), 1..40)) {
        let bench = Bench::new();
        let mut number = 0;
        for action in &actions {
            act(&bench, action, &mut number);
        }
        bench.assert_consistent("c");
        let reopened = bench.reopened();
        reopened.assert_consistent("c");
        prop_assert_eq!(bench.all("c"), reopened.all("c"));
        let view = bench.engine.view();
        if let Some(collection) = view.collection(&ns("c")) {
            // What an index is said to hold as arrays, it is said to after a restart too.
            let again = reopened.engine.view();
            let again = again.collection(&ns("c")).unwrap();
            let committed = |c: &crate::embedded::catalog::Collection| -> Vec<bool> {
                c.indexes.iter().map(|i| i.is_multikey()).collect()
            };
            for (now, then) in committed(collection).into_iter().zip(committed(again)) {
                prop_assert!(now || !then);
            }
            view.validate(collection, &Interrupt::default()).unwrap();
        }
    }
}
