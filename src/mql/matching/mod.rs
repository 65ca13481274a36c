//! Filters: which documents a query means.
//!
//! A filter is parsed once ([`Matcher::parse`]) into a tree of [`Predicate`]s, which finds every mistake
//! in it in the server's words, and is then asked about each document ([`Matcher::matches`]). The tree is
//! open to the crate: index planning reads it (`embedded::index`), an upsert takes fields from it
//! ([`Matcher::equalities`]), and a source decodes only what it needs ([`Matcher::deps`]).
//!
//! The shape is the server's: a predicate on a field is a [`Path`](super::path::Path), which leads to one
//! value or, through arrays, to many, and a [`Test`] that one of them must pass. `$ne`, `$nin` and
//! `$exists: false` are negations of such predicates, so that they ask whether *no* value passes.
//! Bracketing of types, null and missing are in [`tests_of_values`].
//!
//! Invariants:
//! - Matching does not allocate for comparisons, and never fails but for expressions (`$expr`).
//! - A document may be partial: it needs only the top-level fields that `deps` names.

mod deps;
mod equalities;
mod eval;
mod explain;
mod matcher;
mod optimize;
mod order;
mod parse;
mod predicate;
mod tests_of_values;
mod validator;

#[cfg(test)]
mod tests;

pub use explain::failed_validation;
pub use matcher::{Matcher, Position};
pub(crate) use parse::{compile_regex, integer};
pub use parse::{names as operator_names, refused_names};
pub use predicate::{Comparison, InList, Op, Predicate, Test};
pub use tests_of_values::{Bits, BitsOp, Modulo, RegexTest, TypeSet};
