//! The values that a test considered.

use std::collections::BTreeSet;

use bson::{Bson, Document};

use crate::mql::path::{Leaf, Path};
use crate::mql::text::type_name;

/// The values that a path leads to.
pub struct Considered<'a>(Vec<&'a Bson>);

/// What a path leads to in a document, up to the first that is missing as the server has it; `None` where
/// nothing is there, not even an empty array.
pub fn considered<'a>(path: &str, leaf: Leaf, document: &'a Document) -> Option<Considered<'a>> {
    let path = Path::new(path);
    let mut values = Vec::new();
    let missing = path.visit(document, leaf, |hit| {
        values.extend(hit.value);
        hit.value.is_none()
    });
    let empty = || !missing && path.visit(document, Leaf::Whole, |hit| hit.value.is_some());
    (!values.is_empty() || empty()).then_some(Considered(values))
}

impl Considered<'_> {
    /// Whether no value has one of the types.
    pub fn none_is(&self, types: &[&str]) -> bool {
        let is = |value: &&Bson| types.contains(&type_name(value));
        !types.is_empty() && !self.0.iter().any(is)
    }

    /// `consideredValue`, or `consideredValues`
    pub fn tell(&self, explained: &mut Document) {
        match &self.0[..] {
            [only] => explained.insert("consideredValue", (*only).clone()),
            several => {
                let values = several.iter().map(|value| (*value).clone());
                explained.insert("consideredValues", values.collect::<Vec<_>>())
            }
        };
    }

    /// `consideredType`, or `consideredTypes`
    pub fn tell_types(&self, explained: &mut Document) {
        let types: BTreeSet<&str> = self.0.iter().map(|value| type_name(value)).collect();
        let types: Vec<&str> = types.into_iter().collect();
        match types[..] {
            [] => {}
            [only] => _ = explained.insert("consideredType", only),
            _ => _ = explained.insert("consideredTypes", types),
        }
    }
}
