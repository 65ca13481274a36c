//! Scanning the tree.
//!
//! redb lends its entries one by one; a scan that is owned has to copy them. They are copied in runs, many into
//! one piece of memory, of which the entries are slices: an allocation an entry costs more than reading it.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use redb::Range;

use super::super::snapshot::Entry;
use super::super::{Direction, Error, Result};
use super::tree::{TreeView, damaged};

/// How many bytes the first run has at most: most scans look at few entries.
pub(super) const FIRST_RUN: usize = 512;
/// How many bytes any run has at most, if it has more than one entry. An entry that is kept keeps its run.
const LONGEST_RUN: usize = 32 * 1024;

/// An owned iterator over a range of the tree.
pub(super) struct TreeScan {
    pub(super) entries: Range<'static, &'static [u8], &'static [u8]>,
    pub(super) direction: Direction,
    pub(super) run: Run,
    /// How many bytes the next run has at most.
    pub(super) most: usize,
    /// What ended the run.
    pub(super) failed: Option<Error>,
    /// It goes along, so that the file stays open as long as somebody reads it.
    pub(super) _view: Arc<TreeView>,
}

/// Entries that were copied together.
#[derive(Default)]
pub(super) struct Run {
    bytes: Bytes,
    /// The lengths of keys and values, the next one last.
    lengths: Vec<(usize, usize)>,
}

impl Run {
    fn next(&mut self) -> Option<Entry> {
        let (key, value) = self.lengths.pop()?;
        let key = self.bytes.split_to(key);
        Some((key, self.bytes.split_to(value)))
    }
}

impl TreeScan {
    fn fill(&mut self) {
        let mut bytes = BytesMut::with_capacity(self.most);
        let lengths = &mut self.run.lengths;
        loop {
            let entry = match self.direction {
                Direction::Forward => self.entries.next(),
                Direction::Backward => self.entries.next_back(),
            };
            match entry {
                Some(Ok((key, value))) => {
                    let (key, value) = (key.value(), value.value());
                    bytes.extend_from_slice(key);
                    bytes.extend_from_slice(value);
                    lengths.push((key.len(), value.len()));
                }
                Some(Err(e)) => {
                    self.failed = Some(damaged(e));
                    break;
                }
                None => break,
            }
            // As much again as the last entry takes would not fit.
            let last = lengths.last().map_or(0, |(key, value)| key + value);
            if bytes.len() + last > self.most {
                break;
            }
        }
        lengths.reverse();
        self.run.bytes = bytes.freeze();
        self.most = (self.most * 4).min(LONGEST_RUN);
    }
}

impl Iterator for TreeScan {
    type Item = Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(entry) = self.run.next() {
            return Some(Ok(entry));
        }
        if self.failed.is_none() {
            self.fill();
        }
        match self.run.next() {
            Some(entry) => Some(Ok(entry)),
            None => self.failed.take().map(Err),
        }
    }
}
