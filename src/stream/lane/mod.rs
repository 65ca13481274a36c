//! A lane: events of some documents, in order, on one thread.
//!
//! ```text
//!           ┌─▶ Queue ─▶ thread: Lane ── enter ─ handle … ─ leave ─ checkpoint ─ commit
//! Dispatch ─┤                              │ a batch fails: undone, and its events come in smaller ones
//!           └─▶ Queue ─▶ …                 └ one fails alone: tries, then a letter (or the end)
//! ```
//!
//! - [`spread`] says which lane an event belongs to, [`dispatch`] brings it there;
//! - [`queue`] is what waits for a lane; [`run`] is its loop, [`control`] what it shares with others;
//! - [`ledger`] is what a lane asks of the database, [`books`] does it; [`places`] are the checkpoints of
//!   all lanes together;
//! - [`classify`] says what may help against a failure, [`retry`] how long to wait for it,
//!   [`suspects`] finds the event that makes a batch fail, [`blocked`] knows the documents that wait;
//! - [`depth`] tells effects of effects.
//!
//! The calls of a lane block: handlers do not leave their thread, and a runtime's thread must not
//! block, so the loop is a plain one that waits for each of the driver's calls.
//!
//! Invariants: an event is in front of the checkpoint, or its effects are committed, or it is a letter;
//! a batch has one generation; nothing is committed under a lease that is not held; a lane that is to
//! end finishes the events at hand.

mod again;
mod batch;
pub mod blocked;
pub mod books;
pub mod classify;
pub mod control;
pub mod depth;
pub mod dispatch;
mod failures;
mod giving_up;
pub mod ledger;
mod numbers;
pub mod places;
pub mod queue;
pub mod retry;
pub mod run;
pub mod spread;
pub mod suspects;

#[cfg(test)]
mod tests;
