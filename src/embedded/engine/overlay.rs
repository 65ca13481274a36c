//! A transaction's own writes, over its snapshot.

use std::cmp::Ordering;
use std::iter::Peekable;

use bytes::Bytes;
use imbl::OrdMap;

use crate::embedded::catalog::CollectionId;
use crate::embedded::storage::{Direction, KeyRange, Scan, Snapshot, Space};
use crate::mql::{Error, Result};

/// What was put (`Some`) and removed (`None`).
type Writes = OrdMap<Bytes, Option<Bytes>>;

/// The writes of a transaction that has not ended. Cloning costs nothing, and a clone does not see later
/// writes: a cursor goes on over what was there when it was opened.
#[derive(Debug, Clone, Default)]
pub(super) struct Overlay {
    records: Writes,
    indexes: Writes,
    counters: OrdMap<CollectionId, (i64, i64)>,
}

impl Overlay {
    fn space(&self, space: Space) -> Option<&Writes> {
        match space {
            Space::Records => Some(&self.records),
            Space::Indexes => Some(&self.indexes),
            _ => None,
        }
    }

    pub(super) fn get(&self, space: Space, key: &[u8]) -> Option<&Option<Bytes>> {
        self.space(space)?.get(key)
    }

    pub(super) fn counters(&self, id: CollectionId) -> (i64, i64) {
        self.counters.get(&id).copied().unwrap_or_default()
    }

    pub(super) fn all_counters(&self) -> impl Iterator<Item = (CollectionId, (i64, i64))> {
        self.counters.iter().map(|(id, counters)| (*id, *counters))
    }

    pub(super) fn count(&mut self, id: CollectionId, documents: i64, bytes: i64) {
        let (count, size) = self.counters(id);
        self.counters.insert(id, (count + documents, size + bytes));
    }

    pub(super) fn write(&mut self, space: Space, key: Bytes, value: Option<Bytes>) {
        match space {
            Space::Records => self.records.insert(key, value),
            Space::Indexes => self.indexes.insert(key, value),
            _ => None,
        };
    }

    pub(super) fn writes(&self) -> impl Iterator<Item = (Space, &Bytes, &Option<Bytes>)> {
        let of = |space| move |(key, value)| (space, key, value);
        let records = self.records.iter().map(of(Space::Records));
        records.chain(self.indexes.iter().map(of(Space::Indexes)))
    }

    pub(super) fn scan(
        &self,
        snapshot: &Snapshot,
        space: Space,
        range: KeyRange,
        direction: Direction,
    ) -> Merged {
        let own = match self.space(space) {
            Some(writes) if !writes.is_empty() && !range.is_empty() => Some(
                OwnScan {
                    writes: writes.clone(),
                    range: range.clone(),
                    direction,
                }
                .peekable(),
            ),
            _ => None,
        };
        let stored = snapshot.scan(space, range, direction);
        Merged {
            stored,
            next_stored: None,
            own,
            direction,
        }
    }
}

/// The overlay's part of a scan.
struct OwnScan {
    writes: Writes,
    range: KeyRange,
    direction: Direction,
}

impl Iterator for OwnScan {
    type Item = (Bytes, Option<Bytes>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.range.is_empty() {
            return None;
        }
        let mut inside = self
            .writes
            .range((self.range.start.clone(), self.range.end.clone()));
        let found = match self.direction {
            Direction::Forward => inside.next(),
            Direction::Backward => inside.next_back(),
        };
        let (key, value) = found.map(|(key, value)| (key.clone(), value.clone()))?;
        let left = std::mem::replace(&mut self.range, KeyRange::all());
        self.range = left.after(key.clone(), self.direction);
        Some((key, value))
    }
}

/// A scan of the store with the overlay's writes put in.
pub(super) struct Merged {
    stored: Scan,
    next_stored: Option<(Bytes, Bytes)>,
    own: Option<Peekable<OwnScan>>,
    direction: Direction,
}

impl Merged {
    fn stored(&mut self) -> Option<Result<(Bytes, Bytes)>> {
        match self.next_stored.take() {
            Some(entry) => Some(Ok(entry)),
            None => self.stored.next().map(|entry| entry.map_err(Error::from)),
        }
    }
}

impl Iterator for Merged {
    type Item = Result<(Bytes, Bytes)>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let stored = match self.stored() {
                Some(Err(e)) => return Some(Err(e)),
                Some(Ok(entry)) => Some(entry),
                None => None,
            };
            let Some(own) = &mut self.own else {
                return stored.map(Ok);
            };
            let order = match (own.peek(), &stored) {
                (None, _) => Ordering::Less,
                (Some(_), None) => Ordering::Greater,
                (Some((own, _)), Some((stored, _))) => match self.direction {
                    Direction::Forward => stored.cmp(own),
                    Direction::Backward => own.cmp(stored),
                },
            };
            match order {
                Ordering::Less => return stored.map(Ok),
                Ordering::Greater => self.next_stored = stored,
                Ordering::Equal => {}
            }
            match own.next() {
                Some((key, Some(value))) => return Some(Ok((key, value))),
                // Removed by the transaction.
                Some((_, None)) => {}
                None => return None,
            }
        }
    }
}
