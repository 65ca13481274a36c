//! Two hosts, one stream: one of them runs it, the other takes over when it is killed or silent, and one that
//! wakes after that does nothing.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::time::{Duration, Instant};

use mongodb::Collection;
use mongodb::bson::{Document, doc};
use support::{Attached, Shop, wait};

const NOTE: &str =
    "fn onInsert(change) { db.notes.insertOne(#{ order: change.documentKey._id }); }";

/// How long the next owner takes to handle an order that comes now.
fn time_to_handle(shop: &Shop, order: i32) -> Duration {
    let start = Instant::now();
    shop.insert([order]);
    wait("the other host's note", || {
        (!shop.notes(doc! { "order": order }).is_empty()).then_some(())
    });
    start.elapsed()
}

/// Orders are inserted, one by one, while `work` is done; each has exactly one note in the end.
fn none_twice(shop: &Shop, work: impl FnOnce()) {
    let (over, count) = (AtomicBool::new(false), AtomicI32::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            shop.with(async |db: mongodb::Database| {
                let orders: Collection<Document> = db.collection("orders");
                while !over.load(Ordering::Relaxed) {
                    let n = count.fetch_add(1, Ordering::Relaxed);
                    orders
                        .insert_one(doc! { "_id": 1_000_000 + n })
                        .await
                        .unwrap();
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            });
        });
        let _over = AtEnd(&over);
        work();
    });
    let count = usize::try_from(count.into_inner()).unwrap();
    let filter = doc! { "order": { "$gte": 1_000_000 } };
    let notes = wait("a note for every order", || {
        let notes = shop.notes(filter.clone());
        (notes.len() >= count).then_some(notes)
    });
    let mut orders: Vec<i32> = notes.iter().map(|n| n.get_i32("order").unwrap()).collect();
    orders.sort_unstable();
    orders.dedup();
    assert_eq!(
        (orders.len(), notes.len()),
        (count, count),
        "an order was handled twice"
    );
    println!("{count} orders, each handled once");
}

/// Raises a flag when it goes.
struct AtEnd<'a>(&'a AtomicBool);

impl Drop for AtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_killed_owner_is_replaced_within_ten_seconds() {
    let shop = Shop::new("killed");
    shop.write("", NOTE);
    let first = shop.attach(&[]);
    shop.wait_for_owner(&first);
    let second = shop.launch(&[]);
    time_to_handle(&shop, 1);
    assert_eq!(shop.owner(), Some(first.pid()));

    first.kill();
    let time = time_to_handle(&shop, 2);
    println!("taken over on the same machine {time:?} after kill -9");
    assert!(time < Duration::from_secs(10), "{time:?}");
    assert_eq!(shop.owner(), Some(second.pid()));

    let third = shop.launch(&[]);
    let (now, time) = kill_far_away(&shop, second, third);
    println!("taken over from another machine {time:?} after kill -9");
    assert!(time < Duration::from_secs(10), "{time:?}");
    assert_eq!(now.stop(), Some(0));
    assert_eq!(shop.notes(doc! {}).len(), 3);
}

/// A host of another machine cannot tell whether the owner's process is there: it waits for the lease's end.
fn kill_far_away(shop: &Shop, owner: Attached, other: Attached) -> (Attached, Duration) {
    owner.signal("-STOP");
    let elsewhere = doc! { "$set": { "owner.host": "elsewhere" } };
    support::shared().with_client(async |client: mongodb::Client| {
        let streams: Collection<Document> = client.database("rhaiver").collection("streams");
        let done = streams
            .update_one(doc! { "_id": shop.id() }, elsewhere)
            .await;
        assert_eq!(done.unwrap().matched_count, 1);
    });
    owner.kill();
    let time = time_to_handle(shop, 3);
    assert_eq!(shop.owner(), Some(other.pid()));
    (other, time)
}

#[test]
fn an_orderly_end_hands_over_at_once() {
    let shop = Shop::new("handed_over");
    shop.write("", NOTE);
    let first = shop.attach(&["--lease", "60s"]);
    shop.wait_for_owner(&first);
    let second = shop.launch(&["--lease", "60s"]);
    time_to_handle(&shop, 1);
    let start = Instant::now();
    assert_eq!(first.stop(), Some(0));
    time_to_handle(&shop, 2);
    let time = start.elapsed();
    println!("handed over in {time:?}");
    assert!(time < Duration::from_secs(10), "{time:?}");
    assert_eq!(second.stop(), Some(0));
}

#[test]
fn a_paused_owner_that_wakes_does_nothing() {
    let shop = Shop::new("paused");
    shop.write(", lanes: 2", NOTE);
    let lease = ["--lease", "2s"];
    let first = shop.attach(&lease);
    shop.wait_for_owner(&first);
    let second = shop.launch(&lease);
    none_twice(&shop, || {
        for (owner, other) in [(&first, &second), (&second, &first), (&first, &second)] {
            shop.wait_for_owner(owner);
            shop.wait_for_notes(shop.notes(doc! {}).len() + 20);
            owner.signal("-STOP");
            let start = Instant::now();
            shop.wait_for_owner(other);
            let leased = start.elapsed();
            shop.wait_for_notes(shop.notes(doc! {}).len() + 20);
            println!(
                "lease taken over after {leased:?}, handling after {:?}",
                start.elapsed()
            );
            owner.signal("-CONT");
            // Awake, and not the owner any more, beside one that works.
            shop.wait_for_notes(shop.notes(doc! {}).len() + 100);
            assert_eq!(shop.owner(), Some(other.pid()));
        }
    });
    assert_eq!(first.stop(), Some(0));
    assert_eq!(second.stop(), Some(0));
}
