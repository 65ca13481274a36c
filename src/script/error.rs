//! [`ScriptError`]: an error as a script throws and catches it.
//!
//! It travels inside Rhai as the payload of a runtime error, so `catch (e)` gets it whole: a
//! script reads `e.name`, `e.message`, `e.code`, `e.codeName` and the fields of the server's reply.

use bson::Document;
use rhai::{Dynamic, EvalAltResult, Position};

use super::convert::{FromBsonError, ToBsonError};
use super::doc::TooDeep;
use super::syntax::SyntaxError;
use crate::client::{ClientError, ConnectError};

/// A boxed Rhai error, as every native function returns one.
pub type RhaiError = Box<EvalAltResult>;

/// An error with a name, a message and, from a server, a code.
#[derive(Debug, Clone, Default, thiserror::Error)]
#[error("{message}")]
pub struct ScriptError {
    /// Its class: `MongoServerError`, `TypeError`, `Error`, …
    pub name: String,
    /// What is wrong.
    pub message: String,
    /// The server's code.
    pub code: Option<i32>,
    /// The server's name of the code.
    pub code_name: Option<String>,
    /// Labels such as `TransientTransactionError`.
    pub labels: Vec<String>,
    /// The server's reply, or what else belongs to the error (`writeErrors`, `result`).
    pub details: Option<Document>,
    /// What to do next, for people.
    pub hints: Vec<String>,
    /// Whether no server answered.
    pub unavailable: bool,
}

impl ScriptError {
    /// An error of class `name`.
    pub fn new(name: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            message: message.into(),
            ..Self::default()
        }
    }

    /// An argument of the wrong type or value; mongosh's name for it.
    pub fn argument(message: impl Into<String>) -> Self {
        Self::new("MongoshInvalidInputError", message)
    }

    /// Something that the server, or this program, does not do.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::new("MongoshUnimplementedError", message)
    }

    /// The same with one more hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The error as Rhai carries it.
    #[must_use]
    pub fn into_rhai(self, position: Position) -> RhaiError {
        Box::new(EvalAltResult::ErrorRuntime(Dynamic::from(self), position))
    }
}

impl From<ClientError> for ScriptError {
    fn from(e: ClientError) -> Self {
        Self {
            name: e.name.as_str().to_string(),
            unavailable: e.is_unavailable(),
            message: e.message,
            code: e.code,
            code_name: e.code_name,
            labels: e.labels,
            details: e.response,
            hints: Vec::new(),
        }
    }
}

impl From<mongodb::error::Error> for ScriptError {
    fn from(e: mongodb::error::Error) -> Self {
        ClientError::from(e).into()
    }
}

impl From<ConnectError> for ScriptError {
    fn from(e: ConnectError) -> Self {
        let unavailable = !matches!(e, ConnectError::BadUri { .. });
        let name = if unavailable {
            "MongoServerSelectionError"
        } else {
            "MongoParseError"
        };
        let mut error = Self::new(name, e.to_string());
        error.unavailable = unavailable;
        match e {
            ConnectError::Unavailable { .. } => {
                error.hint("start a server, or name another one with --uri or RHAIVER_URI")
            }
            ConnectError::Embedded { hint, .. } => error.hint(hint),
            ConnectError::BadUri { .. } => error,
        }
    }
}

impl From<ToBsonError> for ScriptError {
    fn from(e: ToBsonError) -> Self {
        Self::new("BSONError", e.to_string())
    }
}

impl From<bson::error::Error> for ScriptError {
    fn from(e: bson::error::Error) -> Self {
        Self::new("BSONError", e.to_string())
    }
}

impl From<FromBsonError> for ScriptError {
    fn from(e: FromBsonError) -> Self {
        Self::new("BSONError", e.to_string())
    }
}

impl From<SyntaxError> for ScriptError {
    fn from(e: SyntaxError) -> Self {
        Self {
            hints: e.hints,
            ..Self::new("SyntaxError", e.message)
        }
    }
}

impl From<TooDeep> for ScriptError {
    fn from(e: TooDeep) -> Self {
        Self::new("BSONError", e.to_string())
    }
}

/// Why a native function failed: an error of its own, or Rhai's (from a callback it ran).
#[derive(Debug)]
pub enum Fault {
    /// An error to throw.
    Script(Box<ScriptError>),
    /// An error that passes through.
    Rhai(RhaiError),
}

impl<E: Into<ScriptError>> From<E> for Fault {
    fn from(e: E) -> Self {
        Self::Script(Box::new(e.into()))
    }
}

impl From<RhaiError> for Fault {
    fn from(e: RhaiError) -> Self {
        Self::Rhai(e)
    }
}

impl Fault {
    /// The fault as Rhai carries it; an error without a position gets this one.
    #[must_use]
    pub fn into_rhai(self, position: Position) -> RhaiError {
        match self {
            Self::Script(e) => e.into_rhai(position),
            Self::Rhai(mut e) => {
                if e.position().is_none() {
                    e.set_position(position);
                }
                e
            }
        }
    }
}

/// What a native function gives a script.
pub type Outcome = Result<Dynamic, Fault>;
