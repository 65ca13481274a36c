//! Where events come from.

use std::time::Duration;

use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Document, Timestamp, doc};
use mongodb::{Client, Collection};
use rhaiver::stream::bookkeeping::{DATABASE, GAPS, RESUME_TOKENS, collection};
use rhaiver::stream::source::{Event, Feed, Hub, Item, OpenError, Token};
use rhaiver::stream::spec::{FullDocument, Namespace, OnLostHistory, StartAt, StreamSpec};

use super::support::database;
use super::with_client;

fn orders(client: &Client, db: &str) -> Collection<Document> {
    client.database(db).collection("orders")
}

fn spec_of(db: &str, watch: Vec<Namespace>) -> StreamSpec {
    StreamSpec::new(db, watch, db)
}

fn coll(db: &str, name: &str) -> Namespace {
    Namespace::Collection(db.into(), name.into())
}

fn on_orders(db: &str) -> StreamSpec {
    spec_of(db, vec![coll(db, "orders")])
}

/// The next `n` events; other items on the way are fine.
async fn events(feed: &mut Feed, n: usize) -> Vec<Event> {
    let mut all = Vec::new();
    while all.len() < n {
        match feed.next().await.expect("the stream ended") {
            Item::Events(events) => {
                assert!(!events.is_empty());
                all.extend(events);
            }
            Item::Lost(gap) => panic!("{gap:?}"),
            Item::Failed(error) => panic!("{error:?}"),
            _ => {}
        }
    }
    assert_eq!(all.len(), n);
    let tokens: Vec<&str> = all.iter().map(Event::token_hex).collect();
    assert!(tokens.is_sorted_by(|a, b| a < b), "{tokens:?}");
    all
}

/// Reads `n` events and keeps none of them.
async fn drain(feed: &mut Feed, n: usize) {
    let mut count = 0;
    while count < n {
        if let Item::Events(events) = feed.next().await.expect("the stream ended") {
            count += events.len();
        }
    }
    assert_eq!(count, n);
}

fn operations(events: &[Event]) -> Vec<&str> {
    events.iter().map(Event::operation).collect()
}

/// Reads until nothing came in front of a place that is behind all that was written.
async fn quiet(feed: &mut Feed) -> (Vec<Event>, Token) {
    let mut all = Vec::new();
    let mut idles = 0;
    loop {
        match feed.next().await.expect("the stream ended") {
            Item::Events(events) => {
                idles = 0;
                all.extend(events);
            }
            Item::Idle(token) => {
                idles += 1;
                if idles == 2 {
                    return (all, token);
                }
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn events_come_in_order_with_all_that_they_are_known_by() {
    with_client(async |client| {
        let db = database("source_events");
        let opened = Hub::new(&client).open(&on_orders(&db), None).await.unwrap();
        let mut feed = opened.feed;
        let orders = orders(&client, &db);
        orders.insert_one(doc! { "_id": 1, "n": 0 }).await.unwrap();
        let change = doc! { "$set": { "n": 1 } };
        orders.update_one(doc! { "_id": 1 }, change).await.unwrap();
        let mut session = client.start_session().await.unwrap();
        session.start_transaction().await.unwrap();
        let deleted = orders.delete_one(doc! { "_id": 1 }).session(&mut session);
        deleted.await.unwrap();
        session.commit_transaction().await.unwrap();

        let all = events(&mut feed, 3).await;
        assert_eq!(operations(&all), ["insert", "update", "delete"]);
        let start = opened.start.unwrap();
        for event in &all {
            let key = Document::from_reader(event.key().unwrap()).unwrap();
            assert_eq!(key, doc! { "_id": 1 });
            assert!(event.token().unwrap().is_after(&start));
            let time = event.cluster_time().unwrap();
            assert_eq!(event.token().unwrap().cluster_time(), Some(time));
        }
        assert_eq!(all[0].transaction(), None);
        let transaction = all[2].transaction().unwrap();
        let id = session.id().get("id");
        let id = id.and_then(|id| match id {
            mongodb::bson::Bson::Binary(id) => Some(id.bytes.clone()),
            _ => None,
        });
        assert_eq!(id.as_deref(), Some(&transaction.session[..]));
        assert!(transaction.number > 0);

        // Behind each of them is where the next begins.
        let (hub, spec) = (Hub::new(&client), on_orders(&db));
        let mut again = hub.open(&spec, all[0].token()).await.unwrap().feed;
        let rest = events(&mut again, 2).await;
        assert_eq!(operations(&rest), ["update", "delete"]);
    });
}

#[test]
fn an_idle_stream_gets_newer_places_and_nothing_else() {
    with_client(async |client| {
        let db = database("source_idle");
        let opened = Hub::new(&client).open(&on_orders(&db), None).await.unwrap();
        let mut feed = opened.feed;
        let other = client.database(&db).collection::<Document>("other");
        other.insert_one(doc! { "_id": 1 }).await.unwrap();
        let start = opened.start.unwrap();
        loop {
            let (all, token) = quiet(&mut feed).await;
            assert!(all.is_empty());
            assert!(token >= start);
            if token.is_after(&start) {
                break;
            }
        }
    });
}

#[test]
fn a_stream_begins_at_a_time_or_behind_a_token() {
    with_client(async |client| {
        let db = database("source_start");
        let orders = orders(&client, &db);
        let mut before = Hub::new(&client)
            .open(&on_orders(&db), None)
            .await
            .unwrap()
            .feed;
        for n in 0..4 {
            orders.insert_one(doc! { "_id": n }).await.unwrap();
        }
        let all = events(&mut before, 4).await;
        let mut spec = on_orders(&db);
        spec.start_at = StartAt::Time(all[1].cluster_time().unwrap());
        let opened = Hub::new(&client).open(&spec, None).await.unwrap();
        let start = opened.start.clone().unwrap();
        assert!(all[1].token().unwrap().is_after(&start));
        let mut feed = opened.feed;
        assert_eq!(
            events(&mut feed, 3).await[0].token_hex(),
            all[1].token_hex()
        );
        // The place that it says it began at is in front of the first event.
        let mut again = Hub::new(&client)
            .open(&spec, Some(start))
            .await
            .unwrap()
            .feed;
        assert_eq!(
            events(&mut again, 3).await[0].token_hex(),
            all[1].token_hex()
        );
        spec.start_at = StartAt::After(all[2].token().unwrap().to_bson());
        let mut feed = Hub::new(&client).open(&spec, None).await.unwrap().feed;
        assert_eq!(
            events(&mut feed, 1).await[0].token_hex(),
            all[3].token_hex()
        );
    });
}

#[test]
fn what_nobody_looks_at_is_not_sent() {
    with_client(async |client| {
        let db = database("source_needs");
        let mut spec = on_orders(&db);
        spec.full_document = FullDocument::UpdateLookup;
        spec.needs.full_document = false;
        spec.needs.update_description = false;
        spec.needs.operations = Some(vec!["insert".into(), "update".into()]);
        spec.pipeline = vec![doc! { "$match": { "fullDocument.n": { "$gt": 1 } } }];
        let mut feed = Hub::new(&client).open(&spec, None).await.unwrap().feed;
        let orders = orders(&client, &db);
        orders.insert_one(doc! { "_id": 1, "n": 1 }).await.unwrap();
        orders.insert_one(doc! { "_id": 2, "n": 2 }).await.unwrap();
        let change = doc! { "$inc": { "n": 1 } };
        orders.update_many(doc! {}, change).await.unwrap();
        let all = events(&mut feed, 3).await;
        assert_eq!(operations(&all), ["insert", "update", "update"]);
        orders.delete_many(doc! {}).await.unwrap();
        for event in &all {
            let event = Document::try_from(event.raw()).unwrap();
            assert!(!event.contains_key("fullDocument"), "{event}");
            assert!(!event.contains_key("updateDescription"), "{event}");
            for field in ["_id", "clusterTime", "ns", "documentKey", "operationType"] {
                assert!(event.contains_key(field), "{field}: {event}");
            }
        }
        assert!(quiet(&mut feed).await.0.is_empty());
    });
}

#[test]
fn a_drop_and_a_rename_of_what_is_watched_are_survived() {
    with_client(async |client| {
        let db = database("source_drop");
        let mut feed = Hub::new(&client)
            .open(&on_orders(&db), None)
            .await
            .unwrap()
            .feed;
        let orders = orders(&client, &db);
        orders.insert_one(doc! { "_id": 1 }).await.unwrap();
        orders.drop().await.unwrap();
        orders.insert_one(doc! { "_id": 2 }).await.unwrap();
        let all = events(&mut feed, 4).await;
        assert_eq!(operations(&all), ["insert", "drop", "invalidate", "insert"]);
        let rename = doc! { "renameCollection": format!("{db}.orders"), "to": format!("{db}.old") };
        client.database("admin").run_command(rename).await.unwrap();
        orders.insert_one(doc! { "_id": 3 }).await.unwrap();
        let all = events(&mut feed, 3).await;
        assert_eq!(operations(&all), ["rename", "invalidate", "insert"]);
    });
}

#[test]
fn the_end_of_the_cursor_is_survived_though_no_handler_asks_for_it() {
    with_client(async |client| {
        let db = database("source_filtered_drop");
        let mut spec = on_orders(&db);
        spec.needs.operations = Some(vec!["insert".into()]);
        // Not even the stream's own stages let the end through.
        spec.pipeline = vec![doc! { "$match": { "operationType": "insert" } }];
        let mut feed = Hub::new(&client).open(&spec, None).await.unwrap().feed;
        let orders = orders(&client, &db);
        orders.insert_one(doc! { "_id": 1 }).await.unwrap();
        orders.drop().await.unwrap();
        orders.insert_one(doc! { "_id": 2 }).await.unwrap();
        let all = events(&mut feed, 2).await;
        assert_eq!(operations(&all), ["insert", "insert"]);
    });
}

#[test]
fn a_database_stream_survives_the_drop_of_its_database() {
    with_client(async |client| {
        let db = database("source_drop_db");
        let spec = spec_of(&db, vec![Namespace::Database(db.clone())]);
        let mut feed = Hub::new(&client).open(&spec, None).await.unwrap().feed;
        let orders = orders(&client, &db);
        orders.insert_one(doc! { "_id": 1 }).await.unwrap();
        client.database(&db).drop().await.unwrap();
        orders.insert_one(doc! { "_id": 2 }).await.unwrap();
        let all = events(&mut feed, 5).await;
        let expected = ["insert", "drop", "dropDatabase", "invalidate", "insert"];
        assert_eq!(operations(&all), expected);
    });
}

#[test]
fn several_namespaces_are_one_stream_in_the_order_of_the_cluster() {
    with_client(async |client| {
        let (a, b) = (database("source_several_a"), database("source_several_b"));
        let one = spec_of(&a, vec![coll(&a, "orders"), coll(&a, "items")]);
        let two = vec![coll(&a, "orders"), Namespace::Database(b.clone())];
        let hub = Hub::new(&client);
        let mut one = hub.open(&one, None).await.unwrap().feed;
        let mut two = hub.open(&spec_of(&b, two), None).await.unwrap().feed;
        let write = async |db: &str, name: &str, id: i32| {
            let into = client.database(db).collection::<Document>(name);
            into.insert_one(doc! { "_id": id }).await.unwrap();
        };
        write(&a, "orders", 1).await;
        write(&a, "other", 2).await;
        write(&a, "items", 3).await;
        write(&b, "any", 4).await;
        write(&b, RESUME_TOKENS, 5).await;
        write(&a, "orders", 6).await;
        client
            .database(&a)
            .collection::<Document>("items")
            .drop()
            .await
            .unwrap();
        write(&a, "items", 7).await;
        let ids = |events: &[Event]| -> Vec<i32> {
            let key = |e: &Event| Document::from_reader(e.key()?).ok()?.get_i32("_id").ok();
            events.iter().filter_map(key).collect()
        };
        let seen = events(&mut one, 5).await;
        assert_eq!(ids(&seen), [1, 3, 6, 7]);
        assert_eq!(seen[3].operation(), "drop");
        assert_eq!(ids(&events(&mut two, 3).await), [1, 4, 6]);
    });
}

#[test]
fn the_books_of_streams_are_left_out() {
    with_client(async |client| {
        let db = database("source_books");
        let hub = Hub::new(&client);
        let all = spec_of(&db, vec![Namespace::Cluster]);
        let mut all = hub.open(&all, None).await.unwrap().feed;
        let whole = spec_of(&db, vec![Namespace::Database(db.clone())]);
        let mut whole = hub.open(&whole, None).await.unwrap().feed;
        let tokens = client.database(&db).collection::<Document>(RESUME_TOKENS);
        tokens.insert_one(doc! { "_id": 1 }).await.unwrap();
        collection(&client, "lanes")
            .insert_one(doc! { "x": 1 })
            .await
            .unwrap();
        orders(&client, &db)
            .insert_one(doc! { "_id": 1 })
            .await
            .unwrap();
        let ours = |event: &Event| {
            let ns = event.raw().get_document("ns").unwrap();
            let name = (
                ns.get_str("db").unwrap(),
                ns.get_str("coll").unwrap_or_default(),
            );
            assert!(name.0 != DATABASE && name.1 != RESUME_TOKENS, "{name:?}");
            name == (db.as_str(), "orders")
        };
        assert!(ours(&events(&mut whole, 1).await[0]));
        // Other tests write, too.
        loop {
            if let Some(Item::Events(events)) = all.next().await
                && events.iter().any(&ours)
            {
                break;
            }
        }
        for own in [
            coll(&db, RESUME_TOKENS),
            Namespace::Database(DATABASE.into()),
        ] {
            let refused = hub.open(&spec_of(&db, vec![own]), None).await;
            assert!(matches!(refused, Err(OpenError::Spec(_))));
        }
    });
}

/// A token of an event that there never was, at the time of one that there was, of the document with `id`: an ObjectId,
/// whose twelve bytes stand in front of the two that close the token.
fn forged(token: &Token, id: ObjectId) -> Token {
    let hex = token.hex().to_string();
    let (kept, end) = (hex.len() - 28, hex.len() - 4);
    let id = id.to_hex().to_uppercase();
    let forged = format!("{}{id}{}", &hex[..kept], &hex[end..]);
    Token::from_bson(&doc! { "_data": forged }.into()).unwrap()
}

/// An ObjectId that is before each that is made today.
const EARLIEST: ObjectId = ObjectId::from_bytes([0; 12]);
/// An ObjectId that is behind all others.
const LATEST: ObjectId = ObjectId::from_bytes([0xff; 12]);

/// The place of an event of `orders` that there was, but for the event's `_id`, for which `id` stands. A server misses it
/// at once where `id` is the earlier of the two, and otherwise when it meets a later event.
async fn with_lost_place(client: &Client, db: &str, id: ObjectId) -> Token {
    let mut feed = Hub::new(client)
        .open(&on_orders(db), None)
        .await
        .unwrap()
        .feed;
    orders(client, db)
        .insert_one(doc! { "_id": ObjectId::new() })
        .await
        .unwrap();
    forged(&events(&mut feed, 1).await[0].token().unwrap(), id)
}

async fn gaps(client: &Client, db: &str) -> Vec<Document> {
    rhaiver::stream::gap::list(client, Some(db)).await.unwrap()
}

#[test]
fn lost_history_is_recorded_and_ends_the_stream() {
    with_client(async |client| {
        let db = database("source_lost");
        let lost = with_lost_place(&client, &db, EARLIEST).await;
        let opened = Hub::new(&client)
            .open(&on_orders(&db), Some(lost.clone()))
            .await;
        let gap = match opened {
            Err(OpenError::Lost(gap)) => gap,
            other => panic!("{other:?}"),
        };
        assert_eq!(gap.from.as_ref(), Some(&lost));
        let recorded = gaps(&client, &db).await;
        assert_eq!(recorded.len(), 1);
        assert_eq!(recorded[0].get_str("action").unwrap(), "stop");
        let from = recorded[0].get_document("from").unwrap();
        assert_eq!(from.get("token"), Some(&lost.to_bson()));
        assert_eq!(from.get_timestamp("clusterTime").ok(), lost.cluster_time());
        let to = recorded[0].get_document("to").unwrap();
        assert!(to.get_timestamp("clusterTime").is_ok(), "{to}");
        let reason = recorded[0].get_document("reason").unwrap();
        assert!(reason.get_i32("code").is_ok(), "{reason}");
        assert!(collection(&client, GAPS).name() == GAPS);
    });
}

#[test]
fn history_that_is_found_lost_later_is_recorded_too() {
    with_client(async |client| {
        let db = database("source_lost_later");
        let lost = with_lost_place(&client, &db, LATEST).await;
        let mut feed = Hub::new(&client)
            .open(&on_orders(&db), Some(lost.clone()))
            .await
            .unwrap()
            .feed;
        orders(&client, &db)
            .insert_one(doc! { "_id": 2 })
            .await
            .unwrap();
        let gap = loop {
            match feed.next().await.expect("the gap comes before the end") {
                Item::Lost(gap) => break gap,
                Item::Events(events) => panic!("{events:?}"),
                _ => {}
            }
        };
        assert_eq!(gap.action.as_str(), "stop");
        assert!(gap.from.is_some());
        assert!(feed.next().await.is_none());
        assert_eq!(gaps(&client, &db).await.len(), 1);
    });
}

#[test]
fn lost_history_is_recorded_and_the_stream_goes_on_where_it_is_asked_to() {
    with_client(async |client| {
        let db = database("source_restart");
        let lost = with_lost_place(&client, &db, EARLIEST).await;
        let mut spec = on_orders(&db);
        spec.on_lost_history = OnLostHistory::RestartNow;
        let opened = Hub::new(&client)
            .open(&spec, Some(lost.clone()))
            .await
            .unwrap();
        let gap = opened.gap.unwrap();
        assert_eq!(gap.action.as_str(), "restart-now");
        assert!(opened.start.unwrap().is_after(&lost));
        orders(&client, &db)
            .insert_one(doc! { "_id": 2 })
            .await
            .unwrap();
        let mut feed = opened.feed;
        assert_eq!(events(&mut feed, 1).await.len(), 1);

        let time = lost.cluster_time().unwrap();
        spec.on_lost_history = OnLostHistory::RestartAt(time);
        let opened = Hub::new(&client)
            .open(&spec, Some(lost.clone()))
            .await
            .unwrap();
        assert_eq!(opened.gap.unwrap().to_time, Some(time));
        let mut feed = opened.feed;
        assert_eq!(events(&mut feed, 2).await[0].cluster_time(), Some(time));
        let recorded = gaps(&client, &db).await;
        let actions: Vec<_> = recorded
            .iter()
            .map(|g| g.get_str("action").unwrap())
            .collect();
        assert_eq!(actions, ["restart-at", "restart-now"]);
    });
}

#[test]
fn a_pipeline_that_fails_ends_the_stream_and_is_no_loss() {
    with_client(async |client| {
        let db = database("source_pipeline");
        let mut spec = on_orders(&db);
        let half = doc! { "$divide": [ 1, "$fullDocument.n" ] };
        spec.pipeline = vec![doc! { "$addFields": { "half": half } }];
        let mut feed = Hub::new(&client).open(&spec, None).await.unwrap().feed;
        orders(&client, &db)
            .insert_one(doc! { "n": 0 })
            .await
            .unwrap();
        loop {
            match feed.next().await.unwrap() {
                Item::Failed(error) => {
                    assert_eq!(error.code, Some(2), "{error:?}");
                    break;
                }
                Item::Idle(_) => {}
                other => panic!("{other:?}"),
            }
        }
        assert!(feed.next().await.is_none());
        spec.pipeline = vec![doc! { "$replaceWith": { "a": 1 } }];
        let mut feed = Hub::new(&client).open(&spec, None).await.unwrap().feed;
        orders(&client, &db)
            .insert_one(doc! { "n": 0 })
            .await
            .unwrap();
        while !matches!(feed.next().await.unwrap(), Item::Failed(_)) {}
        assert!(gaps(&client, &db).await.is_empty());
    });
}

#[test]
fn streams_that_ask_the_same_come_to_share_a_cursor_and_miss_nothing() {
    with_client(async |client| {
        let db = database("source_shared");
        let hub = Hub::new(&client);
        let orders = orders(&client, &db);
        orders.insert_one(doc! { "_id": -1 }).await.unwrap();
        let end = doc! { "_id": i32::MAX };
        let mut reading = Vec::new();
        for _ in 0..3 {
            let mut feed = hub.open(&on_orders(&db), None).await.unwrap().feed;
            reading.push(tokio::spawn(async move {
                let mut seen = Vec::new();
                while seen.last() != Some(&i32::MAX) {
                    let Some(Item::Events(events)) = feed.next().await else {
                        continue;
                    };
                    for event in events {
                        let key = Document::from_reader(event.key().unwrap()).unwrap();
                        seen.push(key.get_i32("_id").unwrap());
                    }
                }
                (seen, feed)
            }));
        }
        // They are written to while they find each other, and afterwards.
        let mut writes = 0..;
        while hub.cursors() > 1 {
            let id = writes.next().unwrap();
            orders.insert_one(doc! { "_id": id }).await.unwrap();
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        for id in writes.by_ref().take(100) {
            orders.insert_one(doc! { "_id": id }).await.unwrap();
        }
        orders.insert_one(end).await.unwrap();
        let count = writes.next().unwrap();
        let mut feeds = Vec::new();
        for reading in reading {
            let (seen, feed) = reading.await.unwrap();
            assert!(
                seen.iter().copied().eq((0..count).chain([i32::MAX])),
                "{seen:?}"
            );
            feeds.push(feed);
        }
        assert_eq!(hub.cursors(), 1);
        drop(feeds);
        while hub.cursors() > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
}

#[test]
fn a_stream_that_is_too_slow_does_not_hold_up_others_and_loses_nothing() {
    with_client(async |client| {
        let db = database("source_slow");
        let hub = Hub::new(&client);
        let mut fast = hub.open(&on_orders(&db), None).await.unwrap().feed;
        let mut slow = hub.open(&on_orders(&db), None).await.unwrap().feed;
        while hub.cursors() > 1 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let orders = orders(&client, &db);
        let large = "x".repeat(1 << 20);
        let count = 60;
        let writer = tokio::spawn(async move {
            for n in 0..count {
                orders
                    .insert_one(doc! { "_id": n, "large": &large })
                    .await
                    .unwrap();
            }
        });
        drain(&mut fast, 60).await;
        writer.await.unwrap();
        assert_eq!(hub.cursors(), 2);
        // What waits for the slow one is bounded.
        let mut waiting = 0;
        let mut held = Vec::new();
        while let Some(item) = slow.try_next() {
            if let Item::Events(events) = item {
                waiting += events.iter().map(Event::len).sum::<usize>();
                held.extend(events);
            }
        }
        assert!(waiting <= 32 << 20, "{waiting}");
        let first = held.len();
        assert!(first < 60);
        drop(held);
        drain(&mut slow, 60 - first).await;
    });
}

#[test]
fn what_is_asked_of_the_server_can_be_shown() {
    with_client(async |client| {
        let mut spec = on_orders("shop");
        spec.needs.full_document = false;
        spec.start_at = StartAt::Time(Timestamp {
            time: 1,
            increment: 2,
        });
        let shown = Hub::new(&client).explain(&spec).await.unwrap();
        assert_eq!(shown.get_str("database").unwrap(), "shop");
        let command = shown.get_document("command").unwrap();
        assert_eq!(command.get_str("aggregate").unwrap(), "orders");
        let pipeline = command.get_array("pipeline").unwrap();
        let time = doc! { "startAtOperationTime": Timestamp { time: 1, increment: 2 } };
        assert_eq!(pipeline[0], doc! { "$changeStream": time }.into());
        assert!(pipeline.contains(&doc! { "$project": { "fullDocument": 0 } }.into()));
    });
}
