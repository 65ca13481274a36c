//! What is wrong with a stream's fields.

/// Which part of a field is wrong: its place in a source is where that part stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// Its name.
    Key,
    /// Its value.
    Value,
    /// Nothing of it: it is missing.
    Missing,
}

/// A field that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SpecError {
    /// The field, with a dot in front of a field inside of it: `retry.attempts`.
    pub field: String,
    /// Which part of it is wrong.
    pub at: At,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub hints: Vec<String>,
}

impl SpecError {
    pub(super) fn key(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(field, At::Key, message)
    }

    pub(super) fn value(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(field, At::Value, message)
    }

    pub(super) fn new(field: impl Into<String>, at: At, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            at,
            message: message.into(),
            hints: Vec::new(),
        }
    }

    #[must_use]
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}
