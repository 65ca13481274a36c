//! The tests' own replica sets: that they form, change their primary, and end without a trace.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use mongodb::bson::doc;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
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

/// The test starts itself again as a victim, which says where its server lives and waits.
#[test]
fn a_killed_test_leaves_nothing_behind() {
    const VICTIM: &str = "RHAIVER_TEST_VICTIM";
    if std::env::var_os(VICTIM).is_some() {
        eprintln!("{}", shared().folder().display());
        loop {
            std::thread::park();
        }
    }
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "a_killed_test_leaves_nothing_behind",
            "--nocapture",
        ])
        .env(VICTIM, "1")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut folder = String::new();
    BufReader::new(victim.stderr.take().unwrap())
        .read_line(&mut folder)
        .unwrap();
    let folder = std::path::Path::new(folder.trim_end());
    assert!(folder.is_dir(), "{folder:?}");
    victim.kill().unwrap();
    victim.wait().unwrap();
    support::wait("the end of its mongod", || (!folder.exists()).then_some(()));
}
