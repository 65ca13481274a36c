//! The best of several plans, by trying them.
//!
//! As the server does it: every plan works for a while, until one has given 101 rows or has come to its end;
//! the one that gave the most rows for its work wins. A plan that came to its end, and one that need not
//! sort, are better. Nothing is remembered of it: the next query tries again.

use std::cmp::Ordering;
use std::sync::Arc;

use super::Plan;
use super::access::{Access, IndexScan, Sorting};
use super::choose::Choice;
use crate::embedded::catalog::{Collection, IndexId};
use crate::embedded::engine::View;
use crate::embedded::query::run::{Counters, ScanCounts, Scanner};
use crate::embedded::query::{Query, decode};
use crate::mql::{Deps, Env, Error, Result};

/// As many rows are enough to judge a plan.
const ENOUGH: u64 = 101;
/// As much work is done for a plan at most.
const MOST_WORK: u64 = 10_000;

/// What a plan did in its trial.
#[derive(Default)]
struct Outcome {
    works: u64,
    advanced: u64,
    ended: bool,
}

impl Plan {
    /// The same with the best of its alternatives chosen.
    ///
    /// # Errors
    /// What reading says.
    pub fn decided(mut self, view: &View, env: &Env) -> Result<Self> {
        if self.rejected.is_empty() || self.is_unbeatable() {
            return Ok(self);
        }
        let Some(collection) = &self.collection else {
            return Ok(self);
        };
        let first = (self.access, self.sorting);
        let mut plans: Vec<Choice> = std::iter::once(first).chain(self.rejected).collect();
        // Of equally good ones the older index wins.
        plans.sort_by_key(|(access, _)| match access {
            Access::Index(scan) => scan.index.id,
            _ => IndexId(0),
        });
        let try_all = |mut budget: u64| {
            let mut outcomes: Vec<Outcome> = plans.iter().map(|_| Outcome::default()).collect();
            // Those that need not sort may be done early, and the others need work no longer then.
            for sorting_now in [false, true] {
                for ((access, sorting), outcome) in plans.iter().zip(&mut outcomes) {
                    if matches!(sorting, Sorting::Sort(_)) != sorting_now {
                        continue;
                    }
                    let plan = (access, sorting);
                    *outcome = try_out(plan, &self.query, (view, collection), env, budget)?;
                    if outcome.is_done() {
                        budget = budget.min(outcome.works);
                    }
                }
            }
            Ok::<_, Error>(outcomes)
        };
        let mut outcomes = try_all(MOST_WORK)?;
        let done = outcomes.iter().filter(|outcome| outcome.is_done());
        let first = done.map(|outcome| outcome.works).min();
        if let Some(first) = first.filter(|first| outcomes.iter().any(|other| other.works > *first))
        {
            // The others had not come so far when the first one was done.
            outcomes = try_all(first)?;
        }
        let sorted = plans
            .iter()
            .map(|(_, sorting)| matches!(sorting, Sorting::Given));
        let scores: Vec<f64> = outcomes
            .iter()
            .zip(sorted)
            .map(|(o, sorted)| o.score(sorted))
            .collect();
        let best = (0..plans.len())
            .rev()
            .max_by(|a, b| order(&scores, *a, *b))
            .unwrap_or(0);
        (self.access, self.sorting) = plans.remove(best);
        self.rejected = plans;
        Ok(self)
    }

    /// A whole key of a unique index finds one document at most.
    fn is_unbeatable(&self) -> bool {
        matches!(&self.access, Access::Index(scan) if scan.is_one_key())
    }
}

fn order(scores: &[f64], a: usize, b: usize) -> Ordering {
    let score = |place: usize| scores.get(place).copied().unwrap_or_default();
    score(a).total_cmp(&score(b))
}

impl Outcome {
    fn is_done(&self) -> bool {
        self.ended || self.advanced >= ENOUGH
    }

    fn score(&self, sorted: bool) -> f64 {
        let works = self.works.max(1) as f64;
        let bonus = (1.0 / (10.0 * works)).min(1e-4);
        let ended = if self.ended { 1.0 } else { 0.0 };
        1.0 + self.advanced as f64 / works + if sorted { bonus } else { 0.0 } + ended
    }
}

/// Works for a plan within a budget.
fn try_out(
    (access, sorting): (&Access, &Sorting),
    query: &Query,
    (view, collection): (&View, &Collection),
    env: &Env,
    budget: u64,
) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let scans: Vec<&IndexScan> = match access {
        Access::Index(scan) => vec![scan],
        Access::Either(branches) => branches.iter().map(|branch| &branch.scan).collect(),
        _ => return Ok(outcome),
    };
    let wanted = query
        .limit
        .map_or(ENOUGH, |limit| limit.saturating_add(query.skip).min(ENOUGH));
    let blocking = matches!(sorting, Sorting::Sort(_));
    let counts = Arc::new(ScanCounts::default());
    let scanner = |scan| Scanner::new(scan, view, counts.clone(), env.interrupt.clone());
    let mut found = scans.into_iter().flat_map(scanner);
    let mut needs = Deps::default();
    query.matcher.deps(&mut needs);
    let counters = Counters::default();
    while counts.keys.get() < budget && (blocking || counters.matched.get() < wanted) {
        let Some(entry) = found.next() else {
            outcome.ended = true;
            break;
        };
        let Some(record) = view.record(collection, entry?.1)? else {
            continue;
        };
        if query.matcher.matches(&decode(record.raw()?, &needs)?)? {
            counters.matched.add(1);
        }
    }
    outcome.works = counts.keys.get() + 1;
    outcome.advanced = counters.matched.get();
    if blocking {
        // Nothing comes out before everything has gone in.
        let given = if outcome.ended {
            outcome.advanced.min(wanted)
        } else {
            0
        };
        outcome.advanced = given.min(budget.saturating_sub(outcome.works));
        outcome.ended &= outcome.advanced == given;
        outcome.works += outcome.advanced;
    } else if query.limit.is_some() && outcome.advanced >= wanted && wanted < ENOUGH {
        outcome.ended = true;
    }
    Ok(outcome)
}
