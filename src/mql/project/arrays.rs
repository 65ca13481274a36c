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

/// Leaves one element of the first array on a path: the one that the filter matched.
pub(super) fn pick(doc: &mut Document, path: &[String], position: Option<usize>) -> Result<()> {
    let Some(position) = position else {
        return Err(Error::new(
            51246,
            "Executor error during find command :: caused by :: positional operator '.$' couldn't find a matching element in the array",
        ));
    };
    let Some((first, rest)) = path.split_first() else {
        return Ok(());
    };
    let mut here = doc.get_mut(first);
    let mut rest = rest.iter();
    while let Some(value) = here {
        match value {
            Bson::Array(items) => {
                let item = items.get(position).cloned().ok_or_else(|| {
                    Error::new(
                        51247,
                        "Executor error during find command :: caused by :: positional operator '.$' element mismatch",
                    )
                })?;
                *items = vec![item];
                return Ok(());
            }
            Bson::Document(doc) => {
                let Some(name) = rest.next() else {
                    return Ok(());
                };
                here = doc.get_mut(name);
            }
            _ => return Ok(()),
        }
    }
    Ok(())
}
