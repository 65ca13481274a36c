//! Errors that the engine makes in several places, in the server's words.

use bson::Timestamp;

use crate::embedded::catalog::Namespace;
use crate::mql::{Error, error::code};

/// `TransientTransactionError`
pub const TRANSIENT: &str = "TransientTransactionError";

/// A write of a transaction met a newer, or an open, one.
pub(super) fn write_conflict() -> Error {
    Error::new(
        code::WRITE_CONFLICT,
        "WriteConflict error: this operation conflicted with another operation. Please retry your \
         operation or multi-document transaction.",
    )
}

/// A write to a view.
pub(super) fn is_view(ns: &Namespace) -> Error {
    let text = format!("Namespace {ns} is a view, not a collection");
    Error::new(code::COMMAND_NOT_SUPPORTED_ON_VIEW, text)
}

/// No such collection.
pub(super) fn not_found(ns: &Namespace) -> Error {
    Error::new(code::NAMESPACE_NOT_FOUND, format!("ns not found {ns}"))
}

/// A transaction met a collection that is not what it was at its snapshot.
pub(super) fn snapshot_unavailable(snapshot: Timestamp, minimum: Timestamp) -> Error {
    let text = |ts: Timestamp| format!("Timestamp({}, {})", ts.time, ts.increment);
    const SNAPSHOT_UNAVAILABLE: i32 = 246;
    Error::new(
        SNAPSHOT_UNAVAILABLE,
        format!(
            "Unable to read from a snapshot due to pending collection catalog changes; please retry \
             the operation. Snapshot timestamp is {}. Collection minimum is {}",
            text(snapshot),
            text(minimum)
        ),
    )
}
