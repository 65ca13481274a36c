//! The names of all stages.

use std::sync::Arc;

use bson::{Bson, Document};

use super::pipeline::{ParseContext, Stage};
use crate::mql::{Error, Result};

/// Parses a stage; some stages are several.
pub(super) type Parse = fn(&Bson, &ParseContext<'_>) -> Result<Vec<Arc<dyn Stage>>>;

/// A stage's name, parser and place.
pub(super) struct Entry {
    pub(super) name: &'static str,
    pub(super) parse: Parse,
    /// Whether it makes documents of its own, without an input.
    pub(super) generates: bool,
}

/// The stages, by name.
static STAGES: &[Entry] = &[];

/// The entry of a stage by its specification.
pub(super) fn find(spec: &Document) -> Result<&'static Entry> {
    let name = match spec.keys().next() {
        Some(name) if spec.len() == 1 => name,
        _ => {
            return Err(Error::new(
                40323,
                "A pipeline stage specification object must contain exactly one field.",
            ));
        }
    };
    let found = STAGES.binary_search_by(|entry| entry.name.cmp(name));
    found
        .ok()
        .and_then(|at| STAGES.get(at))
        .ok_or_else(|| Error::new(40324, format!("Unrecognized pipeline stage name: '{name}'")))
}
