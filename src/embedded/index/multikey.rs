//! Which parts of an index's paths hold arrays, as `explain` shows it.

use bson::{Bson, Document};

use super::multikey_bit;

/// `{"a.b": ["a", "a.b"]}`: of each path, the parts that hold arrays in some document.
#[must_use]
pub fn multikey_paths(fields: &[(String, bool)], multikey: u64) -> Document {
    let of = |(field, (path, _)): (usize, &(String, bool))| {
        let parts: Vec<&str> = path.split('.').collect();
        let held = |part: &usize| multikey & multikey_bit(fields, field, *part) != 0;
        let prefix = |part: usize| Bson::String(parts.get(..=part).unwrap_or_default().join("."));
        let prefixes: Vec<Bson> = (0..parts.len()).filter(held).map(prefix).collect();
        (path.clone(), Bson::Array(prefixes))
    };
    fields.iter().enumerate().map(of).collect()
}
