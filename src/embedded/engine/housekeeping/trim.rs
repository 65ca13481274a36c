//! Removing the oldest history.

use bson::Timestamp;

use crate::embedded::engine::{Engine, keys};
use crate::embedded::storage::{Batch, Direction, KeyRange, Space};
use crate::mql::Result;

/// How many entries are removed at once.
const CHUNK: usize = 5_000;

impl Engine {
    /// Removes entries that are older than the history's age, while it has more bytes than it should.
    ///
    /// # Errors
    /// What the disk says.
    pub fn trim_oplog(&self) -> Result<()> {
        let options = self.options();
        let age = i64::try_from(options.oplog_age.as_secs()).unwrap_or(i64::MAX);
        let keep_from = (self.now_millis() / 1000).saturating_sub(age);
        while self.oplog().bytes() > options.oplog_bytes && !self.is_stopping() {
            let before = u32::try_from(keep_from.max(0)).unwrap_or(u32::MAX);
            if !self.trim_chunk(
                Timestamp {
                    time: before,
                    increment: 0,
                },
                options.oplog_bytes,
            )? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Notes the history's size, so that it need not be counted when the store is opened again.
    pub(super) fn note_oplog_size(&self) -> Result<()> {
        let (last, bytes) = self.oplog().size();
        let note = self.store().snapshot().get(Space::Meta, keys::OPLOG_NOTE)?;
        let noted = note.as_deref().and_then(keys::oplog_note_of);
        if noted != Some((last, bytes)) {
            let mut batch = Batch::new();
            batch.put(Space::Meta, keys::OPLOG_NOTE, keys::oplog_note(last, bytes));
            self.store().write(batch)?;
        }
        Ok(())
    }

    /// Removes some entries before a time; whether there may be more.
    fn trim_chunk(&self, before: Timestamp, keep_bytes: u64) -> Result<bool> {
        let snapshot = self.store().snapshot();
        let excess = self.oplog().bytes().saturating_sub(keep_bytes);
        let (mut batch, mut bytes, mut oldest) = (Batch::new(), 0_u64, None);
        for entry in snapshot.scan(Space::Oplog, KeyRange::all(), Direction::Forward) {
            let (key, value) = entry?;
            let Some(ts) = keys::time_of(&key) else {
                continue;
            };
            if ts >= before || bytes >= excess || batch.len() >= CHUNK || ts >= self.oplog().last()
            {
                oldest = Some(ts);
                break;
            }
            bytes += value.len() as u64;
            batch.delete(Space::Oplog, key);
        }
        let Some(oldest) = oldest.filter(|_| !batch.is_empty()) else {
            return Ok(false);
        };
        batch.put(Space::Meta, keys::TRIMMED, Vec::new());
        // Readers are told first: what they find missing is then known to be gone.
        let before = self.oplog().oldest();
        self.oplog().trimmed(oldest, bytes);
        self.store()
            .write(batch)
            .inspect_err(|_| self.oplog().kept(before, bytes))?;
        Ok(true)
    }
}
