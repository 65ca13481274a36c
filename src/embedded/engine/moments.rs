//! Moments that snapshot reads outside of transactions come back to.
//!
//! The first read of a snapshot session answers with the time it read at (`atClusterTime`), and later ones
//! ask for that time. A server keeps all its history for that (`minSnapshotHistoryWindowInSeconds`); here the
//! views that were read at are kept, for as long.

use std::sync::{Mutex, PoisonError};

use bson::Timestamp;

use super::View;
use crate::mql::{Error, Result};

/// `minSnapshotHistoryWindowInSeconds`, in milliseconds.
const KEPT: i64 = 300_000;

/// More moments than this are not kept at once: each holds on to what was overwritten since.
const AT_MOST: usize = 64;

/// `SnapshotTooOld`
const SNAPSHOT_TOO_OLD: i32 = 239;

/// The views of the last snapshot reads, with when they were taken; the oldest first.
#[derive(Debug, Default)]
pub struct Moments(Mutex<Vec<(i64, View)>>);

impl Moments {
    /// Keeps the moment of a view, so that its time can be read at again.
    pub fn keep(&self, view: &View, now: i64) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(taken, v)| now - taken < KEPT && v.time != view.time);
        if kept.len() >= AT_MOST {
            kept.remove(0);
        }
        kept.push((now, view.clone()));
    }

    /// The view of a time that was read at before.
    ///
    /// # Errors
    /// `SnapshotTooOld` where none is kept.
    pub fn at(&self, time: Timestamp) -> Result<View> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.iter().find(|(_, view)| view.time == time);
        found.map(|(_, view)| view.clone()).ok_or_else(|| {
            let oldest = kept.first().map_or(time, |(_, view)| view.time);
            let message = format!(
                "Read timestamp Timestamp({}, {}) is older than the oldest available timestamp. Oldest available \
                 timestamp: Timestamp({}, {})",
                time.time, time.increment, oldest.time, oldest.increment
            );
            Error::new(SNAPSHOT_TOO_OLD, message)
        })
    }
}
