//! Sessions: which are known, who uses one, and what its transaction number stands for.
//!
//! A command that has a transaction number takes its session out ([`Checkout`]) and gives it back at its end,
//! so that commands of one session run one after the other. The number belongs to a write that may be retried
//! ([`Retryable`]: what its statements did, in memory and in the store) or to a transaction
//! ([`super::txn::Transaction`]). A greater number ends what the one before stood for.
//!
//! Sessions are forgotten after 30 minutes without a command; what their writes did is removed from the
//! store then.

mod checkout;
mod ending;
mod numbers;
mod registry;
mod retryable;

pub(super) use checkout::{Checkout, Session, SessionState, Use};
pub use registry::SessionInfo;
pub(super) use registry::Sessions;
pub(super) use retryable::{Done, Retryable, store_commit};
