//! What may be done about a failure: classified by what failed and by the server's code, never by
//! words.

use crate::client::retry::is_transient_code;
use crate::diag::Kind;
use crate::stream::handler::Failure;

/// What may help against a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// The server or the way to it is gone or changes: the same will do once it is back. Tried for as
    /// long as it lasts; no event is to blame.
    Server,
    /// Somebody else held what the transaction needed, or the server gave the transaction up: the
    /// same may do at once. Tried often, then the handler is to blame: it may be in its own way.
    Conflict,
    /// The handler failed; what it depends on may be better at the next try.
    Handler,
    /// The handler failed, and will again with the same event and the same sources.
    Lasting,
    /// The handler was stopped from outside.
    Stopped,
}

/// Codes of a transaction that can be run again at once.
const CONFLICT: [i32; 5] = [
    112, // WriteConflict: another transaction wrote the document first
    24,  // LockTimeout: a transaction waits 5 ms for a lock by default
    246, // SnapshotUnavailable: the catalog changed since the snapshot was taken
    251, // NoSuchTransaction: the server ended it (its lifetime was over, an election)
    290, // TransactionExceededLifetimeLimitSeconds
];

/// Codes that say that the request itself is wrong, or does not agree with what is stored: the same
/// request is refused again, until the sources or the data are changed.
const LASTING: [i32; 20] = [
    2,     // BadValue
    9,     // FailedToParse
    13,    // Unauthorized: somebody has to grant it
    14,    // TypeMismatch
    16,    // InvalidLength
    20,    // IllegalOperation
    26,    // NamespaceNotFound
    28,    // PathNotViable
    40,    // ConflictingUpdateOperators
    52,    // DollarPrefixedFieldName
    59,    // CommandNotFound
    66,    // ImmutableField
    72,    // InvalidOptions
    73,    // InvalidNamespace
    115,   // CommandNotSupported
    121,   // DocumentValidationFailure
    166,   // CommandNotSupportedOnView
    263,   // OperationNotSupportedInTransaction
    10334, // BSONObjectTooLarge
    11000, // DuplicateKey
];

/// The class of a handler's failure.
#[must_use]
pub fn class_of(failure: &Failure) -> Class {
    let diagnostic = &failure.diagnostic;
    match (diagnostic.kind, diagnostic.code) {
        (Kind::Interrupted, _) => Class::Stopped,
        (_, Some(code)) if CONFLICT.contains(&code) => Class::Conflict,
        (Kind::Unavailable, _) => Class::Server,
        (_, Some(code)) if is_transient_code(code) => Class::Server,
        (_, Some(code)) if LASTING.contains(&code) => Class::Lasting,
        _ if failure.transient => Class::Server,
        _ => Class::Handler,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Diagnostic;

    #[test]
    fn failures_are_told_apart_by_their_codes() {
        let cases = [
            (Kind::Script, None, false, Class::Handler),
            (Kind::Script, None, true, Class::Server),
            (Kind::Unavailable, None, true, Class::Server),
            (Kind::Script, Some(189), true, Class::Server),
            (Kind::Script, Some(10107), false, Class::Server),
            (Kind::Script, Some(112), true, Class::Conflict),
            (Kind::Script, Some(251), true, Class::Conflict),
            (Kind::Script, Some(11000), false, Class::Lasting),
            (Kind::Script, Some(121), false, Class::Lasting),
            (Kind::Script, Some(50), false, Class::Handler), // MaxTimeMSExpired
            (Kind::Interrupted, None, false, Class::Stopped),
            (Kind::Bug, None, false, Class::Handler),
        ];
        for (kind, code, transient, class) in cases {
            let diagnostic = Diagnostic::new(kind, "x").server_code(code, None);
            let failure = Failure {
                diagnostic,
                transient,
            };
            assert_eq!(class_of(&failure), class, "{failure:?}");
        }
    }

    #[test]
    fn no_code_is_in_two_classes() {
        for code in LASTING {
            assert!(
                !CONFLICT.contains(&code) && !is_transient_code(code),
                "{code}"
            );
        }
    }
}
