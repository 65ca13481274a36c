//! The equality of `localField` and `foreignField`.

use std::collections::BTreeSet;
use std::hash::Hasher;
use std::sync::Arc;

use bson::{Bson, Document, doc};

use super::super::group::hash::hash_value;
use super::super::group::table::Places;
use crate::mql::matching::Matcher;
use crate::mql::path::Path;
use crate::mql::{Env, Result};

/// The values at `localField`: those of an array are each one, and none is null.
pub(super) fn local_values(path: &Path, document: &Document) -> Vec<Bson> {
    let mut values = Vec::new();
    let names: Vec<&str> = path.parts().iter().map(|part| &*part.name).collect();
    visit(document, &names, &mut values);
    if values.is_empty() {
        values.push(Bson::Null);
    }
    values
}

/// All values at a path, through arrays; an array at its end is its elements.
pub(in crate::mql::stage) fn visit(document: &Document, path: &[&str], values: &mut Vec<Bson>) {
    let Some((first, rest)) = path.split_first() else {
        return;
    };
    let Some(value) = document.get(*first) else {
        return;
    };
    match (value, rest) {
        (Bson::Array(items), []) => values.extend(items.iter().cloned()),
        (value, []) => values.push(value.clone()),
        (Bson::Document(inner), rest) => visit(inner, rest, values),
        (Bson::Array(items), rest) => {
            let documents = items.iter().filter_map(Bson::as_document);
            documents.for_each(|inner| visit(inner, rest, values));
        }
        _ => {}
    }
}

/// The filter for documents that have one of the values.
pub(super) fn filter(foreign: &str, values: &[Bson]) -> Document {
    let equal = |value: &Bson| doc! { foreign: { "$eq": value } };
    match values {
        [value] => equal(value),
        _ if values
            .iter()
            .any(|v| matches!(v, Bson::RegularExpression(_))) =>
        {
            doc! { "$or": values.iter().map(equal).collect::<Vec<_>>() }
        }
        _ => doc! { foreign: { "$in": values } },
    }
}

/// Documents by the values that they have at a path.
pub(super) struct Join {
    foreign: String,
    documents: Arc<[Document]>,
    places: Places,
    /// For each hash the documents that may have the value.
    found: Vec<(u64, Vec<u32>)>,
}

impl Join {
    pub(super) fn new(foreign: &Path, documents: Arc<[Document]>) -> Self {
        let mut join = Self {
            foreign: foreign.as_str().to_owned(),
            documents: documents.clone(),
            places: Places::new(),
            found: Vec::new(),
        };
        let names: Vec<&str> = foreign.parts().iter().map(|part| &*part.name).collect();
        for (at, document) in documents.iter().enumerate() {
            let at = u32::try_from(at).unwrap_or(u32::MAX);
            let mut reached = BTreeSet::new();
            join.hashes(Some(document), &names, &mut reached);
            for hash in reached {
                join.add(hash, at);
            }
        }
        join
    }

    fn add(&mut self, hash: u64, document: u32) {
        let found = &self.found;
        let place = self.places.find(hash, |place| {
            found.get(place).is_some_and(|(h, _)| *h == hash)
        });
        match place.and_then(|place| self.found.get_mut(place)) {
            Some((_, documents)) => documents.push(document),
            None => {
                self.places.insert(hash);
                self.found.push((hash, vec![document]));
            }
        }
    }

    fn hash(&self, value: &Bson) -> u64 {
        let mut state = self.places.hasher();
        match value {
            // All that null may mean is one.
            Bson::Null | Bson::Undefined => hash_value(None, &mut state),
            value => hash_value(Some(value), &mut state),
        }
        state.finish()
    }

    /// The hashes of all values by which a filter could find the document: too many do no harm.
    fn hashes(&self, document: Option<&Document>, path: &[&str], hashes: &mut BTreeSet<u64>) {
        let (Some((first, rest)), Some(document)) = (path.split_first(), document) else {
            return;
        };
        let value = document.get(*first);
        self.hashes_of(value, rest, hashes);
    }

    fn hashes_of(&self, value: Option<&Bson>, rest: &[&str], hashes: &mut BTreeSet<u64>) {
        match (value, rest) {
            (Some(value), []) => {
                hashes.insert(self.hash(value));
                if let Bson::Array(items) = value {
                    hashes.extend(items.iter().map(|item| self.hash(item)));
                }
            }
            (Some(Bson::Document(inner)), rest) => self.hashes(Some(inner), rest, hashes),
            (Some(Bson::Array(items)), [first, after @ ..]) => {
                hashes.insert(self.hash(&Bson::Null));
                if let Some(item) = first.parse().ok().and_then(|at: usize| items.get(at)) {
                    self.hashes_of(Some(item), after, hashes);
                }
                for item in items {
                    self.hashes(item.as_document(), rest, hashes);
                }
            }
            _ => {
                hashes.insert(self.hash(&Bson::Null));
            }
        }
    }

    /// The documents that have one of the values, in their order.
    pub(super) fn find(&self, values: &[Bson], env: &Env) -> Result<Vec<Document>> {
        let mut candidates: Vec<u32> = Vec::new();
        for value in values {
            let hash = self.hash(value);
            let place = self.places.find(hash, |place| {
                self.found.get(place).is_some_and(|(h, _)| *h == hash)
            });
            let found = place.and_then(|place| self.found.get(place));
            candidates.extend(found.into_iter().flat_map(|(_, documents)| documents));
        }
        candidates.sort_unstable();
        candidates.dedup();
        if candidates.is_empty() {
            return Ok(Vec::new());
        }
        let matcher = Matcher::parse(&filter(&self.foreign, values), env)?;
        let mut found = Vec::new();
        for at in candidates {
            if let Some(document) = self.documents.get(at as usize)
                && matcher.matches(document)?
            {
                found.push(document.clone());
            }
        }
        Ok(found)
    }
}
