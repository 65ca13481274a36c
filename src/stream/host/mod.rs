//! Many streams in one process: attach, detach, list, drain.
//!
//! ```text
//! Streams::attach(program) ─▶ task: lease ─▶ places ─▶ source ─▶ lanes ─▶ … ─▶ Ended
//!                               ▲                                    │
//!                               └──── the lease is lost, or the spec asks for other things
//! ```
//!
//! - [`Streams`] holds what streams share: the cluster, the runtime, the source;
//! - [`StreamHandle`] is one of them: its status, and how it is asked to end;
//! - [`StreamError`] is why one ended by itself; others go on.

mod chores;
mod closing;
mod counters;
mod errands;
mod error;
mod job;
mod judge;
mod look;
mod open;
mod running;
mod streams;
mod taking_over;

pub use counters::Counters;
pub use error::{AttachError, Ended, StreamError};
pub use streams::{HostOptions, StreamHandle, Streams};
