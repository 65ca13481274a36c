//! A delta of the oplog in the words of a change event: its `updateDescription`.

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
    /// For paths that could be read in more than one way: their parts, places in arrays as ints.
    pub disambiguated: Document,
}

/// Reads the `diff` of a `$v: 2` delta.
#[must_use]
pub fn describe(diff: &Document) -> Description {
    let mut description = Description::default();
    description.fields(diff, &Path::default());
    description
}

/// Where a part of a diff is.
#[derive(Debug, Clone, Default)]
struct Path {
    parts: Vec<Bson>,
    /// Whether the path with dots does not say what it means.
    ambiguous: bool,
}

impl Path {
    fn field(&self, name: &str) -> Path {
        let numeric = !name.is_empty() && name.bytes().all(|b| b.is_ascii_digit());
        let mut path = self.clone();
        path.ambiguous |= name.contains('.') || numeric && !self.parts.is_empty();
        path.parts.push(name.into());
        path
    }

    fn element(&self, at: &str) -> Path {
        let mut path = self.clone();
        path.parts
            .push(at.parse::<i32>().map_or_else(|_| at.into(), Bson::Int32));
        path
    }

    fn dotted(&self) -> String {
        let parts = self.parts.iter().map(|part| match part {
            Bson::String(name) => name.clone(),
            other => other.to_string(),
        });
        parts.collect::<Vec<_>>().join(".")
    }
}

impl Description {
    fn fields(&mut self, diff: &Document, path: &Path) {
        for section in ["d", "u", "i"] {
            let Some(Bson::Document(fields)) = diff.get(section) else {
                continue;
            };
            for (name, value) in fields {
                let path = path.field(name);
                match section {
                    "d" => {
                        self.note(&path);
                        self.removed.push(path.dotted());
                    }
                    _ => self.update(&path, value),
                }
            }
        }
        for (key, inner) in diff {
            if let (Some(name), Bson::Document(inner)) = (key.strip_prefix('s'), inner) {
                self.inner(inner, &path.field(name));
            }
        }
    }

    fn inner(&mut self, diff: &Document, path: &Path) {
        match diff.get("a") {
            Some(Bson::Boolean(true)) => self.elements(diff, path),
            _ => self.fields(diff, path),
        }
    }

    fn elements(&mut self, diff: &Document, path: &Path) {
        if let Some(length) = diff.get("l") {
            self.note(path);
            self.truncated
                .push(doc! { "field": path.dotted(), "newSize": length });
        }
        for (key, value) in diff {
            if let Some(at) = key.strip_prefix('u') {
                self.update(&path.element(at), value);
            } else if let (Some(at), Bson::Document(inner)) = (key.strip_prefix('s'), value) {
                self.inner(inner, &path.element(at));
            }
        }
    }

    fn update(&mut self, path: &Path, value: &Bson) {
        self.note(path);
        self.updated.insert(path.dotted(), value.clone());
    }

    fn note(&mut self, path: &Path) {
        if path.ambiguous {
            let parts = Bson::Array(path.parts.clone());
            self.disambiguated.insert(path.dotted(), parts);
        }
    }
}
