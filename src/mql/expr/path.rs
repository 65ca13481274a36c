//! Field paths: how they are read, and how they go through documents and arrays.

use std::borrow::Cow;

use bson::{Bson, Document};

use super::value::{Value, owned};
use crate::mql::{Error, Result};

/// The longest path the server takes.
const MAX_DEPTH: usize = 200;

/// A dotted path, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldPath {
    text: Box<str>,
    /// Where each name ends.
    ends: Box<[usize]>,
}

impl FieldPath {
    /// Reads `a.b.c`.
    pub fn parse(text: &str) -> Result<Self> {
        check(text)?;
        let dots = text.match_indices('.').map(|(at, _)| at);
        Ok(Self {
            text: text.into(),
            ends: dots.chain([text.len()]).collect(),
        })
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The names, outermost first.
    fn name(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)?;
        let start = match index.checked_sub(1) {
            Some(before) => self.ends.get(before)? + 1,
            None => 0,
        };
        self.text.get(start..end)
    }

    /// What it finds in a document; arrays on the way give the array of what their documents hold.
    pub fn get<'a>(&self, document: &'a Document) -> Value<'a> {
        self.get_from(document, 0)
    }

    /// What it finds in a value.
    pub fn get_in<'a>(&self, value: &'a Bson) -> Value<'a> {
        self.step(value, 0)
    }

    fn get_from<'a>(&self, document: &'a Document, index: usize) -> Value<'a> {
        let value = document.get(self.name(index)?)?;
        if index + 1 == self.ends.len() {
            return Some(Cow::Borrowed(value));
        }
        self.step(value, index + 1)
    }

    fn step<'a>(&self, value: &'a Bson, index: usize) -> Value<'a> {
        match value {
            Bson::Document(inner) => self.get_from(inner, index),
            Bson::Array(items) => owned(self.in_items(items, index)),
            _ => None,
        }
    }

    fn in_items(&self, items: &[Bson], index: usize) -> Vec<Bson> {
        let documents = items.iter().filter_map(Bson::as_document);
        let found = documents.filter_map(|document| self.get_from(document, index));
        found.map(Cow::into_owned).collect()
    }
}

/// The server's rules for a path's text.
pub(crate) fn check(text: &str) -> Result<()> {
    if text.is_empty() {
        return Err(Error::new(
            40352,
            "FieldPath cannot be constructed with empty string",
        ));
    }
    if text.ends_with('.') {
        return Err(Error::new(40353, "FieldPath must not end with a '.'."));
    }
    let mut depth = 0;
    for name in text.split('.') {
        depth += 1;
        check_name(name)?;
    }
    if depth > MAX_DEPTH {
        return Err(Error::new(15982, "FieldPath is too long"));
    }
    Ok(())
}

/// The server's rules for one name of a path.
pub(crate) fn check_name(name: &str) -> Result<()> {
    if name.is_empty() {
        return Err(Error::new(
            15998,
            "FieldPath field names may not be empty strings.",
        ));
    }
    // The names of a database reference's fields are allowed.
    if name.starts_with('$') && !matches!(name, "$id" | "$ref" | "$db") {
        return Err(Error::new(
            16410,
            "FieldPath field names may not start with '$'. Consider using $getField or $setField.",
        ));
    }
    if name.contains('\0') {
        // The server's own text ends at the zero byte that it quotes.
        return Err(Error::new(16411, "FieldPath field names may not contain '"));
    }
    Ok(())
}

/// The server's rules for a name that is no path: a field of an object of expressions.
pub(crate) fn check_plain_name(name: &str) -> Result<()> {
    check_name(name)?;
    if name.contains('.') {
        return Err(Error::new(
            16412,
            "FieldPath field names may not contain '.'. Consider using $getField or $setField.",
        ));
    }
    Ok(())
}
