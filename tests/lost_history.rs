//! Streams whose history is gone, and collections that vanish under them: what is lost is told, and recorded.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use mongodb::bson::{Bson, DateTime, Document, doc};
use mongodb::{Client, Collection};
use support::{Attached, Shop, shared, wait};

const NOTE: &str =
    "fn onInsert(change) { db.notes.insertOne(#{ order: change.documentKey._id }); }";
/// The place of an event of which no server knows anything, in the year 2020.
const LONG_AGO: &str =
    "825E0BE1000000000B2B022C0100296E5A1004670E765D9C57462DAC099CF767680842461E5F6964002B020004";

/// The tests share a server; the one that makes it fail what streams ask has it for itself.
static SERVER: RwLock<()> = RwLock::new(());

fn with_others() -> RwLockReadGuard<'static, ()> {
    SERVER.read().unwrap_or_else(PoisonError::into_inner)
}

fn alone() -> RwLockWriteGuard<'static, ()> {
    SERVER.write().unwrap_or_else(PoisonError::into_inner)
}

/// The stream handled an order and ended; its place is then set to an event of which no server has
/// the history.
fn with_a_place_long_ago(name: &str) -> Shop {
    let shop = Shop::new(name);
    shop.write(", lanes: 2", NOTE);
    let attached = shop.attach(&[]);
    shop.insert([1]);
    shop.wait_for_notes(1);
    assert_eq!(attached.stop(), Some(0));
    shop.insert([2]);
    for (database, collection, filter) in [
        ("rhaiver", "lanes", doc! { "_id.stream": shop.id() }),
        ("rhaiver", "streams", doc! { "_id": shop.id() }),
        (shop.id(), "resume_tokens", doc! { "_id": shop.id() }),
    ] {
        let found = support::find(database, collection, filter);
        assert!(
            !found.is_empty(),
            "{database}.{collection} knows nothing of the stream"
        );
        for document in found {
            let update = doc! { "$set": { "token._data": LONG_AGO } };
            let id = document.get("_id").unwrap();
            shared().with_client(async |client: Client| {
                let of: Collection<Document> = client.database(database).collection(collection);
                of.update_one(doc! { "_id": id }, update).await.unwrap();
            });
        }
    }
    shop
}

/// The one gap of the stream, as it must be.
fn gap(shop: &Shop, action: &str) -> Document {
    let gaps = shop.kept("gaps");
    let [gap] = &gaps[..] else {
        panic!("one gap was expected: {gaps:#?}");
    };
    assert_eq!(gap.get_str("action").unwrap(), action, "{gap}");
    let reason = gap.get_document("reason").unwrap();
    assert!(
        matches!(reason.get("code"), Some(Bson::Int32(280 | 286))),
        "{gap}"
    );
    assert!(!reason.get_str("message").unwrap().is_empty(), "{gap}");
    let from = gap.get_document("from").unwrap();
    assert!(
        from.get_document("token").unwrap().contains_key("_data"),
        "{gap}"
    );
    let (from, to) = (from.get_timestamp("clusterTime"), gap.get_document("to"));
    assert!(
        from.unwrap() < to.unwrap().get_timestamp("clusterTime").unwrap(),
        "{gap}"
    );
    assert!(gap.get_datetime("at").is_ok(), "{gap}");
    gap.clone()
}

#[test]
fn a_stream_whose_history_is_gone_stops_and_says_so() {
    let _server = with_others();
    let shop = with_a_place_long_ago("gone");
    let mut attached = shop.launch(&[]);
    assert_eq!(attached.wait_until_ended(), 1);
    let said = attached.said();
    for text in ["lost", "rhaiver.gaps", "onLostHistory", "restart-now"] {
        assert!(said.contains(text), "{text:?} is missing in\n{said}");
    }
    gap(&shop, "stop");
    assert_eq!(shop.stream().get_str("state").unwrap(), "failed");
    assert_eq!(
        shop.notes(doc! {}).len(),
        1,
        "nothing is handled behind a gap"
    );

    // The person decides.
    shop.write(", lanes: 2, onLostHistory: \"restart-now\"", NOTE);
    let attached = shop.attach(&[]);
    shop.insert([3]);
    shop.wait_for_notes(2);
    assert_eq!(attached.stop(), Some(0));
    assert_eq!(orders(&shop), [1, 3]);
}

#[test]
fn a_stream_goes_on_with_now_where_it_may() {
    let _server = with_others();
    let shop = with_a_place_long_ago("now");
    shop.write(", lanes: 2, onLostHistory: \"restart-now\"", NOTE);
    let attached = shop.attach(&[]);
    attached.wait_for("lost");
    gap(&shop, "restart-now");
    shop.insert([3]);
    shop.wait_for_notes(2);
    assert_eq!(attached.stop(), Some(0));
    assert_eq!(orders(&shop), [1, 3]);

    // Its place is good again: no other gap, and what happens meanwhile is found.
    shop.insert([4]);
    let attached = shop.attach(&[]);
    shop.wait_for_notes(3);
    assert_eq!(attached.stop(), Some(0));
    gap(&shop, "restart-now");
}

#[test]
fn a_stream_goes_on_at_a_time_where_it_may() {
    let _server = with_others();
    let shop = with_a_place_long_ago("time");
    // Behind the first order, and in front of the second.
    let at = shop.with(async |db: mongodb::Database| {
        let reply = db.run_command(doc! { "ping": 1 }).await.unwrap();
        reply.get_timestamp("operationTime").unwrap()
    });
    shop.insert([3]);
    let option = format!(
        ", onLostHistory: #{{ restartAt: Timestamp({}, {}) }}",
        at.time,
        at.increment + 1
    );
    shop.write(&option, NOTE);
    let attached = shop.attach(&[]);
    shop.wait_for_notes(2);
    let gap = gap(&shop, "restart-at");
    let to = gap
        .get_document("to")
        .unwrap()
        .get_timestamp("clusterTime")
        .unwrap();
    assert_eq!((to.time, to.increment), (at.time, at.increment + 1));
    shop.insert([4]);
    shop.wait_for_notes(3);
    assert_eq!(attached.stop(), Some(0));
    assert_eq!(orders(&shop), [1, 3, 4]);
}

/// The orders that were noted. Several processes did: their notes' ids are in no order.
fn orders(shop: &Shop) -> Vec<i32> {
    let notes = shop.notes(doc! {});
    let mut orders: Vec<i32> = notes
        .iter()
        .map(|note| note.get_i32("order").unwrap())
        .collect();
    orders.sort_unstable();
    orders
}

/// Each of the codes that say so, from a server that gives them while a stream runs.
#[test]
fn every_code_of_lost_history_is_one() {
    const CODES: [i32; 4] = [280, 286, 260, 50_811];
    let _server = alone();
    let shop = Shop::new("codes");
    shop.write("", NOTE);
    for (n, code) in (1..).zip(CODES) {
        let mut attached = shop.attach(&[]);
        shop.insert([n]);
        shop.wait_for_notes(usize::try_from(n).unwrap());
        fail_streams(Some(code));
        let ended = attached.wait_until_ended();
        fail_streams(None);
        assert_eq!(ended, 1, "{code}: {}", attached.said());
        let gaps = shop.kept("gaps");
        let codes: Vec<i32> = gaps.iter().map(code_of).collect();
        assert_eq!(codes, CODES[..usize::try_from(n).unwrap()]);
    }
    // The history is there in truth: nothing is lost after all.
    let attached: Attached = shop.attach(&[]);
    shop.insert([5]);
    shop.wait_for_notes(5);
    assert_eq!(attached.stop(), Some(0));
    assert_eq!(orders(&shop), [1, 2, 3, 4, 5]);
}

fn code_of(gap: &Document) -> i32 {
    gap.get_document("reason").unwrap().get_i32("code").unwrap()
}

/// Makes the server fail what change streams ask, as one whose history is gone does.
fn fail_streams(code: Option<i32>) {
    let mut command = doc! { "configureFailPoint": "failCommand" };
    match code {
        None => command.insert("mode", "off"),
        Some(code) => {
            command.insert("mode", "alwaysOn");
            let labels = ["NonResumableChangeStreamError"].map(Bson::from).to_vec();
            let data = doc! { "failCommands": ["aggregate", "getMore"], "errorCode": code, "errorLabels": labels };
            command.insert("data", data)
        }
    };
    shared().with_client(async |client: Client| {
        client.database("admin").run_command(command).await.unwrap();
    });
}

/// Dropped, made anew, renamed away and made anew: the stream goes on with what the name means next.
#[test]
fn a_stream_survives_the_collections_that_it_watches() {
    const ALL: &str = "fn onChange(change) { db.notes.insertOne(#{ kind: change.operationType, order: change.documentKey?._id, at: new Date() }); }";
    let _server = with_others();
    let shop = Shop::new("vanish");
    shop.write(", lanes: 3", ALL);
    let attached = shop.attach(&[]);
    let name = shop.id().to_string();
    shop.insert([1, 2, 3]);
    shop.with(async |db: mongodb::Database| {
        db.collection::<Document>("orders").drop().await.unwrap();
    });
    wait_for_kind(&shop, "invalidate", 1);
    shop.insert([4, 5, 6]);
    rename(&name);
    wait_for_kind(&shop, "invalidate", 2);
    shop.insert([7, 8]);
    shop.wait_for_notes(8 + 4);
    assert_eq!(attached.stop(), Some(0));
    let notes = shop.notes(doc! { "kind": "insert" });
    let mut inserted: Vec<i32> = notes.iter().map(|n| n.get_i32("order").unwrap()).collect();
    inserted.sort_unstable();
    assert_eq!(inserted, [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(shop.kept("gaps"), [], "nothing is lost");
    assert!(
        notes
            .iter()
            .all(|note| note.get_datetime("at").unwrap() > &DateTime::MIN)
    );

    // Also while nobody looks.
    rename(&name);
    shop.insert([9]);
    let attached = shop.attach(&[]);
    shop.wait_for_notes(8 + 4 + 3);
    assert_eq!(attached.stop(), Some(0));
    assert_eq!(shop.notes(doc! { "order": 9 }).len(), 1);
    assert_eq!(shop.kept("gaps"), [], "nothing is lost");
}

fn wait_for_kind(shop: &Shop, kind: &str, count: usize) {
    wait(&format!("{count} {kind}"), || {
        (shop.notes(doc! { "kind": kind }).len() >= count).then_some(())
    });
}

/// Renames the orders away, whatever there was of that name.
fn rename(database: &str) {
    let command = doc! {
        "renameCollection": format!("{database}.orders"),
        "to": format!("{database}.old"),
        "dropTarget": true,
    };
    shared().with_client(async |client: Client| {
        client.database("admin").run_command(command).await.unwrap();
    });
}
