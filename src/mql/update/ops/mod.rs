//! The operators of an update, by family.
//!
//! An operator is parsed from its argument at a path (`parse`) and is then a change of one value:
//! [`Change::existing`] of the value that is there, [`Change::missing`] where there is none.

mod array;
mod compare;
mod date;
mod number;
mod push;
mod set;
mod sort;

use std::fmt;

pub(super) use date::timestamp;

use bson::Bson;

use super::super::error::{Error, Result, code};
use super::super::{Env, text};
use super::path;

/// What is done at a place of the update's tree.
#[derive(Debug)]
pub(super) enum Op {
    /// A value is changed.
    Change(Box<dyn Change>),
    /// `$unset`
    Remove,
    /// `$rename`: the value of another path is moved here.
    Move {
        /// Where it is.
        from: Vec<String>,
    },
}

/// A change of one value.
pub(super) trait Change: fmt::Debug + Send + Sync {
    /// Changes a value that is there.
    fn existing(&self, value: &mut Bson, at: &At<'_>) -> Result<Effect>;

    /// The value of a field that is not there.
    fn missing(&self, at: &At<'_>) -> Result<Missing>;

    /// Whether it is for the document of an upsert only.
    fn only_on_insert(&self) -> bool {
        false
    }
}

/// What a change has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// Nothing.
    Same,
    /// The value is another one.
    Changed,
    /// This many elements were put at an array's end.
    Appended(usize),
}

/// What a change does to a field that is not there.
pub(super) enum Missing {
    /// It makes it.
    Create(Bson),
    /// Nothing, but the path must be one that could exist.
    Nothing,
}

/// Where and when a change is made.
pub(super) struct At<'a> {
    pub(super) path: &'a [String],
    /// The document's `_id`.
    pub(super) id: Option<&'a Bson>,
    pub(super) env: &'a Env,
}

impl At<'_> {
    /// The last part of the path.
    pub(super) fn name(&self) -> &str {
        self.path.last().map_or("", String::as_str)
    }

    /// The document, as errors call it.
    pub(super) fn document(&self) -> String {
        format!("{{{}}}", self.id_text())
    }

    /// The document's `_id`, as errors have it.
    pub(super) fn id_text(&self) -> String {
        self.id
            .map_or_else(|| "no id".to_owned(), |id| text::field("_id", id))
    }
}

/// Parses the argument of an operator at a field (for the texts of errors).
type Parse = fn(&str, &Bson, &Env) -> Result<Box<dyn Change>>;

/// The operators that change values, by name.
static OPERATORS: &[(&str, Parse)] = &[
    ("$addToSet", array::add_to_set),
    ("$bit", number::bit),
    ("$currentDate", date::current_date),
    ("$inc", number::inc),
    ("$max", compare::max),
    ("$min", compare::min),
    ("$mul", number::mul),
    ("$pop", array::pop),
    ("$pull", array::pull),
    ("$pullAll", array::pull_all),
    ("$push", push::push),
    ("$set", set::set),
    ("$setOnInsert", set::set_on_insert),
];

/// The names of all operators, for the documentation of what is supported.
pub fn names() -> impl Iterator<Item = &'static str> {
    let others = ["$rename", "$unset"];
    OPERATORS.iter().map(|(name, _)| *name).chain(others)
}

/// A kind of operator.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Change(Parse),
    Unset,
    Rename,
}

/// The operator of a name.
pub(super) fn find(name: &str) -> Result<Kind> {
    match name {
        "$unset" => return Ok(Kind::Unset),
        "$rename" => return Ok(Kind::Rename),
        _ => {}
    }
    let found = OPERATORS.binary_search_by(|(operator, _)| (*operator).cmp(name));
    let found = found.ok().and_then(|at| OPERATORS.get(at));
    found.map(|(_, parse)| Kind::Change(*parse)).ok_or_else(|| {
        Error::new(
            code::FAILED_TO_PARSE,
            format!(
                "Unknown modifier: {name}. Expected a valid update modifier or pipeline-style update specified as an array"
            ),
        )
    })
}

/// The destination of a `$rename`.
pub(super) fn rename_target<'a>(from: &str, to: &'a Bson) -> Result<&'a str> {
    to.as_str().ok_or_else(|| {
        Error::bad_value(format!(
            "The 'to' field for $rename must be a string: {}",
            text::field(from, to)
        ))
    })
}

/// The source of a `$rename`.
pub(super) fn rename_source(from: &str, to: &str) -> Result<Vec<String>> {
    let refused = |what: &str| {
        Error::bad_value(format!(
            "The source and target field for $rename must {what}: {from}: \"{to}\""
        ))
    };
    if from == to {
        return Err(refused("differ"));
    }
    if within(from, to) || within(to, from) {
        return Err(refused("not be on the same path"));
    }
    for (role, name) in [("source", from), ("destination", to)] {
        if path::is_dynamic(name) {
            return Err(Error::bad_value(format!(
                "The {role} field for $rename may not be dynamic: {name}"
            )));
        }
    }
    path::names(from)
}

fn within(inner: &str, outer: &str) -> bool {
    inner
        .strip_prefix(outer)
        .is_some_and(|rest| rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    #[test]
    fn operators_are_sorted() {
        assert!(super::OPERATORS.is_sorted_by_key(|(name, _)| *name));
    }
}
