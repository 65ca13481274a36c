//! rhaiver: script the reactions to MongoDB changes in Rhai.
//!
//! One crate, a library with a thin binary. Each folder is a room; imports go one way, from the
//! bottom of this list to its top:
//!
//! | room | owns |
//! | --- | --- |
//! | [`value`] | BSON as a value: comparison, numbers, dates, EJSON, mongosh-style printing |
//! | [`diag`] | what every error looks like: kind, code, hints, source excerpt, exit code |
//! | [`mql`] | MongoDB's query language as pure functions: match, project, sort, update, expressions, stages |
//! | [`embedded`] | the embedded database: wire protocol, commands, sessions, indexes, storage, change events |
//! | [`client`] | the seam over the official driver: connecting, error classification |
//! | [`stream`] | the life of an event: source, lanes, checkpoint, lease, dead letters, reload; knows a `Program` trait, not Rhai |
//! | [`script`] | all that knows Rhai: engine, conversion, shell objects, built-ins, modules, limits |
//! | [`repl`] | the interactive shell: reading, completion, history |
//! | [`cli`] | one file per command; the only place that joins rooms |

pub mod cli;
pub mod client;
pub mod diag;
pub mod embedded;
pub mod mql;
pub mod repl;
pub mod script;
pub mod stream;
pub mod value;
