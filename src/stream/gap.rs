//! What was lost: `rhaiver.gaps`, one document a gap.
//!
//! `{ _id, stream, from: { token, clusterTime }, to: { clusterTime }, reason: { code, message },
//! action: "stop" | "restart-now" | "restart-at", at: Date }`

use bson::{DateTime, Timestamp};

use super::source::Token;
use crate::client::ClientError;

/// A part of history that a stream did not see.
#[derive(Debug, Clone)]
pub struct Gap {
    /// The stream.
    pub stream: String,
    /// The last place that it had.
    pub from: Option<Token>,
    /// The cluster time of that place.
    pub from_time: Option<Timestamp>,
    /// Where it goes on, or could.
    pub to_time: Option<Timestamp>,
    /// What the server said.
    pub reason: ClientError,
    /// What was done: `stop`, `restart-now`, `restart-at`.
    pub action: &'static str,
    /// When it was found.
    pub at: DateTime,
}
