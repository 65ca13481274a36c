//! How streams end.

use crate::client::ClientError;
use crate::diag::{Diagnostic, Kind};
use crate::stream::handler::Failure;

/// Why a stream ended before it was asked to.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StreamError {
    /// It cannot be opened, or its place not be read.
    #[error("{0}")]
    Client(ClientError),
    /// The history after its place is gone, and its policy is to stop.
    #[error("events were lost: the server no longer has the history after the checkpoint: {0}")]
    HistoryLost(ClientError),
    /// Its handlers cannot be made, or `onStart` failed.
    #[error("{}", .0.message)]
    Program(Box<Diagnostic>),
    /// A handler failed, and the policy is to stop.
    #[error("the handler failed: {}", .0.diagnostic.message)]
    Handler(Box<Failure>),
    /// A defect of rhaiver's.
    #[error("{0}")]
    Bug(String),
}

impl From<mongodb::error::Error> for StreamError {
    fn from(e: mongodb::error::Error) -> Self {
        Self::Client(e.into())
    }
}

impl StreamError {
    /// The error as a person is shown it.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        match self {
            Self::Client(e) => {
                let kind = if e.is_unavailable() { Kind::Unavailable } else { Kind::Script };
                Diagnostic::new(kind, e.message.clone()).server_code(e.code, e.code_name.clone())
            }
            Self::HistoryLost(e) => Diagnostic::new(Kind::Script, self.to_string())
                .server_code(e.code, e.code_name.clone())
                .hint("the gap is recorded in rhaiver.gaps; `onLostHistory: \"restart-now\"` goes on with what happens from now on"),
            Self::Program(diagnostic) => (**diagnostic).clone(),
            Self::Handler(failure) => failure.diagnostic.clone(),
            Self::Bug(message) => Diagnostic::new(Kind::Bug, message.clone()),
        }
    }
}

/// How a stream that was asked to end did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ended {
    /// How many events were handled, their effects committed, since it was attached.
    pub handled: u64,
}

/// Why a program was not attached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AttachError {
    /// A stream of this name runs in this process.
    #[error("a stream {0:?} runs already; give this one another `id`")]
    Running(String),
}
