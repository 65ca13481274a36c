//! The store: what writers write to and readers take snapshots of.

use std::path::Path;
use std::sync::Arc;

use super::disk::{Disk, StoreOptions};
use super::memory::Memory;
use super::{Batch, DirLock, Result, Snapshot};

/// The number of a batch: greater for later ones; 0 is before the first. Numbers are of this opening of the
/// store and mean nothing after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Seq(pub u64);

/// What a write does that comes faster than the disk takes writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    /// It waits.
    Await,
    /// It is one more.
    Overdraw,
}

/// What each kind of store does for [`Store`].
pub(super) trait Backend: Send + Sync {
    fn snapshot(&self) -> Snapshot;
    fn write(&self, batch: Batch, room: Room) -> Result<Seq>;
    fn has_room(&self) -> bool;
    fn wait_for_room(&self) -> Result<()>;
    fn wait_durable(&self, seq: Seq) -> Result<()>;
    fn disk_bytes(&self) -> u64;
}

/// Six ordered maps of bytes, on disk or in memory. Cheap to clone; all clones are one store.
#[derive(Clone)]
pub struct Store {
    backend: Arc<dyn Backend>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

impl Store {
    /// An empty store that vanishes with its last clone.
    #[must_use]
    pub fn memory() -> Self {
        Self {
            backend: Arc::new(Memory::default()),
        }
    }

    /// The store in a directory, which is made if it is not there. Reads what a killed process left.
    ///
    /// # Errors
    /// [`super::Error::InUse`] when a process has it open; what is wrong with the directory otherwise.
    pub fn open(dir: &Path, options: StoreOptions) -> Result<Self> {
        Self::open_locked(DirLock::acquire(dir)?, options)
    }

    /// The store in a directory that is ours already.
    ///
    /// # Errors
    /// What is wrong with the directory.
    pub fn open_locked(lock: DirLock, options: StoreOptions) -> Result<Self> {
        Ok(Self {
            backend: Arc::new(Disk::open(lock, options)?),
        })
    }

    /// The store as it is now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.backend.snapshot()
    }

    /// Writes a batch: all of it is visible when this returns, and on disk within 100 ms. Where the disk does
    /// not keep up, it waits.
    ///
    /// # Errors
    /// Nothing of the batch is there after [`super::Error::DiskFull`] and the like.
    pub fn write(&self, batch: Batch) -> Result<Seq> {
        self.backend.write(batch, Room::Await)
    }

    /// The same without waiting, for who holds locks that readers take and has waited for room before that.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub fn write_at_once(&self, batch: Batch) -> Result<Seq> {
        self.backend.write(batch, Room::Overdraw)
    }

    /// Whether the disk keeps up with the writes.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.backend.has_room()
    }

    /// Waits until it does.
    ///
    /// # Errors
    /// Why there will be none; the next write says it too.
    pub fn wait_for_room(&self) -> Result<()> {
        self.backend.wait_for_room()
    }

    /// Waits until a batch, and all before it, are on disk. All waiters share one sync.
    ///
    /// # Errors
    /// What the disk says; the batch may be lost by a crash then.
    pub fn wait_durable(&self, seq: Seq) -> Result<()> {
        self.backend.wait_durable(seq)
    }

    /// How much of the disk it takes; 0 in memory.
    #[must_use]
    pub fn disk_bytes(&self) -> u64 {
        self.backend.disk_bytes()
    }
}
