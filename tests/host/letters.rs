//! Events that cannot be handled: dead letters, blocked documents, streams that stop.

use mongodb::bson::{Document, doc};
use mongodb::{Collection, Database};

use super::command;
use super::support::{Attached, Shop, wait};

/// How many orders the poison is among. Debug builds take their time for each.
const ORDERS: i32 = 10_000;

/// Notes each event of an order; what `poisoned` holds for is thrown at.
fn noting(poisoned: &str) -> String {
    format!(
        "fn onChange(change) {{\n\
             let order = change.documentKey._id;\n\
             if {poisoned} {{ throw `poison ${{order}}`; }}\n\
             db.notes.insertOne(#{{ order: order, kind: change.operationType }});\n\
         }}"
    )
}

fn letters(shop: &Shop, state: &str) -> Vec<Document> {
    let mut letters = shop.kept("dead_letters");
    letters.retain(|letter| letter.get_str("state").unwrap() == state);
    letters
}

fn wait_for_letters(shop: &Shop, state: &str, count: usize) {
    wait(&format!("{count} {state} letters"), || {
        (letters(shop, state).len() == count).then_some(())
    });
}

/// The kinds of an order's events in the order in which they were noted.
fn kinds(shop: &Shop, order: i32) -> Vec<String> {
    let notes = shop.notes(doc! { "order": order });
    notes
        .iter()
        .map(|note| note.get_str("kind").unwrap().to_string())
        .collect()
}

fn delete(shop: &Shop, order: i32) {
    shop.with(async |db: Database| {
        let orders: Collection<Document> = db.collection("orders");
        orders.delete_one(doc! { "_id": order }).await.unwrap();
    });
}

/// Waits for the takeover of an edit.
fn mend(shop: &Shop, host: &Attached, options: &str) {
    let before = host.said().matches("took over").count();
    shop.write(options, &noting("false"));
    wait("the mended handler", || {
        (host.said().matches("took over").count() > before).then_some(())
    });
}

#[test]
fn a_poison_event_among_many_is_put_aside_and_delivered_again() {
    let shop = Shop::new("poison");
    shop.write("", &noting("order == 5000"));
    let host = shop.attach(&[]);
    shop.insert(1..=ORDERS);
    // Three events of the poisoned document, all put aside.
    shop.count_up(5000);
    delete(&shop, 5000);
    shop.wait_for_notes(ORDERS as usize - 1);
    wait_for_letters(&shop, "dead", 3);
    assert_eq!(shop.notes(doc! {}).len(), ORDERS as usize - 1);
    host.wait_for("poison 5000");

    let letter = &letters(&shop, "dead")[0];
    assert_eq!(letter.get_i32("attempts").unwrap(), 3);
    let error = letter.get_document("error").unwrap();
    assert!(error.get_str("message").unwrap().contains("poison 5000"));
    assert!(error.get_str("at").unwrap().contains("handler.rhai:4"));
    let event = letter.get_document("event").unwrap();
    assert_eq!(
        event.get_document("documentKey").unwrap(),
        &doc! { "_id": 5000 }
    );

    let listed = command(&["dead-letters", "list", "--stream", shop.id()]).ok();
    assert_eq!(listed.lines().count(), 3, "{listed}");
    assert!(listed.contains("poison 5000"), "{listed}");
    let json = command(&["dead-letters", "list", "--stream", shop.id(), "--json"]).ok();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json.as_array().unwrap().len(), 3);
    let id = json[0]["_id"]["$oid"].as_str().unwrap().to_string();
    let shown = command(&["dead-letters", "show", &id]).ok();
    assert!(shown.contains("operationType: 'insert'"), "{shown}");

    // Not mended, it fails again.
    let asked = command(&["dead-letters", "redeliver", &id]).ok();
    assert_eq!(asked, "1 dead letter to be delivered again\n");
    wait("another try", || {
        let letter = letters(&shop, "dead");
        let tries = letter.iter().map(|l| l.get_i32("attempts").unwrap());
        (letter.len() == 3 && tries.max() > Some(3)).then_some(())
    });

    mend(&shop, &host, "");
    let asked = command(&["dead-letters", "redeliver", "--stream", shop.id()]).ok();
    assert_eq!(asked, "3 dead letters to be delivered again\n");
    wait("the letters to be gone", || {
        shop.kept("dead_letters").is_empty().then_some(())
    });
    assert_eq!(kinds(&shop, 5000), ["insert", "update", "delete"]);
    assert_eq!(shop.notes(doc! {}).len(), ORDERS as usize + 2);
    assert_eq!(host.stop(), Some(0));
}

#[test]
fn letters_that_nobody_wants_are_discarded() {
    let shop = Shop::new("discarded");
    shop.write(", retry: 1", &noting("order < 4"));
    let host = shop.attach(&[]);
    shop.insert(1..=5);
    wait_for_letters(&shop, "dead", 3);
    let filter = "{ \"key._id\": { \"$gte\": 2 } }";
    let stream = shop.id();
    let discarded = command(&[
        "dead-letters",
        "discard",
        "--stream",
        stream,
        "--filter",
        filter,
    ]);
    assert_eq!(discarded.ok(), "2 dead letters discarded\n");
    assert_eq!(letters(&shop, "dead").len(), 1);
    let nothing = command(&["dead-letters", "discard"]);
    assert_eq!(nothing.code, 2, "{nothing:?}");
    let unknown = command(&["dead-letters", "show", "0123456789abcdef01234567"]);
    assert_eq!(unknown.code, 1, "{unknown:?}");
    assert_eq!(host.stop(), Some(0));
    let rest = command(&["dead-letters", "redeliver", "--stream", stream]);
    assert!(rest.stderr.contains("nobody runs the stream"), "{rest:?}");
    // They are delivered once somebody runs it again.
    shop.write("", &noting("false"));
    let host = shop.attach(&[]);
    wait("the letter to be gone", || {
        shop.kept("dead_letters").is_empty().then_some(())
    });
    assert_eq!(kinds(&shop, 1), ["insert"]);
    assert_eq!(host.stop(), Some(0));
}

#[test]
fn a_blocked_document_waits_and_others_go_on() {
    let shop = Shop::new("blocked");
    let options = ", onFailure: \"block-key\", retry: 1";
    shop.write(options, &noting("order == 2"));
    let host = shop.attach(&[]);
    shop.insert(1..=3);
    shop.count_up(2);
    shop.count_up(3);
    delete(&shop, 2);
    shop.wait_for_notes(3);
    wait_for_letters(&shop, "blocked", 3);
    assert!(kinds(&shop, 2).is_empty());
    assert_eq!(kinds(&shop, 3), ["insert", "update"]);
    let blocked = letters(&shop, "blocked")[0].get_object_id("_id").unwrap();
    let asked = command(&["dead-letters", "redeliver", &blocked.to_hex()]);
    assert!(asked.stderr.contains("tried again by itself"), "{asked:?}");

    mend(&shop, &host, options);
    wait("the document to go on", || {
        (kinds(&shop, 2).len() == 3).then_some(())
    });
    assert_eq!(kinds(&shop, 2), ["insert", "update", "delete"]);
    wait("the letters to be gone", || {
        shop.kept("dead_letters").is_empty().then_some(())
    });
    assert_eq!(host.stop(), Some(0));
}

#[test]
fn a_stream_stops_in_front_of_what_it_cannot_handle() {
    let shop = Shop::new("stopped");
    shop.write(", retry: 2", &noting("order == 3"));
    let mut host = shop.attach(&["--stop-on-error"]);
    shop.insert(1..=5);
    assert_eq!(host.wait_until_ended(), 1);
    assert!(host.said().contains("poison 3"), "{}", host.said());
    assert_eq!(shop.notes(doc! {}).len(), 2);
    assert!(shop.kept("dead_letters").is_empty());
    assert_eq!(shop.stream().get_str("state").unwrap(), "failed");
    shop.write("", &noting("false"));
    let host = shop.attach(&[]);
    shop.wait_for_notes(5);
    assert_eq!(host.stop(), Some(0));
    assert_eq!(shop.notes(doc! {}).len(), 5);
}
