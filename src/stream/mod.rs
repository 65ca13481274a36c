//! The life of an event, from the server to a finished handler.
//!
//! ```text
//! source ──(event, token)──▶ delivery ──▶ worker's thread: Handler ──▶ checkpoint
//! ```
//!
//! - [`old_source`] keeps a change stream open, resumes it, and hands on events with their tokens;
//! - [`delivery`] gives one event at a time to the handler, decides about failures by its
//!   [`policy`], and then moves the checkpoint;
//! - [`worker`] is the thread that a handler lives on;
//! - [`checkpoint`] keeps the resume token in the handler's database;
//! - [`observer`] is told what happens, and shows it.
//!
//! The room knows a [`Handler`], not what it is written in. Invariants: the checkpoint never
//! passes an event whose handler has not finished; events are handled in the order of the stream;
//! a handler changes only between two events.

pub mod admin;
pub mod bookkeeping;
pub mod checkpoint;
pub mod delivery;
pub mod gap;
mod handler;
pub mod host;
pub mod lane;
pub mod lease;
pub mod letters;
mod observer;
pub mod old_source;
pub mod policy;
mod program;
pub mod registry;
pub mod source;
pub mod spec;
mod status;
pub mod worker;

pub use delivery::{Ended, StreamError, run};
pub use handler::{Failure, Handler, Refresh};
pub use observer::{EventDone, Notice, Observer};
pub use old_source::Watch;
pub use program::{LaneHandler, Left, Look, Program, Scope, Version};
pub use spec::StreamSpec;
pub use status::{LastError, State, StreamStatus};
pub use worker::Worker;

/// What a stream is: its name, what it watches, and where its checkpoint is.
#[derive(Debug, Clone)]
pub struct StreamConfig {
    /// The name under which its checkpoint is kept.
    pub id: String,
    /// What it watches.
    pub watch: Watch,
    /// The database of its checkpoint (the handler's).
    pub database: String,
    /// What to do about a handler that fails.
    pub policy: policy::Policy,
}
