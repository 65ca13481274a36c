//! Transactions: a snapshot, the writes over it, and what they hold.
//!
//! A transaction's statements read its [`View`](super::View): the snapshot of its first statement with its own
//! writes over it. A write takes the write mutex for a moment, refuses what has changed since the snapshot or
//! is held by another (`WriteConflict`), and holds the record and the unique keys until the end. Nothing of it
//! is in the store before the commit, which is one batch: records, index keys, counters, one oplog entry
//! (`applyOps`), and that the number is committed, so that a commit may be retried after a restart.

mod commit;
mod open;
mod transaction;

pub(super) use open::OpenTransaction;
pub(super) use transaction::Transaction;
