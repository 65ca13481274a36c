//! A stand-in until the index room has landed.
use bson::{Document, RawDocument};
use bytes::Bytes;

use crate::embedded::catalog::{Index, Namespace};
use crate::mql::{Error, Result, error::code};

pub struct DocumentKeys {
    pub keys: Vec<Bytes>,
    pub multikey: u64,
}

pub fn document_keys(index: &Index, document: &RawDocument) -> Result<DocumentKeys> {
    let mut key = Vec::new();
    for (path, _) in &index.fields {
        let doc = Document::try_from(document).map_err(|e| Error::new(1, e.to_string()))?;
        let value = doc.get(path).cloned().unwrap_or(bson::Bson::Null);
        key.extend_from_slice(value.to_string().as_bytes());
        key.push(0);
    }
    Ok(DocumentKeys {
        keys: vec![key.into()],
        multikey: 0,
    })
}

pub fn duplicate_key(ns: &Namespace, index: &Index, document: &Document) -> Error {
    let mut value = Document::new();
    for (path, _) in &index.fields {
        value.insert(
            path,
            document.get(path).cloned().unwrap_or(bson::Bson::Null),
        );
    }
    let text = format!(
        "E11000 duplicate key error collection: {ns} index: {} dup key: {value}",
        index.name
    );
    Error::new(code::DUPLICATE_KEY, text)
}
