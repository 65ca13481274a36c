//! The tests' own replica sets: that they form, change their primary, and end without a trace.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use mongodb::bson::doc;
use support::{ReplicaSet, shared};

#[test]
fn a_shared_server_takes_transactions() {
    let count = shared().with_client(async |client: mongodb::Client| {
        let orders = client
            .database(&support::database("tx"))
            .collection("orders");
        let mut session = client.start_session().await.unwrap();
        session.start_transaction().await.unwrap();
        orders
            .insert_one(doc! { "_id": 1 })
            .session(&mut session)
            .await
            .unwrap();
        session.commit_transaction().await.unwrap();
        orders.count_documents(doc! {}).await.unwrap()
    });
    assert_eq!(count, 1);
}

#[test]
fn three_members_survive_a_step_down_and_a_kill() {
    let set = ReplicaSet::start(3);
    let first = set.primary();
    set.step_down();
    let second = set.primary();
    assert_ne!(first, second);
    set.kill(second);
    assert_ne!(set.primary(), second);
    set.restart(second);
    set.wait_until_ready();
}
