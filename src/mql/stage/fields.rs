//! Reading and writing the fields of a document by path, where paths do not go into arrays (`$unwind`, `$lookup`'s
//! `as`, `$densify`).

use std::collections::BTreeSet;

use bson::{Bson, Document};

/// The names of a dotted path.
pub(super) fn split(path: &str) -> Vec<String> {
    path.split('.').map(str::to_owned).collect()
}

/// The value at a path through documents.
pub(super) fn get<'a>(document: &'a Document, path: &[String]) -> Option<&'a Bson> {
    let (first, rest) = path.split_first()?;
    let value = document.get(first)?;
    match rest {
        [] => Some(value),
        rest => get(value.as_document()?, rest),
    }
}

/// The same, to be changed.
pub(super) fn get_mut<'a>(document: &'a mut Document, path: &[String]) -> Option<&'a mut Bson> {
    let (first, rest) = path.split_first()?;
    let value = document.get_mut(first)?;
    match rest {
        [] => Some(value),
        rest => get_mut(value.as_document_mut()?, rest),
    }
}

/// Sets the value at a path; what stands in the way becomes a document.
pub(super) fn set(document: &mut Document, path: &[String], value: Bson) {
    let Some((first, rest)) = path.split_first() else {
        return;
    };
    if rest.is_empty() {
        document.insert(first.as_str(), value);
        return;
    }
    if !matches!(document.get(first), Some(Bson::Document(_))) {
        document.insert(first.as_str(), Document::new());
    }
    if let Some(Bson::Document(inner)) = document.get_mut(first) {
        set(inner, rest, value);
    }
}

/// Removes the value at a path.
pub(super) fn remove(document: &mut Document, path: &[String]) {
    match path.split_first() {
        Some((name, [])) => {
            document.remove(name);
        }
        Some((name, rest)) => {
            if let Some(Bson::Document(inner)) = document.get_mut(name) {
                remove(inner, rest);
            }
        }
        None => {}
    }
}

/// The document with nothing but some paths, as an inclusion leaves it.
pub(super) fn only(document: &Document, paths: &BTreeSet<String>) -> Document {
    let split: Vec<Vec<&str>> = paths.iter().map(|path| path.split('.').collect()).collect();
    let split: Vec<&[&str]> = split.iter().map(Vec::as_slice).collect();
    keep(document, &split)
}

fn keep(document: &Document, paths: &[&[&str]]) -> Document {
    let mut kept = Document::new();
    for (name, value) in document {
        let below: Vec<&[&str]> = paths
            .iter()
            .filter_map(|path| path.split_first())
            .filter(|(first, _)| *first == name)
            .map(|(_, rest)| rest)
            .collect();
        if below.iter().any(|rest| rest.is_empty()) {
            kept.insert(name.as_str(), value.clone());
        } else if !below.is_empty()
            && let Some(value) = keep_in(value, &below)
        {
            kept.insert(name.as_str(), value);
        }
    }
    kept
}

fn keep_in(value: &Bson, paths: &[&[&str]]) -> Option<Bson> {
    match value {
        Bson::Document(inner) => Some(keep(inner, paths).into()),
        Bson::Array(items) => {
            let kept = items.iter().filter_map(|item| keep_in(item, paths));
            Some(Bson::Array(kept.collect()))
        }
        _ => None,
    }
}
