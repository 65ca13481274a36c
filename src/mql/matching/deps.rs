//! Which fields a filter reads.

use super::predicate::Predicate;
use crate::mql::Deps;

impl Predicate {
    /// Says which top-level fields it reads.
    pub fn deps(&self, deps: &mut Deps) {
        match self {
            Predicate::And(list) | Predicate::Or(list) | Predicate::Nor(list) => {
                list.iter().for_each(|p| p.deps(deps));
            }
            Predicate::Not(not) => not.deps(deps),
            Predicate::Field { path, .. } => deps.path(path.first()),
            Predicate::Expr(expr) => expr.deps(deps),
            Predicate::JsonSchema(schema) => schema.deps(deps),
            Predicate::Always(_) | Predicate::SampleRate(_) => {}
        }
    }
}
