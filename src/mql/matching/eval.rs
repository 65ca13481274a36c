//! Asking a predicate about a document, or a test about a value.

use bson::Bson;

use super::predicate::{Predicate, Test};
use crate::mql::path::{Fields, Hit, Path};
use crate::mql::{Env, Error, Expr};

/// What goes along with one question about a document.
pub(super) struct Asking<'e> {
    pub env: &'e Env,
    /// The place in an array that a positional `$` means.
    pub position: Option<usize>,
    /// The first expression that failed.
    pub error: Option<Error>,
}

impl Predicate {
    /// Whether it holds for a document. What it says is void if `asking` has an error afterwards.
    pub(super) fn holds(&self, fields: Fields<'_>, asking: &mut Asking<'_>) -> bool {
        match self {
            Predicate::And(all) => {
                let holds = all.iter().all(|p| p.holds(fields, asking));
                if !holds {
                    asking.position = None;
                }
                holds
            }
            Predicate::Or(some) => some.iter().any(|p| p.holds_apart(fields, asking)),
            Predicate::Nor(none) => !none.iter().any(|p| p.holds_apart(fields, asking)),
            Predicate::Not(not) => !not.holds_apart(fields, asking),
            Predicate::Field { path, test } => field(path, test, fields, asking),
            Predicate::Expr(expr) => asking.expression(expr, fields),
            Predicate::JsonSchema(schema) => schema.matches(fields),
            Predicate::Always(answer) => *answer,
            Predicate::SampleRate(rate) => (asking.env.random)() < *rate,
        }
    }

    /// The same without saying a position: the server forgets those inside of `$or`, `$nor` and `$not`.
    fn holds_apart(&self, fields: Fields<'_>, asking: &mut Asking<'_>) -> bool {
        let position = asking.position;
        let holds = self.holds(fields, asking);
        asking.position = position;
        holds
    }

    /// The same for what is inside of `$elemMatch`, which says no position and has no expression.
    fn holds_within(&self, fields: Fields<'_>) -> bool {
        match self {
            Predicate::And(all) => all.iter().all(|p| p.holds_within(fields)),
            Predicate::Or(some) => some.iter().any(|p| p.holds_within(fields)),
            Predicate::Nor(none) => !none.iter().any(|p| p.holds_within(fields)),
            Predicate::Not(not) => !not.holds_within(fields),
            Predicate::Field { path, test } => {
                path.visit_fields(fields, test.leaf(), &mut |hit: Hit<'_>| {
                    test.passes(hit.value).is_some()
                })
            }
            Predicate::JsonSchema(schema) => schema.matches(fields),
            Predicate::Always(answer) => *answer,
            Predicate::Expr(_) | Predicate::SampleRate(_) => false,
        }
    }

    /// Whether it holds for a value alone: what `$elemMatch` asks of an element.
    pub(super) fn holds_for(&self, value: Option<&Bson>) -> bool {
        match self {
            Predicate::And(all) => all.iter().all(|p| p.holds_for(value)),
            Predicate::Or(some) => some.iter().any(|p| p.holds_for(value)),
            Predicate::Nor(none) => !none.iter().any(|p| p.holds_for(value)),
            Predicate::Not(not) => !not.holds_for(value),
            Predicate::Field { test, .. } => test.passes(value).is_some(),
            Predicate::Always(answer) => *answer,
            // These stand in filters of documents only.
            Predicate::Expr(_) | Predicate::JsonSchema(_) | Predicate::SampleRate(_) => false,
        }
    }
}

impl Asking<'_> {
    /// Expressions stand at the top, where there is a document. After one has failed no other is asked.
    fn expression(&mut self, expr: &Expr, fields: Fields<'_>) -> bool {
        let (Fields::Document(document), None) = (fields, &self.error) else {
            return false;
        };
        expr.is_true(document, self.env).unwrap_or_else(|error| {
            self.error = Some(error);
            false
        })
    }
}

fn field(path: &Path, test: &Test, fields: Fields<'_>, asking: &mut Asking<'_>) -> bool {
    let mut position = None;
    let holds = path.visit_fields(fields, test.leaf(), &mut |hit: Hit<'_>| {
        let inner = test.passes(hit.value);
        if inner.is_some() {
            position = hit.index.or(inner.flatten());
        }
        inner.is_some()
    });
    if holds && position.is_some() {
        asking.position = position;
    }
    holds
}

impl Test {
    /// Whether a value passes; within it the place of the element that did, if it is a test of elements.
    pub(super) fn passes(&self, value: Option<&Bson>) -> Option<Option<usize>> {
        let passes = match self {
            Test::Compare(comparison) => comparison.matches(value),
            Test::In(list) => list.matches(value),
            Test::Exists => value.is_some(),
            Test::Type(types) => value.is_some_and(|v| types.contains(v)),
            Test::Regex(regex) => regex.matches(value),
            Test::Mod(modulo) => modulo.matches(value),
            Test::Bits(bits) => bits.matches(value),
            Test::Size(size) => items(value).is_some_and(|i| usize::try_from(*size) == Ok(i.len())),
            Test::ElemMatchObject(filter) => {
                let found = items(value)?.iter().position(|item| object(filter, item));
                return found.map(Some);
            }
            Test::ElemMatchValue(tests) => {
                let found = items(value)?.iter().position(|i| tests.holds_for(Some(i)));
                return found.map(Some);
            }
        };
        passes.then_some(None)
    }
}

fn items(value: Option<&Bson>) -> Option<&Vec<Bson>> {
    value.and_then(Bson::as_array)
}

/// An array counts as the object of its places.
fn object(filter: &Predicate, item: &Bson) -> bool {
    let fields = match item {
        Bson::Document(document) => Fields::Document(document),
        Bson::Array(items) => Fields::Array(items),
        _ => return false,
    };
    filter.holds_within(fields)
}
