//! `$push`, `$addToSet`, `$first`, `$last`, `$firstN`, `$lastN`: values as they come.

use std::collections::{BTreeSet, VecDeque};

use bson::Bson;

use super::memory::{self, Memory};
use super::{Accumulator, Result};
use crate::value::compare;

/// `$push`: missing values are left out, null is not.
#[derive(Debug)]
pub(super) struct Push {
    values: Vec<Bson>,
    memory: Memory,
}

impl Push {
    pub(super) fn new() -> Self {
        Self {
            values: Vec::new(),
            memory: Memory::new("$push"),
        }
    }
}

impl Accumulator for Push {
    fn add(&mut self, value: Option<Bson>) -> Result<()> {
        if let Some(value) = value {
            self.memory.add(&value)?;
            self.values.push(value);
        }
        Ok(())
    }

    fn value(&self) -> Option<Bson> {
        Some(Bson::Array(self.values.clone()))
    }

    fn finish(self: Box<Self>) -> Option<Bson> {
        Some(Bson::Array(self.values))
    }

    fn size(&self) -> usize {
        self.memory.used()
    }
}

/// A value with MongoDB's order, so that it can stand in sets.
#[derive(Debug, Clone)]
pub(super) struct Ordered(pub(super) Bson);

impl PartialEq for Ordered {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Ordered {}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        compare(&self.0, &other.0)
    }
}

/// `$addToSet`: the first of equal values stays. The server gives no order; here it is the order of values.
#[derive(Debug)]
pub(super) struct AddToSet {
    values: BTreeSet<Ordered>,
    memory: Memory,
}

impl AddToSet {
    pub(super) fn new() -> Self {
        Self {
            values: BTreeSet::new(),
            memory: Memory::new("$addToSet"),
        }
    }
}

impl Accumulator for AddToSet {
    fn add(&mut self, value: Option<Bson>) -> Result<()> {
        let Some(value) = value.map(Ordered) else {
            return Ok(());
        };
        if !self.values.contains(&value) {
            self.memory.add(&value.0)?;
            self.values.insert(value);
        }
        Ok(())
    }

    fn value(&self) -> Option<Bson> {
        Some(Bson::Array(
            self.values.iter().map(|v| v.0.clone()).collect(),
        ))
    }

    fn finish(self: Box<Self>) -> Option<Bson> {
        Some(Bson::Array(self.values.into_iter().map(|v| v.0).collect()))
    }

    fn size(&self) -> usize {
        self.memory.used()
    }
}

/// `$first`: of the first document, missing or not.
#[derive(Debug, Default)]
pub(super) struct First(Option<Option<Bson>>);

impl Accumulator for First {
    fn add(&mut self, value: Option<Bson>) -> Result<()> {
        self.0.get_or_insert(value);
        Ok(())
    }

    fn value(&self) -> Option<Bson> {
        Some(self.0.clone().flatten().unwrap_or(Bson::Null))
    }

    fn needs_more(&self) -> bool {
        self.0.is_none()
    }

    fn size(&self) -> usize {
        self.0.iter().flatten().map(memory::size).sum()
    }
}

/// `$last`: of the last document, missing or not.
#[derive(Debug, Default)]
pub(super) struct Last(Option<Bson>);

impl Accumulator for Last {
    fn add(&mut self, value: Option<Bson>) -> Result<()> {
        self.0 = value;
        Ok(())
    }

    fn value(&self) -> Option<Bson> {
        Some(self.0.clone().unwrap_or(Bson::Null))
    }

    fn size(&self) -> usize {
        self.0.as_ref().map_or(0, memory::size)
    }
}

/// `$firstN` and `$lastN`: missing values are null.
#[derive(Debug)]
pub(super) struct Run {
    last: bool,
    limit: usize,
    values: VecDeque<Bson>,
    memory: Memory,
}

impl Run {
    pub(super) fn first(limit: usize) -> Self {
        Self::new(limit, false, "$firstN")
    }

    pub(super) fn last(limit: usize) -> Self {
        Self::new(limit, true, "$lastN")
    }

    fn new(limit: usize, last: bool, name: &'static str) -> Self {
        Self {
            last,
            limit,
            values: VecDeque::new(),
            memory: Memory::new(name),
        }
    }
}

impl Accumulator for Run {
    fn add(&mut self, value: Option<Bson>) -> Result<()> {
        if self.values.len() >= self.limit {
            if !self.last {
                return Ok(());
            }
            if let Some(dropped) = self.values.pop_front() {
                self.memory.remove(&dropped);
            }
        }
        let value = value.unwrap_or(Bson::Null);
        self.memory.add(&value)?;
        self.values.push_back(value);
        Ok(())
    }

    fn value(&self) -> Option<Bson> {
        Some(Bson::Array(self.values.iter().cloned().collect()))
    }

    fn finish(self: Box<Self>) -> Option<Bson> {
        Some(Bson::Array(self.values.into()))
    }

    fn needs_more(&self) -> bool {
        self.last || self.values.len() < self.limit
    }

    fn size(&self) -> usize {
        self.memory.used()
    }
}
