//! What is written together.

use std::ops::Range;

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
///
/// They are written down one behind the other as they come, as the log will have them, so that a batch of small
/// values costs one piece of memory, is written as it is, and what the store keeps of it are parts of that.
/// Large values are not copied into it: what is small must not keep them in memory when they are overwritten.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// [`FRONT`] bytes of room, then each change: space, length of the key, length of the value, key, value
    /// (not the large ones).
    pub(super) bytes: Vec<u8>,
    pub(super) changes: Vec<Change>,
    /// The bytes of the large values.
    own: usize,
}

/// What the log puts before the changes.
pub(super) const FRONT: usize = 24;
/// The length of a value that is none: a delete.
pub(super) const DELETED: u32 = u32::MAX;
/// Values of this length are kept as they come.
pub const LARGE: usize = 4096;

/// A put or a delete.
#[derive(Debug, Clone)]
pub(super) struct Change {
    pub(super) space: Space,
    key: Range<usize>,
    value: Value,
}

#[derive(Debug, Clone)]
enum Value {
    Deleted,
    Within(Range<usize>),
    Own(Bytes),
}

impl Batch {
    /// A batch that changes nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes room for what is known to come.
    pub fn reserve(&mut self, changes: usize, bytes: usize) {
        self.changes.reserve(changes);
        self.bytes.reserve(FRONT + 9 * changes + bytes);
    }

    /// Sets a key's value.
    pub fn put<V: AsRef<[u8]> + Into<Bytes>>(
        &mut self,
        space: Space,
        key: impl AsRef<[u8]>,
        value: V,
    ) {
        if value.as_ref().len() < LARGE {
            return self.put_with(space, key, |out| out.extend_from_slice(value.as_ref()));
        }
        let (key, _) = self.key(space, key.as_ref(), value.as_ref().len());
        let value: Bytes = value.into();
        self.own += value.len();
        let value = Value::Own(value);
        self.changes.push(Change { space, key, value });
    }

    /// Sets a key's value to what is appended. Meant for values that are never overwritten, or small.
    pub fn put_with(
        &mut self,
        space: Space,
        key: impl AsRef<[u8]>,
        write: impl FnOnce(&mut Vec<u8>),
    ) {
        let (key, length) = self.key(space, key.as_ref(), 0);
        let start = self.bytes.len();
        write(&mut self.bytes);
        let value = start..self.bytes.len();
        if let Some(place) = self.bytes.get_mut(length) {
            place.copy_from_slice(&(value.len() as u32).to_le_bytes());
        }
        let value = Value::Within(value);
        self.changes.push(Change { space, key, value });
    }

    /// Removes a key; one that is not there is no error.
    pub fn delete(&mut self, space: Space, key: impl AsRef<[u8]>) {
        let (key, _) = self.key(space, key.as_ref(), DELETED as usize);
        let value = Value::Deleted;
        self.changes.push(Change { space, key, value });
    }

    /// Writes down a change up to its key. Gives the places of the key and of the value's length.
    fn key(&mut self, space: Space, key: &[u8], length: usize) -> (Range<usize>, Range<usize>) {
        if self.bytes.is_empty() {
            self.bytes.resize(FRONT, 0);
        }
        self.bytes.push(space as u8);
        self.bytes
            .extend_from_slice(&(key.len() as u32).to_le_bytes());
        let at = self.bytes.len();
        self.bytes.extend_from_slice(&(length as u32).to_le_bytes());
        self.bytes.extend_from_slice(key);
        (at + 4..self.bytes.len(), at..at + 4)
    }

    /// Adds all of another batch behind these.
    pub fn append(&mut self, other: Batch) {
        if self.bytes.is_empty() {
            *self = other;
            return;
        }
        let by = self.bytes.len().saturating_sub(FRONT);
        let moved = |place: Range<usize>| place.start + by..place.end + by;
        self.bytes
            .extend_from_slice(other.bytes.get(FRONT..).unwrap_or_default());
        self.own += other.own;
        self.changes.extend(other.changes.into_iter().map(|change| {
            let value = match change.value {
                Value::Within(place) => Value::Within(moved(place)),
                other => other,
            };
            let (space, key) = (change.space, moved(change.key));
            Change { space, key, value }
        }));
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

    /// The record of the log in its parts: the bytes from the front on, with the large values where they belong.
    pub(super) fn record(&self) -> impl Iterator<Item = &[u8]> {
        let mut from = 0;
        let large = self.changes.iter().filter_map(move |change| {
            let Value::Own(value) = &change.value else {
                return None;
            };
            let before = std::mem::replace(&mut from, change.key.end)..change.key.end;
            Some([self.bytes.get(before).unwrap_or_default(), value])
        });
        let last = self.changes.iter().rev();
        let last = last.filter(|change| matches!(change.value, Value::Own(_)));
        let last = last.map(|change| change.key.end).next().unwrap_or(0);
        let rest = self.bytes.get(last..).unwrap_or_default();
        large.flatten().chain([rest])
    }

    /// How long that is.
    pub(super) fn record_length(&self) -> usize {
        self.bytes.len().max(FRONT) + self.own
    }

    /// The room before the changes.
    pub(super) fn front(&mut self) -> Option<&mut [u8; FRONT]> {
        if self.bytes.is_empty() {
            self.bytes.resize(FRONT, 0);
        }
        self.bytes.first_chunk_mut()
    }

    /// Its changes, whose keys and small values are parts of one piece of memory; and how much that is.
    pub(super) fn into_parts(
        mut self,
    ) -> (usize, impl Iterator<Item = (Space, Bytes, Option<Bytes>)>) {
        if self.bytes.capacity() > self.bytes.len() + self.bytes.len() / 4 {
            self.bytes.shrink_to_fit();
        }
        let bytes = Bytes::from(self.bytes);
        let length = bytes.len();
        let changes = self.changes.into_iter().map(move |change| {
            let value = match change.value {
                Value::Deleted => None,
                Value::Within(place) => Some(bytes.slice(place)),
                Value::Own(value) => Some(value),
            };
            (change.space, bytes.slice(change.key), value)
        });
        (length, changes)
    }
}
