//! What of a filter an index may answer.

use crate::embedded::index::bounds::{Bounds, Intervals, Tightness, Traits, of_negated, of_test};
use crate::mql::matching::{Predicate, Test};

/// A filter as the parts that must all hold.
#[derive(Debug, Default)]
pub(in crate::embedded::query) struct Conjunction<'p> {
    /// The parts.
    pub parts: Vec<&'p Predicate>,
    /// What an index may answer of them.
    pub leaves: Vec<Leaf<'p>>,
}

/// Tests of one path's values. Several come from an `$or` over the same path.
#[derive(Debug, Clone)]
pub(in crate::embedded::query) struct Leaf<'p> {
    pub path: String,
    /// One of these holds (or, if `true`, does not).
    any_of: Vec<(&'p Test, bool)>,
    /// Which of the parts it comes from.
    pub part: usize,
    /// The `$elemMatch` that it is in: leaves of one are of the same element.
    pub element: Option<Element>,
}

/// An `$elemMatch` over documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::embedded::query) struct Element {
    /// The array's path.
    pub path: String,
    part: usize,
}

impl<'p> Conjunction<'p> {
    pub fn of(filter: &'p Predicate) -> Self {
        let mut all = Self::default();
        all.add(filter);
        for (part, predicate) in all.parts.iter().enumerate() {
            leaves_of(predicate, part, &mut all.leaves);
        }
        all
    }

    fn add(&mut self, filter: &'p Predicate) {
        match filter {
            Predicate::And(all) => all.iter().for_each(|part| self.add(part)),
            Predicate::Always(true) => {}
            part => self.parts.push(part),
        }
    }
}

fn leaves_of<'p>(predicate: &'p Predicate, part: usize, leaves: &mut Vec<Leaf<'p>>) {
    match predicate {
        Predicate::Field {
            path,
            test: Test::ElemMatchObject(inner),
        } => {
            let element = Element {
                path: path.as_str().to_owned(),
                part,
            };
            elements_of(inner, path.as_str(), &element, leaves);
        }
        Predicate::Or(some) => {
            let simple: Option<Vec<_>> = some.iter().map(simple).collect();
            let Some(simple) = simple else { return };
            let Some((first, ..)) = simple.first() else {
                return;
            };
            if simple.iter().all(|(path, ..)| path == first) {
                let any_of = simple
                    .iter()
                    .map(|(_, test, negated)| (*test, *negated))
                    .collect();
                leaves.push(Leaf {
                    path: (*first).to_owned(),
                    any_of,
                    part,
                    element: None,
                });
            }
        }
        _ => {
            if let Some((path, test, negated)) = simple(predicate) {
                leaves.push(Leaf {
                    path: path.to_owned(),
                    any_of: vec![(test, negated)],
                    part,
                    element: None,
                });
            }
        }
    }
}

/// The parts of an `$elemMatch` are leaves of their own, below its path.
fn elements_of<'p>(
    inner: &'p Predicate,
    prefix: &str,
    element: &Element,
    leaves: &mut Vec<Leaf<'p>>,
) {
    match inner {
        Predicate::And(all) => all
            .iter()
            .for_each(|part| elements_of(part, prefix, element, leaves)),
        Predicate::Field {
            path,
            test: Test::ElemMatchObject(deeper),
        } => {
            let path = format!("{prefix}.{path}");
            let element = Element {
                path: path.clone(),
                part: element.part,
            };
            elements_of(deeper, &path, &element, leaves);
        }
        _ => {
            if let Some((path, test, negated)) = simple(inner) {
                leaves.push(Leaf {
                    path: format!("{prefix}.{path}"),
                    any_of: vec![(test, negated)],
                    part: element.part,
                    element: Some(element.clone()),
                });
            }
        }
    }
}

/// A test of one path, or the opposite of one.
fn simple(predicate: &Predicate) -> Option<(&str, &Test, bool)> {
    match predicate {
        Predicate::Not(inner) => tested(inner, true),
        Predicate::Nor(none) => match &none[..] {
            [only] => tested(only, true),
            _ => None,
        },
        other => tested(other, false),
    }
}

fn tested(predicate: &Predicate, negated: bool) -> Option<(&str, &Test, bool)> {
    match predicate {
        Predicate::Field {
            test: Test::ElemMatchObject(_),
            ..
        } => None,
        Predicate::Field { path, test } => Some((path.as_str(), test, negated)),
        _ => None,
    }
}

impl Leaf<'_> {
    /// The intervals of the values, or none where an index of these traits does not help.
    pub fn bounds(&self, traits: Traits) -> Option<Bounds> {
        let mut all = Bounds {
            intervals: Intervals::default(),
            tightness: Tightness::Exact,
        };
        for (test, negated) in &self.any_of {
            let own = if *negated {
                of_negated(test, traits)?
            } else {
                of_test(test, traits)?
            };
            all.tightness = all.tightness.max(own.tightness);
            all.intervals = all.intervals.union(own.intervals);
        }
        if self.element.is_some() {
            all.tightness = Tightness::Inexact;
        }
        Some(all)
    }
}
