//! `$type`

use bson::Bson;

use super::{Call, bad};
use crate::mql::matching::predicate::{Predicate, Test};
use crate::mql::matching::tests_of_values::TypeSet;
use crate::mql::text::general_to;
use crate::mql::{Error, Result};
use crate::value::Number;

pub fn parse(call: &Call<'_>) -> Result<Option<Predicate>> {
    let set = set(call.argument)?;
    if set.is_empty() {
        return Err(Error::failed_to_parse(format!(
            "{} must match at least one type",
            call.path
        )));
    }
    Ok(Some(Predicate::field(call.path, Test::Type(set))))
}

/// A type or an array of types, each a name or a number.
pub(crate) fn set(argument: &Bson) -> Result<TypeSet> {
    let mut set = TypeSet::default();
    match argument {
        Bson::Array(items) => {
            for item in items {
                add(item, &mut set)?;
            }
        }
        one => add(one, &mut set)?,
    }
    Ok(set)
}

fn add(value: &Bson, set: &mut TypeSet) -> Result<()> {
    if let Bson::String(name) = value {
        return add_name(name, set);
    }
    let Some(number) = Number::from_bson(value) else {
        return Err(Error::type_mismatch(
            "type must be represented as a number or a string",
        ));
    };
    match number.to_i64() {
        Some(0) => bad("Invalid numerical type code: 0. Instead use {$exists:false}."),
        Some(code) if i32::try_from(code).is_ok_and(|code| set.add_code(code)) => Ok(()),
        _ => {
            let shown = general_to(number.to_f64(), 6);
            bad(format!("Invalid numerical type code: {shown}"))
        }
    }
}

fn add_name(name: &str, set: &mut TypeSet) -> Result<()> {
    match name {
        "missing" => bad(
            "'missing' is not a legal type name. To query for non-existence of a field, use {$exists:false}.",
        ),
        _ if set.add_name(name) => Ok(()),
        _ => bad(format!("Unknown type name alias: {name}")),
    }
}
