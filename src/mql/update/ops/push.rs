//! `$push` with `$each`, `$position`, `$sort` and `$slice`.

use bson::{Bson, Document};

use super::sort::Sort;
use super::{At, Change, Effect, Missing};
use crate::mql::error::{Error, Result};
use crate::mql::{Env, text};
use crate::value::Number;

#[derive(Debug, Default)]
struct Push {
    values: Vec<Bson>,
    position: Option<i64>,
    sort: Option<Sort>,
    slice: Option<i64>,
}

pub(super) fn push(_: &str, value: &Bson, _: &Env) -> Result<Box<dyn Change>> {
    let push = match value {
        Bson::Document(clauses) if clauses.contains_key("$each") => with_clauses(clauses)?,
        other => Push {
            values: vec![other.clone()],
            ..Push::default()
        },
    };
    Ok(Box::new(push))
}

fn with_clauses(clauses: &Document) -> Result<Push> {
    let known = ["$each", "$position", "$slice", "$sort"];
    if let Some(other) = clauses.keys().find(|key| !known.contains(&key.as_str())) {
        return Err(Error::bad_value(format!(
            "Unrecognized clause in $push: {other}"
        )));
    }
    let values = match clauses.get("$each") {
        Some(Bson::Array(values)) => values.clone(),
        other => {
            return Err(Error::bad_value(format!(
                "The argument to $each in $push must be an array but it was of type: {}",
                other.map_or("missing", text::type_name)
            )));
        }
    };
    let slice = clauses.get("$slice").map(|value| {
        integer(value).ok_or_else(|| {
            Error::bad_value(format!(
                "The value for $slice must be an integer value but was given type: {}",
                text::type_name(value)
            ))
        })
    });
    let position = clauses.get("$position").map(|value| {
        integer(value).ok_or_else(|| {
            Error::bad_value(format!(
                "The value for $position must be an integer value, not of type: {}",
                text::type_name(value)
            ))
        })
    });
    Ok(Push {
        values,
        slice: slice.transpose()?,
        sort: clauses.get("$sort").map(Sort::parse).transpose()?,
        position: position.transpose()?,
    })
}

fn integer(value: &Bson) -> Option<i64> {
    Number::from_bson(value)?.to_i64()
}

impl Push {
    /// Puts the values in; says whether they are the last elements because no position was given within
    /// the array.
    fn insert(&self, items: &mut Vec<Bson>) -> bool {
        let length = items.len();
        let (at, appended) = match self.position {
            // The oplog has the first elements of an empty array as a new array.
            None => (length, length > 0),
            Some(from_end) if from_end < 0 => {
                let back = usize::try_from(from_end.unsigned_abs()).unwrap_or(usize::MAX);
                (length.saturating_sub(back), false)
            }
            Some(at) => {
                let at = usize::try_from(at).unwrap_or(usize::MAX);
                (at.min(length), at > length)
            }
        };
        items.splice(at..at, self.values.iter().cloned());
        appended
    }

    /// Cuts the array; says whether it has lost elements.
    fn cut(&self, items: &mut Vec<Bson>) -> bool {
        let Some(slice) = self.slice else {
            return false;
        };
        let keep = usize::try_from(slice.unsigned_abs()).unwrap_or(usize::MAX);
        if keep >= items.len() {
            return false;
        }
        if slice < 0 {
            items.drain(..items.len() - keep);
        } else {
            items.truncate(keep);
        }
        true
    }
}

impl Change for Push {
    fn existing(&self, value: &mut Bson, at: &At<'_>) -> Result<Effect> {
        let kind = text::type_name(value);
        let Bson::Array(items) = value else {
            return Err(Error::bad_value(format!(
                "The field '{}' must be an array but is of type {kind} in document {}",
                at.path.join("."),
                at.document()
            )));
        };
        let appended = self.insert(items);
        if let Some(sort) = &self.sort {
            sort.sort(items);
        }
        let cut = self.cut(items);
        Ok(match (cut || self.sort.is_some(), appended) {
            (true, _) => Effect::Changed,
            (false, _) if self.values.is_empty() => Effect::Same,
            (false, true) => Effect::Appended(self.values.len()),
            (false, false) => Effect::Changed,
        })
    }

    fn missing(&self, _: &At<'_>) -> Result<Missing> {
        let mut items = self.values.clone();
        if let Some(sort) = &self.sort {
            sort.sort(&mut items);
        }
        self.cut(&mut items);
        Ok(Missing::Create(Bson::Array(items)))
    }
}
