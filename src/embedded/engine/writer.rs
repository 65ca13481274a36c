//! What the write mutex protects: time, numbers, and who holds what.

use std::collections::{HashMap, HashSet};

use bson::Timestamp;
use bytes::Bytes;

use crate::embedded::catalog::{CollectionId, IndexId};
use crate::embedded::storage::Space;

/// The number of a transaction, of all that this process has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct TransactionId(pub u64);

/// A record or a unique key that a transaction has written.
pub(super) type LockKey = (Space, Bytes);

/// What the write mutex protects.
#[derive(Debug)]
pub(super) struct Writer {
    /// The time of the last entry of the oplog.
    pub last: Timestamp,
    /// The numbers that were given out last.
    pub last_collection: u32,
    pub last_index: u32,
    pub last_transaction: u64,
    locks: HashMap<LockKey, TransactionId>,
    /// The open transactions that have written into a collection: it is not changed before they end.
    users: HashMap<CollectionId, HashSet<TransactionId>>,
}

impl Writer {
    pub fn new(last: Timestamp, last_collection: u32, last_index: u32) -> Self {
        Self {
            last,
            last_collection,
            last_index,
            last_transaction: 0,
            locks: HashMap::new(),
            users: HashMap::new(),
        }
    }

    /// The next cluster time: of this second, or right after the last one when the clock is behind it.
    pub fn tick(&mut self, now_millis: i64) -> Timestamp {
        let second = u32::try_from(now_millis / 1000).unwrap_or(u32::MAX);
        self.last = if second > self.last.time {
            Timestamp {
                time: second,
                increment: 1,
            }
        } else if self.last.increment == u32::MAX {
            Timestamp {
                time: self.last.time.saturating_add(1),
                increment: 1,
            }
        } else {
            Timestamp {
                time: self.last.time,
                increment: self.last.increment + 1,
            }
        };
        self.last
    }

    pub fn next_collection(&mut self) -> CollectionId {
        self.last_collection += 1;
        CollectionId(self.last_collection)
    }

    pub fn next_index(&mut self) -> IndexId {
        self.last_index += 1;
        IndexId(self.last_index)
    }

    pub fn next_transaction(&mut self) -> TransactionId {
        self.last_transaction += 1;
        TransactionId(self.last_transaction)
    }

    /// Whether another transaction than this one (if it is one) holds a key.
    pub fn is_held(&self, space: Space, key: &[u8], by: Option<TransactionId>) -> bool {
        if self.locks.is_empty() {
            return false;
        }
        let holder = self.locks.get(&(space, Bytes::copy_from_slice(key)));
        holder.is_some_and(|holder| Some(*holder) != by)
    }

    pub fn hold(&mut self, space: Space, key: Bytes, by: TransactionId) {
        self.locks.insert((space, key), by);
    }

    pub fn uses(&mut self, collection: CollectionId, by: TransactionId) {
        self.users.entry(collection).or_default().insert(by);
    }

    pub fn is_used(&self, collection: CollectionId) -> bool {
        self.users.contains_key(&collection)
    }

    /// A transaction has ended.
    pub fn release(
        &mut self,
        by: TransactionId,
        locks: impl IntoIterator<Item = LockKey>,
        used: impl IntoIterator<Item = CollectionId>,
    ) {
        for lock in locks {
            self.locks.remove(&lock);
        }
        for collection in used {
            if let Some(users) = self.users.get_mut(&collection) {
                users.remove(&by);
                if users.is_empty() {
                    self.users.remove(&collection);
                }
            }
        }
    }
}
