//! The server: listeners, connections, and what all connections share.

/// What all connections share.
pub struct Shared {}
