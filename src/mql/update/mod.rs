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

mod check;
mod describe;
mod diff;
mod filters;
mod log;
mod ops;
mod parse;
mod path;
mod pipeline;
mod place;
mod replace;
mod tree;
mod upsert;
mod walk;

#[cfg(test)]
mod tests;

use bson::{Bson, Document};

use super::Env;
use super::error::{Error, Result};
pub use describe::{Description, describe};
use log::Log;
pub use ops::names as operator_names;
use parse::Operators;
use pipeline::Pipeline;
use walk::Walk;

/// A parsed update. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Update {
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    Operators(Operators),
    Replacement(Document),
    Pipeline(Pipeline),
}

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

impl Applied {
    fn unchanged(doc: &Document) -> Applied {
        Applied {
            doc: doc.clone(),
            modified: false,
            change: Change::None,
        }
    }
}

/// How a document was changed, as the oplog says it (the `o` of an `op: "u"`).
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Nothing was changed: no oplog entry.
    None,
    /// The document was replaced: `o` is this new document, the event is a `replace`. Its fields may be in
    /// another order than the stored document's, which has `_id` first.
    Replace(Document),
    /// Parts of it were changed: `o` is `{ $v: 2, diff: … }`, the event is an `update`.
    Delta(Document),
}

impl Update {
    /// Parses the `u` of an update: a document of operators, a replacement, or a pipeline. Constants of a
    /// pipeline (`c`) and the command's `let` are variables of the environment.
    ///
    /// # Errors
    /// What the server refuses before it looks at a document.
    pub fn parse(update: &Bson, array_filters: &[Document], env: &Env) -> Result<Update> {
        let kind = match update {
            Bson::Array(_) if !array_filters.is_empty() => {
                return Err(Error::failed_to_parse(
                    "arrayFilters may not be specified for pipeline-style updates",
                ));
            }
            Bson::Array(stages) => Kind::Pipeline(Pipeline::parse(stages, env)?),
            Bson::Document(update) if parse::is_operators(update) => {
                Kind::Operators(Operators::parse(update, array_filters, env)?)
            }
            Bson::Document(new) => Kind::Replacement(new.clone()),
            _ => {
                return Err(Error::failed_to_parse(
                    "Update argument must be either an object or an array",
                ));
            }
        };
        Ok(Update { kind })
    }

    /// Whether it replaces whole documents; such an update may not be `multi`.
    #[must_use]
    pub fn is_replacement(&self) -> bool {
        matches!(self.kind, Kind::Replacement(_))
    }

    /// Refuses `multi` for a replacement.
    ///
    /// # Errors
    /// Code 9.
    pub fn allow_multi(&self) -> Result<()> {
        if self.is_replacement() {
            return Err(Error::failed_to_parse(
                "multi update is not supported for replacement-style update",
            ));
        }
        Ok(())
    }

    /// Whether it is a pipeline.
    #[must_use]
    pub fn is_pipeline(&self) -> bool {
        matches!(self.kind, Kind::Pipeline(_))
    }

    /// Whether a path of it has a positional `$`, so that [`Update::apply`] needs to know which array
    /// element the filter matched.
    #[must_use]
    pub fn needs_position(&self) -> bool {
        matches!(&self.kind, Kind::Operators(operators) if operators.positional)
    }

    /// Applies it to a document that the filter matched, at a position if it matched an array's element.
    ///
    /// # Errors
    /// What the server refuses for this document.
    pub fn apply(&self, doc: &Document, position: Option<usize>, env: &Env) -> Result<Applied> {
        match &self.kind {
            Kind::Operators(operators) => operators.apply(doc, position, env),
            Kind::Replacement(new) => replace::replace(doc, new, env),
            Kind::Pipeline(pipeline) => pipeline.apply(doc, env),
        }
    }

    /// The document that an upsert inserts where the filter found none: the filter's equalities (path and
    /// value), then the update with `$setOnInsert`, and `_id` first. `new_id` is asked only if neither gave
    /// an `_id`.
    ///
    /// # Errors
    /// What the server refuses.
    pub fn upsert(
        &self,
        equalities: &[(String, Bson)],
        new_id: impl FnOnce() -> Bson,
        env: &Env,
    ) -> Result<Document> {
        let doc = match &self.kind {
            Kind::Operators(operators) => {
                operators.insert(upsert::from_filter(equalities)?, env)?
            }
            Kind::Pipeline(pipeline) => pipeline.insert(&upsert::from_filter(equalities)?, env)?,
            Kind::Replacement(new) => {
                let from = upsert::id_from_filter(equalities)?;
                let new = replace::with_id(&replace::with_times(new, env), from.get("_id"))?;
                check::document(&new, true)?;
                new
            }
        };
        let mut doc = replace::id_first(doc);
        if !doc.contains_key("_id") {
            let mut with_id = bson::doc! { "_id": new_id() };
            with_id.extend(doc);
            doc = with_id;
        }
        check::size(&doc)?;
        Ok(doc)
    }
}

impl Operators {
    fn apply(&self, doc: &Document, position: Option<usize>, env: &Env) -> Result<Applied> {
        let mut walk = self.walk(doc.clone(), doc.get("_id"), position, env);
        if !walk.run(&self.root)? {
            return Ok(Applied::unchanged(doc));
        }
        check::size(&walk.doc)?;
        Ok(Applied {
            modified: true,
            change: Change::Delta(walk.log.delta(&walk.doc)),
            doc: walk.doc,
        })
    }

    fn insert(&self, from: Document, env: &Env) -> Result<Document> {
        let id = from.get("_id").cloned();
        let mut walk = self.walk(from, id.as_ref(), None, env);
        walk.insert = true;
        walk.run(&self.root)?;
        check::document(&walk.doc, true)?;
        Ok(walk.doc)
    }

    fn walk<'a>(
        &'a self,
        doc: Document,
        id: Option<&'a Bson>,
        position: Option<usize>,
        env: &'a Env,
    ) -> Walk<'a> {
        Walk {
            doc,
            log: Log::root(),
            id,
            position,
            insert: false,
            filters: &self.filters,
            env,
        }
    }
}
