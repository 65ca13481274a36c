//! The commands: one file each, found by name in one sorted table ([`table`]).
//!
//! A message becomes a [`Request`]; the dispatcher ([`dispatch`]) checks what is the same for all commands
//! (API version, session, transaction number, read and write concern, `maxTimeMS`, authentication, fail
//! points), fills a [`CommandContext`] and calls the command's handler, which is a plain blocking function.
//! The dispatcher then adds `ok`, `$clusterTime` and `operationTime` to what the handler answers. A `findOne` by one
//! value is known from its bytes ([`express`]); the body of every other command is decoded first.
//!
//! Invariants:
//! - A handler answers without `ok`; an error is a [`crate::mql::Error`], never a document.
//! - A name that MongoDB has and we refuse is in the table of refusals, so that "not supported here" and
//!   "no such command" are different errors.

pub mod concern;
pub mod context;
pub mod current_op;
pub mod dispatch;
pub mod express;
pub mod fields;
pub mod generic;
pub mod introduce;
pub mod request;
pub mod session;
pub mod table;

mod aggregate;
mod coll_mod;
pub(in crate::embedded) mod collation;
mod convert_to_capped;
mod count;
mod create;
mod create_indexes;
mod delete;
mod diagnostic;
mod distinct;
mod drop;
mod drop_indexes;
mod explain;
mod fail_point;
mod failing;
mod find;
mod find_and_modify;
mod get_more;
mod hello;
mod insert;
mod kill_cursors;
mod labels;
mod list;
mod open;
mod refused;
mod rename_collection;
mod sasl;
mod sessions;
mod shown;
mod sources;
mod transaction;
mod update;
mod variables;
mod writes;

pub use concern::{ReadConcern, ReadConcernLevel, WriteConcern};
pub use context::{CommandContext, ConnectionInfo};
pub use fields::{Field, Fields, Kind};
pub use refused::names as refused_names;
pub use request::Request;
pub use session::{SessionContext, SessionId};
pub(in crate::embedded) use shown::Shown;
pub use table::{Command, Handler, Run};

#[cfg(test)]
mod tests;
