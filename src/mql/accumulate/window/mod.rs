//! The window functions of `$setWindowFields`.
//!
//! A field of `output` names a function and, mostly, a window: `{$sum: "$x", window: {documents: [-1, "current"]}}`.
//! [`WindowSpec::parse_field`] reads both; [`WindowSpec::values`] computes the field for every document of a sorted
//! partition.

use bson::{Bson, Document};

use crate::mql::{Deps, Env, Error, Result};

/// A field of `$setWindowFields`' `output`.
#[derive(Debug, Clone)]
pub struct WindowSpec {}

impl WindowSpec {
    /// Reads a field of `output`. `sort_by` is the stage's `sortBy`, which many functions and windows need.
    ///
    /// # Errors
    /// What the server finds wrong with the function, its argument, the window, or a missing order.
    pub fn parse_field(
        _field: &str,
        _spec: &Bson,
        _sort_by: Option<&Document>,
        _env: &Env,
    ) -> Result<Self> {
        Err(Error::new(238, "not yet"))
    }

    /// The field's value for each document of a partition (`None`: it is not set), which stands in the order of the
    /// stage's `sortBy`.
    ///
    /// # Errors
    /// Those of the expressions, and of values that a function or the window's range does not take.
    pub fn values(&self, _partition: &[Document], _env: &Env) -> Result<Vec<Option<Bson>>> {
        Ok(Vec::new())
    }

    /// Which fields of a document it reads (those of `sortBy` are the stage's to add).
    pub fn deps(&self, _deps: &mut Deps) {}
}
