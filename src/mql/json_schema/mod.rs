//! `$jsonSchema`: what a document must look like.
//!
//! A schema is parsed ([`Schema::parse`]) into rules, a keyword or two to each; a value passes it if it passes
//! all ([`Schema::matches`]). What a collection's validator refuses is explained rule by rule
//! ([`Schema::explain`]), as the server does in `errInfo`.
//!
//! Invariants:
//! - Unlike in filters, a property is one field: arrays are not traversed.
//! - A rule passes values of types that it is not about: `minLength` passes numbers.
//! - Objects are compared without regard to the order of their fields.

mod explain;
mod parse;
mod rule;
mod unordered;
mod valid;

#[cfg(test)]
mod tests;

use rule::Rule;

use bson::Document;

use crate::mql::path::Fields;
use crate::mql::{Deps, Env, Result};
use valid::Subject;

/// A parsed schema.
#[derive(Debug, Clone)]
pub struct Schema {
    title: Option<String>,
    description: Option<String>,
    rules: Vec<Rule>,
    /// The schema as it was written, if no document passes it: it is quoted then.
    refusing: Option<Document>,
}

impl Schema {
    /// Parses a schema.
    ///
    /// # Errors
    /// Those of the server.
    pub fn parse(schema: &Document, _env: &Env) -> Result<Self> {
        parse::schema(schema)
    }

    /// Whether a document passes. An array in an array counts as the document of its places.
    #[must_use]
    pub fn matches(&self, fields: Fields<'_>) -> bool {
        match fields {
            Fields::Document(document) => self.passes(Subject::Document(document)),
            Fields::Array(items) => {
                let items = items.iter().cloned().enumerate();
                let document: Document = items.map(|(i, item)| (i.to_string(), item)).collect();
                self.passes(Subject::Document(&document))
            }
        }
    }

    /// Says which top-level fields it reads.
    pub fn deps(&self, deps: &mut Deps) {
        self.rules.iter().for_each(|rule| rule.deps(deps));
    }
}
