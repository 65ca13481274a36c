//! All that knows Rhai: the engine, conversion, shell objects, built-ins, modules, limits and
//! diagnostics from Rhai's errors.
//!
//! The life of a script: text goes through [`syntax`] to an AST; a [`Session`] evaluates it in an
//! engine that [`engine`] has furnished with [`globals`] (printing, constructors, JavaScript's
//! everyday methods) and the objects of [`shell`] (`db`, collections, cursors). A native function
//! is declared through [`api`], gets its arguments from Rhai's values by [`convert`], and waits for
//! the driver on the script's own thread through its [`host`]. What fails is a [`ScriptError`]
//! inside Rhai and, when nobody catches it, a diagnostic made by [`diagnose`].
//!
//! Invariants: a session and everything in it lives on one thread; nothing waits without
//! listening to the [`Interrupt`]; every object literal and every document is an ordered [`Doc`].

pub mod api;
mod closures;
pub mod convert;
pub mod diagnose;
pub mod doc;
pub mod engine;
pub mod error;
pub mod globals;
mod handler;
pub mod host;
pub mod inspect;
mod interrupt;
pub mod modules;
pub mod number;
mod output;
mod session;
pub mod shell;
mod snapshot;
mod streams;
pub mod syntax;
pub mod types;

pub use doc::Doc;
pub use engine::{Limits, STACK};
pub use error::{Fault, Outcome, ScriptError};
pub use handler::{MakeOutput, ScriptProgram, ScriptProgramConfig, ScriptVersion};
pub use host::{Host, HostConfig};
pub use interrupt::{Interrupt, Stop};
pub use output::{Captured, Named, Output, Terminal};
pub use session::{Session, read_source, root_of};
pub use snapshot::Snapshot;
pub use streams::StreamHost;
