//! Whether two values are the same to the bits.
//!
//! [`compare`](super::compare()) finds `1` and `1.0` equal, and `bson`'s own `==` does not look at the order
//! of fields and finds no NaN equal to itself; neither tells whether a write changes a document.

use bson::{Bson, Document};

/// Whether two values would be the same bytes.
#[must_use]
pub fn identical(a: &Bson, b: &Bson) -> bool {
    match (a, b) {
        (Bson::Document(a), Bson::Document(b)) => identical_documents(a, b),
        (Bson::Array(a), Bson::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| identical(a, b))
        }
        (Bson::Double(a), Bson::Double(b)) => a.to_bits() == b.to_bits(),
        (Bson::JavaScriptCodeWithScope(a), Bson::JavaScriptCodeWithScope(b)) => {
            a.code == b.code && identical_documents(&a.scope, &b.scope)
        }
        _ => a == b,
    }
}

/// Whether two documents would be the same bytes.
#[must_use]
pub fn identical_documents(a: &Document, b: &Document) -> bool {
    let same = |((key, x), (other, y)): ((&String, &Bson), (&String, &Bson))| {
        key == other && identical(x, y)
    };
    a.len() == b.len() && a.iter().zip(b).all(same)
}
