//! `$substr`, `$substrBytes`, `$substrCP`.

use bson::Bson;

use super::super::operator::{Args, Call, Operator};
use super::super::scope::Scope;
use super::super::value::{Value, owned, type_name};
use super::coerce;
use crate::mql::computed::computed;
use crate::mql::{Error, Result, text};
use crate::value::Number;

pub(super) static OPERATORS: &[Operator] = &[
    // Another name of `$substrBytes`, which is what errors and `explain` call it.
    Operator::new(
        "$substr",
        Args::With(|_, argument, parser| parser.operator("$substrBytes", argument)),
        bytes,
    ),
    Operator::new("$substrBytes", Args::Exactly(3), bytes),
    Operator::new("$substrCP", Args::Exactly(3), code_points),
];

/// A negative length is all of the rest.
fn bytes<'a>(call: &'a Call, scope: Scope<'a>) -> Result<Value<'a>> {
    let (input, start, length) = arguments(call, scope)?;
    let input = coerce(input.as_deref())?;
    // `$substr` is another name, and complains by this one.
    let fail = |code, what: &str| Err(Error::new(code, format!("$substrBytes:  {what}")));
    let start = number(start.as_deref(), 16_034, "$substrBytes:  starting index")?;
    let length = number(length.as_deref(), 16_035, "$substrBytes:  length")?;
    let (start, length) = (to_long(start)?, to_long(length)?);
    let Ok(lower) = usize::try_from(start) else {
        return fail(
            50_752,
            &format!("starting index must be non-negative (got: {start})"),
        );
    };
    let upper = usize::try_from(length).map_or(input.len(), |n| lower.saturating_add(n));
    if lower < input.len() && !input.is_char_boundary(lower) {
        let what = "Invalid range, starting index is a UTF-8 continuation byte.";
        return fail(28_656, what);
    }
    if upper < input.len() && !input.is_char_boundary(upper) {
        let what = "Invalid range, ending index is in the middle of a UTF-8 character.";
        return fail(28_657, what);
    }
    let part = input.get(lower..upper.min(input.len()));
    Ok(owned(part.unwrap_or_default()))
}

fn code_points<'a>(call: &'a Call, scope: Scope<'a>) -> Result<Value<'a>> {
    let (input, start, length) = arguments(call, scope)?;
    let input = coerce(input.as_deref())?;
    let start = small(start.as_deref(), 34_450, "starting index")?;
    let length = small(length.as_deref(), 34_452, "length")?;
    let Ok(length) = usize::try_from(length) else {
        let message = "$substrCP: length must be a nonnegative integer.";
        return Err(Error::new(34_454, message));
    };
    let Ok(start) = usize::try_from(start) else {
        let message = "$substrCP: the starting index must be nonnegative integer.";
        return Err(Error::new(34_455, message));
    };
    let part = input.chars().skip(start).take(length);
    Ok(owned(part.collect::<String>()))
}

fn arguments<'a>(call: &'a Call, scope: Scope<'a>) -> Result<(Value<'a>, Value<'a>, Value<'a>)> {
    Ok((
        call.arg(0, scope)?,
        call.arg(1, scope)?,
        call.arg(2, scope)?,
    ))
}

fn number(value: Option<&Bson>, code: i32, what: &str) -> Result<Number> {
    value.and_then(Number::from_bson).ok_or_else(|| {
        let found = type_name(value);
        Error::new(
            code,
            format!("{what} must be a numeric type (is BSON type {found})"),
        )
    })
}

/// The integer without its fraction; of a decimal the nearest.
fn to_long(number: Number) -> Result<i64> {
    match number {
        Number::Double(x) if x.abs() < 2_f64.powi(63) => Ok(x as i64),
        Number::Double(x) => {
            let found = text::general_to(x, 6);
            let message = format!("Can't coerce out of range value {found} to long");
            Err(Error::new(31_109, message))
        }
        Number::Decimal(d) => Ok(d.round_to_i64().unwrap_or(i64::MIN)),
        other => Ok(other.to_i64().unwrap_or_default()),
    }
}

/// An int32, whatever type it has.
fn small(value: Option<&Bson>, code: i32, what: &str) -> Result<i32> {
    let number = number(value, code, &format!("$substrCP: {what}"))?;
    let n = number.to_i64().and_then(|n| i32::try_from(n).ok());
    n.ok_or_else(|| {
        let found = computed(value);
        Error::new(
            code + 1,
            format!("$substrCP: {what} cannot be represented as a 32-bit integral value: {found}"),
        )
    })
}
