//! `errorLabels`: what an error lets a driver do.

use bson::{Bson, Document};

use super::request::Request;
use super::session::SessionContext;
use super::table::Command;
use crate::embedded::server::Shared;
use crate::mql::{Error, error::code};

/// Errors after which a write may be sent again (error category `RetriableError`).
const RETRIABLE: &[i32] = &[
    code::INTERRUPTED_AT_SHUTDOWN,
    code::INTERRUPTED_DUE_TO_REPL_STATE_CHANGE,
    code::NOT_WRITABLE_PRIMARY,
    code::NOT_PRIMARY_NO_SECONDARY_OK,
    code::NOT_PRIMARY_OR_SECONDARY,
    code::PRIMARY_STEPPED_DOWN,
    code::SHUTDOWN_IN_PROGRESS,
    code::HOST_NOT_FOUND,
    code::HOST_UNREACHABLE,
    code::NETWORK_TIMEOUT,
    code::SOCKET_EXCEPTION,
    262,
];

/// Errors after which a whole transaction may be tried again: conflicts, time-outs of locks, snapshots that are
/// gone, transactions that are.
const TRANSIENT: &[i32] = &[
    code::WRITE_CONFLICT,
    24,
    code::NO_SUCH_TRANSACTION,
    246,
    267,
    239,
];

/// Errors after which a change stream may be resumed (`ResumableChangeStreamError`).
const RESUMABLE: &[i32] = &[
    code::HOST_UNREACHABLE,
    code::HOST_NOT_FOUND,
    63,
    code::NETWORK_TIMEOUT,
    code::SHUTDOWN_IN_PROGRESS,
    133,
    150,
    code::PRIMARY_STEPPED_DOWN,
    234,
    262,
    code::SOCKET_EXCEPTION,
    code::NOT_WRITABLE_PRIMARY,
    code::INTERRUPTED_AT_SHUTDOWN,
    code::INTERRUPTED_DUE_TO_REPL_STATE_CHANGE,
    code::NOT_PRIMARY_NO_SECONDARY_OK,
    code::NOT_PRIMARY_OR_SECONDARY,
];

/// Errors that mean: this node is no primary (any more). Their replies hold the `topologyVersion`.
const STATE_CHANGE: &[i32] = &[
    code::INTERRUPTED_DUE_TO_REPL_STATE_CHANGE,
    code::NOT_WRITABLE_PRIMARY,
    code::NOT_PRIMARY_NO_SECONDARY_OK,
    code::NOT_PRIMARY_OR_SECONDARY,
    code::PRIMARY_STEPPED_DOWN,
];

/// Whether a write may be sent again after this error.
pub fn is_retriable(code: i32) -> bool {
    RETRIABLE.contains(&code)
}

/// The labels of an error that the engine did not label.
pub fn of_error(
    session: Option<&SessionContext>,
    command: &Command,
    request: &Request,
    error: &Error,
    change_stream: bool,
) -> Vec<&'static str> {
    let mut labels = Vec::new();
    let ends = matches!(command.name, "commitTransaction" | "abortTransaction");
    if let Some(session) = session {
        let retriable = RETRIABLE.contains(&error.code);
        let conflict = TRANSIENT.contains(&error.code);
        if session.in_transaction && (conflict || retriable && !ends) {
            labels.push("TransientTransactionError");
        }
        if retriable && (session.is_retryable_write() || ends) {
            labels.push("RetryableWriteError");
        }
    }
    if is_change_stream(change_stream, request) && RESUMABLE.contains(&error.code) {
        labels.push("ResumableChangeStreamError");
    }
    let lost = [
        code::CHANGE_STREAM_FATAL_ERROR,
        code::CHANGE_STREAM_HISTORY_LOST,
    ];
    if is_change_stream(change_stream, request) && lost.contains(&error.code) {
        labels.push("NonResumableChangeStreamError");
    }
    labels
}

/// Whether a command opens or reads a change stream.
fn is_change_stream(read: bool, request: &Request) -> bool {
    match request.name.as_str() {
        "aggregate" => {
            let first = request
                .body()
                .get_array("pipeline")
                .ok()
                .and_then(|p| p.first());
            first
                .and_then(Bson::as_document)
                .is_some_and(|stage| stage.contains_key("$changeStream"))
        }
        "getMore" => read,
        _ => false,
    }
}

/// An error's reply, in the server's order of fields.
pub fn reply(server: &Shared, error: &Error, labels: &[&str]) -> Document {
    let mut reply = Document::new();
    let mut error = error.clone();
    match error.extra.remove("errorLabels") {
        Some(own) => {
            reply.insert("errorLabels", own);
        }
        None if !labels.is_empty() => {
            reply.insert("errorLabels", labels.to_vec());
        }
        None => {}
    }
    if STATE_CHANGE.contains(&error.code) {
        reply.insert("topologyVersion", server.topology.version());
    }
    reply.extend(error.to_reply());
    if error.code == 0 {
        // A few old commands refuse without a code.
        reply.remove("code");
        reply.remove("codeName");
    }
    reply
}
