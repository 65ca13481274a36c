//! The keys of a document in an index.
//!
//! A key has one value for each path of the index. Where a path meets an array, the document has a key for
//! each element; all paths that meet arrays must meet the same one (error 171). The rules are those of the
//! server's `BtreeKeyGenerator`: a missing value is null, an empty array at a path's end is undefined, an
//! array in an array is one value, a number in a path may be a place in an array.

use std::collections::BTreeSet;

use bson::{Bson, Document, RawDocument};
use bytes::Bytes;

use super::encode;
use crate::embedded::catalog::Index;
use crate::mql::matching::Matcher;
use crate::mql::{Error, Result, text};

/// `CannotIndexParallelArrays`
const PARALLEL_ARRAYS: i32 = 171;

/// What one document has in one index.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DocumentKeys {
    /// Its keys in ascending order, each once. None in a sparse or partial index that leaves it out.
    pub keys: Vec<Bytes>,
    /// Which parts of the index's paths hold arrays: a bit each, see [`multikey_bit`].
    pub multikey: u64,
}

/// The bit of a path's part in [`DocumentKeys::multikey`]: parts are counted through all paths of the index.
/// Parts from the 63rd on share a bit.
#[must_use]
pub fn multikey_bit(fields: &[(String, bool)], field: usize, part: usize) -> u64 {
    let before = fields
        .iter()
        .take(field)
        .map(|(path, _)| path.split('.').count());
    1 << (before.sum::<usize>() + part).min(63)
}

/// The keys of a document in an index.
///
/// # Errors
/// Parallel arrays (171), an ambiguous number in a path (16746), bytes that are no document.
pub fn document_keys(index: &Index, document: &RawDocument) -> Result<DocumentKeys> {
    if let Some(filter) = index.partial_filter()
        && !holds(filter, document)?
    {
        return Ok(DocumentKeys::default());
    }
    if index.is_id() {
        return id_key(document);
    }
    let partial = needed_fields(index, document)?;
    let mut keys = BTreeSet::new();
    let multikey = visit_keys(index, &partial, |values| {
        keys.insert(encode_key(&index.fields, values));
    })?;
    let keys = keys.into_iter().map(Bytes::from).collect();
    Ok(DocumentKeys { keys, multikey })
}

fn holds(filter: Option<&Matcher>, document: &RawDocument) -> Result<bool> {
    let Some(filter) = filter else {
        return Err(Error::bad_value(
            "the filter of a partial index cannot be parsed",
        ));
    };
    filter.matches(&Document::try_from(document).map_err(no_document)?)
}

/// `_id` is never an array.
fn id_key(document: &RawDocument) -> Result<DocumentKeys> {
    let id = match document.get("_id").map_err(no_document)? {
        Some(id) => Bson::try_from(id).map_err(no_document)?,
        None => Bson::Null,
    };
    let keys = vec![encode::value(&id).into()];
    Ok(DocumentKeys { keys, multikey: 0 })
}

/// The top-level fields that the index's paths begin with.
fn needed_fields(index: &Index, document: &RawDocument) -> Result<Document> {
    let mut needed = Document::new();
    for element in document {
        let (name, value) = element.map_err(no_document)?;
        let name = name.as_str();
        let begins = |(path, _): &(String, bool)| path.split('.').next() == Some(name);
        if index.fields.iter().any(begins) {
            needed.insert(name, Bson::try_from(value).map_err(no_document)?);
        }
    }
    Ok(needed)
}

fn no_document(e: impl std::fmt::Display) -> Error {
    Error::new(crate::mql::error::code::INVALID_BSON, e.to_string())
}

/// A key's bytes.
#[must_use]
pub fn encode_key(fields: &[(String, bool)], values: &[&Bson]) -> Vec<u8> {
    let mut key = Vec::with_capacity(16 * values.len());
    for ((_, ascending), value) in fields.iter().zip(values) {
        encode::put(&mut key, value, *ascending);
    }
    key
}

/// Shows all keys of a document as values, some of them more than once. Gives the parts that hold arrays.
///
/// # Errors
/// As [`document_keys`].
pub fn visit_keys(index: &Index, document: &Document, see: impl FnMut(&[&Bson])) -> Result<u64> {
    let paths: Vec<Vec<&str>> = index
        .fields
        .iter()
        .map(|(path, _)| path.split('.').collect())
        .collect();
    let start = Step {
        at: vec![0; paths.len()],
        fixed: vec![&Bson::Null; paths.len()],
        missing: 0,
        places: vec![Place::default(); paths.len()],
    };
    let mut walk = Walk {
        fields: &index.fields,
        paths: &paths,
        sparse: index.sparse,
        multikey: 0,
        see,
    };
    walk.step(Fields::Document(document), start)?;
    Ok(walk.multikey)
}

/// What fields are looked up in.
#[derive(Clone, Copy)]
enum Fields<'a> {
    Document(&'a Document),
    Array(&'a [Bson]),
    Nothing,
}

impl<'a> Fields<'a> {
    fn get(self, name: &str) -> Option<&'a Bson> {
        match self {
            Fields::Document(document) => document.get(name),
            Fields::Array(items) => {
                let place: usize = name.parse().ok()?;
                // Only as an array's own field names are written: no sign, no zeros before it.
                (place.to_string() == name).then(|| items.get(place))?
            }
            Fields::Nothing => None,
        }
    }
}

/// How far the paths have been followed.
#[derive(Clone)]
struct Step<'a> {
    /// How many parts of each path are behind.
    at: Vec<usize>,
    /// The values of the paths that are at their end.
    fixed: Vec<&'a Bson>,
    /// How many paths led to nothing.
    missing: usize,
    /// What a path's number means in the array that is being expanded.
    places: Vec<Place<'a>>,
}

/// An element of the array that is being expanded, which a path names by its place.
#[derive(Clone, Copy, Default)]
struct Place<'a> {
    /// The place and the array.
    named: Option<(&'a Bson, &'a Bson)>,
    /// What the path leads to from there, up to the next array.
    value: Option<&'a Bson>,
    /// How many parts are behind then.
    at: usize,
}

struct Walk<'w, F> {
    fields: &'w [(String, bool)],
    paths: &'w [Vec<&'w str>],
    sparse: bool,
    multikey: u64,
    see: F,
}

/// The array that is expanded next.
struct Expansion<'a> {
    array: &'a Bson,
    name: String,
    /// The paths that meet it, each with the part that does.
    met_by: Vec<(usize, usize)>,
    /// Whether its elements may be keys. They may not where a place led to an array in the array.
    elements: bool,
}

/// Follows a path up to its end or to an array.
fn follow<'a>(fields: Fields<'a>, parts: &[&str], at: &mut usize) -> Option<&'a Bson> {
    let mut fields = fields;
    loop {
        let value = fields.get(parts.get(*at)?)?;
        *at += 1;
        match value {
            Bson::Array(_) => return Some(value),
            _ if *at == parts.len() => return Some(value),
            Bson::Document(inner) => fields = Fields::Document(inner),
            _ => return None,
        }
    }
}

impl<F: FnMut(&[&Bson])> Walk<'_, F> {
    fn step<'a>(&mut self, fields: Fields<'a>, mut step: Step<'a>) -> Result<()> {
        let expansion = self.follow_all(fields, &mut step)?;
        let Some(expansion) = expansion else {
            if !(self.sparse && step.missing == self.paths.len()) {
                (self.see)(&step.fixed);
            }
            return Ok(());
        };
        let Bson::Array(items) = expansion.array else {
            return Ok(());
        };
        if items.is_empty() {
            step.places = vec![Place::default(); self.paths.len()];
            for (field, part) in expansion.met_by.iter().filter(|_| expansion.elements) {
                self.multikey |= multikey_bit(self.fields, *field, *part);
            }
            return self.element(&Bson::Undefined, &expansion, true, step);
        }
        step.places = self.places(&expansion, items, &step);
        for item in items {
            self.element(item, &expansion, expansion.elements, step.clone())?;
        }
        Ok(())
    }

    /// Follows all paths that are not at their end. Says which array they meet.
    fn follow_all<'a>(
        &self,
        fields: Fields<'a>,
        step: &mut Step<'a>,
    ) -> Result<Option<Expansion<'a>>> {
        let mut met: Option<Expansion<'a>> = None;
        let mut elements = true;
        for (field, parts) in self.paths.iter().enumerate() {
            if step.at[field] == parts.len() {
                continue;
            }
            let found = self.next(fields, step, field, &mut elements)?;
            let (at, fixed) = (&mut step.at[field], &mut step.fixed[field]);
            match found {
                None => {
                    (*at, *fixed) = (parts.len(), &Bson::Null);
                    step.missing += 1;
                }
                Some(array @ Bson::Array(_)) => {
                    let name = parts.get(at.saturating_sub(1)).copied().unwrap_or_default();
                    meet(&mut met, array, name, (field, at.saturating_sub(1)))?;
                }
                Some(value) => *fixed = value,
            }
        }
        if let Some(met) = &mut met {
            met.elements = elements;
        }
        Ok(met)
    }

    fn next<'a>(
        &self,
        fields: Fields<'a>,
        step: &mut Step<'a>,
        field: usize,
        elements: &mut bool,
    ) -> Result<Option<&'a Bson>> {
        let (parts, at) = (&self.paths[field], &mut step.at[field]);
        let first = parts.get(*at).copied().unwrap_or_default();
        let place = step.places[field];
        match (fields.get(first), place.named) {
            (Some(_), Some((_, array))) => Err(ambiguous(first, array)),
            (Some(_), None) => Ok(follow(fields, parts, at)),
            (None, Some((item, _))) => {
                *elements &= !matches!(item, Bson::Array(_));
                *at = place.at;
                Ok(place.value)
            }
            (None, None) => Ok(None),
        }
    }

    /// What numbers in the paths mean in an array, and which parts make the index multikey.
    fn places<'a>(
        &mut self,
        expansion: &Expansion<'a>,
        items: &'a [Bson],
        step: &Step<'a>,
    ) -> Vec<Place<'a>> {
        let mut places = vec![Place::default(); self.paths.len()];
        for (field, parts) in self.paths.iter().enumerate() {
            let met = expansion.met_by.iter().find(|(met, _)| *met == field);
            let at_end = step.at[field] == parts.len();
            let named = parts
                .get(step.at[field])
                .and_then(|name| Fields::Array(items).get(name));
            if let Some(item) = named {
                let mut at = step.at[field];
                let value = follow(Fields::Array(items), parts, &mut at);
                places[field] = Place {
                    named: Some((item, expansion.array)),
                    value,
                    at,
                };
            } else if let Some((_, part)) = met
                && (!at_end || expansion.elements)
            {
                self.multikey |= multikey_bit(self.fields, field, *part);
            }
        }
        places
    }

    fn element<'a>(
        &mut self,
        item: &'a Bson,
        expansion: &Expansion<'a>,
        elements: bool,
        mut step: Step<'a>,
    ) -> Result<()> {
        for (field, _) in &expansion.met_by {
            if step.at[*field] == self.paths[*field].len() {
                step.fixed[*field] = if elements { item } else { expansion.array };
            }
        }
        let fields = item.as_document().map_or(Fields::Nothing, Fields::Document);
        self.step(fields, step)
    }
}

/// Notes that a path meets an array; there may be only one.
fn meet<'a>(
    met: &mut Option<Expansion<'a>>,
    array: &'a Bson,
    name: &str,
    by: (usize, usize),
) -> Result<()> {
    match met {
        None => {
            let (name, met_by) = (name.to_owned(), vec![by]);
            *met = Some(Expansion {
                array,
                name,
                met_by,
                elements: true,
            });
        }
        Some(other) if std::ptr::eq(other.array, array) => other.met_by.push(by),
        Some(other) => {
            let text = format!("cannot index parallel arrays [{name}] [{}]", other.name);
            return Err(Error::new(PARALLEL_ARRAYS, text));
        }
    }
    Ok(())
}

fn ambiguous(name: &str, array: &Bson) -> Error {
    let items = array.as_array().map(Vec::as_slice).unwrap_or_default();
    let fields: Document = items
        .iter()
        .enumerate()
        .map(|(i, item)| (i.to_string(), item.clone()))
        .collect();
    Error::new(
        16746,
        format!(
            "Ambiguous field name found in array (do not use numeric field names in embedded elements in an \
             array), field: '{name}' for array: {}",
            text::document(&fields)
        ),
    )
}
