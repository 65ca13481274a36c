//! Which fields of a document are needed.

use std::collections::BTreeSet;

/// Which top-level fields of a document something reads, so that no others need to be decoded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deps {
    fields: BTreeSet<String>,
    paths: BTreeSet<String>,
    whole: bool,
}

impl Deps {
    /// Needs the field that a dotted path begins with.
    pub fn path(&mut self, path: &str) {
        if !self.paths.contains(path) {
            self.paths.insert(path.to_owned());
        }
        let first = path.split('.').next().unwrap_or(path);
        if !self.fields.contains(first) {
            self.fields.insert(first.to_owned());
        }
    }

    /// Needs the whole document (`$$ROOT`, an exclusion).
    pub fn whole_document(&mut self) {
        self.whole = true;
    }

    /// The whole paths.
    #[must_use]
    pub fn paths(&self) -> &BTreeSet<String> {
        &self.paths
    }

    /// The names of the fields, or `None` where the whole document is needed.
    #[must_use]
    pub fn fields(&self) -> Option<&BTreeSet<String>> {
        (!self.whole).then_some(&self.fields)
    }
}
