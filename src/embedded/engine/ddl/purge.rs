//! Removing the keys of what was dropped, a chunk at a time.

use bytes::Bytes;

use crate::embedded::engine::{Engine, keys};
use crate::embedded::storage::{Batch, Direction, KeyRange, Space};
use crate::mql::Result;

/// How many keys are removed at once.
const CHUNK: usize = 10_000;

impl Engine {
    /// Removes the keys of all that was dropped. Views that read them keep their snapshots.
    ///
    /// # Errors
    /// What the disk says; what is left is removed the next time.
    pub fn purge(&self) -> Result<()> {
        for (kind, space) in [(b'd', Space::Records), (b'x', Space::Indexes)] {
            for id in self.dropped(kind)? {
                while self.purge_chunk(kind, id, space)? {
                    if self.is_stopping() {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }

    fn dropped(&self, kind: u8) -> Result<Vec<u32>> {
        let snapshot = self.store().snapshot();
        let notes = snapshot.scan(Space::Meta, KeyRange::prefix(&[kind]), Direction::Forward);
        let mut ids = Vec::new();
        for note in notes {
            let (key, _) = note?;
            ids.extend(keys::meta_id_of(&key));
        }
        Ok(ids)
    }

    /// Removes some keys; whether there may be more.
    fn purge_chunk(&self, kind: u8, id: u32, space: Space) -> Result<bool> {
        let snapshot = self.store().snapshot();
        let range = KeyRange::prefix(&id.to_be_bytes());
        let mut batch = Batch::new();
        for entry in snapshot.scan(space, range, Direction::Forward).take(CHUNK) {
            batch.delete(space, entry?.0);
        }
        let more = batch.len() == CHUNK;
        if !more {
            let note: Bytes = keys::meta(kind, id);
            batch.delete(Space::Meta, note);
        }
        self.store().write(batch)?;
        Ok(more)
    }
}
