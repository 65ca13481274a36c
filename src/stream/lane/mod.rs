//! A lane: events of some documents, in order, on one thread.
//!
//! - [`spread`] says which lane an event belongs to;
//! - [`classify`] says what may help against a failure, [`retry`] how long to wait for it;
//! - [`suspects`] finds the event that makes a batch fail.

pub mod classify;
pub mod retry;
pub mod spread;
pub mod suspects;
