//! What happens by itself: expired documents, long transactions, forgotten sessions, old history, keys of what
//! was dropped.
//!
//! One thread (`thread`) wakes every second, or at once when something was dropped, and does what is due.
//! Tests call `Engine::keep_house` by hand.

mod thread;
mod trim;
mod ttl;

pub(super) use thread::Housekeeper;
