//! `$unwind`: one document for each element of an array.

use std::sync::Arc;

use bson::{Bson, Document};

use super::fields;
use super::pipeline::{Changes, Needs, ParseContext, RunContext, Stage};
use super::table::Stages;
use super::{BoxStream, from_fn};
use crate::mql::expr::path;
use crate::mql::{Deps, Error, Result, text};

/// `{$unwind: {path, includeArrayIndex, preserveNullAndEmptyArrays}}`
#[derive(Debug, Clone)]
pub(super) struct Unwind {
    path: Vec<String>,
    index: Option<Vec<String>>,
    preserve: bool,
}

pub(super) fn parse(value: &Bson, _: &ParseContext<'_>) -> Result<Stages> {
    let (mut path, mut index, mut preserve) = ("", None, false);
    match value {
        Bson::String(text) => path = text,
        Bson::Document(spec) => {
            for (name, value) in spec {
                match name.as_str() {
                    "path" => path = parse_path(value)?,
                    "preserveNullAndEmptyArrays" => preserve = parse_preserve(value)?,
                    "includeArrayIndex" => index = Some(parse_index(value)?),
                    _ => {
                        return Err(Error::new(
                            28811,
                            format!("unrecognized option to $unwind stage: {name}"),
                        ));
                    }
                }
            }
        }
        other => {
            let found = text::type_name(other);
            return Err(Error::new(
                15981,
                format!(
                    "expected either a string or an object as specification for $unwind stage, got {found}"
                ),
            ));
        }
    }
    let path = split_path(path)?;
    if let Some(index) = index {
        path::check(index)?;
    }
    Ok(vec![Arc::new(Unwind {
        path,
        index: index.map(fields::split),
        preserve,
    })])
}

fn split_path(path: &str) -> Result<Vec<String>> {
    if path.is_empty() {
        return Err(Error::new(28812, "no path specified to $unwind stage"));
    }
    let Some(inner) = path.strip_prefix('$') else {
        return Err(Error::new(
            28818,
            format!("path option to $unwind stage should be prefixed with a '$': {path}"),
        ));
    };
    path::check(inner)?;
    Ok(fields::split(inner))
}

fn parse_path(value: &Bson) -> Result<&str> {
    value.as_str().ok_or_else(|| {
        let found = text::type_name(value);
        Error::new(
            28808,
            format!("expected a string as the path for $unwind stage, got {found}"),
        )
    })
}

fn parse_preserve(value: &Bson) -> Result<bool> {
    value.as_bool().ok_or_else(|| {
        let found = text::type_name(value);
        Error::new(
            28809,
            format!(
                "expected a boolean for the preserveNullAndEmptyArrays option to $unwind stage, got {found}"
            ),
        )
    })
}

fn parse_index(value: &Bson) -> Result<&str> {
    match value.as_str() {
        Some(name) if name.starts_with('$') => Err(Error::new(
            28822,
            format!(
                "includeArrayIndex option to $unwind stage should not be prefixed with a '$': {name}"
            ),
        )),
        Some(name) if !name.is_empty() => Ok(name),
        _ => {
            let found = text::type_name(value);
            Err(Error::new(
                28810,
                format!(
                    "expected a non-empty string for the includeArrayIndex  option to $unwind stage, got {found}"
                ),
            ))
        }
    }
}

/// A document whose array is being given out.
struct Open {
    document: Document,
    items: std::vec::IntoIter<Bson>,
    index: i64,
}

impl Unwind {
    /// What is unwound.
    pub(super) fn path(&self) -> &[String] {
        &self.path
    }

    /// The top-level field in which the index is set.
    pub(super) fn index_field(&self) -> Option<&str> {
        self.index.as_ref()?.first().map(String::as_str)
    }

    /// Whether documents without elements stay.
    pub(super) fn preserves(&self) -> bool {
        self.preserve
    }

    /// What becomes of a document whose array has no elements, if such documents stay.
    pub(super) fn of_nothing(&self, mut document: Document) -> Document {
        fields::remove(&mut document, &self.path);
        self.set_index(&mut document, Bson::Null);
        document
    }

    /// What becomes of a document: one at once, or one for each element.
    fn begin(&self, mut document: Document) -> Begun {
        let items = match fields::get_mut(&mut document, &self.path) {
            Some(Bson::Array(items)) if !items.is_empty() => std::mem::take(items),
            Some(Bson::Array(_)) => {
                return self.without_value(document, true);
            }
            None | Some(Bson::Null | Bson::Undefined) => {
                return self.without_value(document, false);
            }
            Some(_) => {
                self.set_index(&mut document, Bson::Null);
                return Begun::One(document);
            }
        };
        Begun::Many(Open {
            document,
            items: items.into_iter(),
            index: 0,
        })
    }

    fn without_value(&self, mut document: Document, empty_array: bool) -> Begun {
        if !self.preserve {
            return Begun::Nothing;
        }
        if empty_array {
            fields::remove(&mut document, &self.path);
        }
        self.set_index(&mut document, Bson::Null);
        Begun::One(document)
    }

    /// Sets the element's index, if it is wanted.
    pub(super) fn set_index(&self, document: &mut Document, index: Bson) {
        if let Some(path) = &self.index {
            fields::set(document, path, index);
        }
    }

    fn next_of(&self, open: &mut Open) -> Option<Document> {
        let item = open.items.next()?;
        // The last one need not be copied.
        let mut document = match open.items.len() {
            0 => std::mem::take(&mut open.document),
            _ => open.document.clone(),
        };
        if let Some(place) = fields::get_mut(&mut document, &self.path) {
            *place = item;
        }
        self.set_index(&mut document, Bson::Int64(open.index));
        open.index += 1;
        Some(document)
    }
}

enum Begun {
    Nothing,
    One(Document),
    Many(Open),
}

impl Stage for Unwind {
    fn name(&self) -> &'static str {
        "$unwind"
    }

    fn run(self: Arc<Self>, mut input: BoxStream, _: &RunContext) -> Result<BoxStream> {
        let mut open: Option<Open> = None;
        Ok(from_fn(move || {
            loop {
                if let Some(document) = open.as_mut().and_then(|open| self.next_of(open)) {
                    return Ok(Some(document));
                }
                open = None;
                let Some(document) = input.next()? else {
                    return Ok(None);
                };
                match self.begin(document) {
                    Begun::Nothing => {}
                    Begun::One(document) => return Ok(Some(document)),
                    Begun::Many(many) => open = Some(many),
                }
            }
        }))
    }

    fn deps(&self, deps: &mut Deps) -> Needs {
        deps.path(&self.path.join("."));
        Needs::AndLater
    }

    fn changes(&self) -> Changes<'_> {
        let paths = [Some(&self.path), self.index.as_ref()];
        let names = paths.into_iter().flatten().filter_map(|path| path.first());
        Changes::Fields(names.map(String::as_str).collect())
    }

    fn as_unwind(&self) -> Option<&Unwind> {
        Some(self)
    }
}
