//! The store as it was at one moment.

use std::sync::Arc;

use bytes::Bytes;

use super::{Direction, KeyRange, Result, Seq, Space};

/// A key with its value.
pub type Entry = (Bytes, Bytes);

/// The entries of a range, one after the other; owned, so that a cursor can keep it.
pub type Scan = Box<dyn Iterator<Item = Result<Entry>> + Send>;

/// What each kind of store gives its readers.
pub(super) trait View: Send + Sync {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Bytes>>;
    fn scan(&self, space: Space, range: KeyRange, direction: Direction) -> Scan;
}

/// The store as it was at one moment: never changes, waits for nobody, cheap to clone and to keep.
#[derive(Clone)]
pub struct Snapshot {
    seq: Seq,
    view: Arc<dyn View>,
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snapshot")
            .field("seq", &self.seq)
            .finish_non_exhaustive()
    }
}

impl Snapshot {
    pub(super) fn new(seq: Seq, view: Arc<dyn View>) -> Self {
        Self { seq, view }
    }

    /// The last batch that it sees.
    #[must_use]
    pub fn seq(&self) -> Seq {
        self.seq
    }

    /// A key's value.
    ///
    /// # Errors
    /// What the disk says.
    pub fn get(&self, space: Space, key: &[u8]) -> Result<Option<Bytes>> {
        self.view.get(space, key)
    }

    /// The entries of a range, in order. The iterator keeps what it needs of the snapshot.
    #[must_use]
    pub fn scan(&self, space: Space, range: KeyRange, direction: Direction) -> Scan {
        if range.is_empty() {
            return Box::new(std::iter::empty());
        }
        self.view.scan(space, range, direction)
    }

    /// The least entry of a range, or the greatest with [`Direction::Backward`].
    ///
    /// # Errors
    /// What the disk says.
    pub fn first(
        &self,
        space: Space,
        range: KeyRange,
        direction: Direction,
    ) -> Result<Option<Entry>> {
        self.scan(space, range, direction).next().transpose()
    }
}
