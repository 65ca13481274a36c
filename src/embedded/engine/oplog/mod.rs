//! The history of all writes, in the order in which they became true: what change streams read.
//!
//! Entries are documents in the server's shape (`local.oplog.rs`): `{lsid, txnNumber, op, ns, ui, o, o2,
//! stmtId, ts, t: 1, v: 2, wall, prevOpTime}`, where `op` is
//! - `i`: `o` the document, `o2` its `_id`;
//! - `u`: `o` is `{$v: 2, diff}` of an update or the whole new document of a replacement, `o2` its `_id`;
//! - `d`: `o` its `_id`;
//! - `c`: `o` a command (`create`, `drop`, `dropDatabase`, `renameCollection`, `collMod`, `startIndexBuild`,
//!   `commitIndexBuild`, `dropIndexes`), `ns` is `db.$cmd`; a transaction is one entry
//!   `o: {applyOps: [{op, ns, ui, o, o2}, …]}` on `admin.$cmd`;
//! - `n`: a note.
//!
//! Beyond the server's fields, an update, replacement or delete in a collection with
//! `changeStreamPreAndPostImages` has `preImage`, and an update `postImage` too, in its entry (in its element
//! of `applyOps`): so they live exactly as long as the history.
//!
//! A reader reads what there is ([`Oplog::read_after`]), then waits ([`Oplog::wait_beyond`]), which returns
//! at once when there is more. [`Oplog::oldest`] says whether its place is still in the history
//! (error 286 if not).

mod entry;
mod fields;
mod reader;
mod tail;

pub use entry::{Entry, OpKind};
pub(super) use entry::{EntryBuilder, Operations, Origin};
pub use reader::OplogReader;
pub use tail::Oplog;
