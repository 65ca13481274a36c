//! The embedded database: a server inside the process that speaks MongoDB's wire protocol.
//!
//! It never imports `client`, `script` or rhai: it could be lifted out as a crate.
//!
//! The life of a command: a connection's thread ([`server`]) reads a message ([`wire`]) and checks its bytes; the
//! dispatcher ([`commands`]) finds the command, checks the login ([`auth`]), session and concerns, and gives its
//! handler an operation of the [`engine`]. A read asks the planner ([`query`]) for a way over records or an
//! [`index`] at a view that never changes, and answers with a batch and a [`cursor`]; a pipeline's stages ask for
//! more through the [`host`]. A write becomes one batch of the [`storage`] that holds record, keys, counters and
//! history, and a [`change_stream`] that waits wakes. What databases hold is the [`catalog`]. Which process does all
//! this for a data directory that several use is the matter of [`share`].
//!
//! Invariants:
//! - What is supported does as MongoDB 6.0 does, to codes and texts; what is not is refused by name.
//! - Threads and blocking calls all through, no async: a thread that waits disturbs nobody, and everything that
//!   waits can be interrupted.
//! - No input ends more than its own connection.

pub mod auth;
pub mod catalog;
pub mod change_stream;
pub mod commands;
pub mod cursor;
pub mod engine;
pub mod host;
pub mod index;
pub mod query;
pub mod server;
pub mod share;
pub mod storage;
pub mod wire;
