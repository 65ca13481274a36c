//! The ways to the documents.

use std::sync::Arc;

use bson::Document;
use bytes::Bytes;

use super::candidate::Candidate;
use crate::embedded::catalog::Index;
use crate::embedded::index::bounds::{IndexBounds, Tightness};
use crate::embedded::query::Query;
use crate::embedded::storage::{Direction, KeyRange};
use crate::mql::Result;
use crate::mql::matching::Predicate;
use crate::mql::sort::SortSpec;

/// A way to the documents of a query.
#[derive(Debug, Clone)]
pub(in crate::embedded::query) enum Access {
    /// There are none.
    Nothing,
    /// All documents of the collection.
    Collection(Direction),
    /// The one with this key in the index on `_id`.
    Id(Bytes),
    /// Those with keys of an index.
    Index(IndexScan),
    /// Those of several scans, each once.
    Either(Vec<Branch>),
}

/// A scan of an index.
#[derive(Debug, Clone)]
pub(in crate::embedded::query) struct IndexScan {
    pub index: Arc<Index>,
    pub keys: ScannedKeys,
    pub direction: Direction,
    /// The parts of the filter that the keys do not answer exactly: those that a key could be tested for, and
    /// those that need the document.
    pub key_filter: Vec<Predicate>,
    pub filter: Vec<Predicate>,
}

/// Which keys a scan looks at.
#[derive(Debug, Clone)]
pub(in crate::embedded::query) enum ScannedKeys {
    /// By the filter.
    Bounds(IndexBounds),
    /// By `min` and `max`.
    Range(KeyRange),
}

/// One scan of several.
#[derive(Debug, Clone)]
pub(in crate::embedded::query) struct Branch {
    pub scan: IndexScan,
}

/// Where the order of the rows comes from.
#[derive(Debug, Clone)]
pub(in crate::embedded::query) enum Sorting {
    /// The access has it, or none was asked for.
    Given,
    /// They are sorted.
    Sort(SortSpec),
}

impl Sorting {
    /// The sorting of rows that come in no order.
    pub fn of(query: &Query) -> Result<Self> {
        match query.order() {
            Some(sort) => Ok(Self::Sort(SortSpec::parse(sort)?)),
            None => Ok(Self::Given),
        }
    }
}

impl IndexScan {
    pub fn new(candidate: Candidate, direction: Direction, parts: &[&Predicate]) -> Self {
        let of = |wanted: Tightness| {
            let parts = parts.iter().zip(&candidate.answers);
            parts
                .filter(|(_, answer)| **answer == wanted)
                .map(|(part, _)| (*part).clone())
                .collect()
        };
        Self {
            direction,
            key_filter: of(Tightness::InexactKey),
            filter: of(Tightness::Inexact),
            index: candidate.index,
            keys: ScannedKeys::Bounds(candidate.bounds),
        }
    }

    /// Whether every document with one of the keys is meant.
    pub fn is_exact(&self) -> bool {
        self.key_filter.is_empty() && self.filter.is_empty()
    }

    /// Whether it finds one document at most.
    pub fn is_one_key(&self) -> bool {
        let ScannedKeys::Bounds(bounds) = &self.keys else {
            return false;
        };
        self.index.unique && bounds.fields.iter().all(|field| field.is_point())
    }

    /// Whether each field of the index ascends.
    pub fn ascending(&self) -> Vec<bool> {
        self.index
            .fields
            .iter()
            .map(|(_, ascending)| *ascending)
            .collect()
    }

    /// The pattern of the index's key.
    pub fn pattern(&self) -> Document {
        self.index
            .spec
            .get_document("key")
            .cloned()
            .unwrap_or_default()
    }
}
