//! The shell's objects: `db`, collections, cursors, sessions, `rs`, under mongosh's names.
//!
//! A file a class. Every method speaks to the server through [`target`], which knows how a
//! command is sent: with which session, concerns and read preference, and with which retry.

pub mod ambient;
mod batches;
pub mod bulk;
pub mod collection;
pub mod cursor;
pub mod database;
pub mod explain;
pub mod mongo;
pub mod plan_cache;
pub mod replica_set;
mod report;
pub mod session;
pub mod target;
pub mod unsupported;

use std::rc::Rc;

use rhai::{Dynamic, Engine};

use super::error::ScriptError;
use super::host::Host;
use super::syntax::install_database;

/// Registers all classes, and `db`.
pub fn register(engine: &mut Engine, host: &Rc<Host>) {
    database::register(engine, host);
    collection::register(engine, host);
    bulk::register(engine, host);
    mongo::register(engine, host);
    session::register(engine, host);
    plan_cache::register(engine, host);
    replica_set::register(engine, host);
    report::register(engine);
    unsupported::register(engine, host);
    cursor::register(engine, host);
    explain::register(engine, host);
    let current = host.clone();
    install_database(engine, move || {
        Dynamic::from(database::Db::current(&current))
    });
}

/// The error for a wrong argument in the words of mongosh, which puts its code in front.
fn invalid(message: impl std::fmt::Display) -> ScriptError {
    ScriptError::argument(format!("[COMMON-10001] {message}"))
}
