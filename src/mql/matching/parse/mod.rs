//! From a filter's document to predicates, with the server's complaints.
//!
//! [`document`] reads names and top-level operators, [`field`] what stands under a field's name; its
//! operators are in one table, a family to a file. Names that the server has and this does not are in
//! [`refused`].

mod bits;
mod compare;
mod document;
mod elements;
mod field;
pub(crate) mod integer;
mod modulo;
mod refused;
mod regex;
pub(crate) mod types;

/// The names of all operators of filters, for the documentation of what is supported.
pub fn names() -> impl Iterator<Item = &'static str> {
    let references = ["$db", "$id", "$ref"];
    let top_level = document::names().filter(move |name| !references.contains(name));
    top_level.chain(field::names())
}

pub use refused::names as refused_names;

pub(super) use document::filter;
pub(super) use field::is_expression;
pub(crate) use regex::test as compile_regex;

use bson::{Bson, Document};

use super::Predicate;
use crate::mql::{Env, Error, Result};

/// Where a filter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    /// It is about the documents themselves.
    Top,
    /// It is inside of an `$elemMatch`.
    Element,
}

/// An operator under a field's name.
pub struct Call<'a> {
    /// The field.
    path: &'a str,
    /// The operator.
    name: &'a str,
    argument: &'a Bson,
    /// All that stands under the field.
    around: &'a Document,
    env: &'a Env,
}

type Parser = fn(&Call<'_>) -> Result<Option<Predicate>>;

fn bad<T>(text: impl Into<String>) -> Result<T> {
    Err(Error::bad_value(text))
}
