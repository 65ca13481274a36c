//! Scanning an index.

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;

use super::counters::ScanCounts;
use crate::embedded::catalog::Index;
use crate::embedded::engine::{Keys, RecordId, View};
use crate::embedded::index::bounds::{KeyRanges, Probe};
use crate::embedded::query::plan::{IndexScan, ScannedKeys};
use crate::embedded::storage::{Direction, KeyRange};
use crate::mql::{Interrupt, Result};

/// Going elsewhere costs as much as looking at a few keys.
const MISSES_BEFORE_SEEK: u32 = 4;

/// The keys of a scan with their documents' numbers, each document once. Owned.
pub(in crate::embedded::query) struct Scanner {
    view: View,
    index: Arc<Index>,
    direction: Direction,
    probes: Probes,
    keys: Option<Keys>,
    /// The range that they are of.
    range: KeyRange,
    /// How many keys in a row were not in the bounds.
    misses: u32,
    /// The documents that were given, where one may have several keys.
    seen: Option<HashSet<RecordId>>,
    counts: Arc<ScanCounts>,
    interrupt: Interrupt,
}

enum Probes {
    Bounds(KeyRanges),
    Once(Option<KeyRange>),
}

impl Scanner {
    pub fn new(
        scan: &IndexScan,
        view: &View,
        counts: Arc<ScanCounts>,
        interrupt: Interrupt,
    ) -> Self {
        let probes = match &scan.keys {
            ScannedKeys::Bounds(bounds) => {
                Probes::Bounds(KeyRanges::new(bounds, &scan.ascending(), scan.direction))
            }
            ScannedKeys::Range(range) => Probes::Once(Some(range.clone())),
        };
        Self {
            view: view.clone(),
            direction: scan.direction,
            probes,
            keys: None,
            range: KeyRange::all(),
            misses: 0,
            seen: scan.index.is_multikey().then(HashSet::new),
            index: scan.index.clone(),
            counts,
            interrupt,
        }
    }

    /// Counts the use of the index (`$indexStats`).
    pub fn counted(self) -> Self {
        self.index.count_use();
        self
    }

    /// The next key in the next place that has any.
    fn advance(&mut self) -> Option<Result<(Bytes, RecordId)>> {
        loop {
            if let Some(key) = self.keys.as_mut().and_then(Iterator::next) {
                self.counts.keys.add(1);
                return Some(key);
            }
            let probe = match &mut self.probes {
                Probes::Bounds(ranges) => ranges.next()?,
                Probes::Once(range) => Probe::Range(range.take()?),
            };
            self.counts.seeks.add(1);
            if let Err(e) = self.interrupt.check() {
                return Some(Err(e));
            }
            let range = match probe {
                Probe::Range(range) => range,
                Probe::Key(key) if !self.index.unique => KeyRange::prefix(&key),
                Probe::Key(key) => match self.view.unique(&self.index, &key) {
                    Ok(None) => continue,
                    found => {
                        self.counts.keys.add(1);
                        return found
                            .transpose()
                            .map(|record| record.map(|record| (key, record)));
                    }
                },
            };
            self.look_in(range);
        }
    }

    fn look_in(&mut self, range: KeyRange) {
        self.keys = Some(self.view.keys(&self.index, &range, self.direction));
        self.range = range;
    }

    /// After a key that is not in the bounds: goes on where keys may be in them again.
    fn miss(&mut self, key: &[u8]) -> Result<()> {
        self.misses += 1;
        if self.misses >= MISSES_BEFORE_SEEK
            && let Probes::Bounds(ranges) = &self.probes
            && let Some(left) = ranges.skip_from(key, &self.range)
        {
            self.misses = 0;
            self.counts.seeks.add(1);
            self.look_in(left);
        }
        self.interrupt.check()
    }

    fn admits(&self, key: &[u8]) -> bool {
        match &self.probes {
            Probes::Bounds(ranges) => ranges.admits(key),
            Probes::Once(_) => true,
        }
    }
}

impl Iterator for Scanner {
    type Item = Result<(Bytes, RecordId)>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (key, record) = match self.advance()? {
                Ok(entry) => entry,
                Err(e) => return Some(Err(e)),
            };
            if !self.admits(&key) {
                if let Err(e) = self.miss(&key) {
                    return Some(Err(e));
                }
                continue;
            }
            self.misses = 0;
            self.counts.inside.add(1);
            if self.seen.as_mut().is_some_and(|seen| !seen.insert(record)) {
                self.counts.again.add(1);
                continue;
            }
            return Some(Ok((key, record)));
        }
    }
}
