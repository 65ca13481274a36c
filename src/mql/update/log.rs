//! What the oplog says of an update: a tree of what was changed, written as a `$v: 2` delta.
//!
//! The tree holds places, not values: they are read from the new document when it is written.

use std::collections::BTreeMap;

use bson::{Bson, Document, doc};
use indexmap::IndexMap;

use super::path::index;
use super::place;

/// What was changed at a place.
#[derive(Debug)]
pub(super) enum Log {
    /// Fields of a document that was there before, in the order of the changes.
    Fields(IndexMap<String, Log>),
    /// Elements of an array that was there before, and its length if it has become shorter.
    Elements(BTreeMap<usize, Log>, Option<usize>),
    Removed,
    Updated,
    Inserted,
}

impl Log {
    pub(super) fn root() -> Log {
        Log::Fields(IndexMap::new())
    }

    /// Adds what was done at a path to the document that is `doc` now. The parts from `new` on were made by
    /// the update.
    pub(super) fn add(&mut self, doc: &Document, path: &[String], new: usize, leaf: Log) {
        let last = new.min(path.len().saturating_sub(1));
        let Some(name) = path.get(last) else { return };
        let mut here = self;
        for depth in 0..last {
            let Some((before, _)) = path.split_at_checked(depth + 1) else {
                return;
            };
            let array = matches!(place::get(doc, before), Some(Bson::Array(_)));
            let name = before.last().map_or("", String::as_str);
            here = match here.child(name, || Log::between(array)) {
                Some(child) => child,
                None => return,
            };
        }
        here.child(name, || leaf);
    }

    fn between(array: bool) -> Log {
        if array {
            Log::Elements(BTreeMap::new(), None)
        } else {
            Log::root()
        }
    }

    /// The child of a name, made if there is none; what is new or replaced as a whole has no children.
    fn child(&mut self, name: &str, new: impl FnOnce() -> Log) -> Option<&mut Log> {
        match self {
            Log::Fields(fields) => Some(fields.entry(name.to_owned()).or_insert_with(new)),
            Log::Elements(items, _) => Some(items.entry(index(name)?).or_insert_with(new)),
            Log::Removed | Log::Updated | Log::Inserted => None,
        }
    }

    /// The `diff` of a delta, for the document as it is now.
    pub(super) fn diff(&self, doc: &Document) -> Document {
        match self {
            Log::Fields(fields) => fields_diff(fields, doc),
            _ => Document::new(),
        }
    }

    /// The whole delta.
    pub(super) fn delta(&self, doc: &Document) -> Document {
        doc! { "$v": 2, "diff": self.diff(doc) }
    }
}

fn fields_diff(fields: &IndexMap<String, Log>, doc: &Document) -> Document {
    let [mut removed, mut updated, mut inserted, mut inner] = [const { None::<Document> }; 4];
    let value = |name: &str| doc.get(name).cloned().unwrap_or(Bson::Null);
    for (name, log) in fields {
        match log {
            Log::Removed => put(&mut removed, name, false.into()),
            Log::Updated => put(&mut updated, name, value(name)),
            Log::Inserted => put(&mut inserted, name, value(name)),
            Log::Fields(_) | Log::Elements(..) => {
                let diff = inner_diff(log, doc.get(name));
                put(&mut inner, &format!("s{name}"), diff.into());
            }
        }
    }
    let sections = [("d", removed), ("u", updated), ("i", inserted)];
    let mut diff = Document::new();
    for (name, section) in sections {
        if let Some(section) = section {
            diff.insert(name, section);
        }
    }
    diff.extend(inner.unwrap_or_default());
    diff
}

fn put(section: &mut Option<Document>, name: &str, value: Bson) {
    section.get_or_insert_default().insert(name, value);
}

fn inner_diff(log: &Log, value: Option<&Bson>) -> Document {
    match (log, value) {
        (Log::Fields(fields), Some(Bson::Document(doc))) => fields_diff(fields, doc),
        (Log::Elements(items, length), Some(Bson::Array(values))) => {
            elements_diff(items, *length, values)
        }
        _ => Document::new(),
    }
}

fn elements_diff(items: &BTreeMap<usize, Log>, length: Option<usize>, values: &[Bson]) -> Document {
    let mut diff = doc! { "a": true };
    if let Some(length) = length {
        diff.insert("l", i32::try_from(length).unwrap_or(i32::MAX));
    }
    for (at, log) in items {
        match log {
            Log::Fields(_) | Log::Elements(..) => {
                diff.insert(format!("s{at}"), inner_diff(log, values.get(*at)));
            }
            Log::Removed | Log::Updated | Log::Inserted => {
                let value = values.get(*at).cloned().unwrap_or(Bson::Null);
                diff.insert(format!("u{at}"), value);
            }
        }
    }
    diff
}
