//! What a stream is asked to be: [`StreamSpec`], the value of a handler file's `const STREAM`.
//!
//! [`StreamSpec::read`] makes one of a document's fields; a field that is unknown, of the wrong
//! type or at odds with another one is a [`SpecError`], which names the field, so that whoever
//! holds the source can say where it stands. Everything here is pure: no server is asked.

mod check;
mod error;
mod namespace;
mod parts;
mod pipeline;
mod read;
#[cfg(test)]
mod tests;
mod value;
mod write;

use std::time::Duration;

use bson::Document;

pub use error::{At, SpecError};
pub use parts::{
    Batch, BeforeChange, Delivery, FullDocument, Namespace, Needs, OnFailure, OnLostHistory,
    OnRegression, Retry, StartAt,
};
pub use pipeline::{STAGES, keeps};
pub use read::{FIELDS, Origin};

/// All that a stream is asked to be. [`StreamSpec::new`] has every default.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamSpec {
    /// The name under which its place, its lease and its dead letters are kept.
    pub id: String,
    /// What it watches; never empty.
    pub watch: Vec<Namespace>,
    /// Stages that run at the server, behind `$changeStream`.
    pub pipeline: Vec<Document>,
    /// The document of an update event.
    pub full_document: FullDocument,
    /// The document as it was.
    pub full_document_before_change: BeforeChange,
    /// Where a stream without a checkpoint begins.
    pub start_at: StartAt,
    /// What is promised about effects.
    pub delivery: Delivery,
    /// How many workers share its events; events of one document stay with one worker.
    pub lanes: u32,
    /// How much is done in one transaction.
    pub batch: Batch,
    /// What is done about failures that may pass.
    pub retry: Retry,
    /// What is done about an event whose retries are used up, or that cannot be mended by one.
    pub on_failure: OnFailure,
    /// What is done where the server no longer has the history after the checkpoint.
    pub on_lost_history: OnLostHistory,
    /// How long a handler may take over one event; nothing for as long as it likes.
    pub timeout: Option<Duration>,
    /// What is done where a new generation fails more often than the old one.
    pub on_regression: OnRegression,
    /// How many times an event may be the effect of an effect of the same stream.
    pub max_depth: u32,
    /// What would else be warned about: `"self-writes"`.
    pub allow: Vec<String>,
    /// What `db` means in the handler.
    pub database: String,
    /// What the handler looks at; decides what is asked of the server.
    pub needs: Needs,
}

impl StreamSpec {
    /// A stream with every default.
    #[must_use]
    pub fn new(id: &str, watch: Vec<Namespace>, database: &str) -> Self {
        Self {
            id: id.into(),
            watch,
            pipeline: Vec::new(),
            full_document: FullDocument::default(),
            full_document_before_change: BeforeChange::default(),
            start_at: StartAt::default(),
            delivery: Delivery::default(),
            lanes: 1,
            batch: Batch::default(),
            retry: Retry::default(),
            on_failure: OnFailure::default(),
            on_lost_history: OnLostHistory::default(),
            timeout: None,
            on_regression: OnRegression::default(),
            max_depth: 32,
            allow: Vec::new(),
            database: database.into(),
            needs: Needs::default(),
        }
    }
}
