//! Which keys of an index a document can have that passes a test.

use bson::oid::ObjectId;
use bson::spec::BinarySubtype;
use bson::{Binary, Bson, DateTime, Document, Timestamp};

use super::interval::{Edge, Interval, Intervals};
use super::prefix;
use crate::mql::matching::{Comparison, InList, Op, Predicate, RegexTest, Test, TypeSet};
use crate::value::compare;
use crate::value::compare::bracket;

/// How well the keys in some intervals answer a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tightness {
    /// A document with a key in them passes.
    Exact,
    /// The key must be tested too.
    InexactKey,
    /// The document must be tested.
    Inexact,
}

/// The intervals of a test: every document that passes has a key in them.
#[derive(Debug, Clone, PartialEq)]
pub struct Bounds {
    /// Where the keys are.
    pub intervals: Intervals,
    /// How well they answer.
    pub tightness: Tightness,
}

/// What is special about an index.
#[derive(Debug, Clone, Copy, Default)]
pub struct Traits {
    /// It leaves out documents that do not have the field.
    pub sparse: bool,
    /// It has other fields too, any of which is enough for a document to be in a sparse index.
    pub compound: bool,
    /// The field's path may lead through an array.
    pub multikey: bool,
}

fn exact(intervals: Intervals) -> Option<Bounds> {
    Some(Bounds {
        intervals,
        tightness: Tightness::Exact,
    })
}

fn inexact(intervals: Intervals) -> Option<Bounds> {
    Some(Bounds {
        intervals,
        tightness: Tightness::Inexact,
    })
}

/// The intervals of a test, or none where an index cannot help.
#[must_use]
pub fn of_test(test: &Test, traits: Traits) -> Option<Bounds> {
    match test {
        Test::Compare(comparison) => of_comparison(comparison, traits),
        Test::In(list) => of_list(list, traits),
        Test::Exists if traits.sparse && !traits.compound => exact(Intervals::all()),
        Test::Exists => inexact(Intervals::all()),
        Test::Type(types) => of_types(*types),
        Test::Regex(regex) => Some(of_regex(regex)),
        Test::Mod(_) => Some(Bounds {
            intervals: numbers(),
            tightness: Tightness::InexactKey,
        }),
        Test::ElemMatchValue(tests) => {
            let bounds = of_element(tests, traits)?;
            inexact(bounds.intervals)
        }
        Test::Size(_) | Test::Bits(_) | Test::ElemMatchObject(_) => None,
    }
}

/// The intervals of what does not pass a test.
#[must_use]
pub fn of_negated(test: &Test, traits: Traits) -> Option<Bounds> {
    let is_null =
        |comparison: &Comparison| comparison.op == Op::Eq && comparison.value == Bson::Null;
    match test {
        Test::Exists if !traits.sparse => inexact(Intervals::point(Bson::Null)),
        // An empty array's key is undefined, and it is not null.
        Test::Compare(comparison) if is_null(comparison) && traits.multikey => None,
        Test::Compare(comparison) => {
            let plain = !matches!(
                comparison.value,
                Bson::Array(_) | Bson::RegularExpression(_) | Bson::MinKey | Bson::MaxKey
            );
            let null = comparison.value == Bson::Null;
            let allowed = plain && (!null || comparison.op == Op::Eq) && (!traits.sparse || null);
            negated(
                of_comparison(comparison, Traits::default()).filter(|_| allowed)?,
                traits,
            )
        }
        Test::In(list) => {
            let plain =
                list.regexes.is_empty() && !list.values.iter().any(|v| matches!(v, Bson::Array(_)));
            let allowed = plain && !traits.sparse && !(list.has_null && traits.multikey);
            negated(
                of_list(list, Traits::default()).filter(|_| allowed)?,
                traits,
            )
        }
        _ => None,
    }
}

fn negated(bounds: Bounds, traits: Traits) -> Option<Bounds> {
    let complement = bounds.intervals.complement();
    // With several keys, one outside does not say that none is inside.
    if traits.multikey {
        inexact(complement)
    } else {
        exact(complement)
    }
}

/// The tests of one element of an array.
fn of_element(tests: &Predicate, traits: Traits) -> Option<Bounds> {
    match tests {
        Predicate::And(all) => {
            let bounds = all.iter().filter_map(|test| of_element(test, traits));
            bounds.reduce(|a, b| Bounds {
                intervals: a.intervals.intersection(&b.intervals),
                tightness: Tightness::Inexact,
            })
        }
        Predicate::Field { test, .. } => of_test(test, traits),
        Predicate::Not(inner) => match &**inner {
            Predicate::Field { test, .. } => of_negated(test, traits),
            _ => None,
        },
        _ => None,
    }
}

fn of_comparison(comparison: &Comparison, traits: Traits) -> Option<Bounds> {
    let Comparison { op, value } = comparison;
    match (op, value) {
        (Op::Eq, _) => equal(value, traits),
        (Op::Lt | Op::Gt, Bson::Null | Bson::Undefined) => exact(Intervals::default()),
        (_, Bson::Null) => equal(value, traits),
        (_, Bson::Array(items)) => of_array(*op, value, items),
        _ => {
            let number_is_nan = matches!(value, Bson::Double(x) if x.is_nan())
                || matches!(value, Bson::Decimal128(d) if d.to_string() == "NaN");
            match op {
                Op::Lt | Op::Gt if number_is_nan => exact(Intervals::default()),
                _ if number_is_nan => exact(Intervals::point(value.clone())),
                // Their order has no ends of its own.
                _ if matches!(bracket(value), 50 | 55 | 60 | 65) => inexact(half(*op, value)),
                _ => exact(half(*op, value)),
            }
        }
    }
}

/// What is above or below a value, within its type.
fn half(op: Op, value: &Bson) -> Intervals {
    let (least, greatest) = ends(value);
    let interval = match op {
        Op::Lt => Interval {
            start: least,
            end: Edge::before(value.clone()),
        },
        Op::Lte => Interval {
            start: least,
            end: Edge::after(value.clone()),
        },
        Op::Gt => Interval {
            start: Edge::after(value.clone()),
            end: greatest,
        },
        Op::Gte | Op::Eq => Interval {
            start: Edge::before(value.clone()),
            end: greatest,
        },
    };
    Intervals::of(vec![interval])
}

fn equal(value: &Bson, traits: Traits) -> Option<Bounds> {
    match value {
        // Missing fields have null keys; in a sparse index they have none.
        Bson::Null if traits.sparse => None,
        Bson::Null => inexact(Intervals::of(vec![
            Interval::point(Bson::Undefined),
            Interval::point(Bson::Null),
        ])),
        Bson::Array(items) => {
            // The array as an element of another, or (as the field itself) its first element.
            let first = items.first().cloned().unwrap_or(Bson::Undefined);
            inexact(Intervals::of(vec![
                Interval::point(first),
                Interval::point(value.clone()),
            ]))
        }
        // An empty array has this key too.
        Bson::Undefined => inexact(Intervals::point(value.clone())),
        _ => exact(Intervals::point(value.clone())),
    }
}

/// An array is above another if its first element is, or equal to it.
fn of_array(op: Op, array: &Bson, items: &[Bson]) -> Option<Bounds> {
    let first = items.first();
    let interval = match op {
        Op::Lt | Op::Lte => {
            let greater = first
                .filter(|first| compare(first, array).is_gt())
                .unwrap_or(array);
            Interval {
                start: Edge::before(Bson::MinKey),
                end: Edge::after(greater.clone()),
            }
        }
        _ => {
            let less = match first {
                None => Bson::MinKey,
                Some(first) if compare(first, array).is_lt() => first.clone(),
                Some(_) => array.clone(),
            };
            Interval {
                start: Edge::before(less),
                end: Edge::after(Bson::MaxKey),
            }
        }
    };
    inexact(Intervals::of(vec![interval]))
}

fn of_list(list: &InList, traits: Traits) -> Option<Bounds> {
    let mut tightness = Tightness::Exact;
    let mut all = Vec::new();
    let values = list.values.iter().map(|value| equal(value, traits));
    let null = list.has_null && !list.values.contains(&Bson::Null);
    let null = null.then(|| equal(&Bson::Null, traits));
    let regexes = list.regexes.iter().map(|regex| Some(of_regex(regex)));
    for bounds in values.chain(null).chain(regexes) {
        let bounds = bounds?;
        tightness = tightness.max(bounds.tightness);
        all.extend_from_slice(bounds.intervals.list());
    }
    Some(Bounds {
        intervals: Intervals::of(all),
        tightness,
    })
}

fn of_regex(regex: &RegexTest) -> Bounds {
    let (prefix, whole) = prefix::of(&regex.pattern, &regex.options);
    let texts = Interval {
        start: Edge::before(prefix.clone()),
        end: match prefix::after(&prefix) {
            Some(after) => Edge::before(after),
            None => Edge::before(Document::new()),
        },
    };
    // The expression itself passes as well. One with a zero byte in it can be no value.
    let text = |text: &str| text.to_owned().try_into().ok();
    let own = text(&regex.pattern).zip(text(&regex.options));
    let own =
        own.map(|(pattern, options)| Bson::RegularExpression(bson::Regex { pattern, options }));
    let all = [texts]
        .into_iter()
        .chain(own.map(Interval::point))
        .collect();
    let intervals = Intervals::of(all);
    let tightness = if whole {
        Tightness::Exact
    } else {
        Tightness::InexactKey
    };
    Bounds {
        intervals,
        tightness,
    }
}

fn of_types(types: TypeSet) -> Option<Bounds> {
    if types.contains_code(4) {
        return inexact(Intervals::all());
    }
    let mut tightness = Tightness::Exact;
    let mut all = Vec::new();
    for code in types.codes() {
        let (intervals, own) = of_type(code, types);
        tightness = tightness.max(own);
        all.extend_from_slice(intervals.list());
    }
    Some(Bounds {
        intervals: Intervals::of(all),
        tightness,
    })
}

fn of_type(code: i32, types: TypeSet) -> (Intervals, Tightness) {
    let whole = |value: Bson| {
        let (start, end) = ends(&value);
        Intervals::of(vec![Interval { start, end }])
    };
    match code {
        1 | 16 | 18 | 19 => {
            let all = [1, 16, 18, 19]
                .iter()
                .all(|code| types.contains_code(*code));
            (
                numbers(),
                if all {
                    Tightness::Exact
                } else {
                    Tightness::InexactKey
                },
            )
        }
        // Symbols are beside the texts.
        2 | 14 => (whole(String::new().into()), Tightness::InexactKey),
        3 => (whole(Document::new().into()), Tightness::Exact),
        5 => (whole(empty_binary()), Tightness::Exact),
        6 => (Intervals::point(Bson::Undefined), Tightness::Inexact),
        7 => (
            whole(ObjectId::from_bytes([0; 12]).into()),
            Tightness::Exact,
        ),
        8 => (whole(false.into()), Tightness::Exact),
        9 => (whole(DateTime::from_millis(0).into()), Tightness::Exact),
        10 => (Intervals::point(Bson::Null), Tightness::Inexact),
        17 => (
            whole(Bson::Timestamp(Timestamp {
                time: 0,
                increment: 0,
            })),
            Tightness::Exact,
        ),
        -1 => (Intervals::point(Bson::MinKey), Tightness::Exact),
        127 => (Intervals::point(Bson::MaxKey), Tightness::Exact),
        _ => (rare(), Tightness::InexactKey),
    }
}

fn numbers() -> Intervals {
    Intervals::of(vec![Interval {
        start: Edge::before(f64::NAN),
        end: Edge::after(f64::INFINITY),
    }])
}

/// Regular expressions, pointers, code.
fn rare() -> Intervals {
    let last = Timestamp {
        time: u32::MAX,
        increment: u32::MAX,
    };
    Intervals::of(vec![Interval {
        start: Edge::after(Bson::Timestamp(last)),
        end: Edge::before(Bson::MaxKey),
    }])
}

fn empty_binary() -> Bson {
    Bson::Binary(Binary {
        subtype: BinarySubtype::Generic,
        bytes: Vec::new(),
    })
}

/// Where the values of a type begin and end.
fn ends(value: &Bson) -> (Edge, Edge) {
    let timestamp = |n| {
        Bson::Timestamp(Timestamp {
            time: n,
            increment: n,
        })
    };
    let id = |byte| ObjectId::from_bytes([byte; 12]);
    match bracket(value) {
        10 => (Edge::before(f64::NEG_INFINITY), Edge::after(f64::INFINITY)),
        15 => (Edge::before(""), Edge::before(Document::new())),
        20 => (
            Edge::before(Document::new()),
            Edge::before(Bson::Array(Vec::new())),
        ),
        25 => (
            Edge::before(Bson::Array(Vec::new())),
            Edge::before(empty_binary()),
        ),
        30 => (Edge::before(empty_binary()), Edge::before(id(0))),
        35 => (Edge::before(id(0)), Edge::after(id(u8::MAX))),
        40 => (Edge::before(false), Edge::after(true)),
        45 => (
            Edge::before(DateTime::from_millis(i64::MIN)),
            Edge::after(DateTime::from_millis(i64::MAX)),
        ),
        47 => (Edge::before(timestamp(0)), Edge::after(timestamp(u32::MAX))),
        50 | 55 | 60 | 65 => (Edge::after(timestamp(u32::MAX)), Edge::before(Bson::MaxKey)),
        // The least and the greatest value are compared with all others.
        _ => (Edge::before(Bson::MinKey), Edge::after(Bson::MaxKey)),
    }
}
