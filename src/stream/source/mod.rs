//! Where events come from: change streams that are opened, kept open, and shared.
//!
//! ```text
//! StreamSpec ─▶ Opening (the aggregate) ─▶ reader (a task: cursor, resume) ─▶ Feed (Item)
//! ```
//!
//! - [`Hub`] opens streams of one cluster for one process;
//! - [`Opening`] is what is asked of the server, as a command that can be shown;
//! - [`Feed`] gives [`Item`]s: batches of [`Event`]s, places, and what happened to the stream;
//! - [`Token`] is a place.
//!
//! Invariants: no event is left out or given twice to one feed, and their order is the server's;
//! [`Item::Idle`] is behind all events before it; what is read ahead of a slow stream is bounded.

mod event;
mod feed;
mod hub;
mod opening;
mod token;

pub use event::{Event, TransactionId};
pub use feed::{Feed, Headroom, Item};
pub use hub::{Hub, OpenError, Opened};
pub use opening::{Opening, SpecFault, Start};
pub use token::Token;
