//! Reading the history.

use std::ops::Bound;

use bson::Timestamp;

use super::super::keys;
use super::Entry;
use crate::embedded::storage::{Direction, KeyRange, Scan, Snapshot, Space};
use crate::mql::{Error, Result, error::code};

/// Entries of the history, in order. Owned.
pub struct OplogReader {
    scan: Scan,
}

impl OplogReader {
    pub(in crate::embedded::engine) fn after(snapshot: &Snapshot, after: Timestamp) -> Self {
        Self::over(snapshot, Bound::Excluded(keys::time(after)))
    }

    pub(in crate::embedded::engine) fn from(snapshot: &Snapshot, from: Timestamp) -> Self {
        Self::over(snapshot, Bound::Included(keys::time(from)))
    }

    fn over(snapshot: &Snapshot, start: Bound<bytes::Bytes>) -> Self {
        let range = KeyRange {
            start,
            end: Bound::Unbounded,
        };
        Self {
            scan: snapshot.scan(Space::Oplog, range, Direction::Forward),
        }
    }
}

impl Iterator for OplogReader {
    type Item = Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.scan.next()?;
        Some(entry.map_err(Error::from).and_then(|(key, bytes)| {
            let ts = keys::time_of(&key)
                .ok_or_else(|| Error::new(code::INTERNAL_ERROR, "a bad key in the oplog"))?;
            Ok(Entry::new(ts, bytes))
        }))
    }
}
