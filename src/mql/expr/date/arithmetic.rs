//! `$dateAdd`, `$dateSubtract`, `$dateDiff`, `$dateTrunc`.

use std::borrow::Cow;

use bson::Bson;

use super::super::node::Node;
use super::super::operator::{Call, Operator};
use super::super::parse::Parser;
use super::super::scope::Scope;
use super::super::value::{Value, is_nullish, null, owned, type_name};
use super::{Complaints, ZoneArgument, as_date, date, named, named_at_once};
use crate::mql::computed::computed;
use crate::mql::date::{self as dates, Unit};
use crate::mql::{Error, Result};
use crate::value::Number;

/// The order in which the server's compiler has the five arguments read.
const LAST_FIRST: &[usize] = &[4, 3, 2, 1, 0];

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
    let args = named_at_once(op, argument, parser, &complaints)?;
    if !args.iter().take(3).all(Node::is_given) {
        let message = format!(
            "{} requires startDate, unit, and amount to be present",
            op.name
        );
        return Err(Error::new(5_166_402, message));
    }
    Ok(op.call(args))
}

/// The values of several arguments; `None` if one is null, and those after it are not evaluated then.
fn present<'a, const N: usize>(
    call: &'a Call,
    scope: Scope<'a>,
    places: [usize; N],
) -> Result<Option<[Cow<'a, Bson>; N]>> {
    let mut values = [const { Cow::Owned(Bson::Null) }; N];
    for (value, place) in values.iter_mut().zip(places) {
        match call.arg(place, scope)? {
            Some(found) if !is_nullish(Some(&found)) => *value = found,
            _ => return Ok(None),
        }
    }
    Ok(Some(values))
}

fn add<'a>(call: &'a Call, scope: Scope<'a>, sign: fn(i64) -> Option<i64>) -> Result<Value<'a>> {
    let Some([start, unit, amount]) = present(call, scope, [0, 1, 2])? else {
        return Ok(null());
    };
    let Some(zone) = ZoneArgument::of(call, 3, scope)?.zone() else {
        return Ok(null());
    };
    let name = call.op.name;
    let fail = |code, what: &str| Error::new(code, format!("{name} {what}"));
    let ms = as_date(Some(&start))
        .ok_or_else(|| fail(5_166_403, "requires startDate to be convertible to a date"))?;
    let unit = unit.as_str();
    let unit = unit.ok_or_else(|| fail(5_166_404, "expects string defining the time unit"))?;
    let unit = Unit::parse(unit)
        .ok_or_else(|| Error::failed_to_parse(format!("unknown time unit value: {unit}")))?;
    let number = Number::from_bson(&amount).and_then(Number::to_i64);
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
    Ok(op.call(parser.read_in_order(args, LAST_FIRST)?))
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

/// The value for the first day of a week, which only weeks ask for; `None` for null.
fn start_of_week<'a>(call: &'a Call, scope: Scope<'a>, unit: &Bson) -> Result<Option<Value<'a>>> {
    const PLACE: usize = 4;
    if unit.as_str() != Some("week") || !call.is_given(PLACE) {
        return Ok(Some(None));
    }
    let value = call.arg(PLACE, scope)?;
    Ok((!is_nullish(value.as_deref())).then_some(value))
}

/// The first day of a week by its value; Sunday where there is none.
fn weekday(call: &Call, value: Value<'_>) -> Result<i64> {
    const SUNDAY: i64 = 7;
    let name = call.op.name;
    match value.as_deref() {
        None => Ok(SUNDAY),
        Some(Bson::String(text)) => dates::parse_weekday(text).ok_or_else(|| {
            Error::new(
                5_439_016,
                format!(
                    "{name} parameter 'startOfWeek' value cannot be recognized as a day of a week: {text}"
                ),
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
    let Some([start, end, unit]) = present(call, scope, [0, 1, 2])? else {
        return Ok(null());
    };
    let Some(first_day) = start_of_week(call, scope, &unit)? else {
        return Ok(null());
    };
    let Some(zone) = ZoneArgument::named(call, 3, scope)?.zone() else {
        return Ok(null());
    };
    let start = date_of(call, 0, Some(&start), 5_166_307)?;
    let end = date_of(call, 1, Some(&end), 5_166_307)?;
    let unit = unit_of(call, Some(&unit))?;
    let first_day = weekday(call, first_day)?;
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
    Ok(op.call(parser.read_in_order(args, LAST_FIRST)?))
}

fn truncate<'a>(call: &'a Call, scope: Scope<'a>) -> Result<Value<'a>> {
    const BIN_SIZE: usize = 2;
    let Some([value, unit]) = present(call, scope, [0, 1])? else {
        return Ok(null());
    };
    let bin = call.arg(BIN_SIZE, scope)?;
    if call.is_given(BIN_SIZE) && is_nullish(bin.as_deref()) {
        return Ok(null());
    }
    let Some(first_day) = start_of_week(call, scope, &unit)? else {
        return Ok(null());
    };
    let Some(zone) = ZoneArgument::named(call, 3, scope)?.zone() else {
        return Ok(null());
    };
    let ms = date_of(call, 0, Some(&value), 5_439_012)?;
    let unit = unit_of(call, Some(&unit))?;
    let bin = bin_size(call, bin.as_deref())?;
    let first_day = weekday(call, first_day)?;
    Ok(owned(date(dates::truncate(
        ms, unit, bin, &zone, first_day,
    )?)))
}

/// How many units a bin has.
fn bin_size(call: &Call, value: Option<&Bson>) -> Result<i64> {
    let name = call.op.name;
    let Some(value) = value else {
        return Ok(1);
    };
    let Some(n) = Number::from_bson(value).and_then(Number::to_i64) else {
        let (found, value) = (type_name(Some(value)), computed(Some(value)));
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
    Ok(n)
}
