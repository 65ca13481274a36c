//! Cutting arrays of a document that is projected: `$slice` and the positional `$` of a `find`.

use bson::{Bson, Document};

use super::super::error::{Error, Result};

/// A `$slice` of a `find`.
#[derive(Debug)]
pub(super) struct Slice {
    pub(super) path: Vec<String>,
    /// How many elements are left out, from the end if negative.
    pub(super) skip: Option<i64>,
    /// How many are kept; without `skip`, the last ones if negative.
    pub(super) limit: i64,
}

impl Slice {
    pub(super) fn cut(&self, doc: &mut Document) {
        if let Some((first, rest)) = self.path.split_first()
            && let Some(value) = doc.get_mut(first)
        {
            self.cut_in(value, rest);
        }
    }

    fn cut_in(&self, value: &mut Bson, path: &[String]) {
        match (value, path.split_first()) {
            (Bson::Array(items), None) => self.slice(items),
            (Bson::Array(items), Some(_)) => {
                // An array in an array is left as it is.
                let documents = items.iter_mut().filter(|v| matches!(v, Bson::Document(_)));
                documents.for_each(|item| self.cut_in(item, path));
            }
            (Bson::Document(doc), Some((first, rest))) => {
                if let Some(value) = doc.get_mut(first) {
                    self.cut_in(value, rest);
                }
            }
            _ => {}
        }
    }

    fn slice(&self, items: &mut Vec<Bson>) {
        let size = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        let length = items.len();
        let limit = size(self.limit.unsigned_abs());
        let start = match self.skip {
            None if self.limit < 0 => length.saturating_sub(limit),
            None => 0,
            Some(skip) if skip < 0 => length.saturating_sub(size(skip.unsigned_abs())),
            Some(skip) => size(skip.unsigned_abs()).min(length),
        };
        items.drain(..start);
        items.truncate(limit);
    }
}

/// Leaves one element of the first array on a path, the one that the filter matched, and keeps of the
/// document what `keep` says, which must leave the element.
pub(super) fn pick(
    doc: &Document,
    path: &[String],
    position: Option<usize>,
    keep: impl FnOnce(&Document) -> Document,
) -> Result<Document> {
    let mut doc = doc.clone();
    let Some(items) = first_array(&mut doc, path) else {
        return Ok(keep(&doc));
    };
    let Some(position) = position else {
        return Err(Error::new(
            51246,
            "positional operator '.$' couldn't find a matching element in the array",
        ));
    };
    *items = items.get(position).cloned().into_iter().collect();
    let mut kept = keep(&doc);
    match first_array(&mut kept, path) {
        Some(items) if items.is_empty() => Err(Error::new(
            51247,
            "positional operator '.$' element mismatch",
        )),
        _ => Ok(kept),
    }
}

fn first_array<'a>(doc: &'a mut Document, path: &[String]) -> Option<&'a mut Vec<Bson>> {
    let (first, rest) = path.split_first()?;
    let mut here = doc.get_mut(first)?;
    let mut rest = rest.iter();
    loop {
        here = match here {
            Bson::Array(items) => return Some(items),
            Bson::Document(doc) => doc.get_mut(rest.next()?)?,
            _ => return None,
        };
    }
}
