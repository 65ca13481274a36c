//! Changing what there is: collections, views and indexes.
//!
//! A change is one [`Unit`](super::write::Unit) with a new catalog: what is stored, what the oplog says and
//! what new operations see change at once ([`alter`]). It waits for open transactions that have written into
//! the collection. What is dropped vanishes from the catalog at once; its keys are removed later ([`purge`]),
//! while older views may still read them. A view has a document in `system.views`, as on the server: that
//! is how the oplog tells of it.

mod alter;
mod build;
mod capped;
mod create;
mod drop;
mod index_conflict;
mod index_spec;
mod indexes;
mod modify;
mod purge;
mod rename;
mod store;
mod views;

pub(super) use build::Builds;
pub use build::IndexBuild;
pub(super) use create::store_numbers;
pub use index_spec::IndexSpec;
pub use indexes::CreatedIndexes;
pub use modify::Modification;
pub(super) use store::{load_collection, store_collection};
