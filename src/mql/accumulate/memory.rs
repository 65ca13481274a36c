//! How much memory an accumulator's values take, and where the server stops.

use bson::{Bson, Document};

use crate::mql::error::{Error, Result, code};

/// What one accumulator may hold (the server's `internalQueryMaxPushBytes` and its like).
const LIMIT: usize = 100 * 1024 * 1024;

/// What a value itself takes, before what it points to.
const HEAD: usize = 16;

/// Keeps count of the values of one accumulator.
#[derive(Debug, Clone)]
pub(super) struct Memory {
    operator: &'static str,
    used: usize,
}

impl Memory {
    pub(super) fn new(operator: &'static str) -> Self {
        Self { operator, used: 0 }
    }

    /// A value comes in.
    pub(super) fn add(&mut self, value: &Bson) -> Result<()> {
        self.used += size(value);
        if self.used <= LIMIT {
            return Ok(());
        }
        Err(Error::new(
            code::EXCEEDED_MEMORY_LIMIT,
            format!(
                "{} used too much memory and cannot spill to disk. Memory limit: {LIMIT} bytes",
                self.operator
            ),
        ))
    }

    /// A value leaves.
    pub(super) fn remove(&mut self, value: &Bson) {
        self.used = self.used.saturating_sub(size(value));
    }

    pub(super) fn used(&self) -> usize {
        self.used
    }
}

/// About how many bytes a value takes.
#[must_use]
pub fn size(value: &Bson) -> usize {
    HEAD + match value {
        Bson::String(s) | Bson::Symbol(s) | Bson::JavaScriptCode(s) => s.len(),
        Bson::Document(doc) => size_of_document(doc),
        Bson::Array(items) => items.iter().map(size).sum(),
        Bson::Binary(binary) => binary.bytes.len(),
        Bson::RegularExpression(r) => r.pattern.as_str().len() + r.options.as_str().len(),
        Bson::JavaScriptCodeWithScope(code) => code.code.len() + size_of_document(&code.scope),
        _ => 0,
    }
}

fn size_of_document(doc: &Document) -> usize {
    doc.iter().map(|(k, v)| HEAD + k.len() + size(v)).sum()
}
