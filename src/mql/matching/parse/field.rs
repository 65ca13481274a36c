//! The operators under a field's name.

use bson::{Bson, Document};

use super::{Call, Parser, bad, bits, compare, elements, modulo, refused, regex, types};
use crate::mql::matching::predicate::{Predicate, Test};
use crate::mql::{Env, Result};

/// The operators of fields, sorted by name.
const OPERATORS: [(&str, Parser); 21] = [
    ("$all", elements::all),
    ("$bitsAllClear", bits::parse),
    ("$bitsAllSet", bits::parse),
    ("$bitsAnyClear", bits::parse),
    ("$bitsAnySet", bits::parse),
    ("$elemMatch", elements::elem_match),
    ("$eq", compare::parse),
    ("$exists", exists),
    ("$gt", compare::parse),
    ("$gte", compare::parse),
    ("$in", compare::in_list),
    ("$lt", compare::parse),
    ("$lte", compare::parse),
    ("$mod", modulo::parse),
    ("$ne", compare::not_equal),
    ("$nin", compare::not_in_list),
    ("$not", not),
    ("$options", regex::options),
    ("$regex", regex::parse),
    ("$size", elements::size),
    ("$type", types::parse),
];

fn find(name: &str) -> Option<Parser> {
    let at = OPERATORS.binary_search_by(|(own, _)| (*own).cmp(name));
    at.ok()
        .and_then(|at| OPERATORS.get(at))
        .map(|(_, parse)| *parse)
}

/// The names of all operators of fields, for the documentation of what is supported.
pub fn names() -> impl Iterator<Item = &'static str> {
    OPERATORS.iter().map(|(name, _)| *name)
}

/// Whether a name is that of an operator of fields.
pub fn is_operator(name: &str) -> bool {
    find(name).is_some() || refused::is_of_fields(name)
}

/// Adds what a filter's operators say of one field.
pub fn operators(
    path: &str,
    operators: &Document,
    env: &Env,
    all: &mut Vec<Predicate>,
) -> Result<()> {
    for (name, argument) in operators {
        let Some(parse) = find(name) else {
            refused::of_fields(name)?;
            return bad(format!("unknown operator: {name}"));
        };
        all.extend(parse(&Call {
            path,
            name,
            argument,
            around: operators,
            env,
        })?);
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

fn exists(call: &Call<'_>) -> Result<Option<Predicate>> {
    let exists = Predicate::field(call.path, Test::Exists);
    Ok(Some(if is_true(call.argument) {
        exists
    } else {
        exists.negated()
    }))
}

/// What the server takes for true: all but false, zero, null and undefined.
fn is_true(value: &Bson) -> bool {
    match value {
        Bson::Boolean(b) => *b,
        Bson::Null | Bson::Undefined => false,
        other => crate::value::Number::from_bson(other).is_none_or(|n| !n.is_zero()),
    }
}

fn not(call: &Call<'_>) -> Result<Option<Predicate>> {
    match call.argument {
        Bson::RegularExpression(_) => Ok(Some(regex::literal(call.path, call.argument)?.negated())),
        Bson::Document(inner) if inner.is_empty() => bad("$not cannot be empty"),
        Bson::Document(inner) => {
            let mut all = Vec::with_capacity(inner.len());
            operators(call.path, inner, call.env, &mut all)?;
            Ok(Some(Predicate::And(all).negated()))
        }
        _ => bad("$not needs a regex or a document"),
    }
}
