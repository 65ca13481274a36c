//! Comparisons with constants.

use bson::Bson;

use super::{Call, bad, field, regex};
use crate::mql::Result;
use crate::mql::matching::predicate::{Comparison, InList, Op, Predicate, Test};
use crate::value::compare;

/// `$eq`, `$lt`, `$lte`, `$gt`, `$gte`
pub fn parse(call: &Call<'_>) -> Result<Option<Predicate>> {
    let op = match call.name {
        "$lt" => Op::Lt,
        "$lte" => Op::Lte,
        "$gt" => Op::Gt,
        "$gte" => Op::Gte,
        _ => Op::Eq,
    };
    comparison(call.path, op, call.argument).map(Some)
}

/// `$ne`
pub fn not_equal(call: &Call<'_>) -> Result<Option<Predicate>> {
    if let Bson::RegularExpression(_) = call.argument {
        return bad("Can't have regex as arg to $ne.");
    }
    let equal = comparison(call.path, Op::Eq, call.argument)?;
    Ok(Some(equal.negated()))
}

pub fn comparison(path: &str, op: Op, value: &Bson) -> Result<Predicate> {
    match value {
        Bson::Undefined => bad("cannot compare to undefined"),
        Bson::RegularExpression(_) if op != Op::Eq => bad(format!(
            "Can't have RegEx as arg to predicate over field '{path}'."
        )),
        _ => {
            let value = value.clone();
            let test = Test::Compare(Comparison { op, value });
            Ok(Predicate::field(path, test))
        }
    }
}

/// `$in`
pub fn in_list(call: &Call<'_>) -> Result<Option<Predicate>> {
    let Bson::Array(items) = call.argument else {
        return bad(format!("{} needs an array", call.name));
    };
    let mut list = InList::default();
    for item in items {
        match item {
            Bson::Document(inner) if field::is_expression(inner, false) => {
                return bad("cannot nest $ under $in");
            }
            Bson::RegularExpression(_) => list.regexes.push(regex::of_value(item)?),
            Bson::Undefined => return bad("InMatchExpression equality cannot be undefined"),
            value => list.values.push(value.clone()),
        }
    }
    list.has_null = list.values.contains(&Bson::Null);
    list.values.sort_by(compare);
    list.values.dedup_by(|a, b| compare(a, b).is_eq());
    Ok(Some(Predicate::field(call.path, Test::In(list))))
}

/// `$nin`
pub fn not_in_list(call: &Call<'_>) -> Result<Option<Predicate>> {
    Ok(in_list(call)?.map(Predicate::negated))
}
