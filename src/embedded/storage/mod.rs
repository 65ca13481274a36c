//! Where the embedded database keeps its bytes: six ordered maps from keys to values, written together.
//!
//! A [`Store`] holds the [`Space`]s. A writer collects puts and deletes in a [`Batch`] and gives it to
//! [`Store::write`]: the whole batch is visible to every later [`Snapshot`] when `write` returns, and never a
//! part of it. It is on disk when [`Store::wait_durable`] returns for its [`Seq`] (all waiters share one
//! sync), and otherwise at most 100 ms later. Readers take a [`Snapshot`] (cheap, owned, shareable between
//! threads), which never changes and never waits for a writer; its [`Scan`]s are owned iterators in both
//! directions.
//!
//! Invariants:
//! - Batches reach the disk in the order of their sequence numbers: after a crash exactly the first N batches
//!   are there, and every batch for which `wait_durable` returned is among them.
//! - This room knows nothing of documents: keys and values are bytes.

mod batch;
mod disk;
mod error;
mod lock;
mod memory;
mod range;
mod snapshot;
mod store;

pub use batch::{Batch, LARGE, Space};
pub use disk::StoreOptions;
pub use error::{Error, Result};
pub use lock::DirLock;
pub use range::{Direction, KeyRange};
pub use snapshot::{Scan, Snapshot};
pub use store::{Seq, Store};

#[cfg(test)]
mod tests;
