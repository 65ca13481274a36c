//! A version of a handler is every lane's or no lane's.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use mongodb::bson::{Document, doc};
use support::{Shop, wait};

/// Orders of one round: enough for each of four lanes.
const ROUND: i32 = 40;

fn handler(version: i32, start: &str) -> String {
    format!(
        "fn onStart(stream) {{ {start} }}\n\
         fn onInsert(change) {{ db.notes.insertOne(#{{ order: change.documentKey._id, version: {version} }}); }}"
    )
}

/// The versions that handled the orders of a round.
fn versions_of_round(shop: &Shop, round: i32) -> Vec<i32> {
    let orders = round * ROUND..(round + 1) * ROUND;
    shop.insert(orders.clone());
    shop.wait_for_notes(usize::try_from(orders.end).unwrap());
    let of_round = doc! { "order": { "$gte": orders.start, "$lt": orders.end } };
    let version = |note: &Document| note.get_i32("version").unwrap();
    let mut versions: Vec<i32> = shop.notes(of_round).iter().map(version).collect();
    versions.sort_unstable();
    versions.dedup();
    versions
}

#[test]
fn a_version_that_one_lane_cannot_begin_is_no_lanes() {
    let shop = Shop::new("generations");
    shop.write(", lanes: 4", &handler(1, ""));
    let attached = shop.attach(&[]);
    assert_eq!(versions_of_round(&shop, 0), [1]);

    let one_throws = handler(2, "if stream.lane == 3 { throw \"not in this lane\" }");
    shop.write(", lanes: 4", &one_throws);
    attached.wait_for("not in this lane");
    // Lanes that took it get the old one back between two events.
    let mut round = 0;
    wait("the old version in all lanes", || {
        round += 1;
        (versions_of_round(&shop, round) == [1]).then_some(())
    });
    assert_eq!(versions_of_round(&shop, round + 1), [1]);

    shop.write(", lanes: 4", &handler(3, ""));
    attached.wait_for("took over");
    assert_eq!(versions_of_round(&shop, round + 2), [3]);
    assert_eq!(attached.stop(), Some(0));
}
