//! Open cursors: what a `find` or `aggregate` left to read, until a `getMore` takes it.
//!
//! A cursor belongs to its namespace, to the session that opened it (or to none) and to the user. While a
//! `getMore` reads it, it is out of the registry's hands ([`Cursors::take`] … [`Cursors::put_back`]), so that no
//! two read it at once; killing it then stops the reader. Cursors that nobody reads are closed after ten
//! minutes, unless they were opened with `noCursorTimeout` or belong to a session.
//!
//! Invariants:
//! - Ids are positive, unguessable and never used twice at once.
//! - A batch has at most 16 MB of documents, or one document.

mod batch;
mod registry;

pub use batch::{Batch, FIRST_BATCH};
pub use registry::{Cursor, Cursors, Idle, Owner, Progress, Source};
