//! `--metrics`: what it tells is true.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use super::support::{Attached, ReplicaSet, Shop, on_embedded, wait};

/// Where a host serves its metrics, as it says on the screen.
fn address(host: &Attached) -> String {
    wait("the address", || {
        let said = host.said();
        let after = said.split("metrics on http://").nth(1)?;
        Some(after.split("/metrics").next()?.to_string())
    })
}

/// Status and body of an answer.
fn get(address: &str, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let status = text.split(' ').nth(1).unwrap().parse().unwrap();
    let body = text.split("\r\n\r\n").nth(1).unwrap_or_default();
    (status, body.to_string())
}

/// The value of a metric of a stream.
fn value(address: &str, name: &str, stream: &str) -> Option<f64> {
    let (status, text) = get(address, "/metrics");
    assert_eq!(status, 200);
    let start = format!("rhaiver_stream_{name}{{stream=\"{stream}\"}} ");
    let line = text.lines().find(|line| line.starts_with(&start))?;
    line[start.len()..].parse().ok()
}

fn wait_for(address: &str, name: &str, stream: &str, want: f64) {
    wait(&format!("{name} of {want}"), || {
        (value(address, name, stream)? >= want).then_some(())
    });
}

fn wait_for_status(address: &str, path: &str, want: u16) -> String {
    wait(&format!("{want} from {path}"), || {
        let (status, body) = get(address, path);
        (status == want).then_some(body)
    })
}

#[test]
fn metrics_count_what_happened() {
    let shop = Shop::new("counted");
    let code = "fn onInsert(change) {\n\
                    if change.documentKey._id == 3 { throw \"no\"; }\n\
                    db.notes.insertOne(#{});\n\
                }";
    shop.write(", retry: 2", code);
    let host = shop.attach(&["--metrics", "0"]);
    let at = address(&host);
    assert!(at.starts_with("127.0.0.1:"), "{at}");
    shop.insert(1..=5);
    wait_for(&at, "dead_letters_total", shop.id(), 1.0);
    wait_for(&at, "events_total", shop.id(), 4.0);
    let count = |name: &str| value(&at, name, shop.id()).unwrap();
    assert!(count("failures_total") >= 2.0);
    assert!(count("retries_total") >= 1.0);
    assert!(count("batches_total") >= 1.0);
    assert!(count("handler_seconds_total") > 0.0);
    assert_eq!(count("lease_held"), 1.0);
    assert_eq!(count("open"), 1.0);
    wait("nothing to wait", || {
        (count("queue_events") == 0.0).then_some(())
    });
    let (_, text) = get(&at, "/metrics");
    let generation = shop.stream();
    let generation = generation.get_str("generation").unwrap();
    assert!(
        text.contains(&format!("generation=\"{generation}\"")),
        "{text}"
    );
    assert_eq!(get(&at, "/healthz"), (200, "ok\n".into()));
    assert_eq!(get(&at, "/readyz"), (200, "ok\n".into()));
    assert_eq!(get(&at, "/").0, 200);
    assert_eq!(get(&at, "/secrets").0, 404);
    assert_eq!(host.stop(), Some(0));
}

#[test]
fn a_stalled_stream_is_not_healthy() {
    let shop = Shop::new("stalled");
    shop.write(
        "",
        "fn onInsert(change) { while !db.orders.findOne(#{ _id: 1 })?.go { sleep(20); } }",
    );
    let host = shop.attach(&[
        "--metrics",
        "0",
        "--stalled-after",
        "1s",
        "--delivery",
        "at-least-once",
    ]);
    let at = address(&host);
    assert_eq!(get(&at, "/healthz").0, 200);
    shop.insert(1..=3);
    let why = wait_for_status(&at, "/healthz", 503);
    assert!(
        why.contains(&format!("{}: stalled: 3 events wait", shop.id())),
        "{why}"
    );
    shop.with(async |db: mongodb::Database| {
        let orders: mongodb::Collection<mongodb::bson::Document> = db.collection("orders");
        let go = mongodb::bson::doc! { "$set": { "go": true } };
        orders
            .update_many(mongodb::bson::doc! {}, go)
            .await
            .unwrap();
    });
    assert_eq!(wait_for_status(&at, "/healthz", 200), "ok\n");
    assert_eq!(host.stop(), Some(0));
}

#[test]
fn a_host_that_stands_by_is_ready() {
    let shop = Shop::new("stands_by");
    shop.write("", "fn onInsert(change) { }");
    let first = shop.attach(&[]);
    let second = shop.launch(&["--metrics", "0"]);
    second.wait_for("standing by");
    let at = address(&second);
    assert_eq!(get(&at, "/readyz"), (200, "ok\n".into()));
    assert_eq!(value(&at, "lease_held", shop.id()), Some(0.0));
    assert_eq!(first.stop(), Some(0));
    second.wait_for("watching");
    assert_eq!(wait_for_status(&at, "/readyz", 200), "ok\n");
    assert_eq!(value(&at, "lease_held", shop.id()), Some(1.0));
    assert_eq!(second.stop(), Some(0));
}

#[test]
fn a_broken_file_is_not_ready() {
    let shop = Shop::new("not_ready");
    let folder = shop.folder().join("handlers");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(
        folder.join("bad.rhai"),
        "const STREAM = #{ watsch: \"a.b\" };\nfn onInsert(change) { }",
    )
    .unwrap();
    let uri = super::support::shared().uri();
    let args = [folder.to_str().unwrap(), "--metrics", "0"];
    let host = Attached::launch(&["--uri", &uri], shop.folder(), &args);
    host.wait_for("did you mean `watch`?");
    let at = address(&host);
    let why = wait_for_status(&at, "/readyz", 503);
    assert!(why.contains("bad.rhai"), "{why}");
    assert_eq!(get(&at, "/healthz").0, 200);
    assert_eq!(host.stop(), Some(0));
}

#[test]
fn a_stream_without_its_server_is_not_healthy() {
    if on_embedded() {
        return; // the shared one serves other tests, too
    }
    let set = ReplicaSet::start(1);
    let folder = tempfile::tempdir().unwrap();
    let handler = folder.path().join("h.rhai");
    std::fs::write(&handler, "fn onInsert(change) { }").unwrap();
    let args = [
        handler.to_str().unwrap(),
        "--watch",
        "shop.orders",
        "--metrics",
        "0",
    ];
    let host = Attached::start(&set.uri(), folder.path(), &args);
    let at = address(&host);
    assert_eq!(get(&at, "/healthz").0, 200);
    set.kill(0);
    wait_for_status(&at, "/healthz", 503);
    set.restart(0);
    assert_eq!(wait_for_status(&at, "/healthz", 200), "ok\n");
    assert_eq!(host.stop(), Some(0));
}
