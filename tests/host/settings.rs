//! Options, `--explain`, logs, and how a host ends.

use std::time::Instant;

use mongodb::bson::doc;
use serde_json::Value;

use super::command;
use super::support::{Shop, wait};

const NOTES: &str =
    "fn onInsert(change) { db.notes.insertOne(#{ order: change.documentKey._id }); }";

#[test]
fn explain_shows_what_is_asked_and_attaches_nothing() {
    let shop = Shop::new("explained");
    shop.write(", lanes: 2", NOTES);
    let file = shop.handler();
    let shown = command(&[
        "attach",
        file.to_str().unwrap(),
        "--explain",
        "--lanes",
        "4",
        "--full-document",
        "--on-failure",
        "block-key",
        "--on-lost-history",
        "restart-now",
        "--batch",
        "50",
    ])
    .ok();
    for text in [
        &format!("id: '{}'", shop.id()),
        "lanes: 4",
        "fullDocument: 'updateLookup'",
        "onFailure: 'block-key'",
        "onLostHistory: 'restart-now'",
        "events: 50",
        "operations: [ 'insert' ]",
        "'$changeStream'",
        "aggregate: 'orders'",
    ] {
        assert!(shown.contains(text), "{text} is missing in\n{shown}");
    }
    assert!(shop.stream().is_empty());
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let shop = Shop::new("refused");
    shop.write("", NOTES);
    let file = shop.handler();
    let file = file.to_str().unwrap();
    let folder = shop.folder().to_str().unwrap();
    let cases: [(&[&str], &str); 8] = [
        (&["no_such.rhai"], "there is no script file no_such.rhai"),
        (
            &[folder, "--stream-id", "x"],
            "--stream-id names one stream",
        ),
        (&[file, "--lanes", "0"], "`lanes` must be 1 or more"),
        (
            &[file, "--watch", "shop.resume_tokens"],
            "cannot be watched",
        ),
        (&[file, "--delivery", "twice"], "at-least-once"),
        (
            &[file, "--on-lost-history", "restart-at"],
            "restart-at=2026",
        ),
        (
            &[file, "--stop-on-error", "--on-failure", "stop"],
            "cannot be used with",
        ),
        (&[file, "--lease", "10ms"], "1s at least"),
    ];
    for (args, want) in cases {
        let output = command(&[&["attach"], args].concat());
        assert_eq!(output.code, 2, "{args:?} {output:?}");
        assert!(output.stderr.contains(want), "{args:?} {}", output.stderr);
    }
}

#[test]
fn a_file_that_cannot_be_loaded_ends_a_host_of_its_own() {
    let shop = Shop::new("unloaded");
    for (text, want) in [
        ("fn onInsert(change) { let x = ; }", "handler.rhai:1:31"),
        (
            "const STREAM = #{ watch: \"a.b\", lane: 2 };\nfn onInsert(c) {}",
            "did you mean `lanes`?",
        ),
        ("fn onInsert(c) {}", "--watch db.collection"),
    ] {
        std::fs::write(shop.handler(), text).unwrap();
        let output = command(&["attach", shop.handler().to_str().unwrap()]);
        assert_eq!(output.code, 1, "{output:?}");
        assert!(output.stderr.contains(want), "{}", output.stderr);
        assert_eq!(
            output.stderr.matches("error").count(),
            1,
            "{}",
            output.stderr
        );
    }
}

#[test]
fn each_event_has_a_line_where_that_is_asked_for() {
    let shop = Shop::new("lines");
    shop.write("", NOTES);
    let host = shop.attach(&["--events"]);
    shop.insert(1..=3);
    host.wait_for("handled: insert");
    wait("three lines", || {
        (host.said().matches("handled: insert").count() == 3).then_some(())
    });
    assert!(
        host.said()
            .contains("orders {\"_id\":2} (lane 0, generation "),
        "{}",
        host.said()
    );
    assert_eq!(host.stop(), Some(0));
}

#[test]
fn a_log_of_json_is_json_throughout() {
    let shop = Shop::new("json");
    shop.write(", retry: 1", "fn onInsert(change) { throw \"no\"; }");
    let host = shop.launch(&["--log-format", "json", "--events", "-v"]);
    host.wait_for("\"what\":\"attached\"");
    shop.insert(1..=1);
    host.wait_for("\"what\":\"deadLetter\"");
    let said = host.said();
    let entries: Vec<Value> = said
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")))
        .collect();
    let letter = entries.iter().find(|e| e["what"] == "deadLetter").unwrap();
    assert_eq!(letter["stream"], shop.id());
    assert!(letter["error"].as_str().unwrap().contains("no"));
    assert!(
        letter["at"]
            .as_str()
            .unwrap()
            .ends_with("handler.rhai:2:23"),
        "{letter}"
    );
    assert_eq!(host.stop(), Some(0));
}

#[test]
fn what_was_begun_is_committed_within_the_grace() {
    let shop = Shop::new("grace");
    shop.write(
        "",
        "fn onInsert(change) { print(\"begun\"); sleep(1000); db.notes.insertOne(#{}); }",
    );
    let host = shop.attach(&["--grace", "30s"]);
    shop.insert(1..=1);
    wait("its beginning", || {
        shop.printed().contains("begun").then_some(())
    });
    assert_eq!(host.stop(), Some(0));
    assert_eq!(shop.notes(doc! {}).len(), 1);
    // It does not come again.
    shop.write("", NOTES);
    let host = shop.attach(&[]);
    shop.insert(2..=2);
    shop.wait_for_notes(2);
    assert_eq!(host.stop(), Some(0));
    assert_eq!(shop.notes(doc! {}).len(), 2);
}

#[test]
fn what_does_not_end_is_stopped_after_the_grace_and_at_once_by_a_second_signal() {
    let shop = Shop::new("endless");
    shop.write("", "fn onInsert(change) { print(\"begun\"); loop { } }");
    let host = shop.attach(&["--grace", "300ms"]);
    shop.insert(1..=1);
    wait("its beginning", || {
        shop.printed().contains("begun").then_some(())
    });
    assert_eq!(host.stop(), Some(0));

    let mut host = shop.attach(&["--grace", "60s"]);
    wait("its second beginning", || {
        (shop.printed().matches("begun").count() == 2).then_some(())
    });
    let asked = Instant::now();
    host.signal("-TERM");
    std::thread::sleep(std::time::Duration::from_millis(300));
    host.signal("-INT");
    assert_eq!(host.wait_until_ended(), 130);
    assert!(asked.elapsed().as_secs() < 30);
    // Its event comes again.
    shop.write("", NOTES);
    let host = shop.attach(&[]);
    shop.wait_for_notes(1);
    assert_eq!(host.stop(), Some(0));
}
