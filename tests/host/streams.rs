//! `rhaiver streams`.

use serde_json::Value;

use super::command;
use super::support::{Shop, wait};

fn listed(id: &str) -> Option<Value> {
    let text = command(&["streams", "--json"]).ok();
    let all: Value = serde_json::from_str(&text).unwrap();
    let mut all = all.as_array().unwrap().iter();
    all.find(|stream| stream["id"] == id).cloned()
}

#[test]
fn a_stream_is_listed_while_it_runs_and_afterwards() {
    let shop = Shop::new("listed");
    shop.write(
        ", lanes: 2",
        "fn onInsert(change) { db.notes.insertOne(#{}); }",
    );
    let host = shop.attach(&["--lease", "1s"]);
    shop.insert(1..=10);
    shop.wait_for_notes(10);
    let stream = wait("ten events in the list", || {
        listed(shop.id())
            .filter(|stream| stream["handled"] == 10 && !stream["clusterTime"].is_null())
    });
    assert_eq!(stream["state"], "running");
    assert_eq!(stream["leased"], true);
    assert_eq!(stream["owner"]["pid"], host.pid());
    assert_eq!(stream["lanes"], 2);
    assert_eq!(stream["delivery"], "exactly-once");
    assert_eq!(stream["watch"][0], format!("{}.orders", shop.id()));
    assert_eq!(stream["deadLetters"]["dead"], 0);
    assert!(stream["lag"].is_number());
    assert!(stream["clusterTime"]["$date"].is_string());
    assert_eq!(stream["generation"].as_str().unwrap().len(), 8);
    assert!(stream.get("sessions").is_none());
    let table = command(&["streams"]).ok();
    let line = table
        .lines()
        .find(|line| line.starts_with(shop.id()))
        .unwrap();
    assert!(
        line.contains("running") && line.contains(&host.pid().to_string()),
        "{table}"
    );

    let refused = command(&["streams", "forget", shop.id()]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.stderr.contains("is running"), "{refused:?}");
    assert_eq!(host.stop(), Some(0));
    let stream = listed(shop.id()).unwrap();
    assert_eq!(stream["state"], "stopped");
    assert_eq!(stream["owner"], Value::Null);

    command(&["streams", "forget", shop.id()]).ok();
    assert!(listed(shop.id()).is_none());
    assert!(shop.kept("lanes").is_empty());
    let unknown = command(&["streams", "forget", shop.id()]);
    assert_eq!(unknown.code, 1, "{unknown:?}");
    // Forgotten, it begins with what happens from now on.
    shop.insert(11..=12);
    let host = shop.attach(&[]);
    assert!(host.said().contains("from now on"), "{}", host.said());
    assert_eq!(host.stop(), Some(0));
}

#[test]
fn a_stream_whose_host_was_killed_is_abandoned() {
    let shop = Shop::new("abandoned");
    shop.write("", "fn onInsert(change) { }");
    let host = shop.attach(&["--lease", "1s"]);
    host.kill();
    let stream = wait("the end of the lease", || {
        listed(shop.id()).filter(|stream| stream["state"] == "abandoned")
    });
    assert_eq!(stream["leased"], false);
}
