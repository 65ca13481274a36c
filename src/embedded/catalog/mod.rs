//! What there is: databases, collections, views and their indexes.
//!
//! A [`Catalog`] is a value: it never changes, a change makes a new one that shares what is the same. The
//! engine holds the newest; an operation keeps the one that it began with, beside the store's snapshot of the
//! same moment. A [`Collection`] is one entry of it: what was said when it was created, its indexes, and
//! ([`Live`]) the counters that all its versions share.
//!
//! Invariants:
//! - The ids of collections and indexes are never used again; a dropped collection's keys may be removed long
//!   after, while snapshots still read them.
//! - Two catalogs hold the same `Arc<Collection>` if and only if the collection has not been changed between
//!   them: whoever prepared something with a collection compares the pointers.
//! - A database exists while it has a collection or a view.

mod collection;
mod index;
mod map;
mod names;

pub use crate::mql::stage::Namespace;
pub use collection::{
    Capped, Collection, CollectionId, Kind, Live, ValidationAction, ValidationLevel, Validator,
    ViewSpec,
};
pub use index::{Index, IndexId, IndexLive, IndexState};
pub use map::Catalog;
pub use names::{check_collection_name, check_new_name, check_writable_name, is_system};
