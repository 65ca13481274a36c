//! The error of a key that another document has.

use bson::{Bson, Document};

use super::extract::{encode_key, visit_keys};
use crate::embedded::catalog::{Index, Namespace};
use crate::mql::{Error, error::code, text};

/// The server's E11000 for a document whose `key` is there already. The values are the document's own: the
/// key's bytes do not keep the types of numbers.
#[must_use]
pub fn duplicate_key(ns: &Namespace, index: &Index, document: &Document, key: &[u8]) -> Error {
    let value = key_value(index, document, key);
    let pattern = index.spec.get_document("key").cloned().unwrap_or_default();
    let message = format!(
        "E11000 duplicate key error collection: {ns} index: {} dup key: {}",
        index.name,
        text::document(&value)
    );
    Error::new(code::DUPLICATE_KEY, message)
        .with("keyPattern", pattern)
        .with("keyValue", value)
}

/// The values of one of a document's keys, named.
#[must_use]
pub fn key_value(index: &Index, document: &Document, key: &[u8]) -> Document {
    let named = |values: &[&Bson]| -> Document {
        let names = index.fields.iter().map(|(path, _)| path.clone());
        names
            .zip(values.iter().map(|value| (*value).clone()))
            .collect()
    };
    let mut found = None;
    // It has keys, or there would be no duplicate of one.
    let _ = visit_keys(index, document, |values| {
        if found.is_none() && encode_key(&index.fields, values) == key {
            found = Some(named(values));
        }
    });
    found.unwrap_or_default()
}
