//! From intervals of values to ranges of keys.

use std::ops::Bound;

use bytes::Bytes;

use super::interval::{Edge, Interval, Intervals};
use crate::embedded::index::{encode, split};
use crate::embedded::storage::{Direction, KeyRange};

/// Which keys of an index a scan looks at: intervals for each of its fields.
#[derive(Debug, Clone, PartialEq)]
pub struct IndexBounds {
    /// One for each field of the index.
    pub fields: Vec<Intervals>,
}

impl IndexBounds {
    /// Whether every field's intervals are all values.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.fields.iter().all(Intervals::is_all)
    }

    /// The least and the greatest key, with whether they belong to it, where its keys are one run: single
    /// values, then one interval, then all values. In the order of the index.
    #[must_use]
    pub fn single_run(&self, ascending: &[bool]) -> Option<(Vec<Edge>, Vec<Edge>)> {
        let (mut start, mut end) = (Vec::new(), Vec::new());
        let mut open = false;
        for (intervals, ascending) in self.fields.iter().zip(ascending) {
            let [only] = intervals.list() else {
                return None;
            };
            if open && !only.is_all() {
                return None;
            }
            open |= !only.is_point();
            let (first, last) = if *ascending {
                (&only.start, &only.end)
            } else {
                (&only.end, &only.start)
            };
            start.push(first.clone());
            end.push(last.clone());
        }
        Some((start, end))
    }
}

/// An interval of one field's bytes, in the order of the keys.
#[derive(Debug, Clone)]
struct ByteInterval {
    /// The least bytes in it.
    start: Vec<u8>,
    /// The least bytes after it.
    end: Vec<u8>,
    /// The bytes of its one value.
    point: Option<Vec<u8>>,
}

impl ByteInterval {
    fn new(interval: &Interval, ascending: bool) -> Self {
        let place = |edge: &Edge, after: bool| {
            let mut bytes = Vec::new();
            encode::put(&mut bytes, &edge.value, ascending);
            if after { next(bytes) } else { bytes }
        };
        let (start, end) = if ascending {
            (
                place(&interval.start, interval.start.after),
                place(&interval.end, interval.end.after),
            )
        } else {
            (
                place(&interval.end, !interval.end.after),
                place(&interval.start, !interval.start.after),
            )
        };
        let point = interval.is_point().then(|| start.clone());
        Self { start, end, point }
    }
}

/// The bytes after all that begin with these.
fn next(mut bytes: Vec<u8>) -> Vec<u8> {
    while let Some(last) = bytes.pop() {
        if last < u8::MAX {
            bytes.push(last + 1);
            break;
        }
    }
    bytes
}

/// Where a scan looks next.
#[derive(Debug, Clone, PartialEq)]
pub enum Probe {
    /// A whole key.
    Key(Bytes),
    /// All keys in a range.
    Range(KeyRange),
}

/// The runs of keys of some bounds, one after the other, in the direction of a scan.
///
/// The leading fields that have only single values are combined; the first other field gives ranges; the
/// fields behind it are looked at in each key ([`KeyRanges::admits`]).
#[derive(Debug, Clone)]
pub struct KeyRanges {
    ascending: Vec<bool>,
    fields: Vec<Option<Vec<ByteInterval>>>,
    direction: Direction,
    /// How many leading fields are combined.
    leading: usize,
    /// Which interval of each of them, and of the field behind them, is next.
    counters: Vec<usize>,
    done: bool,
}

impl KeyRanges {
    /// The ranges of bounds in an index whose fields ascend or not.
    #[must_use]
    pub fn new(bounds: &IndexBounds, ascending: &[bool], direction: Direction) -> Self {
        let bytes = |(intervals, ascending): (&Intervals, &bool)| {
            if intervals.is_all() {
                return None;
            }
            let list = intervals
                .list()
                .iter()
                .map(|interval| ByteInterval::new(interval, *ascending));
            Some(if *ascending {
                list.collect()
            } else {
                list.rev().collect()
            })
        };
        let fields: Vec<Option<Vec<ByteInterval>>> =
            bounds.fields.iter().zip(ascending).map(bytes).collect();
        let leading = bounds
            .fields
            .iter()
            .take_while(|intervals| intervals.are_points())
            .count();
        let done = bounds
            .fields
            .iter()
            .any(|intervals| intervals.list().is_empty());
        let counters = vec![0; (leading + 1).min(fields.len())];
        Self {
            ascending: ascending.to_vec(),
            fields,
            direction,
            leading,
            counters,
            done,
        }
    }

    /// Whether a key that is in one of the ranges is in the bounds.
    #[must_use]
    pub fn admits(&self, key: &[u8]) -> bool {
        let behind = self.fields.iter().skip(self.leading + 1);
        if behind.clone().all(Option::is_none) {
            return true;
        }
        let mut rest = key;
        for (intervals, ascending) in self.fields.iter().zip(&self.ascending) {
            let Some(length) = split::value_length(rest, *ascending) else {
                return true;
            };
            let (value, after) = rest.split_at(length);
            rest = after;
            let inside =
                |interval: &ByteInterval| value >= &interval.start[..] && value < &interval.end[..];
            if intervals
                .as_ref()
                .is_some_and(|intervals| !intervals.iter().any(inside))
            {
                return false;
            }
        }
        true
    }

    /// Where keys may be in the bounds again after one that is not ([`KeyRanges::admits`]): what is left of the
    /// range that it was found in.
    #[must_use]
    pub fn skip_from(&self, key: &[u8], range: &KeyRange) -> Option<KeyRange> {
        let mut end_of_field = 0;
        for (intervals, ascending) in self.fields.iter().zip(&self.ascending) {
            let (prefix, rest) = key.split_at(end_of_field);
            end_of_field += split::value_length(rest, *ascending)?;
            let value = rest.get(..end_of_field - prefix.len())?;
            let Some(intervals) = intervals else { continue };
            if intervals
                .iter()
                .any(|i| value >= &i.start[..] && value < &i.end[..])
            {
                continue;
            }
            return self.skip_within(prefix, value, intervals, range);
        }
        None
    }

    fn skip_within(
        &self,
        prefix: &[u8],
        value: &[u8],
        intervals: &[ByteInterval],
        range: &KeyRange,
    ) -> Option<KeyRange> {
        let place = |bytes: &[u8]| Bytes::from([prefix, bytes].concat());
        let mut left = range.clone();
        match self.direction {
            Direction::Forward => {
                let later = intervals
                    .iter()
                    .find(|interval| &interval.start[..] > value);
                left.start = Bound::Included(match later {
                    Some(interval) => place(&interval.start),
                    None => next(prefix.to_vec()).into(),
                });
            }
            Direction::Backward => {
                let earlier = intervals
                    .iter()
                    .rev()
                    .find(|interval| &interval.end[..] <= value);
                left.end = Bound::Excluded(match earlier {
                    Some(interval) => place(&interval.end),
                    None => place(&[]),
                });
            }
        }
        Some(left)
    }

    /// The interval of a field that its counter means.
    fn interval(&self, field: usize) -> Option<&ByteInterval> {
        let intervals = self.fields.get(field)?.as_ref()?;
        let counter = *self.counters.get(field)?;
        match self.direction {
            Direction::Forward => intervals.get(counter),
            Direction::Backward => intervals.get(intervals.len().checked_sub(counter + 1)?),
        }
    }

    fn probe(&self) -> Probe {
        let mut prefix = Vec::new();
        for field in 0..self.leading {
            prefix.extend(
                self.interval(field)
                    .and_then(|i| i.point.clone())
                    .unwrap_or_default(),
            );
        }
        if self.leading == self.fields.len() {
            return Probe::Key(prefix.into());
        }
        Probe::Range(match self.interval(self.leading) {
            None => KeyRange::prefix(&prefix),
            Some(interval) => {
                let place = |bytes: &[u8]| Bytes::from([&prefix[..], bytes].concat());
                KeyRange::between(place(&interval.start), place(&interval.end))
            }
        })
    }

    /// Counts on, from the last field.
    fn count(&mut self) {
        for field in (0..self.counters.len()).rev() {
            let length = self
                .fields
                .get(field)
                .and_then(Option::as_ref)
                .map_or(1, Vec::len);
            if let Some(counter) = self.counters.get_mut(field) {
                *counter += 1;
                if *counter < length {
                    return;
                }
                *counter = 0;
            }
        }
        self.done = true;
    }
}

impl Iterator for KeyRanges {
    type Item = Probe;

    fn next(&mut self) -> Option<Probe> {
        if self.done {
            return None;
        }
        let probe = self.probe();
        self.count();
        Some(probe)
    }
}
