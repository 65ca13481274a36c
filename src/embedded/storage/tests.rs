//! What every kind of store keeps, against a map of the standard library.

use std::collections::BTreeMap;

use bytes::Bytes;
use proptest::prelude::*;

use super::*;

fn put(store: &Store, key: &str, value: &str) -> Seq {
    let mut batch = Batch::new();
    batch.put(Space::Records, key.to_owned(), value.to_owned());
    store.write(batch).unwrap()
}

fn keys(snapshot: &Snapshot, range: KeyRange, direction: Direction) -> Vec<Bytes> {
    let scan = snapshot.scan(Space::Records, range, direction);
    scan.map(|entry| entry.unwrap().0).collect()
}

#[test]
fn a_snapshot_never_changes() {
    let store = Store::memory();
    put(&store, "a", "1");
    let before = store.snapshot();
    let mut scan = before.scan(Space::Records, KeyRange::all(), Direction::Forward);
    put(&store, "a", "2");
    put(&store, "b", "3");
    assert_eq!(before.get(Space::Records, b"a").unwrap().unwrap(), "1");
    assert_eq!(scan.next().unwrap().unwrap().1, "1");
    assert!(scan.next().is_none());
    assert_eq!(
        store.snapshot().get(Space::Records, b"a").unwrap().unwrap(),
        "2"
    );
    assert!(
        store
            .snapshot()
            .get(Space::Indexes, b"a")
            .unwrap()
            .is_none()
    );
}

#[test]
fn ranges_hold_what_they_say() {
    let range = KeyRange::prefix(&[1, 255]);
    assert!(range.contains(&[1, 255]) && range.contains(&[1, 255, 255, 255]));
    assert!(!range.contains(&[2]) && !range.contains(&[1, 254, 9]));
    assert_eq!(KeyRange::prefix(&[255]).end, std::ops::Bound::Unbounded);
    assert!(KeyRange::between("b", "a").is_empty());
    assert!(!KeyRange::prefix(b"").is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

    #[test]
    fn as_an_ordered_map(
        writes in prop::collection::vec(("[a-d]{1,4}", prop::option::of("[a-z]")), 0..600),
        (from, to) in ("[a-d]{0,3}", "[a-d]{0,3}"),
    ) {
        let store = Store::memory();
        let mut model: BTreeMap<Bytes, Bytes> = BTreeMap::new();
        for chunk in writes.chunks(7) {
            let mut batch = Batch::new();
            for (key, value) in chunk {
                let key = Bytes::from(key.clone());
                match value {
                    Some(value) => {
                        batch.put(Space::Records, key.clone(), value.clone());
                        model.insert(key, value.clone().into());
                    }
                    None => {
                        batch.delete(Space::Records, key.clone());
                        model.remove(&key);
                    }
                }
            }
            store.write(batch).unwrap();
        }
        let range = KeyRange::between(from, to);
        let inside = model.keys().filter(|key| range.contains(key)).cloned();
        let expected: Vec<Bytes> = inside.collect();
        let snapshot = store.snapshot();
        prop_assert_eq!(&keys(&snapshot, range.clone(), Direction::Forward), &expected);
        let mut backward = keys(&snapshot, range, Direction::Backward);
        backward.reverse();
        prop_assert_eq!(&backward, &expected);
        prop_assert_eq!(keys(&snapshot, KeyRange::all(), Direction::Backward).len(), model.len());
    }
}
