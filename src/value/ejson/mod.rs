//! Extended JSON: BSON as text for machines, and back.
//!
//! [`stringify()`] writes the two forms of the specification as js-bson's `EJSON.stringify` does, and plain JSON as
//! `JSON.stringify` would; [`parse()`] reads them, with the legacy forms that `mongoexport` and older shells
//! wrote. Text becomes values bottom-up: a JSON object whose keys are exactly those of a type's notation is that
//! type, any other is a document in its own order.
//!
//! Where js-bson loses something, this does not: an int64 beyond 2^53 keeps its digits in the relaxed form,
//! and `parse` gives every number the type its notation names.

mod error;
mod parse;
mod scan;
mod types;
mod write;

pub use error::{EjsonError, ErrorKind, Position};
pub use parse::{parse, parse_json};
pub use write::{Mode, TooDeep, indent_of, quote, stringify};

use bson::Bson;

/// Documents and arrays may be nested this deep in text. The server takes 100 levels.
pub const MAX_DEPTH: usize = 300;

/// `EJSON.serialize(value)`: the extended JSON as documents instead of text.
pub fn serialize(value: &Bson, mode: Mode) -> Result<Bson, TooDeep> {
    // What was just written is well-formed; only its depth could be refused.
    parse_json(&stringify(value, mode, "")?).map_err(|_| TooDeep)
}

/// `EJSON.deserialize(value)`: documents in extended JSON's notation as the values they stand for.
pub fn deserialize(value: &Bson) -> Result<Bson, EjsonError> {
    types::deserialize(value.clone(), 0)
}

#[cfg(test)]
mod tests;
