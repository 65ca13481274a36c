//! What can be wrong with a text, and where.

use std::fmt;

/// A place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Bytes before it.
    pub offset: usize,
    /// From 1.
    pub line: usize,
    /// Characters from the line's start, from 1.
    pub column: usize,
}

impl Position {
    pub(super) fn of(text: &str, offset: usize) -> Position {
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Position {
            offset,
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ErrorKind {
    /// The text ends within a value.
    #[error("unexpected end of the text")]
    End,
    /// Something else should stand here.
    #[error("expected {0}")]
    Expected(&'static str),
    /// A string holds a control character or an unknown escape.
    #[error("{0}")]
    BadString(&'static str),
    /// More levels than [`super::MAX_DEPTH`].
    #[error("documents and arrays are nested too deep")]
    TooDeep,
    /// A key with a NUL, which BSON cannot hold.
    #[error("field names cannot contain null bytes")]
    NullInKey,
    /// `{"$oid": 5}`: the notation of a type with something else in it.
    #[error("{key} needs {expected}")]
    BadType {
        /// The key that names the type.
        key: &'static str,
        /// What its value must be.
        expected: &'static str,
    },
}

/// Why a text is not extended JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EjsonError {
    /// What is wrong.
    pub kind: ErrorKind,
    /// Where; `None` when the value did not come from a text.
    pub position: Option<Position>,
}

impl fmt::Display for EjsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.position {
            Some(position) => write!(f, "{} at {position}", self.kind),
            None => fmt::Display::fmt(&self.kind, f),
        }
    }
}

impl std::error::Error for EjsonError {}

impl From<ErrorKind> for EjsonError {
    fn from(kind: ErrorKind) -> EjsonError {
        EjsonError {
            kind,
            position: None,
        }
    }
}
