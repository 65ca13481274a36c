//! MongoDB's query language as pure functions: documents in, documents out. No I/O, no server.
//!
//! A command's filter becomes a matcher ([`matching`]), its update an update ([`update`]), its projection a
//! projection ([`project`]), its pipeline a chain of stages ([`stage`]); all of them evaluate expressions
//! ([`expr`]) in one environment ([`Env`]). What needs the database (`$lookup`, `$merge`) asks through a
//! trait that the embedded database implements.
//!
//! Invariants:
//! - Parsing finds every mistake that the server finds while parsing, with the server's code and text;
//!   evaluating finds the rest. Nothing panics, whatever the input.
//! - What it does is MongoDB 6.0's. The tables in `tests/cases` hold what mongod 6.0.5 answered; the unit
//!   tests here and the whole-program tests compare with them.
//! - A missing value is `None`, and never the same as null.

pub mod accumulate;
pub(crate) mod computed;
pub(crate) mod date;
mod deps;
mod env;
pub mod error;
mod error_names;
pub mod expr;
pub mod json_schema;
pub mod keys;
pub mod matching;
pub mod path;
pub mod project;
pub mod regex;
pub mod size;
pub mod sort;
pub mod stage;
pub(crate) mod text;
pub mod update;

#[cfg(test)]
pub(crate) mod cases;

pub use deps::Deps;
pub use env::{Env, Interrupt};
pub use error::{Error, Result};
pub use expr::Expr;
