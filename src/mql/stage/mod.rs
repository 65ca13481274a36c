//! Aggregation pipelines: stages parsed from BSON, run as pull iterators.
//!
//! The life of a pipeline: [`Pipeline::parse`] checks every stage and its place; [`Pipeline::plan`] splits off
//! what the source can do itself (a leading `$match`, `$sort`, `$skip`, `$limit` and the set of needed
//! fields); the database opens the source; [`Pipeline::run`] chains the rest behind it. What stages ask of the
//! database (other collections, writes, statistics, change events) goes through [`Host`].
//!
//! A caller does:
//! ```text
//! let pipeline = Pipeline::parse(stages, &namespace, &env)?;
//! let plan = pipeline.plan();
//! let source = match plan.source {
//!     Source::Collection => my_scan(&plan.prefix, &plan.deps)?, // does *all* of the prefix
//!     Source::Generated => stage::empty(), // $documents, $changeStream, $collStats …: they ask the host
//! };
//! let mut stream = plan.rest.run(source, &RunContext { host, env, namespace })?;
//! while let Some(document) = stream.next()? { … }
//! ```
//!
//! Invariants:
//! - Parsing says everything that the server says before it reads a document, in the server's order: first the
//!   names of all stages, then each stage, then their places.
//! - A stage keeps no more than it must: one document, or, where it blocks (`$group`, `$sort`, `$bucketAuto`,
//!   `$setWindowFields`), bounded memory, then disk or error 292.
//! - A `Pipeline` is immutable and cheap to clone; all state is in the streams.
//! - Errors of streams carry no context such as `PlanExecutor error during aggregation`: the command adds it.

mod add_fields;
mod bucket;
mod bucket_auto;
mod contract;
mod count;
mod densify;
mod documents;
mod facet;
mod fields;
mod fill;
mod geo_near;
mod graph_lookup;
mod group;
mod host;
mod idl;
mod limit;
mod lookup;
mod matching;
mod merge;
mod namespace;
mod number;
mod optimize;
mod out;
mod pipeline;
mod place;
mod plan;
mod project;
mod push_down;
mod redact;
mod replace_root;
mod sample;
mod skip;
mod sort;
mod sort_by_count;
mod sources;
mod stream;
mod table;
mod union_with;
mod unset;
mod unwind;
mod window;

#[cfg(test)]
mod tests;

pub use host::{Host, Kind, MergeUpdate, OutWriter};
pub use namespace::Namespace;
pub use pipeline::{Pipeline, RunContext};
pub use plan::{Plan, Prefix, Source};
pub use stream::{
    BoxStream, DocStream, RawStream, empty, from_documents, from_fn, from_results, interruptible,
};
pub use table::{names as stage_names, refused_names};
