//! What is wrong with a source, in the words of the person who wrote it.

use rhai::Position;

/// Why a source cannot be compiled, with the way to write it in Rhai where one is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// What is wrong, in words.
    pub message: String,
    /// Where, in the source as it was written.
    pub position: Position,
    /// How to write it in Rhai.
    pub hints: Vec<String>,
}

impl SyntaxError {
    pub(super) fn new(message: impl Into<String>, position: Position) -> Self {
        Self {
            message: message.into(),
            position,
            hints: Vec::new(),
        }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

/// Why the reading of a source stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stop {
    pub error: SyntaxError,
    /// Whether more text could still make it right.
    pub incomplete: bool,
}

impl From<SyntaxError> for Stop {
    fn from(error: SyntaxError) -> Self {
        Self {
            error,
            incomplete: false,
        }
    }
}

/// A position from a line and a column that may be larger than Rhai can hold.
pub(super) fn position(line: u32, column: u32) -> Position {
    let cap = |n: u32| u16::try_from(n).unwrap_or(u16::MAX);
    Position::new(cap(line.max(1)), cap(column))
}
