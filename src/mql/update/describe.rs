//! A delta of the oplog in the words of a change event: its `updateDescription`.
//!
//! (`disambiguatedPaths` came with MongoDB 6.1; a 6.0 server never sends them.)

use bson::{Bson, Document, doc};

/// What a delta says, by the paths that an event has.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Description {
    /// Paths and their new values.
    pub updated: Document,
    /// Paths that are gone.
    pub removed: Vec<String>,
    /// `{ field: path, newSize: n }` of arrays that have become shorter.
    pub truncated: Vec<Document>,
}

/// Reads the `diff` of a `$v: 2` delta.
#[must_use]
pub fn describe(diff: &Document) -> Description {
    let mut description = Description::default();
    description.fields(diff, "");
    description
}

fn below(path: &str, name: &str) -> String {
    match path {
        "" => name.to_owned(),
        path => format!("{path}.{name}"),
    }
}

impl Description {
    /// The `updateDescription` of an event.
    #[must_use]
    pub fn to_document(&self) -> Document {
        doc! {
            "updatedFields": self.updated.clone(),
            "removedFields": self.removed.clone(),
            "truncatedArrays": self.truncated.clone(),
        }
    }

    fn fields(&mut self, diff: &Document, path: &str) {
        for (key, value) in diff {
            let Bson::Document(inner) = value else {
                continue;
            };
            match key.as_str() {
                "d" => self.removed.extend(inner.keys().map(|n| below(path, n))),
                "u" | "i" => {
                    for (name, value) in inner {
                        self.updated.insert(below(path, name), value.clone());
                    }
                }
                key => {
                    if let Some(name) = key.strip_prefix('s') {
                        self.inner(inner, &below(path, name));
                    }
                }
            }
        }
    }

    fn inner(&mut self, diff: &Document, path: &str) {
        match diff.get("a") {
            Some(Bson::Boolean(true)) => self.elements(diff, path),
            _ => self.fields(diff, path),
        }
    }

    fn elements(&mut self, diff: &Document, path: &str) {
        if let Some(length) = diff.get("l") {
            self.truncated
                .push(doc! { "field": path, "newSize": length });
        }
        for (key, value) in diff {
            if let Some(at) = key.strip_prefix('u') {
                self.updated.insert(below(path, at), value.clone());
            } else if let (Some(at), Bson::Document(inner)) = (key.strip_prefix('s'), value) {
                self.inner(inner, &below(path, at));
            }
        }
    }
}
