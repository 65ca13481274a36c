//! The life of an event, from the server to effects that are committed.
//!
//! ```text
//! Program ─▶ Version ─▶ LaneHandler ─────────────────────────────┐
//!     (what a handler is made of)                                ▼
//! server ─▶ source ─▶ Feed ─▶ host (a task) ─▶ lane ─▶ lane ─▶ enter handle … leave ─▶ commit
//!             ▲                  │  ▲                                                   │
//!             └ Hub: shared      │  └ lease (an epoch)     checkpoint, letters, effects ┘
//!               cursors          └ notices ─▶ Observer       in one transaction
//! ```
//!
//! - [`spec`] is what a stream is asked to be; a [`Program`] gives it, and makes handlers;
//! - [`host`] runs many streams in one process: attach, detach, status, drain;
//! - [`lease`] says which process runs a stream; the [`registry`] tells what is known of all;
//! - [`source`] keeps change streams open, resumes them, and hands on events; a [`gap`] is what it lost;
//! - [`lane`] handles events in order, in batches, and writes down where it is; [`letters`] are events
//!   that could not be handled; [`checkpoint`] is the mirror of a stream's place in `resume_tokens`;
//! - [`StreamStatus`] is what a stream is at, an [`Observer`] is told what happens to it.
//!
//! The room knows a [`LaneHandler`], not what it is written in. Invariants: the checkpoint never passes
//! an event that is not handled or kept as a letter; in `exactly-once` it moves in the transaction of the
//! effects; events of one document are handled in the order of the stream; a handler changes only between
//! two events; nothing is committed under a lease that another holds.

pub mod admin;
pub mod bookkeeping;
pub mod checkpoint;
pub mod gap;
mod handler;
pub mod host;
pub mod lane;
pub mod lease;
pub mod letters;
mod observer;
mod program;
pub mod registry;
pub mod source;
pub mod spec;
mod status;

pub use handler::Failure;
pub use host::{Ended, StreamError, StreamHandle, Streams};
pub use observer::{EventDone, Notice, Observer};
pub use program::{LaneHandler, Left, Look, Program, Scope, Version};
pub use spec::StreamSpec;
pub use status::{LastError, State, StreamStatus};
