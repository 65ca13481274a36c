//! `$indexOfBytes`, `$indexOfCP`.

use super::super::operator::{Args, Call, Operator};
use super::super::scope::Scope;
use super::super::value::{Value, is_nullish, null, owned, type_name};
use super::as_text;
use crate::mql::computed::computed;
use crate::mql::{Error, Result};
use crate::value::Number;

pub(super) static OPERATORS: &[Operator] = &[
    Operator::new("$indexOfBytes", Args::Between(2, 4), |c, s| {
        index_of(c, s, 40_091, in_bytes)
    }),
    Operator::new("$indexOfCP", Args::Between(2, 4), |c, s| {
        index_of(c, s, 40_093, in_code_points)
    }),
];

/// Where a text stands in another, from an index and before an end.
type Find = fn(&str, &str, usize, Option<usize>) -> Option<usize>;

fn index_of<'a>(call: &'a Call, scope: Scope<'a>, code: i32, find: Find) -> Result<Value<'a>> {
    let input = call.arg(0, scope)?;
    let input = input.as_deref();
    if is_nullish(input) {
        return Ok(null());
    }
    let name = call.op.name;
    let refuse = |code, which, found| {
        let found = type_name(found);
        Error::new(
            code,
            format!("{name} requires a string as the {which} argument, found: {found}"),
        )
    };
    let input = as_text(input).ok_or_else(|| refuse(code, "first", input))?;
    let token = call.arg(1, scope)?;
    let token = token.as_deref();
    let token = as_text(token).ok_or_else(|| refuse(code + 1, "second", token))?;
    let start = bound(call, scope, 2, "starting index")?.unwrap_or(0);
    let end = bound(call, scope, 3, "ending index")?;
    let found = find(input, token, start, end).and_then(|at| i32::try_from(at).ok());
    Ok(owned(found.unwrap_or(-1)))
}

fn bound(call: &Call, scope: Scope<'_>, index: usize, what: &str) -> Result<Option<usize>> {
    if index >= call.args.len() {
        return Ok(None);
    }
    let (name, value) = (call.op.name, call.arg(index, scope)?);
    let value = value.as_deref();
    let n = value.and_then(Number::from_bson).and_then(Number::to_i64);
    let Some(n) = n.and_then(|n| i32::try_from(n).ok()) else {
        return Err(Error::new(
            40_096,
            format!(
                "{name}requires an integral {what}, found a value of type: {}, with value: {}",
                type_name(value),
                computed(value)
            ),
        ));
    };
    usize::try_from(n).map(Some).map_err(|_| {
        let message = format!("{name} requires a nonnegative {what}, found: {n}");
        Error::new(40_097, message)
    })
}

fn in_bytes(input: &str, token: &str, start: usize, end: Option<usize>) -> Option<usize> {
    let end = end.map_or(input.len(), |end| end.min(input.len()));
    let (input, token) = (input.as_bytes().get(..end)?, token.as_bytes());
    let rest = input.get(start..)?;
    if token.is_empty() {
        return Some(start);
    }
    rest.windows(token.len())
        .position(|part| part == token)
        .map(|at| start + at)
}

/// The token begins before the end; where it ends does not matter.
fn in_code_points(input: &str, token: &str, start: usize, end: Option<usize>) -> Option<usize> {
    if input.is_empty() && token.is_empty() && start == 0 {
        return Some(0);
    }
    let places = input.char_indices().enumerate();
    let places = places.take_while(|(index, _)| end.is_none_or(|end| *index < end));
    let mut places = places.skip(start).map(|(index, (at, _))| (index, at));
    let found = places.find(|(_, at)| input.get(*at..).is_some_and(|rest| rest.starts_with(token)));
    found.map(|(index, _)| index)
}
