//! Changing what there is: collections, views and indexes.
//!
//! A change is one [`Unit`](super::write::Unit) with a new catalog: what is stored, what the oplog says and what
//! new operations see change at once ([`alter`]). It waits for open transactions that have written into the
//! collection. What is dropped vanishes from the catalog at once; its keys are removed later ([`purge`]), while
//! older views may still read them.

mod alter;
mod create;
mod store;

pub(super) use store::{load_collection, store_collection};
