//! BSON to script values and back, with nothing lost.
//!
//! A document read by a script and written back is the same bytes: field order, the type and bits
//! of every number, binary subtypes, repeated keys. [`from_bson`] and [`to_bson`] are each other's
//! inverse, which a property test checks.

mod from_bson;
#[cfg(test)]
mod tests;
mod to_bson;

pub use from_bson::{
    FromBsonError, array, document, document_from, document_of, value, value_from,
};
pub use to_bson::{ToBsonError, bson_value, document_to_raw, owned_document, to_raw};
