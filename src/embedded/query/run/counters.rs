//! What a run did, for `explain`.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// A number that a run counts up, in one thread; others may look at it.
#[derive(Debug, Default)]
pub(in crate::embedded::query) struct Count(AtomicU64);

impl Count {
    pub fn add(&self, n: u64) {
        // No other thread adds, so this needs no locked instruction, of which each row would have several.
        self.0.store(self.get().wrapping_add(n), Ordering::Relaxed);
    }

    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What one scan of an index did.
#[derive(Debug, Default)]
pub(in crate::embedded::query) struct ScanCounts {
    /// Keys that were looked at.
    pub keys: Count,
    /// Places that were gone to.
    pub seeks: Count,
    /// Keys that were in the bounds.
    pub inside: Count,
    /// Keys of documents that had been given before.
    pub again: Count,
}

/// What a run did.
#[derive(Debug, Default)]
pub(in crate::embedded::query) struct Counters {
    /// Documents that were looked at.
    pub documents: Count,
    /// Documents that the filter means.
    pub matched: Count,
    /// Record ids that several scans gave, and those that were the second of their kind.
    pub merged: Count,
    pub merged_again: Count,
    /// Rows, and their bytes, that were sorted.
    pub sorted: Count,
    pub sorted_bytes: Count,
    pub used_disk: AtomicBool,
    /// Rows that were left out.
    pub skipped: Count,
    /// Rows that came out.
    pub returned: Count,
    scans: Mutex<Vec<Arc<ScanCounts>>>,
}

impl Counters {
    /// The counts of one more scan.
    pub fn scan(&self) -> Arc<ScanCounts> {
        let counts = Arc::new(ScanCounts::default());
        self.lock().push(counts.clone());
        counts
    }

    /// The counts of all scans, in the plan's order.
    pub fn scans(&self) -> Vec<Arc<ScanCounts>> {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Arc<ScanCounts>>> {
        self.scans.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Keys that all scans looked at.
    pub fn keys(&self) -> u64 {
        self.scans().iter().map(|scan| scan.keys.get()).sum()
    }
}
