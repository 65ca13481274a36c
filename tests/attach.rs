//! `rhaiver attach` on a real three-node replica set, with its process killed and its file edited.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::collections::HashMap;
use std::path::Path;

use mongodb::bson::{Document, doc};
use mongodb::{Client, Collection};
use support::{Attached, ReplicaSet, wait};

/// A handler that notes which version of itself and of its import handled an order.
fn write_handler(folder: &Path, version: usize) {
    let code = format!(
        "import \"stamp\" as stamp;\n\
         fn onChange(change) {{\n\
             if change.operationType == \"insert\" {{\n\
                 db.notifications.insertOne(#{{ orderId: change.fullDocument._id, version: {version}, stamp: stamp::number() }});\n\
             }}\n\
         }}\n"
    );
    std::fs::write(folder.join("handler.rhai"), code).unwrap();
}

fn write_stamp(folder: &Path, number: usize) {
    std::fs::write(
        folder.join("stamp.rhai"),
        format!("fn number() {{ {number} }}\n"),
    )
    .unwrap();
}

fn write_broken(folder: &Path) {
    std::fs::write(
        folder.join("handler.rhai"),
        "fn onChange(change) {\n    let x = ;\n}\n",
    )
    .unwrap();
}

async fn insert_orders(client: Client, count: i32) {
    let orders: Collection<Document> = client.database("shop").collection("orders");
    for start in (0..count).step_by(25) {
        let batch: Vec<Document> = (start..count.min(start + 25))
            .map(|n| doc! { "_id": n, "total": n })
            .collect();
        orders.insert_many(batch).await.unwrap();
    }
}

async fn notified(client: Client) -> u64 {
    let notifications: Collection<Document> = client.database("shop").collection("notifications");
    notifications.count_documents(doc! {}).await.unwrap()
}

/// How many notifications each order got, and which versions made them.
async fn tally(client: Client) -> (HashMap<i32, u32>, Vec<i32>) {
    let notifications: Collection<Document> = client.database("shop").collection("notifications");
    // In the order of their making: ids of two processes in one second have none.
    let mut cursor = notifications
        .find(doc! {})
        .sort(doc! { "$natural": 1 })
        .await
        .unwrap();
    let (mut orders, mut versions) = (HashMap::new(), Vec::new());
    while cursor.advance().await.unwrap() {
        let n = Document::try_from(cursor.current()).unwrap();
        *orders.entry(n.get_i32("orderId").unwrap()).or_default() += 1;
        let version = n.get_i32("version").unwrap();
        if versions.last() != Some(&version) {
            versions.push(version);
        }
    }
    (orders, versions)
}

/// Another client writes 10,000 orders while the handler's file is edited 20 times (five of the
/// edits do not compile, five are edits of its import) and the process is stopped and started five
/// times (three of them by `kill -9`).
#[test]
fn no_order_is_without_its_notification() {
    const ORDERS: i32 = 10_000;
    const EDITS: usize = 20;
    const STOPS: usize = 5;
    let set = ReplicaSet::start(3);
    let uri = set.uri();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_handler(folder, 0);
    write_stamp(folder, 0);
    let handler = folder.join("handler.rhai");
    let args = [
        handler.to_str().unwrap(),
        "--watch",
        "shop.orders",
        "--stream-id",
        "orders",
    ];
    let mut attached = Some(Attached::start(&uri, folder, &args));

    std::thread::scope(|scope| {
        let writer = scope.spawn(|| set.with_client(|client| insert_orders(client, ORDERS)));
        let steps = EDITS + STOPS;
        for step in 1..=steps {
            // Spread over the whole run, by what was handled and not by time.
            let share = ORDERS as u64 * step as u64 / (steps as u64 + 2);
            wait("progress", || {
                (set.with_client(notified) >= share).then_some(())
            });
            match step % 5 {
                0 => {
                    let running = attached.take().unwrap();
                    match step % 2 {
                        0 => assert_eq!(running.stop(), Some(0)),
                        _ => running.kill(),
                    }
                    attached = Some(Attached::start(&uri, folder, &args));
                }
                1 => write_stamp(folder, step),
                2 => write_broken(folder),
                _ => write_handler(folder, step),
            }
        }
        writer.join().unwrap();
    });
    wait("a notification for every order", || {
        (set.with_client(notified) >= ORDERS as u64).then_some(())
    });
    wait("a notification for every order", || {
        (set.with_client(tally).0.len() == ORDERS as usize).then_some(())
    });
    let (orders, versions) = set.with_client(tally);
    let twice = orders.values().filter(|n| **n > 1).count();
    println!(
        "{ORDERS} orders, {EDITS} edits, {STOPS} stops: {} notified, {twice} of them more than once; versions {versions:?}",
        orders.len()
    );
    assert!(
        (0..ORDERS).all(|n| orders.contains_key(&n)),
        "an order has no notification"
    );
    assert_eq!(twice, 0, "orders were notified more than once");
    assert!(
        versions.is_sorted(),
        "an older version came back: {versions:?}"
    );
    assert!(
        versions.len() > EDITS / 4,
        "edits were not taken up: {versions:?}"
    );
    assert_eq!(attached.unwrap().stop(), Some(0));
}

/// What happens while nobody is attached is handled after a restart, even where the stream never
/// saw an event before.
#[test]
fn events_of_the_time_between_are_found() {
    let set = support::shared();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let database = support::database("between");
    write_handler(folder, 1);
    write_stamp(folder, 1);
    let handler = folder.join("handler.rhai");
    let watch = format!("{database}.orders");
    let args = [handler.to_str().unwrap(), "--watch", &watch];
    Attached::start(&set.uri(), folder, &args).kill();
    set.with_client(async |client: Client| {
        let orders = client.database(&database).collection("orders");
        orders.insert_one(doc! { "_id": 1 }).await.unwrap();
    });
    let attached = Attached::start(&set.uri(), folder, &args);
    assert!(attached.said().contains("from its checkpoint"));
    wait("the notification", || {
        let found = set.with_client(async |client: Client| {
            let notifications: Collection<Document> =
                client.database(&database).collection("notifications");
            notifications.find_one(doc! { "orderId": 1 }).await.unwrap()
        });
        found.map(drop)
    });
    assert_eq!(attached.stop(), Some(0));
    let token = set.with_client(async |client: Client| {
        let tokens: Collection<Document> = client.database(&database).collection("resume_tokens");
        tokens
            .find_one(doc! { "_id": format!("handler:{watch}") })
            .await
            .unwrap()
            .unwrap()
    });
    let fields: Vec<&str> = token.keys().map(String::as_str).collect();
    assert_eq!(fields, ["_id", "token", "lastUpdated"]);
    assert!(token.get_document("token").unwrap().contains_key("_data"));
    assert!(token.get_datetime("lastUpdated").is_ok());
}

/// The lab's handler attaches as it is.
#[test]
fn the_labs_handler_attaches_as_it_is() {
    let set = support::shared();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let database = support::database("lab");
    let watch = format!("{database}.orders");
    let args = [
        "scripts/change_handler.rhai",
        "--watch",
        &watch,
        "--handler",
        "simulateChangeStreamHandler",
    ];
    let attached = Attached::start(&set.uri(), folder, &args);
    set.with_client(async |client: Client| {
        let orders: Collection<Document> = client.database(&database).collection("orders");
        orders
            .insert_one(doc! { "_id": "o1", "customerId": "cust1", "totalAmount": 5.5 })
            .await
            .unwrap();
        orders
            .update_one(doc! { "_id": "o1" }, doc! { "$set": { "status": "paid" } })
            .await
            .unwrap();
        orders.delete_one(doc! { "_id": "o1" }).await.unwrap();
    });
    let printed = wait("all three changes", || {
        let printed = std::fs::read_to_string(folder.join("stdout")).unwrap();
        printed.contains("Document deleted: o1").then_some(printed)
    });
    for line in [
        "New order created: o1",
        "Customer: cust1",
        "Total: $5.5",
        "Status changed to: paid",
    ] {
        assert!(printed.contains(line), "{line:?} is missing in\n{printed}");
    }
    assert_eq!(attached.stop(), Some(0));
}

/// A handler that fails on a document keeps its event, and handles it once it is mended.
#[test]
fn a_blocked_document_keeps_its_event_until_the_handler_is_mended() {
    let set = support::shared();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let database = support::database("mended");
    let handler = folder.join("handler.rhai");
    std::fs::write(&handler, "fn onChange(change) { throw \"not yet\"; }").unwrap();
    let watch = format!("{database}.orders");
    let args = [
        handler.to_str().unwrap(),
        "--watch",
        &watch,
        "--on-failure",
        "block-key",
    ];
    let attached = Attached::start(&set.uri(), folder, &args);
    set.with_client(async |client: Client| {
        let orders = client.database(&database).collection("orders");
        orders.insert_one(doc! { "_id": 7 }).await.unwrap();
    });
    attached.wait_for("not yet");
    attached.wait_for("the events of this document wait for an edit");
    std::fs::write(
        &handler,
        "fn onChange(change) { print(`order ${change.documentKey._id}`); }",
    )
    .unwrap();
    wait("the order", || {
        let printed = std::fs::read_to_string(folder.join("stdout")).unwrap();
        printed.contains("order 7").then_some(())
    });
    attached.wait_for("go on");
    assert_eq!(attached.stop(), Some(0));
}
