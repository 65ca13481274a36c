//! `$dateAdd`, `$dateSubtract`, `$dateDiff`, `$dateTrunc`.

use bson::Bson;

use super::super::node::Node;
use super::super::operator::{Call, Operator};
use super::super::parse::Parser;
use super::super::scope::Scope;
use super::super::value::{Value, is_nullish, null, owned, type_name};
use super::{Complaints, ZoneArgument, as_date, date, named};
use crate::mql::computed::computed;
use crate::mql::date::{self as dates, Unit};
use crate::mql::{Error, Result};
use crate::value::Number;

const ADD: &[&str] = &["startDate", "unit", "amount", "timezone"];

pub(super) static OPERATORS: &[Operator] = &[
    Operator::named("$dateAdd", ADD, read_add, |c, s| add(c, s, Some)),
    Operator::named(
        "$dateDiff",
        &["startDate", "endDate", "unit", "timezone", "startOfWeek"],
        read_difference,
        difference,
    ),
    Operator::named("$dateSubtract", ADD, read_add, |c, s| {
        add(c, s, i64::checked_neg)
    }),
    Operator::named(
        "$dateTrunc",
        &["date", "unit", "binSize", "timezone", "startOfWeek"],
        read_truncate,
        truncate,
    ),
];

fn read_add(op: &'static Operator, argument: &Bson, parser: &mut Parser<'_>) -> Result<Node> {
    let complaints = Complaints {
        not_object: (5_166_400, "{name} expects an object as its argument"),
        unknown: (5_166_401, "Unrecognized argument to {name}: "),
        expected: ". Expected arguments are startDate, unit, amount, and optionally timezone.",
    };
    let args = named(op, argument, parser, &complaints)?;
    if !args.iter().take(3).all(Node::is_given) {
        let message = format!(
            "{} requires startDate, unit, and amount to be present",
            op.name
        );
        return Err(Error::new(5_166_402, message));
    }
    Ok(op.call(args))
}

fn add<'a>(call: &'a Call, scope: Scope<'a>, sign: fn(i64) -> Option<i64>) -> Result<Value<'a>> {
    let (start, unit, amount) = (
        call.arg(0, scope)?,
        call.arg(1, scope)?,
        call.arg(2, scope)?,
    );
    let (start, unit, amount) = (start.as_deref(), unit.as_deref(), amount.as_deref());
    if is_nullish(start) || is_nullish(unit) || is_nullish(amount) {
        return Ok(null());
    }
    let Some(zone) = ZoneArgument::of(call, 3, scope)?.zone() else {
        return Ok(null());
    };
    let name = call.op.name;
    let fail = |code, what: &str| Error::new(code, format!("{name} {what}"));
    let ms = as_date(start)
        .ok_or_else(|| fail(5_166_403, "requires startDate to be convertible to a date"))?;
    let unit = unit.and_then(Bson::as_str);
    let unit = unit.ok_or_else(|| fail(5_166_404, "expects string defining the time unit"))?;
    let unit = Unit::parse(unit)
        .ok_or_else(|| Error::failed_to_parse(format!("unknown time unit value: {unit}")))?;
    let number = amount.and_then(Number::from_bson).and_then(Number::to_i64);
    let number = number.ok_or_else(|| fail(5_166_405, "expects integer amount of time units"))?;
    let number = sign(number).ok_or_else(|| {
        let message = format!("invalid {name} 'amount' parameter value: {number}");
        Error::new(6_045_000, message)
    })?;
    Ok(owned(date(dates::add(ms, unit, number, &zone)?)))
}

fn read_difference(
    op: &'static Operator,
    argument: &Bson,
    parser: &mut Parser<'_>,
) -> Result<Node> {
    let complaints = Complaints {
        not_object: (5_166_301, "{name} only supports an object as its argument"),
        unknown: (5_166_302, "Unrecognized argument to {name}: "),
        expected: "",
    };
    let args = named(op, argument, parser, &complaints)?;
    require(op, &args, &[5_166_303, 5_166_304, 5_166_305])?;
    Ok(op.call(args))
}

/// The first arguments have to be there; the codes are those of their absence.
fn require(op: &Operator, args: &[Node], codes: &[i32]) -> Result<()> {
    for ((arg, name), code) in args.iter().zip(op.names).zip(codes) {
        if !arg.is_given() {
            let message = format!("Missing '{name}' parameter to {}", op.name);
            return Err(Error::new(*code, message));
        }
    }
    Ok(())
}

fn unit_of(call: &Call, value: Option<&Bson>) -> Result<Unit> {
    let name = call.op.name;
    let Some(text) = value.and_then(Bson::as_str) else {
        let found = type_name(value);
        let message = format!("{name} requires 'unit' to be a string, but got {found}");
        return Err(Error::new(5_439_013, message));
    };
    Unit::parse(text).ok_or_else(|| {
        let message =
            format!("{name} parameter 'unit' value cannot be recognized as a time unit: {text}");
        Error::new(5_439_014, message)
    })
}

/// The first day of a week, which only weeks ask for; `None` for null.
fn start_of_week(call: &Call, index: usize, scope: Scope<'_>, unit: Unit) -> Result<Option<i64>> {
    const SUNDAY: i64 = 7;
    if unit != Unit::Week || !call.is_given(index) {
        return Ok(Some(SUNDAY));
    }
    let (name, value) = (call.op.name, call.arg(index, scope)?);
    match value.as_deref() {
        value if is_nullish(value) => Ok(None),
        Some(Bson::String(text)) => dates::parse_weekday(text).map(Some).ok_or_else(|| {
            Error::new(
                5_439_016,
                format!("{name} parameter 'startOfWeek' value cannot be recognized as a day of a week: {text}"),
            )
        }),
        value => {
            let found = type_name(value);
            let message = format!("{name} requires 'startOfWeek' to be a string, but got {found}");
            Err(Error::new(5_439_015, message))
        }
    }
}

fn date_of(call: &Call, index: usize, value: Option<&Bson>, code: i32) -> Result<i64> {
    as_date(value).ok_or_else(|| {
        let (name, found) = (call.op.name, type_name(value));
        let argument = call.op.names.get(index).copied().unwrap_or_default();
        let message = format!("{name} requires '{argument}' to be a date, but got {found}");
        Error::new(code, message)
    })
}

fn difference<'a>(call: &'a Call, scope: Scope<'a>) -> Result<Value<'a>> {
    let (start, end, unit) = (
        call.arg(0, scope)?,
        call.arg(1, scope)?,
        call.arg(2, scope)?,
    );
    let (start, end, unit) = (start.as_deref(), end.as_deref(), unit.as_deref());
    if is_nullish(start) || is_nullish(end) || is_nullish(unit) {
        return Ok(null());
    }
    let unit = unit_of(call, unit)?;
    let Some(first_day) = start_of_week(call, 4, scope, unit)? else {
        return Ok(null());
    };
    let Some(zone) = ZoneArgument::named(call, 3, scope)?.zone() else {
        return Ok(null());
    };
    let start = date_of(call, 0, start, 5_166_307)?;
    let end = date_of(call, 1, end, 5_166_307)?;
    Ok(owned(dates::difference(
        start, end, unit, &zone, first_day,
    )?))
}

fn read_truncate(op: &'static Operator, argument: &Bson, parser: &mut Parser<'_>) -> Result<Node> {
    let complaints = Complaints {
        not_object: (5_439_007, "{name} only supports an object as its argument"),
        unknown: (5_439_008, "Unrecognized argument to {name}: "),
        expected: ". Expected arguments are date, unit, and optionally, binSize, timezone, startOfWeek",
    };
    let args = named(op, argument, parser, &complaints)?;
    require(op, &args, &[5_439_009, 5_439_010])?;
    Ok(op.call(args))
}

fn truncate<'a>(call: &'a Call, scope: Scope<'a>) -> Result<Value<'a>> {
    let value = call.arg(0, scope)?;
    let value = value.as_deref();
    if is_nullish(value) {
        return Ok(null());
    }
    let Some(bin) = bin_size(call, scope)? else {
        return Ok(null());
    };
    let unit = call.arg(1, scope)?;
    if is_nullish(unit.as_deref()) {
        return Ok(null());
    }
    let unit = unit_of(call, unit.as_deref())?;
    let Some(first_day) = start_of_week(call, 4, scope, unit)? else {
        return Ok(null());
    };
    let Some(zone) = ZoneArgument::named(call, 3, scope)?.zone() else {
        return Ok(null());
    };
    let ms = date_of(call, 0, value, 5_439_012)?;
    Ok(owned(date(dates::truncate(
        ms, unit, bin, &zone, first_day,
    )?)))
}

/// How many units a bin has; `None` for null.
fn bin_size(call: &Call, scope: Scope<'_>) -> Result<Option<i64>> {
    if !call.is_given(2) {
        return Ok(Some(1));
    }
    let (name, value) = (call.op.name, call.arg(2, scope)?);
    let value = value.as_deref();
    if is_nullish(value) {
        return Ok(None);
    }
    let Some(n) = value.and_then(Number::from_bson).and_then(Number::to_i64) else {
        let (found, value) = (type_name(value), computed(value));
        return Err(Error::new(
            5_439_017,
            format!(
                "{name} requires 'binSize' to be a 64-bit integer, but got value '{value}' of type {found}"
            ),
        ));
    };
    if n <= 0 {
        let message = format!("{name} requires 'binSize' to be greater than 0, but got value {n}");
        return Err(Error::new(5_439_018, message));
    }
    Ok(Some(n))
}
