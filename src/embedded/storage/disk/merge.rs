//! Overlays over the tree, in one order.

use std::cmp::Ordering;
use std::iter::Peekable;

use bytes::Bytes;

use super::super::memory::MapScan;
use super::super::snapshot::Entry;
use super::super::{Direction, Result, Scan};
use super::overlay::Slot;

/// A newer layer over an older one: where both have a key, the newer one's slot counts. Deletes are passed on,
/// so that a layer may lie on another.
pub(super) struct Layers<N: Iterator<Item = (Bytes, Slot)>, O: Iterator<Item = (Bytes, Slot)>> {
    newer: Peekable<N>,
    older: Peekable<O>,
    direction: Direction,
}

pub(super) fn order(direction: Direction, a: &Bytes, b: &Bytes) -> Ordering {
    match direction {
        Direction::Forward => a.cmp(b),
        Direction::Backward => b.cmp(a),
    }
}

impl<N, O> Layers<N, O>
where
    N: Iterator<Item = (Bytes, Slot)>,
    O: Iterator<Item = (Bytes, Slot)>,
{
    pub(super) fn new(newer: N, older: O, direction: Direction) -> Self {
        Self {
            newer: newer.peekable(),
            older: older.peekable(),
            direction,
        }
    }
}

impl<N, O> Iterator for Layers<N, O>
where
    N: Iterator<Item = (Bytes, Slot)>,
    O: Iterator<Item = (Bytes, Slot)>,
{
    type Item = (Bytes, Slot);

    fn next(&mut self) -> Option<Self::Item> {
        let (Some(newer), Some(older)) = (self.newer.peek(), self.older.peek()) else {
            return self.newer.next().or_else(|| self.older.next());
        };
        match order(self.direction, &newer.0, &older.0) {
            Ordering::Less => self.newer.next(),
            Ordering::Greater => self.older.next(),
            Ordering::Equal => {
                self.older.next();
                self.newer.next()
            }
        }
    }
}

/// Overlays over the tree's entries.
pub(super) struct Merge<N: Iterator<Item = (Bytes, Slot)>> {
    newer: Peekable<N>,
    tree: Peekable<Scan>,
    direction: Direction,
}

impl<N: Iterator<Item = (Bytes, Slot)>> Merge<N> {
    pub(super) fn new(newer: N, tree: Scan, direction: Direction) -> Self {
        Self {
            newer: newer.peekable(),
            tree: tree.peekable(),
            direction,
        }
    }
}

impl<N: Iterator<Item = (Bytes, Slot)>> Iterator for Merge<N> {
    type Item = Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let Some((key, _)) = self.newer.peek() else {
                return self.tree.next();
            };
            match self.tree.peek() {
                Some(Err(_)) => return self.tree.next(),
                Some(Ok((old, _))) => match order(self.direction, key, old) {
                    Ordering::Greater => return self.tree.next(),
                    Ordering::Equal => drop(self.tree.next()),
                    Ordering::Less => {}
                },
                None => {}
            }
            // A delete hides what the tree has, which has been passed.
            if let Some((key, Some(value))) = self.newer.next() {
                return Some(Ok((key, value)));
            }
        }
    }
}

/// An overlay's part of a range.
pub(super) type SlotScan = MapScan<Slot>;
