//! Places in a document: finding, making and removing what a path means.

use bson::{Bson, Document};

use super::super::error::{Error, Result, code};
use super::super::text;
use super::path::index;

/// How many places may be filled with null before a new element of an array.
const MAX_PADDING: usize = 1_500_000;

/// What is at a path.
pub(super) enum Found<'a> {
    /// A value.
    Value(&'a Bson),
    /// Nothing: the path ends after this many parts, and the first missing part could be made below the
    /// document or array there.
    Missing(usize),
    /// Nothing, and nothing can be made: what the first parts lead to has no fields, or no such fields.
    NotViable(usize, &'a Bson),
}

/// What is at a path.
pub(super) fn find<'a>(doc: &'a Document, path: &[String]) -> Found<'a> {
    let mut here: Option<&Bson> = None;
    for (depth, name) in path.iter().enumerate() {
        let next = match here {
            None => doc.get(name),
            Some(Bson::Document(doc)) => doc.get(name),
            Some(array @ Bson::Array(items)) => match index(name) {
                Some(at) => items.get(at),
                None => return Found::NotViable(depth, array),
            },
            Some(scalar) => return Found::NotViable(depth, scalar),
        };
        match next {
            Some(value) => here = Some(value),
            None => return Found::Missing(depth),
        }
    }
    here.map_or(Found::Missing(0), Found::Value)
}

/// The value at a path.
pub(super) fn get<'a>(doc: &'a Document, path: &[String]) -> Option<&'a Bson> {
    match find(doc, path) {
        Found::Value(value) => Some(value),
        _ => None,
    }
}

/// The value at a path, to be changed.
pub(super) fn get_mut<'a>(doc: &'a mut Document, path: &[String]) -> Option<&'a mut Bson> {
    let (first, rest) = path.split_first()?;
    let mut here = doc.get_mut(first)?;
    for name in rest {
        here = match here {
            Bson::Document(doc) => doc.get_mut(name)?,
            Bson::Array(items) => items.get_mut(index(name)?)?,
            _ => return None,
        };
    }
    Some(here)
}

/// Puts a value at a path of which only `depth` parts exist; documents in between are made.
pub(super) fn create(doc: &mut Document, path: &[String], depth: usize, value: Bson) -> Result<()> {
    let (there, new) = path.split_at(depth.min(path.len()));
    let Some((first, below)) = new.split_first() else {
        return Ok(());
    };
    let value = below
        .iter()
        .rev()
        .fold(value, |value, name| bson::doc! { name: value }.into());
    let parent = match there {
        [] => {
            doc.insert(first, value);
            return Ok(());
        }
        _ => get_mut(doc, there),
    };
    match parent {
        Some(Bson::Document(doc)) => {
            doc.insert(first, value);
        }
        Some(Bson::Array(items)) => put_element(items, index(first).unwrap_or(0), value)?,
        _ => {}
    }
    Ok(())
}

/// Puts an element at a place of an array, with nulls before it.
fn put_element(items: &mut Vec<Bson>, at: usize, value: Bson) -> Result<()> {
    if at.saturating_sub(items.len()) > MAX_PADDING {
        return Err(Error::new(
            code::CANNOT_BACKFILL_ARRAY,
            format!("can't backfill more than {MAX_PADDING} elements"),
        ));
    }
    while items.len() < at {
        items.push(Bson::Null);
    }
    items.push(value);
    Ok(())
}

/// Removes the field at a path; an element of an array becomes null.
pub(super) fn remove(doc: &mut Document, path: &[String]) {
    let Some((last, before)) = path.split_last() else {
        return;
    };
    if before.is_empty() {
        doc.remove(last);
        return;
    }
    match get_mut(doc, before) {
        Some(Bson::Document(doc)) => {
            doc.remove(last);
        }
        Some(Bson::Array(items)) => {
            if let Some(item) = index(last).and_then(|at| items.get_mut(at)) {
                *item = Bson::Null;
            }
        }
        _ => {}
    }
}

/// The last array on the way to a path's last part, by its name.
pub(super) fn array_before<'a>(doc: &Document, path: &'a [String]) -> Option<&'a str> {
    let before = 1..path.len();
    let arrays = before.rev().filter_map(|end| {
        let (there, _) = path.split_at_checked(end)?;
        matches!(get(doc, there)?, Bson::Array(_)).then_some(there.last()?.as_str())
    });
    { arrays }.next()
}

/// The refusal to make a field in what has none.
pub(super) fn cannot_create(path: &[String], depth: usize, element: &Bson) -> Error {
    let name = path.get(depth).map_or("", String::as_str);
    let parent = depth.checked_sub(1).and_then(|at| path.get(at));
    let parent = text::field(parent.map_or("", String::as_str), element);
    Error::new(
        code::PATH_NOT_VIABLE,
        format!("Cannot create field '{name}' in element {{{parent}}}"),
    )
}

/// The refusal to look for something in what has no such parts (`$pop`, `$pull`).
pub(super) fn cannot_traverse(path: &[String], depth: usize, element: &Bson) -> Error {
    let name = path.get(depth).map_or("", String::as_str);
    let parent = depth.checked_sub(1).and_then(|at| path.get(at));
    let parent = text::field(parent.map_or("", String::as_str), element);
    Error::new(
        code::PATH_NOT_VIABLE,
        format!(
            "Cannot use the part ({name}) of ({}) to traverse the element ({{{parent}}})",
            path.join(".")
        ),
    )
}
