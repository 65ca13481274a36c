//! Projections: of `find`, and of `$project`, `$addFields`, `$set` and `$unset`.
//!
//! All of them are one tree over the paths of a document ([`tree`]); the differences (which specifications
//! are allowed, whether it begins with nothing or with the whole document) are settled when it is parsed.
//! What it does to a document has three steps: keep or drop fields, compute fields from the document as it
//! was, and, for a `find`, cut arrays (`$slice`, the positional `$`).
//!
//! Invariants:
//! - Fields that are kept stay in the document's order; fields that are computed stay in their place if they
//!   are there, and else come last in the specification's order.
//! - Paths go through arrays: every document in them is projected.

mod add_fields;
mod arrays;
mod mode;
mod parse;
mod positional;
mod select;
mod tree;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use bson::{Bson, Document};

use super::error::{Error, Result};
use super::{Deps, Env, text};
use arrays::Slice;
use tree::{Mode, Node};

/// A parsed projection. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Projection {
    inner: Arc<Inner>,
    /// See [`Projection::is_selection`].
    selection: bool,
}

#[derive(Debug)]
struct Inner {
    mode: Mode,
    root: Node,
    slices: Vec<Slice>,
    position: Option<Vec<String>>,
}

impl Projection {
    /// The projection of a `find` or `findAndModify`. An empty one keeps documents as they are.
    ///
    /// # Errors
    /// What the server refuses before it looks at a document.
    pub fn parse_find(spec: &Document, env: &Env) -> Result<Projection> {
        parse::find(spec, env).map(Projection::new)
    }

    /// The same for documents that a filter finds, which tells the positional `$` its place. The filter has been
    /// parsed.
    ///
    /// # Errors
    /// Also where the filter cannot tell it.
    pub fn parse_find_of(spec: &Document, filter: &Document, env: &Env) -> Result<Projection> {
        positional::check(spec, filter, env)?;
        Self::parse_find(spec, env)
    }

    /// The `$project` of a pipeline.
    ///
    /// # Errors
    /// As [`Projection::parse_find`]; the texts begin with `Invalid $project :: caused by :: `.
    pub fn parse_project(spec: &Bson, env: &Env) -> Result<Projection> {
        let Bson::Document(spec) = spec else {
            return Err(Error::new(
                15969,
                "$project specification must be an object",
            ));
        };
        parse::project(spec, "$project", env).map(Projection::new)
    }

    /// The `$addFields` or `$set` (`stage`) of a pipeline.
    ///
    /// # Errors
    /// As [`Projection::parse_find`].
    pub fn parse_add_fields(spec: &Bson, stage: &str, env: &Env) -> Result<Projection> {
        let Bson::Document(spec) = spec else {
            return Err(Error::new(
                40272,
                format!(
                    "{stage} specification stage must be an object, got {}",
                    text::type_name(spec)
                ),
            ));
        };
        add_fields::parse(spec, stage, env).map(Projection::new)
    }

    /// The `$unset` of a pipeline: a path or an array of paths.
    ///
    /// # Errors
    /// As [`Projection::parse_find`].
    pub fn parse_unset(spec: &Bson, env: &Env) -> Result<Projection> {
        let paths = match spec {
            Bson::Array(paths) if paths.is_empty() => {
                return Err(Error::new(
                    31119,
                    "$unset specification must be a string or an array with at least one field",
                ));
            }
            Bson::Array(paths) => paths,
            path @ Bson::String(_) => std::slice::from_ref(path),
            _ => {
                return Err(Error::new(
                    31002,
                    "$unset specification must be a string or an array",
                ));
            }
        };
        if !paths.iter().all(|path| matches!(path, Bson::String(_))) {
            return Err(Error::new(
                31120,
                "$unset specification must be a string or an array containing only string values",
            ));
        }
        let paths = paths.iter().filter_map(Bson::as_str);
        parse::unset(paths, env).map(Projection::new)
    }

    fn new(inner: Inner) -> Projection {
        Projection {
            selection: inner.is_selection(),
            inner: Arc::new(inner),
        }
    }

    /// Whether it has a positional `$`, so that [`Projection::apply`] needs to know which array element the
    /// filter matched.
    #[must_use]
    pub fn needs_position(&self) -> bool {
        self.inner.position.is_some()
    }

    /// Whether fields that it does not name are dropped.
    #[must_use]
    pub fn is_inclusion(&self) -> bool {
        self.inner.mode == Mode::Inclusion
    }

    /// The document as projected.
    ///
    /// # Errors
    /// Those of the expressions in it; 51246 for a positional `$` without a position.
    pub fn apply(&self, doc: &Document, position: Option<usize>, env: &Env) -> Result<Document> {
        let Inner {
            mode,
            root,
            slices,
            position: positional,
        } = &*self.inner;
        let mut out = match positional {
            Some(path) => arrays::pick(doc, path, position, |picked| root.keep(*mode, picked))?,
            None => root.keep(*mode, doc),
        };
        root.compute(doc, &mut out, env)?;
        for slice in slices {
            slice.cut(&mut out);
        }
        Ok(out)
    }

    /// The document as projected, where nobody needs it as it was: what stays is not copied. There is no
    /// position.
    ///
    /// # Errors
    /// As [`Projection::apply`].
    pub fn apply_to(&self, doc: Document, env: &Env) -> Result<Document> {
        let inner = &*self.inner;
        let plain = inner.position.is_none() && inner.slices.is_empty();
        match inner.mode {
            Mode::Exclusion if plain => inner.root.change(doc, env),
            _ => self.apply(&doc, None, env),
        }
    }

    /// What it reads of a document, to make all of what it returns.
    pub fn deps(&self, deps: &mut Deps) {
        if !self.is_inclusion() {
            deps.whole_document();
        }
        self.inner.root.deps(self.inner.mode, deps);
    }

    /// What its expressions read, and the fields that it changes within: all that it needs beside what those
    /// need who read its fields.
    pub fn computed_deps(&self, deps: &mut Deps) {
        self.inner.root.deps(self.inner.mode, deps);
    }

    /// The top-level fields that may be other than in the document, and whether all fields that are not
    /// among them are gone.
    #[must_use]
    pub fn changed_fields(&self) -> Vec<&str> {
        self.inner.root.changed(self.inner.mode)
    }
}
