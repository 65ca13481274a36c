//! What a filter becomes before it is asked.
//!
//! Constant parts of expressions are computed, which may fail, and what says the same in fewer words is
//! shortened. The latter is seen from outside: the one filter in an `$or` tells a position, and an upsert
//! takes its field from it.

use super::predicate::{Comparison, InList, Op, Predicate, Test};
use crate::mql::{Env, Result};

impl Predicate {
    /// The same, shortened.
    ///
    /// # Errors
    /// Those of constant expressions in it.
    pub(super) fn optimized(self, env: &Env) -> Result<Self> {
        Ok(match self {
            Predicate::And(all) => and(list(all, env)?),
            Predicate::Or(some) => or(list(some, env)?),
            Predicate::Nor(none) => Predicate::Nor(list(none, env)?),
            Predicate::Not(not) => not.optimized(env)?.negated(),
            Predicate::Field { path, test } => Predicate::Field {
                path,
                test: test.optimized(env)?,
            },
            Predicate::Expr(expr) => {
                let optimized = expr.optimized(env);
                let expr = optimized.map_err(|e| e.context("Failed to optimize expression"))?;
                Predicate::Expr(expr)
            }
            Predicate::JsonSchema(_) | Predicate::Always(_) | Predicate::SampleRate(_) => self,
        })
    }
}

fn list(parts: Vec<Predicate>, env: &Env) -> Result<Vec<Predicate>> {
    parts.into_iter().map(|part| part.optimized(env)).collect()
}

fn and(parts: Vec<Predicate>) -> Predicate {
    let mut all = Vec::with_capacity(parts.len());
    for part in parts {
        match part {
            Predicate::And(inner) => all.extend(inner),
            Predicate::Always(true) => {}
            Predicate::Always(false) => return part,
            other => all.push(other),
        }
    }
    match <[Predicate; 1]>::try_from(all) {
        Ok([only]) => only,
        Err(all) => Predicate::And(all),
    }
}

fn or(parts: Vec<Predicate>) -> Predicate {
    let mut some = Vec::with_capacity(parts.len());
    for part in parts {
        match part {
            Predicate::Or(inner) => some.extend(inner),
            Predicate::Always(false) => {}
            Predicate::Always(true) => return part,
            other => some.push(other),
        }
    }
    match <[Predicate; 1]>::try_from(some) {
        Ok([only]) => only,
        Err(some) if some.is_empty() => Predicate::Always(false),
        Err(some) => Predicate::Or(some),
    }
}

impl Test {
    fn optimized(self, env: &Env) -> Result<Self> {
        Ok(match self {
            Test::ElemMatchObject(filter) => {
                Test::ElemMatchObject(Box::new(filter.optimized(env)?))
            }
            Test::ElemMatchValue(tests) => Test::ElemMatchValue(Box::new(tests.optimized(env)?)),
            Test::In(list) => one_of(list),
            other => other,
        })
    }
}

/// A list of one is that one.
fn one_of(list: InList) -> Test {
    match (&list.values[..], &list.regexes[..]) {
        ([value], []) => Test::Compare(Comparison {
            op: Op::Eq,
            value: value.clone(),
        }),
        ([], [regex]) => Test::Regex(regex.clone()),
        _ => Test::In(list),
    }
}
