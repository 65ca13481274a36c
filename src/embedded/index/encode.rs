//! Values as bytes whose order is MongoDB's.
//!
//! The law (a property test checks it): two values have equal bytes if and only if
//! [`crate::value::compare()`] finds them equal, and otherwise the bytes are in its order. No value's bytes are
//! a prefix of another's, so that the bytes of several, one behind the other, are in the order of the tuple,
//! and all tuples that begin with some values are the keys with one prefix. The types of numbers, and whether a
//! text was a symbol, are not kept.

use bson::{Bson, Document, spec::BinarySubtype};

use super::number;
use crate::value::compare::bracket;
use crate::value::pointer;

/// Ends a document or an array: less than every type.
const END: u8 = 0;
/// Ends a text; a zero byte in it is followed by [`ESCAPED`].
const TEXT_END: [u8; 2] = [0, 0];
const ESCAPED: u8 = 0xff;

/// Appends a value, ascending or descending.
pub fn put(out: &mut Vec<u8>, value: &Bson, ascending: bool) {
    let start = out.len();
    out.push(tag(value));
    within(out, value);
    if !ascending {
        number::flip(out, start);
    }
}

/// The bytes of one ascending value.
#[must_use]
pub fn value(value: &Bson) -> Vec<u8> {
    let mut out = Vec::with_capacity(16);
    put(&mut out, value, true);
    out
}

/// What every value of a type's place in the order begins with.
fn tag(value: &Bson) -> u8 {
    // From -1 to 127; zero is left for the end.
    u8::try_from(i16::from(bracket(value)) + 2).unwrap_or(u8::MAX)
}

/// The value without its type's place.
fn within(out: &mut Vec<u8>, value: &Bson) {
    match value {
        Bson::String(text) | Bson::Symbol(text) | Bson::JavaScriptCode(text) => {
            put_text(out, text.as_bytes())
        }
        Bson::Document(document) => put_document(out, document),
        Bson::Array(items) => {
            items.iter().for_each(|item| put(out, item, true));
            out.push(END);
        }
        Bson::Binary(data) => {
            // The old generic subtype holds its length a second time, which counts.
            let old = data.subtype == BinarySubtype::BinaryOld;
            let length = data.bytes.len() + if old { 4 } else { 0 };
            put_length(out, length);
            out.push(data.subtype.into());
            out.extend(&data.bytes);
        }
        Bson::ObjectId(id) => out.extend(id.bytes()),
        Bson::Boolean(b) => out.push(u8::from(*b)),
        Bson::DateTime(date) => out.extend(ordered(date.timestamp_millis())),
        Bson::Timestamp(t) => {
            out.extend(t.time.to_be_bytes());
            out.extend(t.increment.to_be_bytes());
        }
        Bson::RegularExpression(regex) => {
            put_text(out, regex.pattern.as_str().as_bytes());
            put_text(out, regex.options.as_str().as_bytes());
        }
        Bson::JavaScriptCodeWithScope(code) => {
            put_text(out, code.code.as_bytes());
            put_document(out, &code.scope);
        }
        Bson::DbPointer(_) => {
            if let Some((name, id)) = pointer::parts(value) {
                put_length(out, name.len());
                out.extend(name.as_bytes());
                out.extend(id.bytes());
            }
        }
        Bson::Int32(_) | Bson::Int64(_) | Bson::Double(_) | Bson::Decimal128(_) => {
            number::put(out, value)
        }
        Bson::Null | Bson::Undefined | Bson::MinKey | Bson::MaxKey => {}
    }
}

/// Field by field: the type's place, the name, the value.
fn put_document(out: &mut Vec<u8>, document: &Document) {
    for (name, value) in document {
        out.push(tag(value));
        put_text(out, name.as_bytes());
        within(out, value);
    }
    out.push(END);
}

fn put_text(out: &mut Vec<u8>, text: &[u8]) {
    let mut parts = text.split(|&byte| byte == 0);
    out.extend(parts.next().unwrap_or_default());
    for part in parts {
        out.extend([0, ESCAPED]);
        out.extend(part);
    }
    out.extend(TEXT_END);
}

fn put_length(out: &mut Vec<u8>, length: usize) {
    out.extend(u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
}

/// A signed number as bytes that ascend with it.
fn ordered(n: i64) -> [u8; 8] {
    (n ^ i64::MIN).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use bson::{Binary, Timestamp, oid::ObjectId};
    use proptest::prelude::*;

    use super::*;
    use crate::value::compare;

    fn check(a: &Bson, b: &Bson) -> Result<(), TestCaseError> {
        let expected = compare(a, b);
        prop_assert_eq!(value(a).cmp(&value(b)), expected, "{:?} and {:?}", a, b);
        let mut descending = [Vec::new(), Vec::new()];
        put(&mut descending[0], a, false);
        put(&mut descending[1], b, false);
        prop_assert_eq!(descending[0].cmp(&descending[1]), expected.reverse());
        let (first, second) = (value(a), value(b));
        prop_assert!(first == second || !first.starts_with(&second));
        Ok(())
    }

    /// What a 6.0 server sorted.
    #[test]
    fn as_the_server_sorts() {
        let corpus = include_str!("../../value/compare_corpus.jsonl");
        let values = corpus.lines().map(|line| {
            let line: Document = serde_json::from_str(line).unwrap();
            line.get("value").unwrap().clone()
        });
        let values: Vec<Bson> = values.collect();
        for a in &values {
            for b in &values {
                check(a, b).unwrap();
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
            (-3_i64..3, 52_u32..63).prop_map(|(d, e)| Bson::Int64((1_i64 << e) + d)),
            (-3_i64..3, 52_u32..63).prop_map(|(d, e)| Bson::Int64(-(1_i64 << e) + d)),
            (52_i32..64).prop_map(|e| Bson::Double(2_f64.powi(e))),
            (-3_i64..3).prop_map(Bson::Int64),
            (-4_i32..4).prop_map(|n| Bson::Double(f64::from(n) / 2.0)),
            "-?[0-3](\\.[0-9]{0,2})?".prop_map(|s| Bson::Decimal128(s.parse().unwrap())),
            "-?[0-9]{1,20}(\\.[0-9]{1,14})?(E-?[0-9]{1,3})?"
                .prop_map(|s| Bson::Decimal128(s.parse().unwrap())),
            // Doubles and the decimals next to them.
            (any::<i32>(), "[0-9]{1,4}")
                .prop_map(|(n, s)| Bson::Decimal128(format!("{n}.{s}").parse().unwrap())),
            any::<i32>().prop_map(|n| Bson::Double(f64::from(n) / 1000.0)),
            any::<i32>().prop_map(|n| Bson::Decimal128(format!("{n}E-3").parse().unwrap())),
        ]
    }

    fn any_value() -> impl Strategy<Value = Bson> {
        let leaf = prop_oneof![
            4 => number(),
            1 => prop_oneof![Just(Bson::MinKey), Just(Bson::MaxKey), Just(Bson::Null), Just(Bson::Undefined)],
            1 => "[ab\0]{0,3}".prop_map(Bson::String),
            1 => "[ab]{0,2}".prop_map(Bson::Symbol),
            1 => "[ab]{0,2}".prop_map(Bson::JavaScriptCode),
            1 => any::<bool>().prop_map(Bson::Boolean),
            1 => any::<i64>().prop_map(|n| Bson::DateTime(bson::DateTime::from_millis(n))),
            1 => prop::array::uniform12(0_u8..2).prop_map(|b| Bson::ObjectId(ObjectId::from_bytes(b))),
            1 => (any::<u8>(), prop::collection::vec(0_u8..2, 0..3))
                .prop_map(|(subtype, bytes)| Bson::Binary(Binary { subtype: subtype.into(), bytes })),
            1 => (0_u32..2, 0_u32..2).prop_map(|(time, increment)| Bson::Timestamp(Timestamp { time, increment })),
        ];
        leaf.prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Bson::Array),
                prop::collection::vec(("[ab]{1,2}", inner), 0..3)
                    .prop_map(|fields| Bson::Document(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..Default::default() })]

        #[test]
        fn numbers_keep_their_order(a in number(), b in number()) {
            check(&a, &b)?;
        }

        #[test]
        fn values_keep_their_order(a in any_value(), b in any_value()) {
            check(&a, &b)?;
        }

        #[test]
        fn a_decimal_is_next_to_its_double(x in any::<f64>()) {
            let x = Bson::Double(x);
            let near = crate::value::Number::from_bson(&x).map(|n| n.to_decimal());
            if let Some(near) = near {
                check(&x, &Bson::Decimal128(near.0))?;
            }
        }
    }
}
