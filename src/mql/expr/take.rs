//! `$firstN $lastN $maxN $minN`: some elements of an array.

use bson::Bson;

use super::node::Node;
use super::number::to_long;
use super::operator::{Call, Fold, Operator};
use super::parse::{Parser, Problem};
use super::scope::Scope;
use super::value::{Value, is_nullish, owned};
use crate::mql::computed::computed;
use crate::mql::{Error, Result, text};
use crate::value::{Number, compare};

const NAMES: &[&str] = &["n", "input"];

pub(super) static OPERATORS: &[Operator] = &[
    Operator::named("$firstN", NAMES, read, |c, s| take(c, s, first)).folding(Fold::Opaque),
    Operator::named("$lastN", NAMES, read, |c, s| take(c, s, last)).folding(Fold::Opaque),
    Operator::named("$maxN", NAMES, read, |c, s| take(c, s, greatest)).folding(Fold::Opaque),
    Operator::named("$minN", NAMES, read, |c, s| take(c, s, least)).folding(Fold::Opaque),
];

fn read(op: &'static Operator, argument: &Bson, parser: &mut Parser<'_>) -> Result<Node> {
    let args = parser.named(argument, NAMES, |problem| match problem {
        Problem::NotObject(value) => {
            let code = match op.name {
                "$firstN" | "$lastN" => 5_787_801,
                _ => 5_787_900,
            };
            Error::new(
                code,
                format!(
                    "specification must be an object; found {}",
                    text::field(op.name, value)
                ),
            )
        }
        Problem::Unknown(name) => Error::new(
            5_787_901,
            format!("Unknown argument for 'n' operator: {name}"),
        ),
    })?;
    for ((arg, name), code) in args.iter().zip(NAMES).zip(5_787_906..) {
        if !arg.is_given() {
            return Err(Error::new(code, format!("Missing value for '{name}'")));
        }
    }
    Ok(op.call(args))
}

fn take<'a>(
    call: &'a Call,
    scope: Scope<'a>,
    choose: fn(Vec<Bson>, usize) -> Vec<Bson>,
) -> Result<Value<'a>> {
    let n = count(call.arg(0, scope)?.as_deref())?;
    let input = call.arg(1, scope)?;
    match input.as_deref() {
        Some(Bson::Array(_)) => Ok(owned(choose(super::array::items(input), n))),
        _ => Err(Error::new(5_788_200, "Input must be an array")),
    }
}

fn count(value: Option<&Bson>) -> Result<usize> {
    let not_integral = |code| {
        Error::new(
            code,
            format!(
                "Value for 'n' must be of integral type, but found {}",
                computed(value)
            ),
        )
    };
    let Some(value) = value.filter(|v| Number::from_bson(v).is_some()) else {
        return Err(not_integral(5_787_902));
    };
    let long = to_long(value)?;
    if Number::from_bson(value).and_then(Number::to_i64) != Some(long) {
        return Err(not_integral(5_787_903));
    }
    match usize::try_from(long) {
        Ok(n @ 1..) => Ok(n),
        _ => Err(Error::new(
            5_787_908,
            format!("'n' must be greater than 0, found {long}"),
        )),
    }
}

fn first(mut items: Vec<Bson>, n: usize) -> Vec<Bson> {
    items.truncate(n);
    items
}

fn last(mut items: Vec<Bson>, n: usize) -> Vec<Bson> {
    items.split_off(items.len().saturating_sub(n))
}

/// The least in their order; null does not count.
fn least(mut items: Vec<Bson>, n: usize) -> Vec<Bson> {
    items.retain(|item| !is_nullish(Some(item)));
    items.sort_by(compare);
    items.truncate(n);
    items
}

/// The greatest, the greatest first; null does not count. Of equal ones the last comes first, and where
/// there is no room for all of them, the first go if something greater comes, as in the server's set that
/// holds `n` of them.
fn greatest(items: Vec<Bson>, n: usize) -> Vec<Bson> {
    let mut kept: Vec<Bson> = Vec::new();
    for item in items {
        if is_nullish(Some(&item)) {
            continue;
        }
        if kept.len() >= n {
            let least = kept.first();
            if least.is_some_and(|least| compare(&item, least).is_le()) {
                continue;
            }
            kept.remove(0);
        }
        let place = kept.partition_point(|other| compare(other, &item).is_le());
        kept.insert(place, item);
    }
    kept.reverse();
    kept
}
