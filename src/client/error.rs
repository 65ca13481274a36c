//! The driver's errors, as the rest of the program meets them.

use mongodb::bson::{Bson, Document};
use mongodb::error::{Error, ErrorKind, WriteFailure};

/// The class of an error, under the name that mongosh and the Node driver give it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorName {
    /// The server refused.
    MongoServerError,
    /// Some operations of a bulk write failed.
    MongoBulkWriteError,
    /// No suitable server was found in time.
    MongoServerSelectionError,
    /// The connection broke.
    MongoNetworkError,
    /// A command or an option is wrong before anything was sent.
    MongoInvalidArgumentError,
    /// A transaction is not in the state that the call needs.
    MongoTransactionError,
    /// Anything else of the driver's.
    MongoError,
}

impl ErrorName {
    /// The name as scripts read it in `error.name`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MongoServerError => "MongoServerError",
            Self::MongoBulkWriteError => "MongoBulkWriteError",
            Self::MongoServerSelectionError => "MongoServerSelectionError",
            Self::MongoNetworkError => "MongoNetworkError",
            Self::MongoInvalidArgumentError => "MongoInvalidArgumentError",
            Self::MongoTransactionError => "MongoTransactionError",
            Self::MongoError => "MongoError",
        }
    }
}

/// A failed operation, classified by the server's code and not by words.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct ClientError {
    /// Its class.
    pub name: ErrorName,
    /// The server's `errmsg`, or the driver's message.
    pub message: String,
    /// The server's code.
    pub code: Option<i32>,
    /// The server's name of the code.
    pub code_name: Option<String>,
    /// Labels such as `TransientTransactionError`.
    pub labels: Vec<String>,
    /// The server's whole reply.
    pub response: Option<Document>,
}

impl ClientError {
    /// Whether the error carries `label`.
    #[must_use]
    pub fn has_label(&self, label: &str) -> bool {
        self.labels.iter().any(|l| l == label)
    }

    /// Whether nobody answered: the process ends with the exit code for that.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        matches!(
            self.name,
            ErrorName::MongoServerSelectionError | ErrorName::MongoNetworkError
        )
    }
}

impl From<Error> for ClientError {
    fn from(error: Error) -> Self {
        let mut labels: Vec<String> = error.labels().iter().cloned().collect();
        labels.sort();
        let response = error
            .server_response()
            .and_then(|raw| Document::try_from(raw.as_ref()).ok());
        let (name, message, code, code_name) = classify(&error);
        Self {
            name,
            message,
            code,
            code_name: code_name.filter(|n| !n.is_empty()),
            labels,
            response,
        }
    }
}

type Classified = (ErrorName, String, Option<i32>, Option<String>);

fn classify(error: &Error) -> Classified {
    use ErrorName as N;
    match error.kind.as_ref() {
        ErrorKind::Command(e) => (
            N::MongoServerError,
            e.message.clone(),
            Some(e.code),
            Some(e.code_name.clone()),
        ),
        ErrorKind::Write(WriteFailure::WriteError(e)) => (
            N::MongoServerError,
            e.message.clone(),
            Some(e.code),
            e.code_name.clone(),
        ),
        ErrorKind::Write(WriteFailure::WriteConcernError(e)) => (
            N::MongoServerError,
            e.message.clone(),
            Some(e.code),
            Some(e.code_name.clone()),
        ),
        ErrorKind::InvalidArgument { message, .. } => {
            (N::MongoInvalidArgumentError, message.clone(), None, None)
        }
        ErrorKind::ServerSelection { message, .. } => {
            (N::MongoServerSelectionError, message.clone(), None, None)
        }
        ErrorKind::ConnectionPoolCleared { message, .. } => {
            (N::MongoNetworkError, message.clone(), None, None)
        }
        ErrorKind::Io(e) => (N::MongoNetworkError, e.to_string(), None, None),
        ErrorKind::Transaction { message, .. } => {
            (N::MongoTransactionError, message.clone(), None, None)
        }
        ErrorKind::DnsResolve { message, .. } => {
            (N::MongoNetworkError, message.clone(), None, None)
        }
        ErrorKind::Authentication { message, .. } => (
            N::MongoServerError,
            message.clone(),
            Some(18),
            Some("AuthenticationFailed".into()),
        ),
        other => (N::MongoError, other.to_string(), None, None),
    }
}

/// The error that a reply with `ok: 1` carries all the same: the first of its `writeErrors`, else
/// its `writeConcernError`.
#[must_use]
pub fn in_reply(reply: &Document) -> Option<ClientError> {
    let first = match reply.get("writeErrors") {
        Some(Bson::Array(errors)) => errors.first().and_then(Bson::as_document),
        _ => None,
    };
    let inner = first.or_else(|| reply.get_document("writeConcernError").ok())?;
    Some(ClientError {
        name: ErrorName::MongoServerError,
        message: inner.get_str("errmsg").unwrap_or_default().to_string(),
        code: inner.get_i32("code").ok(),
        code_name: inner.get_str("codeName").ok().map(str::to_string),
        labels: labels_of(reply),
        response: Some(inner.clone()),
    })
}

/// The `errorLabels` of a reply.
#[must_use]
pub fn labels_of(reply: &Document) -> Vec<String> {
    match reply.get("errorLabels") {
        Some(Bson::Array(labels)) => labels
            .iter()
            .filter_map(|l| l.as_str().map(str::to_string))
            .collect(),
        _ => Vec::new(),
    }
}
