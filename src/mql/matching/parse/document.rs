//! A filter's document: fields and top-level operators.

use bson::{Bson, Document};

use super::field;
use crate::mql::matching::predicate::Predicate;
use crate::mql::{Env, Error, Result};

/// Parses a filter.
pub fn filter(filter: &Document, env: &Env) -> Result<Predicate> {
    let mut all = Vec::with_capacity(filter.len());
    for (name, value) in filter {
        if let Some(operator) = name.strip_prefix('$') {
            all.extend(top_level(operator, value, env)?);
        } else {
            field::field(name, value, env, &mut all)?;
        }
    }
    Ok(match <[Predicate; 1]>::try_from(all) {
        Ok([only]) => only,
        Err(all) => Predicate::And(all),
    })
}

fn top_level(operator: &str, value: &Bson, env: &Env) -> Result<Option<Predicate>> {
    Ok(Some(match operator {
        "and" => Predicate::And(list("$and", value, env)?),
        "or" => Predicate::Or(list("$or", value, env)?),
        "nor" => Predicate::Nor(list("$nor", value, env)?),
        "comment" => return Ok(None),
        _ => {
            return Err(Error::bad_value(format!(
                "unknown top level operator: ${operator}. If you have a field name that starts with a '$' symbol, consider using $getField or $setField."
            )));
        }
    }))
}

fn list(name: &str, value: &Bson, env: &Env) -> Result<Vec<Predicate>> {
    let Bson::Array(items) = value else {
        return Err(Error::bad_value(format!("{name} must be an array")));
    };
    if items.is_empty() {
        return Err(Error::bad_value("$and/$or/$nor must be a nonempty array"));
    }
    let parse = |item: &Bson| match item {
        Bson::Document(inner) => filter(inner, env),
        _ => Err(Error::bad_value(
            "$or/$and/$nor entries need to be full objects",
        )),
    };
    items.iter().map(parse).collect()
}
