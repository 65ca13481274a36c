//! MongoDB's order of all values, the one that `sort` and `$cmp` use.
//!
//! Types are bracketed first (manual: "Comparison/Sort Order"); within a bracket values are compared. The
//! order is total: NaN is equal to itself and the least number. Equal does not mean identical: `1`, `1.0` and
//! a decimal `1.00` are equal, and so are a string and a symbol.

use std::cmp::Ordering;

use bson::spec::BinarySubtype;
use bson::{Binary, Bson, Document};

use super::{Number, pointer};

/// The order of two values.
pub fn compare(a: &Bson, b: &Bson) -> Ordering {
    // The usual pairs, without a detour.
    match (a, b) {
        (Bson::Int32(x), Bson::Int32(y)) => return x.cmp(y),
        (Bson::Int64(x), Bson::Int64(y)) => return x.cmp(y),
        (Bson::String(x), Bson::String(y)) => return x.cmp(y),
        (Bson::ObjectId(x), Bson::ObjectId(y)) => return x.bytes().cmp(&y.bytes()),
        (Bson::Double(x), Bson::Double(y)) => {
            if let Some(order) = x.partial_cmp(y) {
                return order;
            }
        }
        _ => {}
    }
    bracket(a)
        .cmp(&bracket(b))
        .then_with(|| within_bracket(a, b))
}

/// The order of two documents: field by field, the type's bracket first, then the key, then the value.
pub fn compare_documents(a: &Document, b: &Document) -> Ordering {
    let fields = a.iter().zip(b).map(|((key_a, value_a), (key_b, value_b))| {
        let brackets = bracket(value_a).cmp(&bracket(value_b));
        let keys = || key_a.as_bytes().cmp(key_b.as_bytes());
        brackets
            .then_with(keys)
            .then_with(|| within_bracket(value_a, value_b))
    });
    first_difference(fields).then(a.len().cmp(&b.len()))
}

/// A type's place in the order; types of one place are compared by value. The numbers are the server's.
pub fn bracket(value: &Bson) -> i8 {
    match value {
        Bson::MinKey => -1,
        Bson::Undefined => 0,
        Bson::Null => 5,
        Bson::Int32(_) | Bson::Int64(_) | Bson::Double(_) | Bson::Decimal128(_) => 10,
        Bson::String(_) | Bson::Symbol(_) => 15,
        Bson::Document(_) => 20,
        Bson::Array(_) => 25,
        Bson::Binary(_) => 30,
        Bson::ObjectId(_) => 35,
        Bson::Boolean(_) => 40,
        Bson::DateTime(_) => 45,
        Bson::Timestamp(_) => 47,
        Bson::RegularExpression(_) => 50,
        Bson::DbPointer(_) => 55,
        Bson::JavaScriptCode(_) => 60,
        Bson::JavaScriptCodeWithScope(_) => 65,
        Bson::MaxKey => 127,
    }
}

/// The order of values whose brackets are the same.
fn within_bracket(a: &Bson, b: &Bson) -> Ordering {
    match (a, b) {
        (Bson::String(x) | Bson::Symbol(x), Bson::String(y) | Bson::Symbol(y)) => x.cmp(y),
        (Bson::Document(x), Bson::Document(y)) => compare_documents(x, y),
        (Bson::Array(x), Bson::Array(y)) => {
            first_difference(x.iter().zip(y).map(|(x, y)| compare(x, y)))
                .then(x.len().cmp(&y.len()))
        }
        (Bson::Binary(x), Bson::Binary(y)) => binaries(x, y),
        (Bson::ObjectId(x), Bson::ObjectId(y)) => x.bytes().cmp(&y.bytes()),
        (Bson::Boolean(x), Bson::Boolean(y)) => x.cmp(y),
        (Bson::DateTime(x), Bson::DateTime(y)) => x.timestamp_millis().cmp(&y.timestamp_millis()),
        (Bson::Timestamp(x), Bson::Timestamp(y)) => {
            (x.time, x.increment).cmp(&(y.time, y.increment))
        }
        (Bson::RegularExpression(x), Bson::RegularExpression(y)) => {
            let patterns = x.pattern.as_str().cmp(y.pattern.as_str());
            patterns.then_with(|| x.options.as_str().cmp(y.options.as_str()))
        }
        (Bson::JavaScriptCode(x), Bson::JavaScriptCode(y)) => x.cmp(y),
        (Bson::JavaScriptCodeWithScope(x), Bson::JavaScriptCodeWithScope(y)) => x
            .code
            .cmp(&y.code)
            .then_with(|| compare_documents(&x.scope, &y.scope)),
        (Bson::DbPointer(_), Bson::DbPointer(_)) => pointers(a, b),
        _ => numbers(a, b),
    }
}

fn first_difference(mut orders: impl Iterator<Item = Ordering>) -> Ordering {
    orders
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

/// Numerically across the types; all NaNs are one number, below all others. What is left (the brackets that
/// hold one value only) is equal.
fn numbers(a: &Bson, b: &Bson) -> Ordering {
    let (Some(x), Some(y)) = (Number::from_bson(a), Number::from_bson(b)) else {
        return Ordering::Equal;
    };
    // Only NaN has no order among numbers.
    x.partial_cmp(&y)
        .unwrap_or_else(|| y.is_nan().cmp(&x.is_nan()))
}

/// Length, subtype, bytes. The old generic subtype holds its length a second time, which counts.
fn binaries(a: &Binary, b: &Binary) -> Ordering {
    let length = |data: &Binary| match data.subtype {
        BinarySubtype::BinaryOld => data.bytes.len() + 4,
        _ => data.bytes.len(),
    };
    let subtypes = || u8::from(a.subtype).cmp(&u8::from(b.subtype));
    length(a)
        .cmp(&length(b))
        .then_with(subtypes)
        .then_with(|| a.bytes.cmp(&b.bytes))
}

/// By the length of their bytes, then by the bytes.
fn pointers(a: &Bson, b: &Bson) -> Ordering {
    let key = |value| pointer::parts(value).map(|(name, id)| (name.len(), name, id.bytes()));
    key(a).cmp(&key(b))
}

#[cfg(test)]
mod tests {
    use bson::{doc, oid::ObjectId};
    use proptest::prelude::*;

    use super::*;

    /// As a 6.0 server sorts them; the number is the same where it holds them for equal.
    #[test]
    fn as_the_server_sorts() {
        let values: Vec<(u32, Bson)> = include_str!("compare_corpus.jsonl")
            .lines()
            .map(|line| {
                let line: Document = serde_json::from_str(line).unwrap();
                (
                    line.get_i32("rank").unwrap() as u32,
                    line.get("value").unwrap().clone(),
                )
            })
            .collect();
        assert!(values.len() > 150);
        for (rank_a, a) in &values {
            for (rank_b, b) in &values {
                assert_eq!(compare(a, b), rank_a.cmp(rank_b), "{a:?} and {b:?}");
            }
        }
    }

    #[test]
    fn every_type_has_its_place() {
        let order = [
            Bson::MinKey,
            Bson::Undefined,
            Bson::Null,
            Bson::Double(f64::NAN),
            Bson::Int32(-1),
            Bson::Symbol("a".into()),
            Bson::String("b".into()),
            Bson::Document(doc! {}),
            Bson::Document(doc! { "a": 1 }),
            Bson::Array(vec![]),
            Bson::Binary(Binary {
                subtype: BinarySubtype::Generic,
                bytes: vec![],
            }),
            Bson::ObjectId(ObjectId::from_bytes([0; 12])),
            Bson::Boolean(false),
            Bson::DateTime(bson::DateTime::from_millis(i64::MAX)),
            Bson::Timestamp(bson::Timestamp {
                time: 0,
                increment: 0,
            }),
            Bson::RegularExpression(bson::Regex {
                pattern: "a".to_owned().try_into().unwrap(),
                options: String::new().try_into().unwrap(),
            }),
            pointer::make("z", ObjectId::from_bytes([9; 12])).unwrap(),
            pointer::make("db.c", ObjectId::from_bytes([0; 12])).unwrap(),
            Bson::JavaScriptCode("x".into()),
            Bson::JavaScriptCodeWithScope(bson::JavaScriptCodeWithScope {
                code: "a".into(),
                scope: doc! {},
            }),
            Bson::MaxKey,
        ];
        for (i, a) in order.iter().enumerate() {
            for (j, b) in order.iter().enumerate() {
                assert_eq!(compare(a, b), i.cmp(&j), "{a:?} and {b:?}");
            }
        }
    }

    fn number() -> impl Strategy<Value = Bson> {
        prop_oneof![
            any::<i32>().prop_map(Bson::Int32),
            any::<i64>().prop_map(Bson::Int64),
            any::<f64>().prop_map(Bson::Double),
            any::<[u8; 16]>()
                .prop_map(|bytes| Bson::Decimal128(bson::Decimal128::from_bytes(bytes))),
            // Neighbours of the limits, where rounding would break the order.
            (-3_i64..3, 52_u32..63).prop_map(|(d, e)| Bson::Int64((1_i64 << e) + d)),
            (52_i32..64).prop_map(|e| Bson::Double(2_f64.powi(e))),
            (-3_i64..3).prop_map(Bson::Int64),
            (-4_i32..4).prop_map(|n| Bson::Double(f64::from(n) / 2.0)),
            "-?[0-3](\\.[0-9]{0,2})?".prop_map(|s| Bson::Decimal128(s.parse().unwrap())),
        ]
    }

    fn value() -> impl Strategy<Value = Bson> {
        let leaf = prop_oneof![
            4 => number(),
            1 => prop_oneof![Just(Bson::MinKey), Just(Bson::MaxKey), Just(Bson::Null), Just(Bson::Undefined)],
            1 => "[ab]{0,2}".prop_map(Bson::String),
            1 => "[ab]{0,2}".prop_map(Bson::Symbol),
            1 => any::<bool>().prop_map(Bson::Boolean),
            1 => (any::<u8>(), prop::collection::vec(0_u8..2, 0..3))
                .prop_map(|(subtype, bytes)| Bson::Binary(Binary { subtype: subtype.into(), bytes })),
            1 => (0_u32..2, 0_u32..2)
                .prop_map(|(time, increment)| Bson::Timestamp(bson::Timestamp { time, increment })),
        ];
        leaf.prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Bson::Array),
                prop::collection::vec(("[ab]", inner), 0..3)
                    .prop_map(|fields| Bson::Document(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..Default::default() })]

        #[test]
        fn numbers_are_totally_ordered(a in number(), b in number(), c in number()) {
            laws(&a, &b, &c)?;
        }

        #[test]
        fn values_are_totally_ordered(a in value(), b in value(), c in value()) {
            laws(&a, &b, &c)?;
        }
    }

    fn laws(a: &Bson, b: &Bson, c: &Bson) -> Result<(), TestCaseError> {
        prop_assert_eq!(compare(a, a), Ordering::Equal);
        prop_assert_eq!(compare(a, b), compare(b, a).reverse());
        let mut sorted = [a, b, c];
        sorted.sort_by(|x, y| compare(x, y));
        prop_assert!(compare(sorted[0], sorted[2]).is_le());
        if compare(a, b).is_eq() {
            prop_assert_eq!(compare(a, c), compare(b, c));
        }
        Ok(())
    }
}
