//! `$toHashedIndexKey`: the key that a hashed index would have. There are no hashed indexes here, but the
//! number is used to spread work.

use bson::{Bson, Document, RawDocumentBuf, doc};
use md5::{Digest, Md5};

use super::operator::{Args, Operator};
use super::value::{or_null, owned};
use crate::value::{Number, Rounding, compare::bracket};

pub(super) static OPERATORS: &[Operator] = &[Operator::new(
    "$toHashedIndexKey",
    // An array is the value to be hashed, not a list of arguments.
    Args::With(|op, argument, parser| Ok(op.call(vec![parser.node(argument)?]))),
    |call, scope| Ok(owned(key(&or_null(call.arg(0, scope)?)))),
)
.shown(|call| {
    call.args
        .first()
        .map_or(Bson::Null, super::node::Node::to_bson)
})];

/// The first eight bytes of the MD5 of seed 0 and the value.
fn key(value: &Bson) -> i64 {
    let mut hasher = Md5::new();
    hasher.update(0_i32.to_le_bytes());
    add(&mut hasher, None, value);
    let digest = hasher.finalize();
    let first: Option<[u8; 8]> = digest.get(..8).and_then(|bytes| bytes.try_into().ok());
    i64::from_le_bytes(first.unwrap_or_default())
}

fn add(hasher: &mut Md5, name: Option<&str>, value: &Bson) {
    hasher.update(i32::from(bracket(value)).to_le_bytes());
    if let Some(name) = name {
        hasher.update(name.as_bytes());
        hasher.update([0]);
    }
    match (value, Number::from_bson(value)) {
        (_, Some(number)) => hasher.update(whole(number).to_le_bytes()),
        (Bson::Document(document), _) => add_all(hasher, document),
        (Bson::Array(items), _) => {
            for (n, item) in items.iter().enumerate() {
                add(hasher, Some(&n.to_string()), item);
            }
            end(hasher);
        }
        (Bson::JavaScriptCodeWithScope(code), _) => {
            hasher.update(code.code.as_bytes());
            hasher.update([0]);
            add_all(hasher, &code.scope);
        }
        _ => hasher.update(encoded(value).unwrap_or_default()),
    }
}

fn add_all(hasher: &mut Md5, document: &Document) {
    for (name, value) in document {
        add(hasher, Some(name), value);
    }
    end(hasher);
}

/// The end of a document counts as a value without a name.
fn end(hasher: &mut Md5) {
    hasher.update(0_i32.to_le_bytes());
}

/// A number as an integer within bounds: doubles are cut off, decimals rounded.
fn whole(number: Number) -> i64 {
    match number {
        Number::Int32(n) => n.into(),
        Number::Int64(n) => n,
        // Saturates, and NaN is 0.
        Number::Double(x) => x as i64,
        Number::Decimal(d) if d.is_nan() => 0,
        Number::Decimal(d) => {
            let whole = d.with_places(0, Rounding::HalfEven).to_i64();
            let bound = if d.is_negative() { i64::MIN } else { i64::MAX };
            whole.unwrap_or(bound)
        }
    }
}

/// The bytes of a value in BSON.
fn encoded(value: &Bson) -> Option<Vec<u8>> {
    // The length, the type and an empty name come before it, a zero after it.
    const BEFORE: usize = 6;
    let raw = RawDocumentBuf::try_from(&doc! { "": value.clone() }).ok()?;
    let bytes = raw.as_bytes();
    bytes.get(BEFORE..bytes.len() - 1).map(<[u8]>::to_vec)
}
