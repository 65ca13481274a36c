//! `$min`, `$max`, `$minN`, `$maxN`: null and missing values do not count.

use std::cmp::Ordering;

use bson::Bson;

use super::memory::Memory;
use super::{Accumulator, Result};
use crate::value::compare;

/// Which end of the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Least,
    Greatest,
}

impl End {
    /// The order in which the wanted end comes first.
    fn compare(self, a: &Bson, b: &Bson) -> Ordering {
        match self {
            End::Least => compare(a, b),
            End::Greatest => compare(b, a),
        }
    }
}

/// `$min` and `$max`: the first of equal values stays.
#[derive(Debug)]
pub(super) struct Extreme {
    end: End,
    best: Option<Bson>,
}

impl Extreme {
    pub(super) fn new(end: End) -> Self {
        Self { end, best: None }
    }
}

impl Accumulator for Extreme {
    fn add(&mut self, value: Option<Bson>) -> Result<()> {
        let Some(value) = super::present(value) else {
            return Ok(());
        };
        let better = match &self.best {
            Some(best) => self.end.compare(&value, best).is_lt(),
            None => true,
        };
        if better {
            self.best = Some(value);
        }
        Ok(())
    }

    fn value(&self) -> Option<Bson> {
        Some(self.best.clone().unwrap_or(Bson::Null))
    }

    fn size(&self) -> usize {
        self.best.as_ref().map_or(0, super::memory::size)
    }
}

/// `$minN` and `$maxN`: the best values in their order; of equal ones the earlier is better.
#[derive(Debug)]
pub(super) struct Extremes {
    end: End,
    limit: usize,
    best: Vec<Bson>,
    memory: Memory,
}

impl Extremes {
    pub(super) fn new(end: End, limit: usize) -> Self {
        let name = match end {
            End::Least => "$minN",
            End::Greatest => "$maxN",
        };
        Self {
            end,
            limit,
            best: Vec::new(),
            memory: Memory::new(name),
        }
    }

    /// Where a value belongs. The server keeps both in one ascending multiset: among equal values the later
    /// one stands behind, which for `$maxN` is read first.
    fn place(&self, value: &Bson) -> usize {
        let end = self.end;
        match end {
            End::Least => self.best.partition_point(|b| end.compare(b, value).is_le()),
            End::Greatest => self.best.partition_point(|b| end.compare(b, value).is_lt()),
        }
    }
}

impl Accumulator for Extremes {
    fn add(&mut self, value: Option<Bson>) -> Result<()> {
        let Some(value) = super::present(value) else {
            return Ok(());
        };
        if self.best.len() >= self.limit {
            match self.best.last() {
                Some(worst) if self.end.compare(&value, worst).is_lt() => {}
                _ => return Ok(()),
            }
            // Of several equal worst values the server drops the last of its multiset, or for `$maxN` the first: both are the
            // last of this list.
            if let Some(dropped) = self.best.pop() {
                self.memory.remove(&dropped);
            }
        }
        self.memory.add(&value)?;
        self.best.insert(self.place(&value), value);
        Ok(())
    }

    fn value(&self) -> Option<Bson> {
        Some(Bson::Array(self.best.clone()))
    }

    fn finish(self: Box<Self>) -> Option<Bson> {
        Some(Bson::Array(self.best))
    }

    fn size(&self) -> usize {
        self.memory.used()
    }
}
