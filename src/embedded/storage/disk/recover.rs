//! Reading the log again after the process ended in whatever way.

use std::path::Path;

use super::super::Result;
use super::format::sync_dir;
use super::overlay::Overlay;
use super::record;
use super::segment::Segment;

/// What the log holds beyond the tree.
pub(super) struct Recovered {
    /// The batches that are not in the tree.
    pub(super) overlay: Overlay,
    /// The last batch.
    pub(super) seq: u64,
    /// The files, with the last batch in each.
    pub(super) segments: Vec<(Segment, u64)>,
}

/// Reads the batches after `applied`. The log ends where a batch is missing or torn: what comes after it (on a
/// disk that wrote the later one first) was never acknowledged, and is removed, so that it is not taken for the
/// continuation of what is written next.
pub(super) fn recover(dir: &Path, applied: u64) -> Result<Recovered> {
    let mut found = Recovered {
        overlay: Overlay::default(),
        seq: applied,
        segments: Vec::new(),
    };
    let mut removed = false;
    let mut whole = true;
    for (generation, path) in Segment::list(dir)? {
        let segment = Segment::read(generation, &path)?;
        if let Some((segment, records)) = segment.filter(|_| whole) {
            if let Some(last) = found.take_in(records, generation) {
                found.segments.push((segment, last));
                continue;
            }
            whole = false;
        }
        std::fs::remove_file(&path)?;
        removed = true;
    }
    if removed {
        sync_dir(dir)?;
    }
    Ok(found)
}

impl Recovered {
    /// Takes in the records of a file and gives the last one's number (0 of none); nothing where they do not
    /// follow those before. Within a file they always follow each other.
    fn take_in(&mut self, mut records: bytes::Bytes, generation: u64) -> Option<u64> {
        let mut last = 0;
        while let Some((seq, batch)) = record::decode(&mut records, generation) {
            if seq > self.seq + 1 {
                tracing::warn!(
                    seq,
                    expected = self.seq + 1,
                    "the log goes on after a batch that is missing"
                );
                return None;
            }
            if seq == self.seq + 1 {
                self.overlay.apply(batch);
                self.seq = seq;
            }
            last = seq;
        }
        Some(last)
    }
}
