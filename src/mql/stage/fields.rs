//! Reading and writing the fields of a document by path, where paths do not go into arrays (`$unwind`, `$lookup`'s
//! `as`, `$densify`).

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
