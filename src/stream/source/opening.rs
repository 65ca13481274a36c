//! What is asked of the server.

use bson::{Document, Timestamp};

use super::Token;
use crate::stream::spec::StreamSpec;

/// Where a cursor begins.
#[derive(Debug, Clone, PartialEq)]
pub enum Start {
    /// With what happens from now on.
    Now,
    /// With what happened at this time, and later.
    Time(Timestamp),
    /// Behind this place.
    After(Token),
}

/// What is asked of the server for a stream, but for the place where it begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Opening {
    database: String,
    command: Document,
}

/// Why a stream cannot be asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpecFault {
    /// It watches nothing.
    #[error("the stream watches nothing")]
    NothingToWatch,
}

impl Opening {
    /// What a stream asks.
    ///
    /// # Errors
    /// [`SpecFault`].
    pub fn new(spec: &StreamSpec) -> Result<Self, SpecFault> {
        if spec.watch.is_empty() {
            return Err(SpecFault::NothingToWatch);
        }
        Ok(Self {
            database: "admin".into(),
            command: Document::new(),
        })
    }

    /// `{ database, command }`, as it is sent.
    #[must_use]
    pub fn explain(&self, _start: &Start) -> Document {
        bson::doc! { "database": &self.database, "command": &self.command }
    }
}
