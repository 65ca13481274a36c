//! Asking a predicate about a document, or a test about a value.

use bson::Bson;

use super::predicate::{Predicate, Test};
use crate::mql::path::{Fields, Hit, Path};
use crate::mql::{Env, Error};

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

    /// Whether it holds for a value alone: what `$elemMatch` asks of an element.
    pub(super) fn holds_for(&self, value: Option<&Bson>) -> bool {
        match self {
            Predicate::And(all) => all.iter().all(|p| p.holds_for(value)),
            Predicate::Or(some) => some.iter().any(|p| p.holds_for(value)),
            Predicate::Nor(none) => !none.iter().any(|p| p.holds_for(value)),
            Predicate::Not(not) => !not.holds_for(value),
            Predicate::Field { test, .. } => test.passes(value).is_some(),
            Predicate::Always(answer) => *answer,
            Predicate::SampleRate(_) => true,
        }
    }
}

fn field(path: &Path, test: &Test, fields: Fields<'_>, asking: &mut Asking<'_>) -> bool {
    let mut position = None;
    let holds = path.visit_fields(fields, test.leaf(), &mut |hit: Hit<'_>| {
        let Some(inner) = test.passes(hit.value) else {
            return false;
        };
        position = hit.index.or(inner);
        true
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
        };
        passes.then_some(None)
    }
}
