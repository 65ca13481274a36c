//! Sorting documents: `sort`, `$sort`, `$top` and whatever orders by fields.
//!
//! A specification is parsed once ([`SortSpec::parse`]); it gives each document a [`SortKey`] and orders the
//! keys. Of an array's values the least counts when ascending and the greatest when descending (more exactly:
//! the first of the document's keys, as an index would have them). [`Sorter`] sorts what comes in: all, or the
//! first ones of a limit, in bounded memory and beyond it with the help of files.
//!
//! Invariants:
//! - Sorting is stable.
//! - A sorter's memory is bounded by [`MEMORY_LIMIT`]; what is on disk has no name and goes away with the
//!   sorter, whatever becomes of the process.

mod key;
mod run;
mod sorter;
mod spec;

#[cfg(test)]
mod tests;

pub use key::SortKey;
pub use run::Spill;
pub use sorter::{MEMORY_LIMIT, Sorted, Sorter};
pub use spec::{SortField, SortSource, SortSpec};
