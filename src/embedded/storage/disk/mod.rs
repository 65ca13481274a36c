//! The store on disk: a log, the writes since a checkpoint in memory, and a tree.
//!
//! A batch is written to the log, then to the overlay (persistent maps in memory), and is visible. When the
//! overlay has grown large it is sealed: a new one lies over it, while a thread brings the sealed one into the
//! tree (one redb transaction) and lets go of the log's files that it came from. A snapshot is the three
//! together, at one moment; a scan merges them.
//!
//! ## Why so
//!
//! Measured side by side (2 cores; ext4; batches of three puts with 450 bytes; a cache of 16 MB):
//!
//! | | redb 4.6 alone | fjall 3.1 alone | this |
//! | --- | --- | --- | --- |
//! | one batch, not synced | 23 µs | 2.6 µs | 2.9 µs |
//! | one batch, synced | 504 µs | 303 µs | 137 µs |
//! | eight threads, each batch synced | 348 µs a batch | 229 µs | 57 µs |
//! | 100 batches of 1,000 documents | 314 ms | 564 ms | 390 ms |
//! | reading a key | 1.0 µs | 4.2 µs | 0.9 µs |
//! | scanning 120,000 | 33 ms | 42 ms | 31 ms |
//! | slowest read during writes | 0.1 ms | 0.8 ms | 6 ms |
//! | making a new one | 1.1 ms | 19 ms | 1.4 ms |
//! | opening after a kill | 0.7 ms | 117–773 ms | 1.4 ms |
//!
//! While other programs kept the disk busy: opening fjall 76–1360 ms, redb 4 ms; a synced batch 3–4 ms in both.
//!
//! redb reads well and opens at once, but a commit copies pages and no two share a sync. fjall writes well, but holds its journal's lock during a sync (so that unsynced writers wait for
//! synced ones), opens slowly, and after one full disk refuses all writes until it is opened anew. So the tree
//! is redb's and the log is ours, with what MongoDB's write concerns need of it: writers that do not ask for
//! durability never wait for it, those that do share a sync, and a full disk is an error to a writer, not an
//! end. The part that has to be right under crashes is small: a checksummed log that is read up to its first
//! torn record.
//!
//! ## Invariants
//!
//! - The tree holds exactly the batches up to its `applied` number; the log holds all later ones.
//! - A log's file is removed or used again only after all of its batches are in the durable tree.
//! - Nobody waits for the disk with the log's lock or the state's lock held, except to write into the page cache.

mod backend;
mod checkpoint;
mod format;
mod log;
mod merge;
mod overlay;
mod record;
mod recover;
mod segment;
mod state;
mod tree;
mod tree_scan;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use super::store::{Backend, Room};
use super::{Batch, DirLock, Result, Seq, Snapshot};
use checkpoint::Shared;
pub(super) use format::FORMAT_FILE;

/// How a store on disk is kept.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// How much of the tree is kept in memory at most.
    pub cache_bytes: usize,
    /// How much is kept in memory before it goes into the tree. Up to four times as much while it does.
    pub overlay_bytes: usize,
    /// How large a file of the log is.
    pub segment_bytes: u64,
    /// How long a batch that nobody waits for may stay in the page cache.
    pub sync_every: Duration,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            // Two scans of a hundred thousand small documents in turn must not drive each other out.
            cache_bytes: 128 << 20,
            overlay_bytes: 8 << 20,
            segment_bytes: 8 << 20,
            // Half of what is promised: a sync takes its time.
            sync_every: Duration::from_millis(50),
        }
    }
}

/// A store in a directory.
pub(super) struct Disk {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

impl Disk {
    pub(super) fn open(lock: DirLock, options: StoreOptions) -> Result<Disk> {
        let shared = Arc::new(Shared::open(lock, options)?);
        let (flusher, keeper) = (shared.clone(), shared.clone());
        let flusher = std::thread::Builder::new()
            .name("store-sync".into())
            .spawn(move || flusher.keep_synced());
        let keeper = std::thread::Builder::new()
            .name("store-tree".into())
            .spawn(move || keeper.keep_small());
        Ok(Disk {
            shared,
            threads: vec![flusher?, keeper?],
        })
    }
}

impl Backend for Disk {
    fn snapshot(&self) -> Snapshot {
        self.shared.snapshot()
    }

    fn write(&self, batch: Batch, room: Room) -> Result<Seq> {
        self.shared.write(batch, room).map(Seq)
    }

    fn has_room(&self) -> bool {
        !self.shared.is_crowded()
    }

    fn wait_for_room(&self) -> Result<()> {
        self.shared.wait_until_roomy()
    }

    fn wait_durable(&self, seq: Seq) -> Result<()> {
        self.shared.log.wait(seq.0)
    }

    fn disk_bytes(&self) -> u64 {
        self.shared.disk_bytes()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        self.shared.close();
        for thread in self.threads.drain(..) {
            // A thread that panicked has said so; what it did not do, recovery does.
            let _ = thread.join();
        }
        self.shared.finish();
    }
}
