//! Failures, told in the words of whoever has to deal with them.

use super::classify::{Class, class_of};
use crate::client::{ClientError, ErrorName};
use crate::diag::{Diagnostic, Kind};
use crate::stream::handler::Failure;
use crate::stream::letters::LetterError;

/// Whether another transaction was in the way, or the server ended this one.
pub(super) fn is_conflict(error: &ClientError) -> bool {
    let failure = Failure {
        diagnostic: Diagnostic::new(Kind::Script, "").server_code(error.code, None),
        transient: false,
    };
    class_of(&failure) == Class::Conflict
}

/// Why an event of a blocked document is put aside.
pub(super) fn waits() -> LetterError {
    LetterError {
        message: "it waits behind an earlier event of its document".into(),
        ..LetterError::default()
    }
}

/// Why an effect of an effect … is put aside.
pub(super) fn too_deep(depth: u32) -> LetterError {
    LetterError {
        message: format!("the event is an effect of an effect of this handler, {depth} times over"),
        hints: vec![
            "the handler writes to what its stream watches: let it write elsewhere, or leave out its own changes \
             by a `pipeline`; `maxDepth` says how deep it may go"
                .into(),
        ],
        ..LetterError::default()
    }
}

/// An event that is no document.
pub(super) fn unreadable(error: &bson::error::Error) -> Failure {
    let text = format!("the event cannot be read: {error}");
    Failure {
        diagnostic: Diagnostic::new(Kind::Bug, text),
        transient: false,
    }
}

/// What the server refuses to commit, as a failure of the handler that asked for it.
pub(super) fn refused(error: ClientError) -> Failure {
    let diagnostic = Diagnostic::new(Kind::Script, error.message);
    Failure {
        diagnostic: diagnostic.server_code(error.code, error.code_name),
        transient: false,
    }
}

/// What a handler met, as the driver would tell it.
pub(super) fn client_error(diagnostic: &Diagnostic) -> ClientError {
    ClientError {
        name: ErrorName::MongoServerError,
        message: diagnostic.message.clone(),
        code: diagnostic.code,
        code_name: diagnostic.code_name.clone(),
        labels: Vec::new(),
        response: None,
    }
}

/// Why an event whose transaction the server ended is given up.
pub(super) fn outlived() -> Failure {
    let text = "the handler takes longer over one event than the server lets a transaction live";
    let diagnostic = Diagnostic::new(Kind::Script, text);
    Failure {
        diagnostic: diagnostic.hint(
            "make it shorter, or let its effects be at least once: `delivery: \"at-least-once\"`",
        ),
        transient: false,
    }
}

/// An error of our own, in the driver's form.
pub(super) fn own(message: &str) -> ClientError {
    ClientError {
        name: ErrorName::MongoError,
        message: message.into(),
        code: None,
        code_name: None,
        labels: Vec::new(),
        response: None,
    }
}
