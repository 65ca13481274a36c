//! A filter's document: fields and top-level operators.

use std::sync::Arc;

use bson::{Bson, Document};

use super::{Level, bad, compare, field, integer, refused, regex};
use crate::mql::json_schema::Schema;
use crate::mql::matching::predicate::{Op, Predicate};
use crate::mql::{Env, Error, Expr, Result};
use crate::value::Number;

/// Parses a filter for documents.
pub fn filter(filter: &Document, env: &Env) -> Result<Predicate> {
    at(filter, Level::Top, env)
}

/// Parses a filter for the documents in an array.
pub fn element_filter(filter: &Document, env: &Env) -> Result<Predicate> {
    at(filter, Level::Element, env)
}

fn at(filter: &Document, level: Level, env: &Env) -> Result<Predicate> {
    let mut all = Vec::with_capacity(filter.len());
    for (name, value) in filter {
        match (name.starts_with('$'), value) {
            (true, _) => all.extend(top_level(name, value, level, env)?),
            (_, Bson::Document(operators)) if field::is_expression(operators, false) => {
                field::operators(name, operators, env, &mut all)?;
            }
            (_, Bson::RegularExpression(_)) => all.push(regex::literal(name, value)?),
            _ => all.push(compare::comparison(name, Op::Eq, value)?),
        }
    }
    Ok(Predicate::And(all))
}

type TopLevel = fn(&str, &Bson, Level, &Env) -> Result<Option<Predicate>>;

/// The top-level operators, sorted by name.
const OPERATORS: [(&str, TopLevel); 12] = [
    ("$alwaysFalse", always),
    ("$alwaysTrue", always),
    ("$and", logical),
    ("$comment", |_, _, _, _| Ok(None)),
    ("$db", reference),
    ("$expr", expression),
    ("$id", reference),
    ("$jsonSchema", json_schema),
    ("$nor", logical),
    ("$or", logical),
    ("$ref", reference),
    ("$sampleRate", sample_rate),
];

/// The names of the operators that stand without a field.
pub fn names() -> impl Iterator<Item = &'static str> {
    OPERATORS.iter().map(|(name, _)| *name)
}

/// Whether a name is that of an operator that stands without a field.
pub fn is_top_level(name: &str) -> bool {
    find(name).is_some() || refused::is_top_level(name)
}

fn find(name: &str) -> Option<TopLevel> {
    let at = OPERATORS.binary_search_by(|(own, _)| (*own).cmp(name));
    at.ok()
        .and_then(|at| OPERATORS.get(at))
        .map(|(_, parse)| *parse)
}

fn top_level(name: &str, value: &Bson, level: Level, env: &Env) -> Result<Option<Predicate>> {
    if let Some(parse) = find(name) {
        return parse(name, value, level, env);
    }
    refused::top_level(name, value, level == Level::Top)?;
    bad(match name {
        "$not" => "unknown top level operator: $not. If you are trying to negate an entire expression, use $nor.".to_owned(),
        _ => format!("unknown top level operator: {name}. If you have a field name that starts with a '$' symbol, consider using $getField or $setField."),
    })
}

fn logical(name: &str, value: &Bson, level: Level, env: &Env) -> Result<Option<Predicate>> {
    let Bson::Array(items) = value else {
        return bad(format!("{name} must be an array"));
    };
    if items.is_empty() {
        return bad("$and/$or/$nor must be a nonempty array");
    }
    let parse = |item: &Bson| match item {
        Bson::Document(inner) => at(inner, level, env),
        _ => bad("$or/$and/$nor entries need to be full objects"),
    };
    let parts = items.iter().map(parse).collect::<Result<_>>()?;
    Ok(Some(match name {
        "$and" => Predicate::And(parts),
        "$or" => Predicate::Or(parts),
        _ => Predicate::Nor(parts),
    }))
}

/// `$ref`, `$id` and `$db` are fields of a database reference.
fn reference(name: &str, value: &Bson, _: Level, _: &Env) -> Result<Option<Predicate>> {
    compare::comparison(name, Op::Eq, value).map(Some)
}

fn only_at_top(name: &str, level: Level) -> Result<()> {
    match level {
        Level::Top => Ok(()),
        Level::Element => bad(format!(
            "{name} can only be applied to the top-level document"
        )),
    }
}

fn expression(name: &str, value: &Bson, level: Level, env: &Env) -> Result<Option<Predicate>> {
    only_at_top(name, level)?;
    let expr = Expr::parse_only(value, env)?;
    Ok(Some(Predicate::Expr(expr)))
}

fn json_schema(_: &str, value: &Bson, _: Level, env: &Env) -> Result<Option<Predicate>> {
    let Bson::Document(schema) = value else {
        return Err(Error::type_mismatch("$jsonSchema must be an object"));
    };
    let schema = Schema::parse(schema, env)?;
    Ok(Some(Predicate::JsonSchema(Arc::new(schema))))
}

fn always(name: &str, value: &Bson, _: Level, _: &Env) -> Result<Option<Predicate>> {
    match integer::parse(name, value)? {
        1 => Ok(Some(Predicate::Always(name == "$alwaysTrue"))),
        _ => Err(Error::failed_to_parse(format!(
            "{name} must be an integer value of 1"
        ))),
    }
}

fn sample_rate(name: &str, value: &Bson, level: Level, _: &Env) -> Result<Option<Predicate>> {
    only_at_top(name, level)?;
    let Some(rate) = Number::from_bson(value) else {
        return bad("argument to $sampleRate must be a numeric type");
    };
    let rate = rate.to_f64();
    if !(0.0..=1.0).contains(&rate) {
        return bad("numeric argument to $sampleRate must be in [0, 1]");
    }
    Ok(Some(Predicate::SampleRate(rate)))
}
