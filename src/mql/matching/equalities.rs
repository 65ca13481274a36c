//! What a filter says about the document that an upsert makes.

use bson::Bson;

use super::predicate::{Op, Predicate, Test};

impl Predicate {
    /// Adds the paths that must be equal to something, in the filter's order.
    pub(super) fn equalities<'a>(&'a self, found: &mut Vec<(&'a str, &'a Bson)>) {
        match self {
            Predicate::And(all) => all.iter().for_each(|p| p.equalities(found)),
            Predicate::Field { path, test } => match test {
                Test::Compare(c) if c.op == Op::Eq => found.push((path.as_str(), &c.value)),
                _ => {}
            },
            _ => {}
        }
    }
}
