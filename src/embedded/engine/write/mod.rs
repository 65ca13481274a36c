//! Writing documents.
//!
//! A write is prepared outside of all locks ([`Prepared`]: the document checked and encoded, its index keys
//! made, its oplog entry built) and applied under the write mutex ([`Unit`]), where what it was prepared for
//! is compared with what is true now. If that is another ([`Refusal::Changed`]) it is prepared again; if an
//! open transaction holds what it would write ([`Refusal::Held`]) it waits for it, outside of the mutex.

mod apply;
mod check;
mod delete;
mod find;
mod insert;
mod prepare;
mod unique;
mod unit;
mod update;
mod validate;

pub use apply::DoneBefore;
pub(super) use apply::{Outcome, Refusal, duplicate};
pub use check::{MAX_DOCUMENT, check_id};
pub use delete::{DeleteStatement, Deleted};
pub use find::Target;
pub use insert::{InsertOptions, Inserted, ends_command};
pub(super) use prepare::{Change, Prepared};
pub(super) use unit::Unit;
pub use update::{Keep, Retry, UpdateStatement, Updated};
