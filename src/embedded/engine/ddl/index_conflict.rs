//! A new index beside those that are there: the same, another, or a contradiction.

use bson::{Bson, Document};

use super::IndexSpec;
use super::index_spec::same_key;
use crate::embedded::catalog::{Collection, Index};
use crate::mql::{Error, Result, error::code, text};

/// Options that make another index of the same key.
const IDENTITY: &[&str] = &["unique", "sparse", "partialFilterExpression", "collation"];

/// Options that do not count.
const IGNORED: &[&str] = &["v", "key", "name", "background", "hidden"];

/// Whether a collection has the index already.
///
/// # Errors
/// `IndexOptionsConflict`, `IndexKeySpecsConflict`.
pub(super) fn exists(collection: &Collection, spec: &IndexSpec) -> Result<bool> {
    if let Some(index) = collection.index(spec.name()) {
        return by_name(index, spec);
    }
    for index in &collection.indexes {
        if same_index(&index.spec, &spec.0) || index.is_id() && spec.name() == "_id_" {
            return by_key(index, spec);
        }
    }
    Ok(false)
}

fn by_name(index: &Index, spec: &IndexSpec) -> Result<bool> {
    if !same_index(&index.spec, &spec.0) {
        return Err(Error::new(
            code::INDEX_KEY_SPECS_CONFLICT,
            format!(
                "An existing index has the same name as the requested index. When index names are not \
                 specified, they are auto generated and can cause conflicts. Please refer to our \
                 documentation. Requested index: {}, existing index: {}",
                shown(&spec.0),
                shown(&index.spec)
            ),
        ));
    }
    if same_options(&index.spec, &spec.0) {
        return Ok(true);
    }
    Err(conflict(
        "An equivalent index already exists with the same name but different options.",
        index,
        spec,
    ))
}

fn by_key(index: &Index, spec: &IndexSpec) -> Result<bool> {
    if same_options(&index.spec, &spec.0) {
        let text = format!("Index already exists with a different name: {}", index.name);
        return Err(Error::new(code::INDEX_OPTIONS_CONFLICT, text));
    }
    Err(conflict(
        "An equivalent index already exists with a different name and options.",
        index,
        spec,
    ))
}

fn conflict(what: &str, index: &Index, spec: &IndexSpec) -> Error {
    let (new, old) = (shown(&spec.0), shown(&index.spec));
    let text = format!("{what} Requested index: {new}, existing index: {old}");
    Error::new(code::INDEX_OPTIONS_CONFLICT, text)
}

fn same_index(a: &Document, b: &Document) -> bool {
    let key = b.get_document("key").cloned().unwrap_or_default();
    same_key(a, &key)
        && IDENTITY
            .iter()
            .all(|option| same(a.get(option), b.get(option)))
}

fn same_options(a: &Document, b: &Document) -> bool {
    let names = a
        .keys()
        .chain(b.keys())
        .filter(|name| !IGNORED.contains(&name.as_str()));
    names.into_iter().all(|name| same(a.get(name), b.get(name)))
}

fn same(a: Option<&Bson>, b: Option<&Bson>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => crate::value::compare(a, b) == std::cmp::Ordering::Equal,
        (None, None) => true,
        _ => false,
    }
}

/// A specification as the server's messages show it.
fn shown(spec: &Document) -> String {
    let mut shown = Document::new();
    for name in ["v", "unique", "prepareUnique", "key", "name"] {
        if let Some(value) = spec.get(name) {
            shown.insert(name, value.clone());
        }
    }
    for (name, value) in spec {
        if !shown.contains_key(name) {
            shown.insert(name.clone(), value.clone());
        }
    }
    text::document(&shown)
}
