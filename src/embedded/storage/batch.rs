//! What is written together.

use bytes::Bytes;

/// An ordered map of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Space {
    /// Collections and their indexes.
    Catalog,
    /// Documents by record id.
    Records,
    /// Index keys.
    Indexes,
    /// The history of all writes, by cluster time.
    Oplog,
    /// What retryable writes did.
    Sessions,
    /// Everything of which there is one.
    Meta,
}

impl Space {
    /// All of them, in the order of [`Space::index`].
    pub const ALL: [Space; 6] = [
        Space::Catalog,
        Space::Records,
        Space::Indexes,
        Space::Oplog,
        Space::Sessions,
        Space::Meta,
    ];

    /// Its place in [`Space::ALL`]; also its number on disk.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// Puts and deletes that become visible, and durable, all at once. Of several on one key the last one counts.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    pub(super) changes: Vec<Change>,
}

/// A put (`value` is there) or a delete.
#[derive(Debug, Clone)]
pub(super) struct Change {
    pub(super) space: Space,
    pub(super) key: Bytes,
    pub(super) value: Option<Bytes>,
}

impl Batch {
    /// A batch that changes nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a key's value.
    pub fn put(&mut self, space: Space, key: impl Into<Bytes>, value: impl Into<Bytes>) {
        let (key, value) = (key.into(), Some(value.into()));
        self.changes.push(Change { space, key, value });
    }

    /// Removes a key; one that is not there is no error.
    pub fn delete(&mut self, space: Space, key: impl Into<Bytes>) {
        let (key, value) = (key.into(), None);
        self.changes.push(Change { space, key, value });
    }

    /// Adds all of another batch behind these.
    pub fn append(&mut self, mut other: Batch) {
        self.changes.append(&mut other.changes);
    }

    /// Whether it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// How many puts and deletes it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.changes.len()
    }

    /// How many bytes of keys and values it holds.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let size = |c: &Change| c.key.len() + c.value.as_ref().map_or(0, Bytes::len);
        self.changes.iter().map(size).sum()
    }
}
