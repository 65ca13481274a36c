//! What an update does to a document: operators, replacements, pipelines, upserts.
//!
//! An `u` of an `update`, `findAndModify` or bulk write is parsed once ([`Update::parse`]) and applied to each
//! document that its filter found ([`Update::apply`]). What comes back is the new document and how it
//! differs from the old one, in the form in which the server writes it into its oplog (`$v: 2` deltas):
//! [`Change`]. Change streams read it from there.
//!
//! Invariants:
//! - A document that an update does not change is `modified: false`, to the bits: `$set` of an equal number of
//!   another type is a change.
//! - Nothing reads a clock or makes an id: the environment has the time, and the caller brings the `_id`.

use bson::{Bson, Document};

use super::Env;
use super::error::{Error, Result, code};

/// A parsed update.
#[derive(Debug, Clone)]
pub struct Update {}

/// What an update has made of a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// The document as it is now.
    pub doc: Document,
    /// Whether it differs from what it was (`nModified`).
    pub modified: bool,
    /// How, for the oplog.
    pub change: Change,
}

/// How a document was changed, as the oplog says it (the `o` of an `op: "u"`).
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Nothing was changed: no oplog entry.
    None,
    /// The document was replaced: `o` is the whole new document, the event is a `replace`.
    Replace,
    /// Parts of it were changed: `o` is `{ $v: 2, diff: … }`, the event is an `update`.
    Delta(Document),
}

impl Update {
    /// Parses the `u` of an update: a document of operators, a replacement, or a pipeline.
    ///
    /// # Errors
    /// What the server refuses before it looks at a document.
    pub fn parse(update: &Bson, array_filters: &[Document], env: &Env) -> Result<Update> {
        let _ = (update, array_filters, env);
        Err(Error::new(code::NOT_IMPLEMENTED, "updates"))
    }

    /// Whether it replaces whole documents; such an update may not be `multi`.
    #[must_use]
    pub fn is_replacement(&self) -> bool {
        false
    }

    /// Whether it is a pipeline.
    #[must_use]
    pub fn is_pipeline(&self) -> bool {
        false
    }

    /// Whether a path of it has a positional `$`, so that [`Update::apply`] needs to know which array
    /// element the filter matched.
    #[must_use]
    pub fn needs_position(&self) -> bool {
        false
    }

    /// Applies it to a document that the filter matched, at a position if it matched an array's element.
    ///
    /// # Errors
    /// What the server refuses for this document.
    pub fn apply(&self, doc: &Document, position: Option<usize>, env: &Env) -> Result<Applied> {
        let _ = (doc, position, env);
        Err(Error::new(code::NOT_IMPLEMENTED, "updates"))
    }

    /// The document that an upsert inserts where the filter found none: the filter's equalities (path and
    /// value, in their order), then the update with `$setOnInsert`, and `_id` first. `new_id` is asked only
    /// if neither gave an `_id`.
    ///
    /// # Errors
    /// What the server refuses.
    pub fn upsert(
        &self,
        equalities: &[(String, Bson)],
        new_id: impl FnOnce() -> Bson,
        env: &Env,
    ) -> Result<Document> {
        let _ = (equalities, new_id, env);
        Err(Error::new(code::NOT_IMPLEMENTED, "updates"))
    }
}
