//! What every kind of store keeps, against a map of the standard library.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;

use super::*;

fn put(store: &Store, key: &str, value: &str) -> Seq {
    let mut batch = Batch::new();
    batch.put(Space::Records, key, value.to_owned());
    store.write(batch).unwrap()
}

fn keys(snapshot: &Snapshot, range: KeyRange, direction: Direction) -> Vec<Bytes> {
    let scan = snapshot.scan(Space::Records, range, direction);
    scan.map(|entry| entry.unwrap().0).collect()
}

/// So small that every few batches go into the tree.
pub(super) fn tiny() -> StoreOptions {
    StoreOptions {
        cache_bytes: 1 << 20,
        overlay_bytes: 2_000,
        segment_bytes: 3_000,
        sync_every: Duration::from_millis(5),
    }
}

#[test]
fn a_snapshot_never_changes() {
    let dir = tempfile::tempdir().unwrap();
    for store in [Store::memory(), Store::open(dir.path(), tiny()).unwrap()] {
        put(&store, "a", "1");
        let before = store.snapshot();
        let mut scan = before.scan(Space::Records, KeyRange::all(), Direction::Forward);
        put(&store, "a", "2");
        put(&store, "b", "3");
        assert_eq!(before.get(Space::Records, b"a").unwrap().unwrap(), "1");
        assert_eq!(scan.next().unwrap().unwrap().1, "1");
        assert!(scan.next().is_none());
        let now = store.snapshot();
        assert_eq!(now.get(Space::Records, b"a").unwrap().unwrap(), "2");
        assert!(now.get(Space::Indexes, b"a").unwrap().is_none());
    }
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

/// A store that is closed and opened again now and then, beside a map.
struct Pair {
    /// Dropped before its folder: it still writes there.
    store: Option<Store>,
    dir: Option<tempfile::TempDir>,
    model: BTreeMap<Bytes, Bytes>,
}

impl Pair {
    fn new(on_disk: bool) -> Pair {
        let dir = on_disk.then(|| tempfile::tempdir().unwrap());
        let mut pair = Pair {
            dir,
            store: None,
            model: BTreeMap::new(),
        };
        pair.open();
        pair
    }

    fn open(&mut self) {
        match &self.dir {
            Some(dir) => {
                self.store = None;
                self.store = Some(Store::open(dir.path(), tiny()).unwrap());
            }
            None if self.store.is_none() => self.store = Some(Store::memory()),
            None => {}
        }
    }

    fn store(&self) -> &Store {
        self.store.as_ref().unwrap()
    }

    fn write(&mut self, changes: &[(String, Option<String>)]) {
        let mut batch = Batch::new();
        for (key, value) in changes {
            let key = Bytes::from(key.clone());
            match value {
                Some(value) => {
                    batch.put(Space::Records, key.clone(), value.clone());
                    self.model.insert(key, value.clone().into());
                }
                None => {
                    batch.delete(Space::Records, key.clone());
                    self.model.remove(&key);
                }
            }
        }
        self.store().write(batch).unwrap();
    }

    fn check(&self, range: &KeyRange) -> Result<(), TestCaseError> {
        let inside = self.model.keys().filter(|key| range.contains(key)).cloned();
        let expected: Vec<Bytes> = inside.collect();
        let snapshot = self.store().snapshot();
        prop_assert_eq!(
            &keys(&snapshot, range.clone(), Direction::Forward),
            &expected
        );
        let mut backward = keys(&snapshot, range.clone(), Direction::Backward);
        backward.reverse();
        prop_assert_eq!(&backward, &expected);
        for key in expected {
            let value = snapshot.get(Space::Records, &key).unwrap();
            prop_assert_eq!(value.as_ref(), self.model.get(&key));
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..Default::default() })]

    #[test]
    fn as_an_ordered_map(
        on_disk in any::<bool>(),
        writes in prop::collection::vec(("[a-d]{1,4}", prop::option::of("[a-z]")), 0..600),
        (from, to) in ("[a-d]{0,3}", "[a-d]{0,3}"),
    ) {
        let mut pair = Pair::new(on_disk);
        let range = KeyRange::between(from, to);
        for (n, chunk) in writes.chunks(7).enumerate() {
            pair.write(chunk);
            if n % 11 == 0 {
                pair.check(&range)?;
            }
            if n % 40 == 20 {
                pair.open();
            }
        }
        pair.check(&range)?;
        pair.check(&KeyRange::all())?;
    }
}
