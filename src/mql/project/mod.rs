//! Projections: of `find`, and of `$project`, `$addFields`, `$set` and `$unset`.
//!
//! All of them are one tree over the paths of a document whose leaves say include, exclude or compute; the
//! differences (which specifications are allowed, what is done to arrays) are settled when it is parsed.

use std::sync::Arc;

use bson::{Bson, Document};

use super::error::{Error, Result, code};
use super::{Deps, Env};

/// A parsed projection.
#[derive(Debug, Clone)]
pub struct Projection {
    // The tree.
    _root: Arc<()>,
}

impl Projection {
    /// The projection of a `find` or `findAndModify`. An empty one keeps documents as they are.
    ///
    /// # Errors
    /// What the server refuses before it looks at a document.
    pub fn parse_find(spec: &Document, env: &Env) -> Result<Projection> {
        let _ = (spec, env);
        Err(Error::new(code::NOT_IMPLEMENTED, "projections"))
    }

    /// The `$project` of a pipeline.
    ///
    /// # Errors
    /// As [`Projection::parse_find`]; the texts begin with `Invalid $project :: caused by :: `.
    pub fn parse_project(spec: &Bson, env: &Env) -> Result<Projection> {
        let _ = (spec, env);
        Err(Error::new(code::NOT_IMPLEMENTED, "projections"))
    }

    /// The `$addFields` or `$set` (`stage`) of a pipeline.
    ///
    /// # Errors
    /// As [`Projection::parse_find`].
    pub fn parse_add_fields(spec: &Bson, stage: &str, env: &Env) -> Result<Projection> {
        let _ = (spec, stage, env);
        Err(Error::new(code::NOT_IMPLEMENTED, "projections"))
    }

    /// The `$unset` of a pipeline: a path or an array of paths.
    ///
    /// # Errors
    /// As [`Projection::parse_find`].
    pub fn parse_unset(spec: &Bson, env: &Env) -> Result<Projection> {
        let _ = (spec, env);
        Err(Error::new(code::NOT_IMPLEMENTED, "projections"))
    }

    /// Whether it has a positional `$`, so that [`Projection::apply`] needs to know which array element the
    /// filter matched.
    #[must_use]
    pub fn needs_position(&self) -> bool {
        false
    }

    /// The document as projected.
    ///
    /// # Errors
    /// Those of the expressions in it; 51246 for a positional `$` without a position.
    pub fn apply(&self, doc: &Document, position: Option<usize>, env: &Env) -> Result<Document> {
        let _ = (doc, position, env);
        Err(Error::new(code::NOT_IMPLEMENTED, "projections"))
    }

    /// What it reads of a document.
    pub fn deps(&self, deps: &mut Deps) {
        deps.whole_document();
    }
}
