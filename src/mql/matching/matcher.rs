//! A filter that was parsed.

use bson::{Bson, Document};

use super::eval::Asking;
use super::parse;
use super::predicate::Predicate;
use super::validator;
use crate::mql::path::Fields;
use crate::mql::{Deps, Env, Result};

/// A filter that was parsed, to be asked about documents.
#[derive(Debug, Clone)]
pub struct Matcher {
    root: Predicate,
    env: Env,
}

/// Where a document matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The place in the array that a positional `$` means; `None` where no array was traversed.
    pub index: Option<usize>,
}

impl Matcher {
    /// Parses a filter.
    ///
    /// # Errors
    /// Those of the server for this filter.
    pub fn parse(filter: &Document, env: &Env) -> Result<Self> {
        Ok(Self {
            root: parse::filter(filter, env)?.optimized(env)?,
            env: env.clone(),
        })
    }

    /// Parses the validator of a collection.
    ///
    /// # Errors
    /// Those of a filter, and those for what a validator may not hold.
    pub fn parse_validator(filter: &Document, env: &Env) -> Result<Self> {
        validator::check(filter)?;
        Self::parse(filter, env)
    }

    /// The same with its clauses in the order in which the server's planner puts them. Which array a positional
    /// `$` means in an update depends on it; that of a projection goes by the filter as it was written.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        self.root.sort();
        self
    }

    /// Whether the filter means a document.
    ///
    /// # Errors
    /// Those of an expression in it.
    pub fn matches(&self, document: &Document) -> Result<bool> {
        self.matches_in(document, &self.env)
    }

    /// The same with other variables than those it was parsed with, as the pipeline of a `$lookup` has them for
    /// each of its documents.
    ///
    /// # Errors
    /// See [`Matcher::matches`].
    pub fn matches_in(&self, document: &Document, env: &Env) -> Result<bool> {
        Ok(self.matches_at_in(document, env)?.is_some())
    }

    /// Whether the filter means a document, and where.
    ///
    /// # Errors
    /// Those of an expression in it.
    pub fn matches_at(&self, document: &Document) -> Result<Option<Position>> {
        self.matches_at_in(document, &self.env)
    }

    fn matches_at_in(&self, document: &Document, env: &Env) -> Result<Option<Position>> {
        let mut asking = Asking {
            env,
            position: None,
            error: None,
        };
        let holds = self.root.holds(Fields::Document(document), &mut asking);
        match asking.error {
            Some(error) => Err(error),
            None => Ok(holds.then_some(Position {
                index: asking.position,
            })),
        }
    }

    /// The tree of predicates.
    #[must_use]
    pub fn predicate(&self) -> &Predicate {
        &self.root
    }

    /// Whether it is true of every document: an empty filter.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.root.is_empty()
    }

    /// Says which top-level fields it reads.
    pub fn deps(&self, deps: &mut Deps) {
        self.root.deps(deps);
    }

    /// The fields that a document must have to match, each path with its value, in the filter's order: an
    /// upsert's document begins with them. A path may come more than once.
    #[must_use]
    pub fn equalities(&self) -> Vec<(&str, &Bson)> {
        let mut found = Vec::new();
        self.root.equalities(&mut found);
        found
    }
}
