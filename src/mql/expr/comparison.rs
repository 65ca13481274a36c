//! `$cmp $eq $gt $gte $lt $lte $ne`: MongoDB's order of all values, where missing comes before null.

use std::cmp::Ordering;

use bson::Bson;

use super::operator::{Args::Exactly, Call, Operator};
use super::scope::Scope;
use super::value::{Value, owned};
use crate::mql::Result;
use crate::value::compare;

pub(super) static OPERATORS: &[Operator] = &[
    Operator::new("$cmp", Exactly(2), |call, scope| {
        Ok(owned(order(call, scope)? as i32))
    }),
    Operator::new("$eq", Exactly(2), |c, s| test(c, s, Ordering::is_eq)),
    Operator::new("$gt", Exactly(2), |c, s| test(c, s, Ordering::is_gt)),
    Operator::new("$gte", Exactly(2), |c, s| test(c, s, Ordering::is_ge)),
    Operator::new("$lt", Exactly(2), |c, s| test(c, s, Ordering::is_lt)),
    Operator::new("$lte", Exactly(2), |c, s| test(c, s, Ordering::is_le)),
    Operator::new("$ne", Exactly(2), |c, s| test(c, s, Ordering::is_ne)),
];

fn test<'a>(call: &'a Call, scope: Scope<'a>, holds: fn(Ordering) -> bool) -> Result<Value<'a>> {
    Ok(owned(holds(order(call, scope)?)))
}

fn order(call: &Call, scope: Scope<'_>) -> Result<Ordering> {
    let (a, b) = (call.arg(0, scope)?, call.arg(1, scope)?);
    Ok(compare_values(a.as_deref(), b.as_deref()))
}

/// The order of values that may be missing.
pub(crate) fn compare_values(a: Option<&Bson>, b: Option<&Bson>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => compare(a, b),
        // Missing has undefined's place in the order, below null.
        (None, None) => Ordering::Equal,
        (None, Some(b)) => missing_before(b),
        (Some(a), None) => missing_before(a).reverse(),
    }
}

fn missing_before(value: &Bson) -> Ordering {
    match value {
        Bson::MinKey => Ordering::Greater,
        Bson::Undefined => Ordering::Equal,
        _ => Ordering::Less,
    }
}
