//! The interactive shell: reading, completion, history.
//!
//! A [`Shell`] reads one complete input at a time (the parser says whether more lines are needed),
//! runs it in one [`Session`](crate::script::Session) that lives as long as the shell, and echoes
//! the result in mongosh's layout. It runs on the session's thread. Ctrl-C at the prompt drops the
//! line; while something runs, it stops that and keeps the session.

mod complete;
mod helper;
mod history;
mod input;
mod shell;

pub use history::history_file;
pub use shell::{Shell, ShellConfig};
