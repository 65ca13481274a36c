//! Events that no handler handles, among many that one does.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::time::Instant;

use mongodb::bson::{Document, doc};
use support::{Shop, rhaiver, run, shared, wait};

const ORDERS: i32 = 10_000;
/// Its events cannot be handled.
const POISON: i32 = 5_000;

/// Notes an order and its number; `refuse` is a condition under which it fails.
fn note(refuse: &str) -> String {
    format!(
        "fn onChange(change) {{
    let order = change.documentKey._id;
    let n = change.updateDescription?.updatedFields?.n ?? 0;
    if {refuse} {{
        throw `order ${{order}} is poison`;
    }}
    db.notes.insertOne(#{{ order: order, n: n }});
}}"
    )
}

fn poison() -> String {
    note(&format!("order == {POISON}"))
}

fn sane() -> String {
    note("false")
}

/// The numbers of the poisoned order, in the order of their handling.
fn handled(shop: &Shop) -> Vec<i32> {
    let notes = shop.notes(doc! { "order": POISON });
    notes
        .iter()
        .map(|note| note.get_i32("n").unwrap())
        .collect()
}

/// Ten thousand orders; then the poisoned one is counted up twice, beside a sane one.
fn write_all(shop: &Shop) {
    shop.insert(1..=ORDERS);
    for _ in 0..2 {
        shop.count_up(POISON);
        shop.count_up(POISON + 1);
    }
}

/// All but the poisoned order are noted, once.
fn others_are_done(shop: &Shop) {
    let others = usize::try_from(ORDERS - 1 + 2).unwrap();
    shop.wait_for_notes(others);
    let notes = shop.notes(doc! { "order": { "$ne": POISON } });
    let mut seen: Vec<(i32, i32)> = notes.iter().map(pair).collect();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!((seen.len(), notes.len()), (others, others), "each once");
}

fn pair(note: &Document) -> (i32, i32) {
    (note.get_i32("order").unwrap(), note.get_i32("n").unwrap())
}

#[test]
fn a_poisoned_document_becomes_dead_letters_and_is_redelivered_in_order() {
    let shop = Shop::new("dead");
    shop.write(
        ", lanes: 4, retry: #{ attempts: 2, first: \"10ms\" }",
        &poison(),
    );
    let attached = shop.attach(&[]);
    let start = Instant::now();
    write_all(&shop);
    others_are_done(&shop);
    let letters = wait("three dead letters", || {
        let letters = shop.kept("dead_letters");
        (letters.len() >= 3).then_some(letters)
    });
    println!(
        "{ORDERS} orders, {} dead letters in {:?}",
        letters.len(),
        start.elapsed()
    );
    assert_eq!(letters.len(), 3);
    let generation = shop.stream().get_str("generation").unwrap().to_string();
    for letter in &letters {
        complete(letter, &generation);
    }
    assert!(handled(&shop).is_empty());

    shop.write(
        ", lanes: 4, retry: #{ attempts: 2, first: \"10ms\" }",
        &sane(),
    );
    wait("the mended handler", || {
        let now = shop.stream();
        (now.get_str("generation").unwrap() != generation).then_some(())
    });
    redeliver(&shop);
    wait("the poisoned order", || {
        (handled(&shop).len() >= 3).then_some(())
    });
    assert_eq!(handled(&shop), [0, 1, 2]);
    wait("no dead letter", || {
        shop.kept("dead_letters").is_empty().then_some(())
    });
    assert_eq!(attached.stop(), Some(0));
    others_are_done(&shop);
}

/// Everything that a person wants to know.
fn complete(letter: &Document, generation: &str) {
    assert_eq!(letter.get_str("state").unwrap(), "dead", "{letter}");
    assert_eq!(
        letter.get_str("generation").unwrap(),
        generation,
        "{letter}"
    );
    assert_eq!(letter.get_i32("attempts").unwrap(), 2, "{letter}");
    let event = letter.get_document("event").unwrap();
    let key = event.get_document("documentKey").unwrap();
    assert_eq!(key.get_i32("_id").unwrap(), POISON, "{letter}");
    let error = letter.get_document("error").unwrap();
    assert!(
        error.get_str("message").unwrap().contains("is poison"),
        "{letter}"
    );
    assert!(
        error.get_str("at").unwrap().contains("handler.rhai:6:"),
        "{letter}"
    );
}

fn redeliver(shop: &Shop) {
    let mut command = rhaiver();
    command.args(["dead-letters", "redeliver", "--uri", &shared().uri()]);
    command.args(["--stream", shop.id()]);
    let said = run(command).ok();
    assert!(said.contains('3'), "{said}");
}

#[test]
fn a_blocked_document_waits_for_the_mended_handler_and_others_flow() {
    let shop = Shop::new("blocked");
    // Only its first event is poison: the later ones wait behind it.
    let first = note(&format!("order == {POISON} && n == 0"));
    let options = ", lanes: 4, onFailure: \"block-key\", retry: #{ attempts: 2, first: \"10ms\" }";
    shop.write(options, &first);
    let attached = shop.attach(&[]);
    write_all(&shop);
    others_are_done(&shop);
    wait("three kept events", || {
        (shop.kept("dead_letters").len() >= 3).then_some(())
    });
    let blocked = shop.kept("dead_letters");
    let states: Vec<&str> = blocked
        .iter()
        .map(|l| l.get_str("state").unwrap())
        .collect();
    assert_eq!(states, ["blocked"; 3]);
    assert!(handled(&shop).is_empty());

    // It stays blocked over a kill.
    attached.kill();
    let attached = shop.attach(&[]);
    shop.count_up(POISON);
    wait("four kept events", || {
        (shop.kept("dead_letters").len() >= 4).then_some(())
    });
    assert!(handled(&shop).is_empty());

    shop.write(options, &sane());
    wait("the poisoned order", || {
        (handled(&shop).len() >= 4).then_some(())
    });
    assert_eq!(handled(&shop), [0, 1, 2, 3]);
    shop.count_up(POISON);
    wait("the next event", || {
        (handled(&shop).len() >= 5).then_some(())
    });
    assert_eq!(handled(&shop), [0, 1, 2, 3, 4]);
    assert_eq!(shop.kept("dead_letters").len(), 0);
    assert_eq!(attached.stop(), Some(0));
    others_are_done(&shop);
}

#[test]
fn a_stream_that_stops_at_a_failure_stops_in_front_of_it() {
    let shop = Shop::new("stops");
    let options = ", onFailure: \"stop\", retry: #{ attempts: 2, first: \"10ms\" }";
    shop.write(options, &note("order == 3"));
    let mut attached = shop.attach(&[]);
    shop.insert(1..=5);
    assert_eq!(attached.wait_until_ended(), 1);
    assert!(
        attached.said().contains("order 3 is poison"),
        "{}",
        attached.said()
    );
    let orders = |shop: &Shop| {
        let mut orders: Vec<i32> = shop.notes(doc! {}).iter().map(|n| pair(n).0).collect();
        orders.sort_unstable(); // two processes' notes
        orders
    };
    assert_eq!(orders(&shop), [1, 2]);
    shop.write(options, &sane());
    let attached = shop.attach(&[]);
    shop.wait_for_notes(5);
    assert_eq!(orders(&shop), [1, 2, 3, 4, 5]);
    assert_eq!(attached.stop(), Some(0));
}
