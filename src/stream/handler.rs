//! How a handler fails.

use crate::diag::Diagnostic;

/// Why an event is not handled.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The failure as a person is shown it.
    pub diagnostic: Diagnostic,
    /// Whether the same call may succeed soon without any change (a failover, a broken
    /// connection).
    pub transient: bool,
}
