//! Intervals of values.

use std::cmp::Ordering;

use bson::Bson;

use crate::mql::text;
use crate::value::compare;

/// A place between values: before or after all that are equal to one.
#[derive(Debug, Clone, PartialEq)]
pub struct Edge {
    /// Which one.
    pub value: Bson,
    /// Whether the place is after it.
    pub after: bool,
}

impl Edge {
    /// The place before a value.
    #[must_use]
    pub fn before(value: impl Into<Bson>) -> Self {
        Self {
            value: value.into(),
            after: false,
        }
    }

    /// The place after a value.
    #[must_use]
    pub fn after(value: impl Into<Bson>) -> Self {
        Self {
            value: value.into(),
            after: true,
        }
    }

    fn order(&self, other: &Self) -> Ordering {
        compare(&self.value, &other.value).then(self.after.cmp(&other.after))
    }
}

/// The values between two places.
#[derive(Debug, Clone, PartialEq)]
pub struct Interval {
    /// Where it begins.
    pub start: Edge,
    /// Where it ends.
    pub end: Edge,
}

impl Interval {
    /// One value.
    #[must_use]
    pub fn point(value: Bson) -> Self {
        Self {
            start: Edge::before(value.clone()),
            end: Edge::after(value),
        }
    }

    /// All values.
    #[must_use]
    pub fn all() -> Self {
        Self {
            start: Edge::before(Bson::MinKey),
            end: Edge::after(Bson::MaxKey),
        }
    }

    /// Whether no value is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        // Nothing is between undefined and null.
        let nothing =
            self.start == Edge::after(Bson::Undefined) && self.end == Edge::before(Bson::Null);
        nothing || self.start.order(&self.end).is_ge()
    }

    /// Whether all values that are in it are equal.
    #[must_use]
    pub fn is_point(&self) -> bool {
        !self.start.after && self.end.after && compare(&self.start.value, &self.end.value).is_eq()
    }

    /// Whether every value is in it.
    #[must_use]
    pub fn is_all(&self) -> bool {
        *self == Self::all()
    }

    fn intersection(&self, other: &Self) -> Self {
        let later = if self.start.order(&other.start).is_ge() {
            &self.start
        } else {
            &other.start
        };
        let earlier = if self.end.order(&other.end).is_le() {
            &self.end
        } else {
            &other.end
        };
        Self {
            start: later.clone(),
            end: earlier.clone(),
        }
    }

    /// As `explain` writes it, in the direction of a scan: `[1, 5)`, or `(5, 1]` against it.
    #[must_use]
    pub fn text(&self, ascending: bool) -> String {
        let (open, close) = (
            if self.start.after { "(" } else { "[" },
            if self.end.after { "]" } else { ")" },
        );
        let (start, end) = (text::value(&self.start.value), text::value(&self.end.value));
        if ascending {
            return format!("{open}{start}, {end}{close}");
        }
        let turned = |bracket: &str| match bracket {
            "(" => ")",
            "[" => "]",
            ")" => "(",
            _ => "[",
        };
        format!("{}{end}, {start}{}", turned(close), turned(open))
    }
}

/// Several intervals, in order and apart from each other.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Intervals(Vec<Interval>);

impl Intervals {
    /// The intervals of a list, in any order.
    #[must_use]
    pub fn of(mut list: Vec<Interval>) -> Self {
        list.retain(|interval| !interval.is_empty());
        list.sort_by(|a, b| a.start.order(&b.start));
        let mut apart: Vec<Interval> = Vec::with_capacity(list.len());
        for next in list {
            match apart.last_mut() {
                Some(last) if next.start.order(&last.end).is_lt() => {
                    if next.end.order(&last.end).is_gt() {
                        last.end = next.end;
                    }
                }
                _ => apart.push(next),
            }
        }
        Self(apart)
    }

    /// All values.
    #[must_use]
    pub fn all() -> Self {
        Self(vec![Interval::all()])
    }

    /// One value.
    #[must_use]
    pub fn point(value: Bson) -> Self {
        Self(vec![Interval::point(value)])
    }

    /// In ascending order.
    #[must_use]
    pub fn list(&self) -> &[Interval] {
        &self.0
    }

    /// Whether it is every value.
    #[must_use]
    pub fn is_all(&self) -> bool {
        matches!(&self.0[..], [only] if only.is_all())
    }

    /// Whether it is one value.
    #[must_use]
    pub fn is_point(&self) -> bool {
        matches!(&self.0[..], [only] if only.is_point())
    }

    /// Whether it is some single values.
    #[must_use]
    pub fn are_points(&self) -> bool {
        !self.0.is_empty() && self.0.iter().all(Interval::is_point)
    }

    /// What is in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let (mut a, mut b) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut both = Vec::new();
        while let (Some(x), Some(y)) = (a.peek(), b.peek()) {
            let common = x.intersection(y);
            if !common.is_empty() {
                both.push(common);
            }
            if x.end.order(&y.end).is_le() {
                a.next();
            } else {
                b.next();
            }
        }
        Self(both)
    }

    /// What is in one of them.
    #[must_use]
    pub fn union(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        Self::of(self.0)
    }

    /// What is not in it.
    #[must_use]
    pub fn complement(&self) -> Self {
        let mut start = Interval::all().start;
        let mut between = Vec::with_capacity(self.0.len() + 1);
        for interval in &self.0 {
            let end = interval.start.clone();
            between.push(Interval { start, end });
            start = interval.end.clone();
        }
        between.push(Interval {
            start,
            end: Interval::all().end,
        });
        Self::of(between)
    }

    /// Whether everything in it is in another.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        self.intersection(other) == *self
    }

    /// As `explain` writes them, in the direction of a scan.
    #[must_use]
    pub fn texts(&self, ascending: bool) -> Vec<String> {
        let texts = self.0.iter().map(|interval| interval.text(ascending));
        if ascending {
            texts.collect()
        } else {
            texts.rev().collect()
        }
    }
}
