//! Indexes: their keys, and which of them serves a query.
//!
//! A document's values become keys ([`document_keys`]), bytes whose order is MongoDB's order of the values
//! ([`encode`]); the engine keeps them in the store beside the document. A filter's tests become intervals of
//! values and ranges of such keys ([`bounds`]), which the planner (`embedded::query`) chooses among.
//!
//! Invariants:
//! - The order of keys is the order of the values that they were made of, [`crate::value::compare()`]'s; equal
//!   values have equal keys, whatever their number types.
//! - Everything here is a function of its arguments: what there is comes through the engine's `View`.

pub mod bounds;
mod duplicate;
pub mod encode;
mod extract;
mod multikey;
mod number;
mod split;

pub use duplicate::{duplicate_key, key_value};
pub use extract::{DocumentKeys, document_keys, encode_key, multikey_bit};
pub use multikey::multikey_paths;

#[cfg(test)]
mod tests;
