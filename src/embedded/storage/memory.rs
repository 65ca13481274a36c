//! The store of `:memory:`: persistent maps, of which a snapshot is a clone.

use std::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard};

use bytes::Bytes;
use imbl::OrdMap;

use super::batch::Change;
use super::snapshot::{Entry, View};
use super::store::Backend;
use super::{Batch, Direction, KeyRange, Result, Scan, Seq, Snapshot, Space};

/// The maps, by [`Space::index`].
#[derive(Clone, Default)]
pub(super) struct Maps([OrdMap<Bytes, Bytes>; Space::ALL.len()]);

impl Maps {
    fn apply(&mut self, change: Change) {
        let Some(map) = self.0.get_mut(change.space.index()) else {
            return;
        };
        match change.value {
            Some(value) => map.insert(change.key, value),
            None => map.remove(&change.key),
        };
    }
}

/// A store in memory.
#[derive(Default)]
pub(super) struct Memory {
    state: RwLock<(Seq, Maps)>,
}

impl Memory {
    // A panic while the lock is held leaves maps that are whole, since each change is.
    fn read(&self) -> RwLockReadGuard<'_, (Seq, Maps)> {
        self.state.read().unwrap_or_else(|e| e.into_inner())
    }

    fn write_lock(&self) -> RwLockWriteGuard<'_, (Seq, Maps)> {
        self.state.write().unwrap_or_else(|e| e.into_inner())
    }
}

impl Backend for Memory {
    fn snapshot(&self) -> Snapshot {
        let (seq, maps) = self.read().clone();
        Snapshot::new(seq, Arc::new(maps))
    }

    fn write(&self, batch: Batch) -> Result<Seq> {
        let mut state = self.write_lock();
        for change in batch.changes {
            state.1.apply(change);
        }
        state.0 = Seq(state.0.0 + 1);
        Ok(state.0)
    }

    fn wait_durable(&self, _: Seq) -> Result<()> {
        Ok(())
    }

    fn disk_bytes(&self) -> u64 {
        0
    }
}

impl View for Maps {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Bytes>> {
        let map = self.0.get(space.index());
        Ok(map.and_then(|map| map.get(key)).cloned())
    }

    fn scan(&self, space: Space, range: KeyRange, direction: Direction) -> Scan {
        let map = self.0.get(space.index()).cloned().unwrap_or_default();
        Box::new(MapScan {
            map,
            range: Some(range),
            direction,
            ready: Vec::new(),
        })
    }
}

/// An owned iterator over a map. The map's own iterators borrow it, so entries are taken out in runs, and each
/// run starts behind the last one.
struct MapScan {
    map: OrdMap<Bytes, Bytes>,
    range: Option<KeyRange>,
    direction: Direction,
    /// The next entry is the last.
    ready: Vec<Entry>,
}

/// How many entries are taken out at once.
const RUN: usize = 128;

impl MapScan {
    fn fill(&mut self) {
        let Some(range) = self.range.take().filter(|range| !range.is_empty()) else {
            return;
        };
        let bounds = (range.start.clone(), range.end.clone());
        let entries = self.map.range(bounds);
        let owned = |(key, value): (&Bytes, &Bytes)| (key.clone(), value.clone());
        self.ready = match self.direction {
            Direction::Forward => entries.take(RUN).map(owned).collect(),
            Direction::Backward => entries.rev().take(RUN).map(owned).collect(),
        };
        if self.ready.len() == RUN {
            let last = self.ready.last().map(|(key, _)| key.clone());
            self.range = last.map(|last| range.after(last, self.direction));
        }
        self.ready.reverse();
    }
}

impl Iterator for MapScan {
    type Item = Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ready.is_empty() {
            self.fill();
        }
        self.ready.pop().map(Ok)
    }
}
