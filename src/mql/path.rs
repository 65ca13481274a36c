//! Dotted paths and what they lead to in a document, with arrays traversed on the way.
//!
//! `a.b` in a filter, a sort or an index means more than one value where there are arrays: a part of the
//! path that meets an array goes on in each of its elements that is a document, and, if the part is a
//! number, in the element of that place. [`Path::visit`] shows all of them in the server's order (the
//! server's `ElementPath` with its `BSONElementIterator`), [`None`] among them for what is missing.
//! No visit allocates.

use std::fmt;
use std::sync::Arc;

use bson::{Bson, Document};

/// One name of a path, and the place in an array that it may mean.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Part {
    /// The field's name.
    pub name: Box<str>,
    /// The place, where the name is a number as an array's index is written.
    pub index: Option<usize>,
}

/// A path split at its dots, once. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Path {
    dotted: Arc<str>,
    parts: Arc<[Part]>,
}

/// What a visit shows of an array at a path's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaf {
    /// Its elements, then itself: how comparisons see it.
    Expand,
    /// Only its elements.
    Elements,
    /// Only itself: how `$size` and `$elemMatch` see it.
    Whole,
}

/// One value that a path leads to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit<'a> {
    /// The value, `None` where it is missing.
    pub value: Option<&'a Bson>,
    /// The place in the outermost array that was traversed: what the positional `$` means.
    pub index: Option<usize>,
}

/// What fields can be looked up in: a document, or an array whose fields are its places (as the server's
/// `$elemMatch` sees an array in an array).
#[derive(Debug, Clone, Copy)]
pub enum Fields<'a> {
    /// A document.
    Document(&'a Document),
    /// An array.
    Array(&'a [Bson]),
}

impl<'a> Fields<'a> {
    fn get(self, part: &Part) -> Option<&'a Bson> {
        match self {
            Fields::Document(document) => document.get(&*part.name),
            Fields::Array(items) => items.get(part.index?),
        }
    }
}

impl Path {
    /// Splits a path.
    #[must_use]
    pub fn new(dotted: &str) -> Self {
        Self {
            dotted: dotted.into(),
            parts: dotted.split('.').map(Part::new).collect(),
        }
    }

    /// The path as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.dotted
    }

    /// Its parts, at least one.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The name of the top-level field.
    #[must_use]
    pub fn first(&self) -> &str {
        self.parts.first().map_or("", |part| &part.name)
    }

    /// Shows `see` all that the path leads to until it says `true`; says whether it did.
    pub fn visit<'a>(
        &self,
        document: &'a Document,
        leaf: Leaf,
        mut see: impl FnMut(Hit<'a>) -> bool,
    ) -> bool {
        self.visit_fields(Fields::Document(document), leaf, &mut see)
    }

    /// The same for what may be an array.
    pub fn visit_fields<'a>(
        &self,
        fields: Fields<'a>,
        leaf: Leaf,
        see: &mut impl FnMut(Hit<'a>) -> bool,
    ) -> bool {
        Visit { leaf, see }.fields(&self.parts, fields, None)
    }

    /// The value through documents alone: `None` where it is missing or an array is in the way.
    #[must_use]
    pub fn get<'a>(&self, document: &'a Document) -> Option<&'a Bson> {
        let (last, before) = self.parts.split_last()?;
        let mut document = document;
        for part in before {
            document = document.get(&*part.name)?.as_document()?;
        }
        document.get(&*last.name)
    }

    /// Whether this path is `other` or leads to something inside of it.
    #[must_use]
    pub fn is_within(&self, other: &Path) -> bool {
        self.parts.starts_with(&other.parts)
    }
}

impl Part {
    /// A part of a path.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: name.into(),
            index: place(name),
        }
    }
}

impl fmt::Debug for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.dotted, f)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.dotted)
    }
}

impl From<&str> for Path {
    fn from(dotted: &str) -> Self {
        Self::new(dotted)
    }
}

/// The place that a name means in an array: digits as the server writes an array's own field names.
fn place(name: &str) -> Option<usize> {
    let digits = !name.is_empty() && name.bytes().all(|b| b.is_ascii_digit());
    let canonical = digits && (name.len() == 1 || !name.starts_with('0'));
    canonical.then(|| name.parse().ok()).flatten()
}

struct Visit<'f, F> {
    leaf: Leaf,
    see: &'f mut F,
}

impl<'a, F: FnMut(Hit<'a>) -> bool> Visit<'_, F> {
    fn see(&mut self, value: Option<&'a Bson>, index: Option<usize>) -> bool {
        (self.see)(Hit { value, index })
    }

    /// Follows `parts` from a document on, to its end or to the first array.
    fn fields(&mut self, parts: &[Part], fields: Fields<'a>, outer: Option<usize>) -> bool {
        let mut fields = fields;
        let mut rest = parts;
        while let Some((part, after)) = rest.split_first() {
            let value = fields.get(part);
            match value {
                Some(Bson::Array(items)) => return self.array(after, value, items, outer),
                Some(Bson::Document(inner)) if !after.is_empty() => {
                    (fields, rest) = (Fields::Document(inner), after);
                }
                _ => return self.see(value.filter(|_| after.is_empty()), outer),
            }
        }
        false
    }

    fn array(
        &mut self,
        rest: &[Part],
        array: Option<&'a Bson>,
        items: &'a [Bson],
        outer: Option<usize>,
    ) -> bool {
        // An empty name at a path's end means the array itself, as on the server.
        let at_end = matches!(rest, []) || matches!(rest, [part] if part.name.is_empty());
        if !at_end {
            return self.elements(rest, items, outer);
        }
        if self.leaf != Leaf::Whole {
            for (i, item) in items.iter().enumerate() {
                if self.see(Some(item), outer.or(Some(i))) {
                    return true;
                }
            }
        }
        self.leaf != Leaf::Elements && self.see(array, outer)
    }

    /// Follows `rest`, which is not empty, from each element on.
    fn elements(&mut self, rest: &[Part], items: &'a [Bson], outer: Option<usize>) -> bool {
        let Some((part, after)) = rest.split_first() else {
            return false;
        };
        for (i, item) in items.iter().enumerate() {
            if let Bson::Document(inner) = item
                && self.fields(rest, Fields::Document(inner), outer.or(Some(i)))
            {
                return true;
            }
            if part.index == Some(i) && self.in_place(after, item, outer) {
                return true;
            }
        }
        false
    }

    /// Follows `rest` from the element whose place the path named; that place is not the positional one.
    /// An array there is not expanded at the end of the path.
    fn in_place(&mut self, rest: &[Part], item: &'a Bson, outer: Option<usize>) -> bool {
        match item {
            _ if rest.is_empty() => self.see(Some(item), outer),
            Bson::Document(inner) => self.fields(rest, Fields::Document(inner), outer),
            Bson::Array(items) => self.elements(rest, items, outer),
            _ => false,
        }
    }
}
