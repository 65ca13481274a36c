//! Hashing values so that equal ones hash alike: `1`, `1.0` and a decimal `1.00` are one key, a string and a
//! symbol of the same text too.

use std::cmp::Ordering;
use std::hash::Hasher;

use bson::{Bson, Document};

use crate::value::{Number, compare};

/// Adds a value to a hash; `None` is missing.
pub(crate) fn hash_value(value: Option<&Bson>, state: &mut impl Hasher) {
    let Some(value) = value else {
        // The order holds a missing value and undefined for equal.
        return state.write_i8(0);
    };
    match value {
        Bson::Int32(n) => hash_integer(i64::from(*n), state),
        Bson::Int64(n) => hash_integer(*n, state),
        Bson::Double(_) | Bson::Decimal128(_) => hash_number(value, state),
        Bson::String(text) | Bson::Symbol(text) => hash_text(text, state),
        Bson::Document(document) => hash_document(document, state),
        Bson::Array(items) => {
            state.write_i8(25);
            items.iter().for_each(|item| hash_value(Some(item), state));
        }
        Bson::ObjectId(id) => state.write(&id.bytes()),
        Bson::DateTime(date) => state.write_i64(date.timestamp_millis()),
        Bson::Binary(binary) => state.write(&binary.bytes),
        Bson::Boolean(b) => state.write_u8(u8::from(*b)),
        Bson::Timestamp(t) => state.write_u64((u64::from(t.time) << 32) | u64::from(t.increment)),
        // Rare: their values do not need to be told apart here.
        other => state.write_i8(compare::bracket(other)),
    }
}

/// The same of a text.
pub(crate) fn hash_text(text: &str, state: &mut impl Hasher) {
    state.write_i8(15);
    state.write(text.as_bytes());
}

fn hash_document(document: &Document, state: &mut impl Hasher) {
    state.write_i8(20);
    for (name, value) in document {
        state.write(name.as_bytes());
        hash_value(Some(value), state);
    }
}

fn hash_integer(n: i64, state: &mut impl Hasher) {
    state.write_i8(10);
    state.write_i64(n);
}

/// As an integer where it is one, else by the nearest double: two equal numbers have the same.
fn hash_number(value: &Bson, state: &mut impl Hasher) {
    let Some(number) = Number::from_bson(value) else {
        return;
    };
    if number.is_nan() {
        return state.write_i8(11);
    }
    match number.to_i64() {
        Some(n) => hash_integer(n, state),
        None => {
            state.write_i8(12);
            state.write_u64(number.to_f64().to_bits());
        }
    }
}

/// Whether two values are one key.
pub(crate) fn same(a: Option<&Bson>, b: Option<&Bson>) -> bool {
    match (a, b) {
        (Some(Bson::Int32(a)), Some(Bson::Int32(b))) => a == b,
        (Some(Bson::String(a)), Some(Bson::String(b))) => a == b,
        (Some(Bson::ObjectId(a)), Some(Bson::ObjectId(b))) => a == b,
        (Some(a), Some(b)) => compare(a, b) == Ordering::Equal,
        (None | Some(Bson::Undefined), None | Some(Bson::Undefined)) => true,
        _ => false,
    }
}
