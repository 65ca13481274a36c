//! The embedded database: a server inside the process that speaks MongoDB's wire protocol.
//!
//! It never imports `client`, `script` or rhai: it could be lifted out as a crate.

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
