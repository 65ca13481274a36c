//! `$addToSet`, `$pop`, `$pull` and `$pullAll`.

use bson::{Bson, Document, doc};

use super::{At, Change, Effect, Missing};
use crate::mql::error::{Error, Result};
use crate::mql::matching::Matcher;
use crate::mql::update::filters;
use crate::mql::{Env, text};
use crate::value::{Number, compare};

#[derive(Debug)]
struct AddToSet {
    /// Without doubles.
    values: Vec<Bson>,
}

pub(super) fn add_to_set(_: &str, value: &Bson, _: &Env) -> Result<Box<dyn Change>> {
    let values = match value {
        Bson::Document(clauses) if clauses.keys().next().is_some_and(|k| k == "$each") => {
            each(clauses)?
        }
        other => std::slice::from_ref(other),
    };
    let mut distinct = Vec::with_capacity(values.len());
    for value in values {
        if !contains(&distinct, value) {
            distinct.push(value.clone());
        }
    }
    Ok(Box::new(AddToSet { values: distinct }))
}

fn each(clauses: &Document) -> Result<&[Bson]> {
    let values = match clauses.get("$each") {
        Some(Bson::Array(values)) => values,
        other => {
            return Err(Error::type_mismatch(format!(
                "The argument to $each in $addToSet must be an array but it was of type {}",
                other.map_or("missing", text::type_name)
            )));
        }
    };
    if clauses.len() > 1 {
        return Err(Error::bad_value(format!(
            "Found unexpected fields after $each in $addToSet: {}",
            text::document(clauses)
        )));
    }
    Ok(values)
}

fn contains(values: &[Bson], value: &Bson) -> bool {
    values.iter().any(|v| compare(v, value).is_eq())
}

impl Change for AddToSet {
    fn existing(&self, value: &mut Bson, at: &At<'_>) -> Result<Effect> {
        let kind = text::type_name(value);
        let Bson::Array(items) = value else {
            return Err(Error::bad_value(format!(
                "Cannot apply $addToSet to non-array field. Field named '{}' has non-array type {kind}",
                at.name()
            )));
        };
        let new: Vec<_> = self.values.iter().filter(|v| !contains(items, v)).collect();
        if new.is_empty() {
            return Ok(Effect::Same);
        }
        items.extend(new.into_iter().cloned());
        Ok(Effect::Changed)
    }

    fn missing(&self, _: &At<'_>) -> Result<Missing> {
        Ok(Missing::Create(Bson::Array(self.values.clone())))
    }
}

#[derive(Debug)]
struct Pop {
    first: bool,
}

pub(super) fn pop(field: &str, value: &Bson, _: &Env) -> Result<Box<dyn Change>> {
    let Some(number) = Number::from_bson(value) else {
        return Err(Error::failed_to_parse(format!(
            "Expected a number in: {}",
            text::field(field, value)
        )));
    };
    match number.to_i64() {
        Some(1) => Ok(Box::new(Pop { first: false })),
        Some(-1) => Ok(Box::new(Pop { first: true })),
        Some(other) => Err(Error::failed_to_parse(format!(
            "$pop expects 1 or -1, found: {other}"
        ))),
        None => Err(Error::failed_to_parse(format!(
            "{}: {}",
            not_integer(number),
            text::field(field, value)
        ))),
    }
}

/// Why a number is none for `$pop`.
fn not_integer(number: Number) -> &'static str {
    match number {
        number if number.is_nan() => "Expected an integer, but found NaN in",
        Number::Double(x) if x.is_finite() && x.abs() < 9.0e18 => "Expected an integer",
        _ => "Cannot represent as a 64-bit integer",
    }
}

impl Change for Pop {
    fn existing(&self, value: &mut Bson, at: &At<'_>) -> Result<Effect> {
        let kind = text::type_name(value);
        let Bson::Array(items) = value else {
            return Err(Error::type_mismatch(format!(
                "Path '{}' contains an element of non-array type '{kind}'",
                at.path.join(".")
            )));
        };
        if items.is_empty() {
            return Ok(Effect::Same);
        }
        if self.first {
            items.remove(0);
        } else {
            items.pop();
        }
        Ok(Effect::Changed)
    }

    fn missing(&self, _: &At<'_>) -> Result<Missing> {
        Ok(Missing::Nothing)
    }
}

/// Which elements `$pull` and `$pullAll` take out.
#[derive(Debug)]
enum Pull {
    /// Those that are documents which a filter means.
    Documents(Matcher),
    /// Those that a filter on a field means, given as that field.
    Values(Matcher),
    /// Those that are equal to one of these.
    Equal(Vec<Bson>),
}

/// The name of the field that holds an element while it is matched.
const ELEMENT: &str = "e";

pub(super) fn pull(_: &str, value: &Bson, env: &Env) -> Result<Box<dyn Change>> {
    let pull = match value {
        Bson::Document(filter) if filter.keys().next().is_some_and(|k| is_test(k)) => {
            Pull::Values(Matcher::parse(&doc! { ELEMENT: value }, env)?)
        }
        Bson::RegularExpression(_) => Pull::Values(Matcher::parse(&doc! { ELEMENT: value }, env)?),
        Bson::Document(filter) => {
            filters::refuse_features(filter)?;
            Pull::Documents(Matcher::parse(filter, env)?)
        }
        other => Pull::Equal(vec![other.clone()]),
    };
    Ok(Box::new(pull))
}

pub(super) fn pull_all(_: &str, value: &Bson, _: &Env) -> Result<Box<dyn Change>> {
    match value {
        Bson::Array(values) => Ok(Box::new(Pull::Equal(values.clone()))),
        other => Err(Error::bad_value(format!(
            "$pullAll requires an array argument but was given a {}",
            text::type_name(other)
        ))),
    }
}

/// Whether a name is that of a test on a value, so that the filter is on the element itself.
fn is_test(name: &str) -> bool {
    const TESTS: [&str; 26] = [
        "$_internalSchemaType",
        "$all",
        "$bitsAllClear",
        "$bitsAllSet",
        "$bitsAnyClear",
        "$bitsAnySet",
        "$elemMatch",
        "$eq",
        "$exists",
        "$geoIntersects",
        "$geoWithin",
        "$gt",
        "$gte",
        "$in",
        "$lt",
        "$lte",
        "$maxDistance",
        "$minDistance",
        "$mod",
        "$ne",
        "$near",
        "$nearSphere",
        "$nin",
        "$options",
        "$regex",
        "$size",
    ];
    TESTS.binary_search(&name).is_ok() || name == "$type" || name == "$within"
}

impl Pull {
    fn takes(&self, item: &Bson) -> Result<bool> {
        match (self, item) {
            (Pull::Equal(values), item) => Ok(contains(values, item)),
            (Pull::Values(matcher), item) => matcher.matches(&doc! { ELEMENT: item }),
            (Pull::Documents(matcher), Bson::Document(item)) => matcher.matches(item),
            (Pull::Documents(_), _) => Ok(false),
        }
    }
}

impl Change for Pull {
    fn existing(&self, value: &mut Bson, _: &At<'_>) -> Result<Effect> {
        let Bson::Array(items) = value else {
            return Err(Error::bad_value("Cannot apply $pull to a non-array value"));
        };
        let takes = items.iter().map(|item| self.takes(item));
        let takes = takes.collect::<Result<Vec<_>>>()?;
        let mut takes = takes.into_iter();
        let before = items.len();
        items.retain(|_| !takes.next().unwrap_or(false));
        Ok(if items.len() == before {
            Effect::Same
        } else {
            Effect::Changed
        })
    }

    fn missing(&self, _: &At<'_>) -> Result<Missing> {
        Ok(Missing::Nothing)
    }
}
