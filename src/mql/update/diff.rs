//! The difference of two documents, as the server computes it for a pipeline's update.
//!
//! Fields are compared in their order; a field that has moved counts as removed and inserted. A difference
//! that would take as much room as the new value is given up, for a part (which is then written whole) as
//! for the whole (which is then a replacement). The room is counted as the server estimates it.

use std::collections::{BTreeMap, BTreeSet};

use bson::{Bson, Document};
use indexmap::IndexMap;

use super::check::{document_size, value_size};
use super::log::Log;
use crate::value::identical;

/// The bytes of a delta's own fields.
const DELTA_OVERHEAD: usize = 15;
/// The bytes of an empty document.
const EMPTY_DOCUMENT: usize = 5;
/// The bytes of an array's diff without entries.
const EMPTY_ARRAY_DIFF: usize = 9;
/// The bytes of a section (`d`, `u`, `i`) without entries.
const SECTION: usize = 8;
/// The bytes of an array's new length.
const RESIZE: usize = 7;

/// The difference, or `None` where the new document is not larger.
pub(super) fn compute(old: &Document, new: &Document) -> Option<Log> {
    documents(old, new, DELTA_OVERHEAD).map(|(log, _)| log)
}

/// A difference of two documents and its size.
struct Fields {
    logs: IndexMap<String, Log>,
    size: usize,
    sections: [bool; 3],
}

impl Fields {
    /// Adds an entry of one of the sections.
    fn add(&mut self, section: usize, name: &str, log: Log, value: usize) {
        if let Some(there) = self.sections.get_mut(section)
            && !std::mem::replace(there, true)
        {
            self.size += SECTION;
        }
        self.size += name.len() + value + 2;
        self.logs.insert(name.to_owned(), log);
    }

    fn remove(&mut self, name: &str) {
        self.add(0, name, Log::Removed, 1);
    }

    fn update(&mut self, name: &str, value: &Bson) {
        self.add(1, name, Log::Updated, value_size(value));
    }

    fn insert(&mut self, name: &str, value: &Bson) {
        self.add(2, name, Log::Inserted, value_size(value));
    }

    fn inner(&mut self, name: &str, log: Log, size: usize) {
        self.size += name.len() + 1 + size + 2;
        self.logs.insert(name.to_owned(), log);
    }
}

fn documents(old: &Document, new: &Document, padding: usize) -> Option<(Log, usize)> {
    let limit = document_size(new);
    let mut fields = Fields {
        logs: IndexMap::new(),
        size: padding + EMPTY_DOCUMENT,
        sections: [false; 3],
    };
    let (mut olds, mut news) = (old.iter().peekable(), new.iter().peekable());
    let mut moved = BTreeSet::new();
    while let (Some(&(name, before)), Some(&(new_name, after))) = (olds.peek(), news.peek()) {
        if limit < fields.size {
            return None;
        }
        olds.next();
        if name != new_name {
            moved.insert(name);
            continue;
        }
        news.next();
        if identical(before, after) {
            continue;
        }
        match inner(before, after) {
            Some((log, size)) => fields.inner(name, log, size),
            None => fields.update(name, after),
        }
    }
    for (name, _) in olds {
        fields.remove(name);
    }
    for (name, value) in news {
        moved.remove(name);
        fields.insert(name, value);
    }
    for name in moved {
        fields.remove(name);
    }
    (limit > fields.size).then_some((Log::Fields(fields.logs), fields.size))
}

fn arrays(old: &[Bson], new: &[Bson]) -> Option<(Log, usize)> {
    let limit = super::check::array_size(new);
    let mut size = EMPTY_ARRAY_DIFF;
    let mut logs = BTreeMap::new();
    for (at, (before, after)) in old.iter().zip(new).enumerate() {
        if limit < size {
            return None;
        }
        if identical(before, after) {
            continue;
        }
        let (log, value) = inner(before, after).unwrap_or((Log::Updated, value_size(after)));
        size += entry_size(at, value);
        logs.insert(at, log);
    }
    for (at, value) in new.iter().enumerate().skip(old.len()) {
        size += entry_size(at, value_size(value));
        logs.insert(at, Log::Updated);
    }
    let shorter = (old.len() > new.len()).then_some(new.len());
    if shorter.is_some() {
        size += RESIZE;
    }
    (limit > size).then_some((Log::Elements(logs, shorter), size))
}

/// An entry of an array's diff: a letter and the digits of its place, two bytes, the value.
fn entry_size(at: usize, value: usize) -> usize {
    1 + at.to_string().len() + value + 2
}

fn inner(old: &Bson, new: &Bson) -> Option<(Log, usize)> {
    match (old, new) {
        (Bson::Document(old), Bson::Document(new)) => documents(old, new, 0),
        (Bson::Array(old), Bson::Array(new)) => arrays(old, new),
        _ => None,
    }
}
