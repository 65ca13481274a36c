//! The laws of intervals, and of the ranges that are made of them.

use std::ops::Bound;

use bson::{Bson, doc};
use proptest::prelude::*;

use super::*;
use crate::embedded::index::{encode, encode_key};
use crate::embedded::storage::Direction;
use crate::mql::Env;
use crate::mql::matching::{Matcher, Predicate};
use crate::value::compare;

fn bounds_of(filter: bson::Document, traits: Traits) -> Option<Bounds> {
    let env = Env::at(bson::DateTime::from_millis(0));
    match Matcher::parse(&filter, &env).unwrap().predicate() {
        Predicate::Field { test, .. } => of_test(test, traits),
        Predicate::Not(inner) => match &**inner {
            Predicate::Field { test, .. } => of_negated(test, traits),
            _ => None,
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn texts_are_the_servers() {
    let plain = Traits::default();
    let texts = |filter| bounds_of(filter, plain).map(|bounds| bounds.intervals.texts(true));
    let some = |texts: &[&str]| Some(texts.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>());
    assert_eq!(texts(doc! { "a": 1 }), some(&["[1, 1]"]));
    assert_eq!(texts(doc! { "a": { "$gt": "x" } }), some(&["(\"x\", {})"]));
    assert_eq!(texts(doc! { "a": { "$lt": 5 } }), some(&["[-inf.0, 5)"]));
    assert_eq!(
        texts(doc! { "a": null }),
        some(&["[undefined, undefined]", "[null, null]"])
    );
    assert_eq!(
        texts(doc! { "a": [1, 2] }),
        some(&["[1, 1]", "[[ 1, 2 ], [ 1, 2 ]]"])
    );
    assert_eq!(
        texts(doc! { "a": { "$ne": 3 } }),
        some(&["[MinKey, 3)", "(3, MaxKey]"])
    );
    assert_eq!(
        texts(doc! { "a": { "$nin": [1, null] } }),
        some(&["[MinKey, undefined)", "(null, 1)", "(1, MaxKey]"])
    );
    assert_eq!(
        texts(doc! { "a": { "$not": { "$gt": 3 } } }),
        some(&["[MinKey, 3]", "(inf.0, MaxKey]"])
    );
    assert_eq!(texts(doc! { "a": { "$gt": null } }), some(&[]));
    assert_eq!(texts(doc! { "a": { "$in": [] } }), some(&[]));
    assert_eq!(texts(doc! { "a": { "$size": 2 } }), None);
    assert_eq!(
        texts(doc! { "a": { "$elemMatch": { "$gt": 1, "$lt": 5 } } }),
        some(&["(1, 5)"])
    );
    assert_eq!(
        texts(doc! { "a": { "$regex": "^ab" } }),
        some(&["[\"ab\", \"ac\")", "[/^ab/, /^ab/]"])
    );
    assert_eq!(
        texts(doc! { "a": { "$type": ["string", "null"] } }),
        some(&["[null, null]", "[\"\", {})"])
    );
    assert_eq!(
        texts(doc! { "a": { "$gt": bson::DateTime::from_millis(5) } }),
        some(&["(new Date(5), new Date(9223372036854775807)]"])
    );
    assert!(
        bounds_of(
            doc! { "a": { "$ne": null } },
            Traits {
                multikey: true,
                ..plain
            }
        )
        .is_none()
    );
    assert!(
        bounds_of(
            doc! { "a": null },
            Traits {
                sparse: true,
                ..plain
            }
        )
        .is_none()
    );
}

fn value() -> impl Strategy<Value = Bson> {
    prop_oneof![
        (-3..4_i32).prop_map(Bson::Int32),
        (-3..4_i32).prop_map(|n| Bson::Double(f64::from(n) / 2.0)),
        "[ab]{0,2}".prop_map(Bson::String),
        Just(Bson::Null),
        Just(Bson::Undefined),
        Just(Bson::MinKey),
        Just(Bson::MaxKey),
        any::<bool>().prop_map(Bson::Boolean),
        prop::collection::vec((0..3_i32).prop_map(Bson::Int32), 0..2).prop_map(Bson::Array),
    ]
}

fn intervals() -> impl Strategy<Value = Intervals> {
    let edge = || (value(), any::<bool>()).prop_map(|(value, after)| Edge { value, after });
    let interval = prop_oneof![
        value().prop_map(Interval::point),
        (edge(), edge()).prop_map(|(start, end)| Interval { start, end }),
    ];
    prop_oneof![
        4 => prop::collection::vec(interval, 0..4).prop_map(Intervals::of),
        2 => prop::collection::vec(value().prop_map(Interval::point), 1..4).prop_map(Intervals::of),
        1 => Just(Intervals::all()),
    ]
}

fn holds(intervals: &Intervals, value: &Bson) -> bool {
    let after = |edge: &Edge| match compare(value, &edge.value) {
        std::cmp::Ordering::Equal => !edge.after,
        order => order.is_gt(),
    };
    intervals
        .list()
        .iter()
        .any(|interval| after(&interval.start) && !after(&interval.end))
}

fn contains(probe: &Probe, key: &[u8]) -> bool {
    match probe {
        Probe::Key(whole) => whole == key,
        Probe::Range(range) => range.contains(key),
    }
}

fn start(probe: &Probe) -> Vec<u8> {
    match probe {
        Probe::Key(key) => key.to_vec(),
        Probe::Range(range) => match &range.start {
            Bound::Included(key) => key.to_vec(),
            other => panic!("{other:?}"),
        },
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..Default::default() })]

    #[test]
    fn intervals_are_sets(a in intervals(), b in intervals(), v in value()) {
        let (x, y) = (holds(&a, &v), holds(&b, &v));
        prop_assert_eq!(holds(&a.intersection(&b), &v), x && y);
        prop_assert_eq!(holds(&a.complement(), &v), !x);
        prop_assert_eq!(holds(&a.clone().union(b.clone()), &v), x || y);
        prop_assert!(!a.is_within(&b) || !x || y);
    }

    #[test]
    fn ranges_hold_the_keys_of_their_bounds(
        fields in prop::collection::vec((intervals(), any::<bool>(), value()), 1..4),
        others in prop::collection::vec(value(), 3),
        backward in any::<bool>(),
    ) {
        let ascending: Vec<bool> = fields.iter().map(|(_, ascending, _)| *ascending).collect();
        let bounds = IndexBounds { fields: fields.iter().map(|(i, ..)| i.clone()).collect() };
        let names: Vec<(String, bool)> = ascending.iter().map(|a| (String::new(), *a)).collect();
        let values: Vec<&Bson> = fields.iter().map(|(.., value)| value).collect();
        let key = encode_key(&names, &values);
        let expected = fields.iter().all(|(intervals, _, value)| holds(intervals, value));
        let direction = if backward { Direction::Backward } else { Direction::Forward };
        let ranges = KeyRanges::new(&bounds, &ascending, direction);
        let probes: Vec<Probe> = ranges.clone().take(200).collect();
        let found = probes.iter().filter(|probe| contains(probe, &key)).count();
        prop_assert!(found <= 1);
        prop_assert_eq!(found == 1 && ranges.admits(&key), expected);
        if let Some(Probe::Range(range)) = probes.iter().find(|probe| contains(probe, &key))
            && !expected
        {
            let left = ranges.skip_from(&key, range);
            let left = left.unwrap();
            prop_assert!(!left.contains(&key));
            // Whatever else is in the bounds and behind the key is not skipped.
            let others: Vec<&Bson> = others.iter().take(fields.len()).collect();
            let other = encode_key(&names, &others);
            let inside = fields.iter().zip(&others).all(|((intervals, ..), value)| holds(intervals, value));
            let behind = if backward { other < key } else { other > key };
            if others.len() == fields.len() && inside && behind && range.contains(&other) {
                prop_assert!(left.contains(&other));
            }
        }
        let mut starts: Vec<Vec<u8>> = probes.iter().map(start).collect();
        if backward {
            starts.reverse();
        }
        prop_assert!(starts.is_sorted());
    }

    #[test]
    fn values_end_where_they_end(value in value(), ascending in any::<bool>(), more in any::<u8>()) {
        let mut key = Vec::new();
        encode::put(&mut key, &value, ascending);
        let length = key.len();
        key.push(more);
        prop_assert_eq!(crate::embedded::index::split::value_length(&key, ascending), Some(length));
    }
}
