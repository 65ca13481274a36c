//! A handler that is slower than the writers: the host's memory stays what it was.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::time::{Duration, Instant};

use mongodb::Collection;
use mongodb::bson::{Document, doc};
use support::{Attached, Shop};

/// In megabytes.
const BOUND: u64 = 150;
const TIME: Duration = Duration::from_secs(10);
const WRITERS: usize = 2;
/// What a writer writes at most: what waits must stay within the server's history.
const BYTES: usize = 50 << 20;

#[test]
fn memory_is_bounded_on_one_lane() {
    slow("one_lane", 1, 10, 1 << 10);
}

#[test]
fn memory_is_bounded_on_several_lanes() {
    slow("lanes", 4, 10, 1 << 10);
}

#[test]
fn memory_is_bounded_where_documents_are_large() {
    slow("large", 4, 200, 64 << 10);
}

/// Writers insert documents of so many bytes at full speed, while a handler takes its time for each.
fn slow(name: &str, lanes: u32, milliseconds: u32, bytes: usize) {
    let shop = Shop::new(name);
    let code = format!(
        "fn onInsert(change) {{ sleep({milliseconds}); let text = change.fullDocument.text; }}"
    );
    shop.write(&format!(", lanes: {lanes}"), &code);
    let attached = shop.attach(&[]);
    let end = Instant::now() + TIME;
    let (written, memory) = std::thread::scope(|scope| {
        let write = |writer| {
            let shop = &shop;
            scope.spawn(move || write_until(shop, writer, bytes, end))
        };
        let writers: Vec<_> = (0..WRITERS).map(write).collect();
        let memory = watch_until(&attached, end);
        let written: usize = writers.into_iter().map(|w| w.join().unwrap()).sum();
        (written, memory)
    });
    let handled = handled(&shop);
    println!(
        "{written} documents of {bytes} bytes in {TIME:?}, {handled} of them handled: {} MB at most",
        memory >> 10
    );
    assert!(
        written > 2 * handled,
        "the handler keeps up with the writers"
    );
    assert!(memory < BOUND << 10, "{memory} kB");
    // The host does not wait for all that is left.
    let start = Instant::now();
    assert_eq!(attached.stop(), Some(0));
    let time = start.elapsed();
    assert!(time < Duration::from_secs(10), "the end took {time:?}");
}

fn handled(shop: &Shop) -> usize {
    let handled = shop.stream().get_i64("handled").unwrap_or_default();
    usize::try_from(handled).unwrap()
}

fn write_until(shop: &Shop, writer: usize, bytes: usize, end: Instant) -> usize {
    let text = "x".repeat(bytes);
    let at_once = (128 << 10) / bytes;
    shop.with(async |db: mongodb::Database| {
        let orders: Collection<Document> = db.collection("orders");
        let mut n = 0;
        while Instant::now() < end && n * bytes < BYTES {
            let numbers = n..n + at_once;
            let some = numbers.map(|n| doc! { "_id": format!("{writer}/{n}"), "text": &text });
            orders.insert_many(some).await.unwrap();
            n += at_once;
        }
        n
    })
}

/// The most memory that the host held.
fn watch_until(host: &Attached, end: Instant) -> u64 {
    while Instant::now() < end {
        let (_, most) = host.memory();
        assert!(most < (2 * BOUND) << 10, "{most} kB");
        std::thread::sleep(Duration::from_millis(100));
    }
    host.memory().1
}
