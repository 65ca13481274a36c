//! The writes since a checkpoint, in memory.

use bytes::Bytes;
use imbl::OrdMap;

use super::super::batch::Change;
use super::super::{Batch, Space};

/// What a map holds of a key: its value, or that it was deleted (which hides what the tree has).
pub(super) type Slot = Option<Bytes>;

/// What an entry takes beside its bytes: two handles, the map's share, two allocations.
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

    pub(super) fn apply(&mut self, batch: Batch) {
        for Change { space, key, value } in batch.changes {
            let length = |slot: &Slot| slot.as_ref().map_or(0, Bytes::len);
            let (key_bytes, value_bytes) = (key.len() + ENTRY_BYTES, length(&value));
            self.bytes += match self.maps[space.index()].insert(key, value) {
                Some(old) => {
                    self.bytes = self.bytes.saturating_sub(length(&old));
                    value_bytes
                }
                None => key_bytes + value_bytes,
            };
        }
    }
}
