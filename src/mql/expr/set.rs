//! Arrays as sets. Results that are new sets are in the order of their values, as the server's.

use bson::Bson;

use super::array::items;
use super::fold::{Folder, fold_whole, is_constant};
use super::node::Node;
use super::operator::{
    Args::{self, Exactly},
    Call, Fold, Operator,
};
use super::parse::Parser;
use super::scope::Scope;
use super::value::{Value, is_nullish, is_true, null, owned, type_name};
use crate::mql::{Env, Error, Result};
use crate::value::compare;

pub(super) static OPERATORS: &[Operator] = &[
    Operator::new("$allElementsTrue", Exactly(1), |c, s| {
        Ok(owned(truths(c, s, 17040)?.into_iter().all(|b| b)))
    }),
    Operator::new("$anyElementTrue", Exactly(1), |c, s| {
        Ok(owned(truths(c, s, 17041)?.into_iter().any(|b| b)))
    }),
    Operator::new("$setDifference", Exactly(2), difference),
    Operator::new("$setEquals", Args::With(read_equals), equals).folding(Fold::Lazily(fold_equals)),
    Operator::new("$setIntersection", Args::Any, intersection).folding(Fold::Commutative),
    Operator::new("$setIsSubset", Exactly(2), is_subset).folding(Fold::With(fold_is_subset)),
    Operator::new("$setUnion", Args::Any, union).folding(Fold::Commutative),
];

/// Sorted, every value once, the first of those that are equal.
fn set(mut values: Vec<Bson>) -> Vec<Bson> {
    values.sort_by(compare);
    values.dedup_by(|later, kept| compare(later, kept).is_eq());
    values
}

fn contains(set: &[Bson], value: &Bson) -> bool {
    set.binary_search_by(|item| compare(item, value)).is_ok()
}

fn truths(call: &Call, scope: Scope<'_>, code: i32) -> Result<Vec<bool>> {
    match call.arg(0, scope)?.as_deref() {
        Some(Bson::Array(items)) => Ok(items.iter().map(|i| is_true(Some(i))).collect()),
        other => Err(Error::new(
            code,
            format!(
                "{}'s argument must be an array, but is {}",
                call.op.name,
                type_name(other)
            ),
        )),
    }
}

/// An array that must be one.
fn array(value: Value<'_>, refuse: impl FnOnce(&'static str) -> Error) -> Result<Vec<Bson>> {
    match value.as_deref() {
        Some(Bson::Array(_)) => Ok(items(value)),
        other => Err(refuse(type_name(other))),
    }
}

fn difference<'a>(call: &'a Call, scope: Scope<'a>) -> Result<Value<'a>> {
    let (a, b) = (call.arg(0, scope)?, call.arg(1, scope)?);
    if is_nullish(a.as_deref()) || is_nullish(b.as_deref()) {
        return Ok(null());
    }
    let (a, b) = both(call, a, b, (17048, 17049))?;
    let without = set(b);
    // In their own order here, each once.
    let mut seen: Vec<Bson> = Vec::new();
    let mut kept = Vec::new();
    for value in a {
        let Err(place) = seen.binary_search_by(|item| compare(item, &value)) else {
            continue;
        };
        if !contains(&without, &value) {
            seen.insert(place, value.clone());
            kept.push(value);
        }
    }
    Ok(owned(kept))
}

fn both(
    call: &Call,
    a: Value<'_>,
    b: Value<'_>,
    codes: (i32, i32),
) -> Result<(Vec<Bson>, Vec<Bson>)> {
    let refuse = |code, which| {
        let name = call.op.name;
        move |found| {
            Error::new(
                code,
                format!(
                    "both operands of {name} must be arrays. {which} argument is of type: {found}"
                ),
            )
        }
    };
    let a = array(a, refuse(codes.0, "First"))?;
    let b = array(b, refuse(codes.1, "Second"))?;
    Ok((a, b))
}

fn is_subset<'a>(call: &'a Call, scope: Scope<'a>) -> Result<Value<'a>> {
    let (a, b) = (call.arg(0, scope)?, call.arg(1, scope)?);
    // A constant second argument is looked at while optimising, with other codes.
    let [first, second] = call.args.as_slice() else {
        return Ok(None);
    };
    let optimised = is_constant(second) && !is_constant(first);
    let codes = if optimised {
        (17310, 17311)
    } else {
        (17046, 17042)
    };
    let (a, b) = both(call, a, b, codes)?;
    let all = set(b);
    Ok(owned(a.iter().all(|value| contains(&all, value))))
}

fn read_equals(op: &'static Operator, argument: &Bson, parser: &mut Parser<'_>) -> Result<Node> {
    let args = parser.list(argument)?;
    if args.len() < 2 {
        return Err(Error::new(
            17045,
            format!(
                "$setEquals needs at least two arguments had: {}",
                args.len()
            ),
        ));
    }
    Ok(op.call(args))
}

fn equals<'a>(call: &'a Call, scope: Scope<'a>) -> Result<Value<'a>> {
    // A constant is what all others are compared with.
    let constant = call.args.iter().position(is_constant).unwrap_or(0);
    let others = call.args.iter().enumerate().filter(|(n, _)| *n != constant);
    let first = call.args.get(constant).map(|arg| (constant, arg));
    let mut first_set: Option<Vec<Bson>> = None;
    for (n, arg) in first.into_iter().chain(others) {
        let values = array(arg.eval(scope)?, |found| not_all_arrays(17044, n, found))?;
        let next = set(values);
        match &first_set {
            None => first_set = Some(next),
            Some(first) if !same(first, &next) => return Ok(owned(false)),
            Some(_) => {}
        }
    }
    Ok(owned(true))
}

fn same(a: &[Bson], b: &[Bson]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| compare(a, b).is_eq())
}

fn not_all_arrays(code: i32, n: usize, found: &str) -> Error {
    Error::new(
        code,
        format!(
            "All operands of $setEquals must be arrays. {}-th argument is of type: {found}",
            n + 1
        ),
    )
}

/// Constants must be arrays already here; each is looked at before the next one is folded.
fn fold_equals(call: Call, folder: &Folder<'_>) -> Result<Node> {
    let Call { op, args } = call;
    let mut folded = Vec::with_capacity(args.len());
    for (n, arg) in args.into_iter().enumerate() {
        let arg = folder.fold(arg)?;
        match &arg {
            Node::Constant(Some(Bson::Array(_))) => {}
            Node::Constant(other) => {
                return Err(not_all_arrays(5_887_502, n, type_name(other.as_ref())));
            }
            _ => {}
        }
        folded.push(arg);
    }
    // Not even all of them together become a constant.
    Ok(op.call(folded))
}

fn fold_is_subset(call: Call, env: &Env) -> Result<Node> {
    if let [first, Node::Constant(second)] = call.args.as_slice()
        && !is_constant(first)
        && !matches!(second, Some(Bson::Array(_)))
    {
        return Err(Error::new(
            17311,
            format!(
                "both operands of $setIsSubset must be arrays. Second argument is of type: {}",
                type_name(second.as_ref())
            ),
        ));
    }
    fold_whole(call, env)
}

fn operand_of(call: &Call, code: i32) -> impl FnOnce(&'static str) -> Error {
    let name = call.op.name;
    move |found| {
        Error::new(
            code,
            format!("All operands of {name} must be arrays. One argument is of type: {found}"),
        )
    }
}

fn intersection<'a>(call: &'a Call, scope: Scope<'a>) -> Result<Value<'a>> {
    let mut common: Option<Vec<Bson>> = None;
    for arg in &call.args {
        let value = arg.eval(scope)?;
        if is_nullish(value.as_deref()) {
            return Ok(null());
        }
        let next = set(array(value, operand_of(call, 17047))?);
        common = Some(match common {
            None => next,
            // The values of the smaller set are kept, where equal ones differ.
            Some(common) if common.len() <= next.len() => keep(common, &next),
            Some(common) => keep(next, &common),
        });
    }
    Ok(owned(common.unwrap_or_default()))
}

fn keep(mut values: Vec<Bson>, other: &[Bson]) -> Vec<Bson> {
    values.retain(|value| contains(other, value));
    values
}

fn union<'a>(call: &'a Call, scope: Scope<'a>) -> Result<Value<'a>> {
    let mut all = Vec::new();
    for arg in &call.args {
        let value = arg.eval(scope)?;
        if is_nullish(value.as_deref()) {
            return Ok(null());
        }
        all.extend(array(value, operand_of(call, 17043))?);
    }
    Ok(owned(set(all)))
}
