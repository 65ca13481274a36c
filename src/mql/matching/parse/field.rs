//! A field of a filter: a value, or operators.

use bson::{Bson, Document};

use crate::mql::matching::predicate::{Comparison, InList, Op, Predicate, Test};
use crate::mql::{Env, Error, Result};
use crate::value::compare;

/// Adds what a filter says of one field.
pub fn field(name: &str, value: &Bson, env: &Env, all: &mut Vec<Predicate>) -> Result<()> {
    match value {
        Bson::Document(operators) if is_expression(operators, false) => {
            for (operator, argument) in operators {
                all.push(one(name, operator, argument, env)?);
            }
        }
        _ => all.push(comparison(name, Op::Eq, value)?),
    }
    Ok(())
}

/// Whether a document holds operators: its first name begins with `$`, and it is no database reference.
/// With `lax`, one name of a reference is enough for one.
pub fn is_expression(document: &Document, lax: bool) -> bool {
    let first = document.keys().next();
    first.is_some_and(|name| name.starts_with('$')) && !is_reference(document, lax)
}

fn is_reference(document: &Document, lax: bool) -> bool {
    let has = |name| document.contains_key(name);
    if lax {
        has("$ref") || has("$id") || has("$db")
    } else {
        has("$ref") && has("$id")
    }
}

fn one(name: &str, operator: &str, argument: &Bson, _env: &Env) -> Result<Predicate> {
    match operator {
        "$eq" => comparison(name, Op::Eq, argument),
        "$ne" => Ok(comparison(name, Op::Eq, argument)?.negated()),
        "$lt" => comparison(name, Op::Lt, argument),
        "$lte" => comparison(name, Op::Lte, argument),
        "$gt" => comparison(name, Op::Gt, argument),
        "$gte" => comparison(name, Op::Gte, argument),
        "$in" => in_list(name, "$in", argument),
        "$nin" => Ok(in_list(name, "$nin", argument)?.negated()),
        _ => Err(Error::bad_value(format!("unknown operator: {operator}"))),
    }
}

fn comparison(name: &str, op: Op, value: &Bson) -> Result<Predicate> {
    if let Bson::Undefined = value {
        return Err(Error::bad_value("cannot compare to undefined"));
    }
    let value = value.clone();
    Ok(Predicate::field(
        name,
        Test::Compare(Comparison { op, value }),
    ))
}

fn in_list(name: &str, operator: &str, argument: &Bson) -> Result<Predicate> {
    let Bson::Array(items) = argument else {
        return Err(Error::bad_value(format!("{operator} needs an array")));
    };
    let mut list = InList {
        values: items.clone(),
        has_null: items.contains(&Bson::Null),
    };
    list.values.sort_by(compare);
    list.values.dedup_by(|a, b| compare(a, b).is_eq());
    Ok(Predicate::field(name, Test::In(list)))
}
