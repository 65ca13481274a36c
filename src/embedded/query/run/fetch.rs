//! From records to rows.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use bson::Document;
use bytes::Bytes;

use super::counters::Counters;
use super::scan::Scanner;
use super::{RowIter, as_usize, key};
use crate::embedded::catalog::{Collection, Index};
use crate::embedded::engine::{Record, RecordId, View};
use crate::embedded::query::plan::{Access, Branch, IndexScan, Plan};
use crate::embedded::query::{Decoder, Row};
use crate::mql::matching::Matcher;
use crate::mql::{Env, Interrupt, Result};

/// What is done with each record.
#[derive(Clone)]
pub(super) struct Fetch {
    /// The filter, if the way to the records does not answer it.
    matcher: Option<Matcher>,
    /// What is decoded.
    decoder: Decoder,
    /// What is decoded for the filter alone, in one document again and again; `None` where rows have documents.
    scratch: Option<Document>,
    interrupt: Interrupt,
    counters: Arc<Counters>,
    /// The index whose key a row shows.
    shown_key: Option<Arc<Index>>,
}

impl Fetch {
    pub fn new(plan: &Plan, _: &View, env: &Env, counters: Arc<Counters>) -> Self {
        let query = &plan.query;
        let answered = match &plan.access {
            // With several keys, the filter also says which place of the array it met.
            Access::Index(scan) => scan.is_exact() && !scan.index.is_multikey(),
            Access::Id(_) => true,
            Access::Collection(_) => query.matcher.is_empty(),
            Access::Nothing | Access::Either(_) => false,
        };
        let mut needs = query.needs.clone();
        let rows_have_nothing = needs.fields().is_some_and(BTreeSet::is_empty);
        if !answered {
            query.matcher.deps(&mut needs);
        }
        let shown_key = match &plan.access {
            Access::Index(scan) if query.return_key => Some(scan.index.clone()),
            _ => None,
        };
        if let Some(index) = &shown_key {
            index.fields.iter().for_each(|(path, _)| needs.path(path));
        }
        Self {
            matcher: (!answered).then(|| query.matcher.clone()),
            decoder: Decoder::new(&needs),
            scratch: (rows_have_nothing && shown_key.is_none()).then(Document::new),
            interrupt: env.interrupt.clone(),
            counters,
            shown_key,
        }
    }

    /// Whether every record becomes a row.
    pub fn takes_all(&self) -> bool {
        self.matcher.is_none()
    }

    /// The rows of the plan's way, without the first ones.
    pub fn rows(
        mut self,
        plan: &Plan,
        view: &View,
        collection: Arc<Collection>,
        skipped: u64,
    ) -> Result<RowIter> {
        let skip = as_usize(skipped);
        self.counters.skipped.add(skipped);
        Ok(match &plan.access {
            Access::Nothing => Box::new(std::iter::empty()),
            Access::Collection(direction) => {
                let records = view.records(&collection, *direction).skip(skip);
                Box::new(records.filter_map(move |record| self.row(record, None)))
            }
            Access::Id(id) => {
                let index = collection.id_index();
                let found = match index {
                    Some(index) => view.unique(index, id)?,
                    None => None,
                };
                let keys = found
                    .into_iter()
                    .map(|record| Ok((Bytes::new(), record)))
                    .skip(skip);
                self.of_keys(keys, view.clone(), collection)
            }
            Access::Index(scan) => {
                let keys = self.scanner(scan, view).skip(skip);
                self.of_keys(keys, view.clone(), collection)
            }
            Access::Either(branches) => self.of_branches(branches, view, collection),
        })
    }

    fn scanner(&self, scan: &IndexScan, view: &View) -> Scanner {
        Scanner::new(scan, view, self.counters.scan(), self.interrupt.clone()).counted()
    }

    fn of_keys<K>(mut self, keys: K, view: View, collection: Arc<Collection>) -> RowIter
    where
        K: Iterator<Item = Result<(Bytes, RecordId)>> + Send + 'static,
    {
        Box::new(keys.filter_map(move |entry| {
            let (key, id) = match entry {
                Ok(entry) => entry,
                Err(e) => return Some(Err(e)),
            };
            let record = view.record(&collection, id).transpose()?;
            self.row(record, Some(&key))
        }))
    }

    /// One scan after the other; a document that two of them find comes once.
    fn of_branches(self, branches: &[Branch], view: &View, collection: Arc<Collection>) -> RowIter {
        let scanners: Vec<Scanner> = branches
            .iter()
            .map(|branch| self.scanner(&branch.scan, view))
            .collect();
        let mut seen = HashSet::new();
        let counters = self.counters.clone();
        let keys = scanners.into_iter().flatten();
        let keys = keys.filter(move |entry| {
            let Ok((_, record)) = entry else { return true };
            counters.merged.add(1);
            let new = seen.insert(*record);
            counters.merged_again.add(u64::from(!new));
            new
        });
        self.of_keys(keys, view.clone(), collection)
    }

    /// The row of a record, if the filter means it.
    fn row(&mut self, record: Result<Record>, key: Option<&[u8]>) -> Option<Result<Row>> {
        record
            .and_then(|record| self.try_row(record, key))
            .transpose()
    }

    fn try_row(&mut self, record: Record, key: Option<&[u8]>) -> Result<Option<Row>> {
        self.interrupt.check()?;
        self.counters.documents.add(1);
        let raw = record.raw()?;
        let decoded = match &mut self.scratch {
            Some(scratch) => {
                if !self.decoder.is_nothing() {
                    self.decoder.decode_into(raw, scratch)?;
                }
                None
            }
            None => Some(Box::new(self.decoder.decode(raw)?)),
        };
        let seen = decoded.as_deref().or(self.scratch.as_ref());
        let position = match (&self.matcher, seen) {
            (Some(matcher), Some(document)) => match matcher.matches_at(document)? {
                Some(found) => found.index,
                None => return Ok(None),
            },
            _ => None,
        };
        self.counters.matched.add(1);
        let key = match (&self.shown_key, key, seen) {
            (Some(index), Some(key), Some(document)) => {
                Some(Box::new(key::shown(index, document, key)))
            }
            _ => None,
        };
        Ok(Some(Row {
            record,
            document: decoded,
            position,
            key,
        }))
    }
}
