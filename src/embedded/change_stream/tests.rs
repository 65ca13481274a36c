use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bson::{Bson, Document, Timestamp, doc};

use super::{Progress, Token, open};
use crate::embedded::cursor::Progress as _;
use crate::embedded::engine::tests::bench::{self, Bench, ids, ns};
use crate::embedded::engine::{Engine, EngineOptions};
use crate::embedded::storage::Store;
use crate::mql::stage::{BoxStream, Namespace};
use crate::mql::{Interrupt, Result};
use crate::value::ejson;

/// What mongod 6.0.5 made of document keys of all types, and of commands.
#[test]
fn tokens_are_the_servers() {
    for line in include_str!("tokens.jsonl").lines() {
        let value = ejson::parse_json(line).and_then(|value| ejson::deserialize(&value));
        let Ok(Bson::Document(event)) = value else {
            panic!("no EJSON document: {line}")
        };
        let identifier = match event.get_document("operationDescription") {
            Ok(description) => Some(doc! {
                "operationType": event.get_str("operationType").unwrap(),
                "operationDescription": description.clone(),
            }),
            Err(_) => event.get_document("documentKey").ok().cloned(),
        };
        let Some(Bson::Binary(uuid)) = event.get("collectionUUID") else {
            panic!("no UUID: {line}")
        };
        let time = event.get_timestamp("clusterTime").unwrap();
        let uuid = Some(uuid.to_uuid().unwrap());
        let token = Token::event(time, 0, uuid, identifier.as_ref());
        let is = event.get_document("token").unwrap();
        assert_eq!(&token.to_document(), is, "{line}");
        let read = Token::parse(is).unwrap();
        assert_eq!(read, token);
    }
}

#[test]
fn tokens_are_in_the_order_of_what_happened() {
    let time = |increment| Timestamp { time: 5, increment };
    let key = doc! { "_id": 1 };
    let uuid = Some(bson::Uuid::from_bytes([7; 16]));
    let tokens = [
        Token::high_water_mark(time(1)),
        Token::event(time(1), 0, uuid, Some(&key)),
        Token::event(time(1), 1, uuid, Some(&key)),
        Token::event(time(1), 200, uuid, None),
        Token::invalidate(time(1), 200, uuid),
        Token::high_water_mark(time(2)),
        Token::event(time(300), 0, None, None),
    ];
    for (n, a) in tokens.iter().enumerate() {
        for (m, b) in tokens.iter().enumerate() {
            assert_eq!(a.order(b), n.cmp(&m), "{a:?} {b:?}");
        }
    }
}

/// A stream and what it has given out.
struct Watch {
    stream: BoxStream,
    progress: Arc<Progress>,
}

fn watch(bench: &Bench, namespace: &Namespace, options: Document) -> Watch {
    try_watch(&bench.engine, namespace, options).unwrap()
}

fn try_watch(engine: &Arc<Engine>, namespace: &Namespace, options: Document) -> Result<Watch> {
    let (stream, progress) = open(engine, namespace, &options)?;
    Ok(Watch { stream, progress })
}

impl Watch {
    fn events(&mut self) -> Vec<Document> {
        self.try_events().unwrap()
    }

    fn try_events(&mut self) -> Result<Vec<Document>> {
        let mut events = Vec::new();
        while let Some(event) = self.stream.next()? {
            self.progress.check(&event)?;
            events.push(event);
        }
        Ok(events)
    }
}

/// `insert 1`: the type of an event and the `_id` of its document.
fn brief(events: &[Document]) -> Vec<String> {
    let brief = events.iter().map(|event| {
        let operation = event.get_str("operationType").unwrap();
        let key = event.get_document("documentKey").ok();
        match key.and_then(|key| key.get("_id")) {
            Some(id) => format!("{operation} {id}"),
            None => operation.to_owned(),
        }
    });
    brief.collect()
}

#[test]
fn a_stream_begins_after_what_was_there_and_ends_with_its_collection() {
    let bench = Bench::new();
    bench.insert("c", &ids(0..2));
    let mut stream = watch(&bench, &ns("c"), doc! {});
    assert!(stream.events().is_empty());
    bench.insert("c", &ids(2..3));
    bench.insert("other", &ids(3..4));
    bench.update("c", doc! { "_id": 2 }, doc! { "$set": { "a": 1 } });
    let events = stream.events();
    assert_eq!(brief(&events), ["insert 2", "update 2"]);
    let description = events[1].get_document("updateDescription").unwrap();
    assert_eq!(
        description.get_document("updatedFields").unwrap(),
        &doc! { "a": 1 }
    );
    bench.operation().drop_collection(&ns("c")).unwrap();
    assert_eq!(brief(&stream.events()), ["drop", "invalidate"]);
    assert!(stream.progress.is_over());
    bench.insert("c", &ids(0..1));
    assert!(stream.events().is_empty());
}

#[test]
fn a_stream_goes_on_from_every_token() {
    let bench = Bench::new();
    let mut stream = watch(&bench, &ns("c"), doc! {});
    bench.insert("c", &ids(0..3));
    let events = stream.events();
    for (n, event) in events.iter().enumerate() {
        let token = event.get_document("_id").unwrap();
        let mut resumed = watch(&bench, &ns("c"), doc! { "resumeAfter": token.clone() });
        assert_eq!(resumed.events(), events[n + 1..]);
    }
    // Idle tokens move on and miss nothing.
    bench.insert("other", &ids(0..1));
    stream.events();
    let idle = stream.progress.token();
    assert_ne!(Some(&Bson::Document(idle.clone())), events[2].get("_id"));
    bench.insert("c", &ids(3..4));
    let mut resumed = watch(&bench, &ns("c"), doc! { "resumeAfter": idle });
    assert_eq!(brief(&resumed.events()), ["insert 3"]);
}

#[test]
fn after_an_invalidate_only_start_after_goes_on() {
    let bench = Bench::new();
    bench.insert("c", &ids(0..1));
    let mut stream = watch(&bench, &ns("c"), doc! {});
    bench.operation().drop_collection(&ns("c")).unwrap();
    let events = stream.events();
    bench.insert("c", &ids(1..2));
    let [drop, invalidate] = &events[..] else {
        panic!("{events:?}")
    };
    let after = |name: &str, event: &Document| {
        try_watch(&bench.engine, &ns("c"), doc! { name: event.get("_id") })
    };
    let refused = after("resumeAfter", invalidate).map(|_| ()).unwrap_err();
    assert_eq!(refused.code, 260);
    let mut again = after("resumeAfter", drop).unwrap();
    assert_eq!(brief(&again.events()), ["invalidate"]);
    let mut anew = after("startAfter", invalidate).unwrap();
    assert_eq!(brief(&anew.events()), ["insert 1"]);
}

#[test]
fn a_token_of_another_stream_or_of_lost_history_is_refused() {
    let bench = Bench::new();
    let mut stream = watch(&bench, &ns("c"), doc! {});
    bench.insert("c", &ids(0..1));
    bench.insert("d", &ids(0..1));
    let token = stream.events()[0].get_document("_id").unwrap().clone();
    let mut other = watch(&bench, &ns("d"), doc! { "resumeAfter": token.clone() });
    assert_eq!(other.try_events().unwrap_err().code, 280);

    let clock = bench.now.clone();
    let mut options = EngineOptions::new(Store::memory());
    options.clock = Arc::new(move || clock.load(Ordering::Relaxed));
    options.background = false;
    options.oplog_bytes = 1000;
    let bench = Bench {
        engine: Engine::open(options).unwrap(),
        ..bench
    };
    let mut stream = watch(&bench, &ns("c"), doc! {});
    bench.insert("c", &ids(0..100));
    let token = stream.events()[0].get_document("_id").unwrap().clone();
    bench.now.fetch_add(2 * 3_600_000, Ordering::Relaxed);
    bench.insert("c", &ids(100..200));
    bench.engine.trim_oplog().unwrap();
    let lost = try_watch(&bench.engine, &ns("c"), doc! { "resumeAfter": token });
    assert_eq!(lost.map(|_| ()).unwrap_err().code, 286);
    assert_eq!(stream.try_events().unwrap_err().code, 286);
}

/// Only a command of the oplog holds operations, whatever fields a document has.
#[test]
fn a_document_with_operations_in_it_is_a_document() {
    let bench = Bench::new();
    bench.insert("c", &[doc! { "_id": 0 }]);
    let mut watch = watch(&bench, &ns("c"), doc! {});
    let inner = doc! { "op": "i", "ns": "other.secret", "o": { "_id": 9 } };
    bench.insert(
        "c",
        &[
            doc! { "_id": 1, "applyOps": [] },
            doc! { "_id": 2, "applyOps": [inner] },
        ],
    );
    assert_eq!(brief(&watch.events()), ["insert 1", "insert 2"]);
}

#[test]
fn a_transactions_events_come_at_its_end() {
    let bench = Bench::new();
    bench.insert("c", &ids(0..1));
    let mut stream = watch(&bench, &ns("c"), doc! {});
    let mut write = bench.begin(Some(&bench::starting(1, 5))).unwrap();
    bench::insert(&mut write, "c", &ids(1..3)).unwrap();
    drop(write);
    assert!(stream.events().is_empty());
    bench
        .begin_command("commitTransaction", Some(&bench::continuing(1, 5)))
        .unwrap()
        .commit_transaction()
        .unwrap();
    let events = stream.events();
    assert_eq!(brief(&events), ["insert 1", "insert 2"]);
    let names: Vec<_> = events[0].keys().take(3).collect();
    assert_eq!(names, ["txnNumber", "lsid", "_id"]);
    let token = events[0].get_document("_id").unwrap().clone();
    let mut resumed = watch(&bench, &ns("c"), doc! { "resumeAfter": token });
    assert_eq!(brief(&resumed.events()), ["insert 2"]);
}

#[test]
fn an_event_without_room_is_not_passed() {
    let bench = Bench::new();
    let mut stream = watch(&bench, &ns("c"), doc! {});
    bench.insert("c", &ids(0..2));
    let events = stream.events();
    let tokens: Vec<_> = events
        .iter()
        .map(|e| e.get_document("_id").unwrap())
        .collect();
    assert_eq!(&stream.progress.token(), tokens[1]);
    stream.progress.hold(true);
    assert_eq!(&stream.progress.token(), tokens[0]);
    stream.progress.hold(false);
    assert_eq!(&stream.progress.token(), tokens[1]);
}

#[test]
fn an_event_must_keep_its_token() {
    let bench = Bench::new();
    let mut stream = watch(&bench, &ns("c"), doc! {});
    bench.insert("c", &ids(0..1));
    let mut event = stream.stream.next().unwrap().unwrap();
    event.insert("_id", 1);
    let error = stream.progress.check(&event).unwrap_err();
    assert_eq!(error.code, 280);
    assert!(error.message.ends_with("but found: { _id: 1 }"));
}

#[test]
fn a_waiting_stream_wakes_at_once() {
    let bench = Bench::new();
    let mut stream = watch(&bench, &ns("c"), doc! {});
    stream.events();
    let engine = bench.engine.clone();
    let seen = stream.progress.seen();
    let waiter = std::thread::spawn(move || {
        let deadline = Instant::now() + Duration::from_secs(20);
        let woken = engine
            .oplog()
            .wait_beyond(seen, Some(deadline), &Interrupt::default());
        (woken.unwrap(), Instant::now())
    });
    std::thread::sleep(Duration::from_millis(20));
    let written = Instant::now();
    bench.insert("c", &ids(0..1));
    let (woken, at) = waiter.join().unwrap();
    assert!(woken && at.saturating_duration_since(written) < Duration::from_secs(5));
    assert_eq!(brief(&stream.events()), ["insert 0"]);
}
