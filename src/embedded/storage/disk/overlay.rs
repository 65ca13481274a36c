//! The writes since a checkpoint, in memory.

use bytes::Bytes;
use imbl::OrdMap;

use super::super::batch::LARGE;
use super::super::{Batch, Space};

/// What a map holds of a key: its value, or that it was deleted (which hides what the tree has).
pub(super) type Slot = Option<Bytes>;

/// What an entry takes beside its bytes: two handles and the map's share.
const ENTRY_BYTES: usize = 160;

/// One persistent map a space: a clone costs nothing and is not changed by later writes.
#[derive(Clone, Default)]
pub(super) struct Overlay {
    maps: [OrdMap<Bytes, Slot>; Space::ALL.len()],
    bytes: usize,
}

impl Overlay {
    pub(super) fn map(&self, space: Space) -> &OrdMap<Bytes, Slot> {
        &self.maps[space.index()]
    }

    /// About how much memory it takes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes in a newer overlay.
    pub(super) fn cover_with(&mut self, newer: Overlay) {
        for (map, over) in self.maps.iter_mut().zip(newer.maps) {
            // Of two values of one key, union keeps that of the map it is called on.
            *map = over.union(std::mem::take(map));
        }
        self.bytes += newer.bytes;
    }

    /// Takes in a batch. Of its memory nothing is free as long as any part of it is here, so what it overwrites
    /// gives nothing back but for values that are large, which are not part of it.
    pub(super) fn apply(&mut self, batch: Batch) {
        let (length, changes) = batch.into_parts();
        self.bytes += length;
        for (space, key, value) in changes {
            self.bytes += apart(space, &value);
            match self.maps[space.index()].insert(key, value) {
                Some(old) => self.bytes = self.bytes.saturating_sub(apart(space, &old)),
                None => self.bytes += ENTRY_BYTES,
            }
        }
    }
}

/// How many bytes of a value are no part of its batch's memory. The oplog's always are.
fn apart(space: Space, slot: &Slot) -> usize {
    match slot {
        Some(value) if value.len() >= LARGE && space != Space::Oplog => value.len(),
        _ => 0,
    }
}
