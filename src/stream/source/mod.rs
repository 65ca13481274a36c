//! Where events come from: change streams that are opened, kept open, and shared.
//!
//! ```text
//! StreamSpec ─▶ Opening (the aggregate) ─▶ Reader (a task: cursor, resume) ─▶ Listener ─▶ Feed (Item)
//! ```
//!
//! - [`Hub`] opens streams of one cluster for one process, and knows how much history is left;
//! - [`Opening`] is what is asked of the server, as a command that can be shown: what is watched
//!   and who handles it decide about filters and projections there;
//! - [`reader`] keeps the cursor open, [`batch`] takes a reply apart ([`fragments`] joins events
//!   that were cut), [`listener`] hands it on where there is room, [`share`] lets streams of equal
//!   openings use one cursor, [`recover`] goes on behind lost history;
//! - [`Feed`] gives [`Item`]s: batches of [`Event`]s, places, and what happened to the stream;
//! - [`Token`] is a place.
//!
//! Invariants: no event is left out or given twice to one feed, and their order is the server's;
//! [`Item::Idle`] is behind all events before it; what is read ahead of a slow stream is bounded
//! in bytes, up to the moment that the events are dropped; a slow stream does not hold up others
//! for longer than a second.

mod batch;
mod check;
mod cursor;
mod event;
mod feed;
mod fragments;
mod headroom;
mod hub;
mod listener;
mod lost;
mod opening;
mod reader;
mod recover;
mod scope;
mod server;
mod share;
mod token;

#[cfg(test)]
mod tests;

pub use check::SpecFault;
pub use event::{Event, TransactionId};
pub use feed::{Feed, Item};
pub use headroom::{Headroom, HeadroomAlarm};
pub use hub::{Hub, OpenError, Opened};
pub use lost::is_lost;
pub use opening::{Opening, Start};
pub use server::Abilities;
pub use token::Token;
