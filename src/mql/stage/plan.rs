//! What of a pipeline the source can do itself.

use bson::{Document, doc};

use super::Pipeline;
use super::pipeline::{Link, PushDown};
use crate::mql::Deps;

/// Where a pipeline's documents come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The collection (or view) that the command names.
    Collection,
    /// The first stage (`$documents`, `$changeStream`, `$collStats`, `$indexStats`, `$currentOp` …), which
    /// asks the [`super::Host`]; its input is [`super::empty`].
    Generated,
}

/// What a pipeline begins with that a source does as `find` does: filter, sort, skip, limit, in this order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Prefix {
    /// All leading `$match` stages.
    pub filter: Option<Document>,
    /// A `$sort` behind them.
    pub sort: Option<Document>,
    /// Documents to leave out.
    pub skip: u64,
    /// Documents to give at most.
    pub limit: Option<u64>,
}

/// A pipeline, cut where the source's work ends.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Where the documents come from.
    pub source: Source,
    /// What the source does.
    pub prefix: Prefix,
    /// The fields that the source must decode for `rest` (not for the prefix, which may need others).
    pub deps: Deps,
    /// What is to be run on the source's documents.
    pub rest: Pipeline,
}

impl Prefix {
    /// What the first stages are to a source, and how many they are.
    pub(super) fn of(links: &[Link]) -> (Self, usize) {
        let mut prefix = Self::default();
        let mut used = 0;
        for link in links {
            match link.stage.push_down() {
                Some(part) if prefix.take(&part) => used += 1,
                _ => break,
            }
        }
        (prefix, used)
    }

    /// Takes a stage in, if the order (filter, sort, skip, limit) allows it.
    fn take(&mut self, part: &PushDown<'_>) -> bool {
        let bounded = self.skip > 0 || self.limit.is_some();
        match *part {
            PushDown::Match(filter) if !bounded && self.sort.is_none() => self.and(filter),
            PushDown::Sort(sort) if !bounded && self.sort.is_none() => {
                self.sort = Some(sort.clone());
            }
            PushDown::Skip(n) => match self.limit {
                None => self.skip = self.skip.saturating_add(n),
                Some(_) => return false,
            },
            PushDown::Limit(n) => self.limit = Some(self.limit.map_or(n, |limit| limit.min(n))),
            _ => return false,
        }
        true
    }

    fn and(&mut self, filter: &Document) {
        self.filter = Some(match self.filter.take() {
            None => filter.clone(),
            Some(first) => doc! { "$and": [first, filter.clone()] },
        });
    }
}
