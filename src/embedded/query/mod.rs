//! Reading a collection: which plan serves a query, and running it.
//!
//! A [`Query`] (filter, sort, skip, limit, hint, bounds) becomes a [`Plan`] ([`Plan::choose`]), which can say
//! what it will do ([`Plan::explain`]) and be run on a [`View`](crate::embedded::engine::View)
//! ([`Plan::run`]). `find`, `aggregate`, `count`, `distinct`, `update`, `delete` and `findAndModify` all read
//! through it, but for what needs no plan: `findOne` by one value ([`Point`]), and a write's document by its `_id`
//! ([`id_key`]). The rows that come out hold the stored bytes, so that a `find` without a projection passes
//! them on undecoded, and as much of the decoded document as was needed on the way.
//!
//! The life of a query: its filter is taken apart into tests of paths (`plan::leaves`); each index says which
//! keys such documents have (`plan::candidate`, over [`crate::embedded::index::bounds`]); the candidates are
//! tried against each other (`plan::trial`); the winner's keys are scanned, records fetched, tested and sorted
//! (`run`); counters on the way tell `explain` what was done.
//!
//! What the server does and this does not: projections from keys alone (keys do not keep the types of
//! numbers), distinct scans, merges of sorted scans, intersections of indexes. `explain` never shows them.
//!
//! Invariants:
//! - Whatever the plan, the rows are the same ones (a property test compares them with a plain search); without
//!   a sort their order is the plan's.
//! - A row is decoded only as far as the filter, the sort and [`Query::needs`] ask; not even that for a filter
//!   that the keys answer. What only the filter asks for does not go along with the row.

mod decode;
pub mod explain;
mod plan;
mod point;
mod rows;
mod run;
mod spec;

pub use decode::{Decoder, decode};
pub use plan::{Plan, id_key};
pub use point::Point;
pub use rows::{Row, Rows};
pub use spec::{Hint, Query};

#[cfg(test)]
mod tests;
