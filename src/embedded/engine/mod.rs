//! The heart of the embedded database: what reads see, how writes become true, and the history of both.
//!
//! The life of a command here: the dispatcher asks for an [`Operation`] ([`Engine::begin`]), which checks
//! the command's session, transaction number and retries, and belongs to the transaction if there is one.
//! Reads ask it for a [`View`]: the store's snapshot and the catalog of one moment, with the transaction's own
//! writes over it; cursors keep views. Writes prepare everything (documents checked and encoded, index keys
//! made) outside of any lock, then take the one write mutex for microseconds: what they found is compared with
//! what is true now, unique keys and the locks of open transactions are looked up, the next cluster time is
//! taken, and one batch (records, index keys, counters, history, what a retry must know) goes to the store.
//! Whoever wants it on disk waits after the mutex ([`Operation::settle`]).
//!
//! Invariants:
//! - A batch holds all that belongs to a write. Data, indexes, counters, oplog and retryable-write records agree
//!   in every snapshot, and after a crash.
//! - Times in the oplog ascend strictly, and a snapshot that sees an entry sees all before it.
//! - The write mutex is never held while waiting for a disk, a client or a transaction.
//! - A record or unique key that an open transaction has written is locked until it ends: other transactions
//!   get `WriteConflict`, other writers wait. A transaction writes only what has not changed since its snapshot.
//! - A view never changes and never waits.

mod consistency;
mod ddl;
#[allow(clippy::module_inception)]
mod engine;
mod error;
mod housekeeping;
mod keys;
mod moments;
mod open;
mod operation;
pub mod oplog;
mod options;
mod overlay;
mod session;
#[cfg(test)]
pub(in crate::embedded) mod testing;
mod txn;
mod view;
mod write;
mod writer;

#[cfg(test)]
pub(in crate::embedded) mod tests;

pub use consistency::{Validated, ValidatedIndex};
pub use ddl::{CreatedIndexes, IndexBuild, IndexSpec, Modification};
pub use engine::Engine;
pub use operation::{Operation, Statement};
pub use options::EngineOptions;
pub use session::SessionInfo;
pub use view::{Keys, Record, RecordId, Records, View};
pub use write::{
    DeleteStatement, Deleted, DoneBefore, InsertOptions, Inserted, Keep, MAX_DOCUMENT, Retry,
    Target, UpdateStatement, Updated, check_id, ends_command,
};
