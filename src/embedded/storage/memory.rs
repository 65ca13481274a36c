//! The store of `:memory:`: persistent maps, of which a snapshot is a clone.

use std::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard};

use bytes::Bytes;
use imbl::OrdMap;

use super::batch::LARGE;
use super::snapshot::View;
use super::store::{Backend, Room};
use super::{Batch, Direction, KeyRange, Result, Scan, Seq, Snapshot, Space};

/// The maps, by [`Space::index`].
#[derive(Clone, Default)]
pub(super) struct Maps([OrdMap<Bytes, Bytes>; Space::ALL.len()]);

impl Maps {
    /// Copied, since a part of a batch would keep the whole of it in memory.
    fn apply(&mut self, space: Space, key: &[u8], value: Option<Bytes>) {
        let Some(map) = self.0.get_mut(space.index()) else {
            return;
        };
        match value {
            Some(value) if value.len() >= LARGE => map.insert(Bytes::copy_from_slice(key), value),
            Some(value) => map.insert(Bytes::copy_from_slice(key), Bytes::copy_from_slice(&value)),
            None => map.remove(key),
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

    fn write(&self, batch: Batch, _: Room) -> Result<Seq> {
        let mut state = self.write_lock();
        for (space, key, value) in batch.into_parts().1 {
            state.1.apply(space, &key, value);
        }
        state.0 = Seq(state.0.0 + 1);
        Ok(state.0)
    }

    fn has_room(&self) -> bool {
        true
    }

    fn wait_for_room(&self) -> Result<()> {
        Ok(())
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
        Box::new(MapScan::new(map, range, direction).map(Ok))
    }
}

/// An owned iterator over a map. The map's own iterators borrow it, so entries are taken out in runs, and each
/// run starts behind the last one.
pub(super) struct MapScan<V> {
    map: OrdMap<Bytes, V>,
    /// What is left of the range.
    range: Option<KeyRange>,
    direction: Direction,
    /// The next entry is the last.
    ready: Vec<(Bytes, V)>,
    /// How many entries are taken out next: few at first, since most scans look at few.
    run: usize,
}

const FIRST_RUN: usize = 4;
const LONGEST_RUN: usize = 256;

impl<V: Clone> MapScan<V> {
    pub(super) fn new(map: OrdMap<Bytes, V>, range: KeyRange, direction: Direction) -> Self {
        let range = Some(range).filter(|range| !range.is_empty() && !map.is_empty());
        Self {
            map,
            range,
            direction,
            ready: Vec::new(),
            run: FIRST_RUN,
        }
    }

    fn fill(&mut self) {
        let Some(range) = self.range.take() else {
            return;
        };
        let bounds = (range.start.clone(), range.end.clone());
        let entries = self.map.range(bounds);
        let owned = |(key, value): (&Bytes, &V)| (key.clone(), value.clone());
        match self.direction {
            Direction::Forward => self.ready.extend(entries.take(self.run).map(owned)),
            Direction::Backward => self.ready.extend(entries.rev().take(self.run).map(owned)),
        };
        if self.ready.len() == self.run {
            let last = self.ready.last().map(|(key, _)| key.clone());
            let rest = last.map(|last| range.after(last, self.direction));
            self.range = rest.filter(|rest| !rest.is_empty());
        }
        self.run = (self.run * 4).min(LONGEST_RUN);
        self.ready.reverse();
    }
}

impl<V: Clone> Iterator for MapScan<V> {
    type Item = (Bytes, V);

    fn next(&mut self) -> Option<Self::Item> {
        if self.ready.is_empty() {
            self.fill();
        }
        self.ready.pop()
    }
}
