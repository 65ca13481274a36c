//! Which failures say that history is gone, and which that trying again is in vain.

use crate::client::ClientError;

/// Codes that say that the history after a place is gone, or that the place is none: trying again
/// cannot help.
const LOST: [i32; 7] = [
    286,    // ChangeStreamHistoryLost
    280,    // ChangeStreamFatalError
    260,    // InvalidResumeToken
    50_810, // KeyString of a token that cannot be read
    50_811, // the same
    40_576, // the resume point may no longer be in the oplog (before 4.4)
    40_585, // the resume token was not found (before 4.4)
];

/// `ChangeStreamFatalError` is also what a pipeline gets that changes `_id`: nothing is lost then.
const FATAL: i32 = 280;

/// Refusals that a second try does not change: of the command, of its pipeline, of the user.
const REFUSED: [i32; 13] = [
    2,      // BadValue
    9,      // FailedToParse
    13,     // Unauthorized
    14,     // TypeMismatch
    18,     // AuthenticationFailed
    20,     // IllegalOperation
    26,     // NamespaceNotFound
    47,     // NoMatchingDocument: an image that is "required" is not kept
    73,     // InvalidNamespace
    115,    // CommandNotSupported
    10_334, // BSONObjectTooLarge: an event over 16 MB that the server cannot split
    40_324, // unrecognized pipeline stage
    40_573, // $changeStream outside of a replica set
];

/// Whether the history after the place is gone.
#[must_use]
pub fn is_lost(error: &ClientError) -> bool {
    let lost = error.code.is_some_and(|code| LOST.contains(&code));
    lost && !changed_token(error)
}

/// Whether the stream's own pipeline took away or changed `_id`.
#[must_use]
pub(super) fn changed_token(error: &ClientError) -> bool {
    // The code is the same as that of lost history; only the words tell them apart.
    error.code == Some(FATAL) && error.message.contains("_id") && error.message.contains("pipeline")
}

/// The error with what can be done about it, where that is known.
#[must_use]
pub(super) fn advise(mut error: ClientError) -> ClientError {
    let advice = match error.code {
        Some(47) => {
            "; let the collection keep images (collMod with changeStreamPreAndPostImages), or ask \
             for them \"whenAvailable\""
        }
        Some(10_334) => {
            "; an event is over 16 MB, and this server cannot split it (6.0.9 and 7.0 can): ask \
             for less of it, without `fullDocument` and `fullDocumentBeforeChange`, or with a \
             $project in `pipeline`"
        }
        _ => return error,
    };
    error.message.push_str(advice);
    error
}

/// Whether trying again is in vain although nothing is lost.
#[must_use]
pub(super) fn is_refused(error: &ClientError) -> bool {
    changed_token(error)
        || error.code.is_some_and(|code| REFUSED.contains(&code))
            && !error.has_label("ResumableChangeStreamError")
}
