//! Writing documents.
//!
//! A write is prepared outside of all locks ([`Prepared`]: the document checked and encoded, its index keys
//! made, its oplog entry built) and applied under the write mutex ([`Unit`]), where what it was prepared for
//! is compared with what is true now. If that is another ([`Refusal::Changed`]) it is prepared again; if an
//! open transaction holds what it would write ([`Refusal::Held`]) it waits for it, outside of the mutex.

mod apply;
mod check;
mod index_keys;
mod prepare;
mod unit;

pub(super) use apply::{Outcome, Refusal, duplicate};
pub use check::{MAX_DOCUMENT, check_id, for_insert};
pub(super) use prepare::{Change, Prepared, id_of};
pub(super) use unit::Unit;
