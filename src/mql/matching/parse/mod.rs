//! From a filter's document to predicates.

mod document;
mod field;

pub(super) use document::filter;
