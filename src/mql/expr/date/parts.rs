//! `$year` and the other parts, `$dateToParts`, `$dateFromParts`.

use bson::{Bson, doc};

use super::super::node::Node;
use super::super::operator::{Call, Operator};
use super::super::parse::Parser;
use super::super::scope::Scope;
use super::super::value::{Value, is_nullish, null, owned, type_name};
use super::{Complaints, ZoneArgument, date, named, to_date};
use crate::mql::computed::computed;
use crate::mql::date::civil::{days_of, days_of_iso_week};
use crate::mql::date::{Local, Zone};
use crate::mql::{Error, Result, text};
use crate::value::Number;

macro_rules! parts {
    ($($name:literal $part:expr;)*) => {
        pub(super) static OPERATORS: &[Operator] = &[
            $(Operator::named($name, &["date", "timezone"], read_part, |c, s| part(c, s, $part)),)*
            Operator::named("$dateFromParts", FROM_PARTS, read_from_parts, from_parts),
            Operator::named("$dateToParts", &["date", "timezone", "iso8601"], read_to_parts, to_parts),
        ];
    };
}

parts! {
    "$dayOfMonth" |l| int(l.day);
    "$dayOfWeek" |l| int(l.weekday() + 1);
    "$dayOfYear" |l| int(l.day_of_year() + 1);
    "$hour" |l| int(l.hour);
    "$isoDayOfWeek" |l| int(l.iso_weekday());
    "$isoWeek" |l| int(l.iso_week().1);
    "$isoWeekYear" |l| Bson::Int64(l.iso_week().0);
    "$millisecond" |l| int(l.millisecond);
    "$minute" |l| int(l.minute);
    "$month" |l| int(l.month);
    "$second" |l| int(l.second);
    "$week" |l| int(l.week());
    "$year" |l| int(l.year);
}

fn int(n: i64) -> Bson {
    Bson::Int32(n as i32)
}

/// A date, alone or in an array, or `{date, timezone}`.
fn read_part(op: &'static Operator, argument: &Bson, parser: &mut Parser<'_>) -> Result<Node> {
    let name = op.name;
    match argument {
        Bson::Document(doc) if !doc.keys().next().is_some_and(|key| key.starts_with('$')) => {
            let mut args = vec![Node::Absent, Node::Absent];
            for (field, value) in doc {
                let index = match field.as_str() {
                    "date" => 0,
                    "timezone" => 1,
                    _ => {
                        let message = format!("unrecognized option to {name}: \"{field}\"");
                        return Err(Error::new(40_535, message));
                    }
                };
                if let Some(arg) = args.get_mut(index) {
                    *arg = parser.node(value)?;
                }
            }
            if !args.first().is_some_and(Node::is_given) {
                let given = text::field(name, argument);
                let message = format!("missing 'date' argument to {name}, provided: {given}");
                return Err(Error::new(40_539, message));
            }
            Ok(op.call(args))
        }
        Bson::Array(items) => match items.as_slice() {
            [one] => Ok(op.call(vec![parser.node(one)?, Node::Absent])),
            _ => Err(Error::new(
                40_536,
                format!(
                    "{name} accepts exactly one argument if given an array, but was given {}",
                    items.len()
                ),
            )),
        },
        one => Ok(op.call(vec![parser.node(one)?, Node::Absent])),
    }
}

fn part<'a>(call: &'a Call, scope: Scope<'a>, part: fn(&Local) -> Bson) -> Result<Value<'a>> {
    let value = call.arg(0, scope)?;
    let value = value.as_deref();
    if is_nullish(value) {
        return Ok(null());
    }
    let ms = to_date(value)?;
    let zone = call.arg(1, scope)?;
    let zone = match zone.as_deref() {
        _ if !call.is_given(1) => Zone::Utc,
        zone if is_nullish(zone) => return Ok(null()),
        Some(Bson::String(name)) => Zone::parse(name)?,
        zone => {
            let (name, found, value) = (call.op.name, type_name(zone), computed(zone));
            let message = format!(
                "{name} requires a string for the timezone argument, but was given a {found} ({value})"
            );
            return Err(Error::new(40_533, message));
        }
    };
    Ok(owned(part(&zone.local(ms))))
}

fn read_to_parts(op: &'static Operator, argument: &Bson, parser: &mut Parser<'_>) -> Result<Node> {
    let complaints = Complaints {
        not_object: (40_524, "{name} only supports an object as its argument"),
        unknown: (40_520, "Unrecognized argument to {name}: "),
        expected: "",
    };
    let args = named(op, argument, parser, &complaints)?;
    if !args.first().is_some_and(Node::is_given) {
        let message = format!("Missing 'date' parameter to {}", op.name);
        return Err(Error::new(40_522, message));
    }
    Ok(op.call(parser.read_collected(args)?))
}

fn to_parts<'a>(call: &'a Call, scope: Scope<'a>) -> Result<Value<'a>> {
    let value = call.arg(0, scope)?;
    let Some(zone) = ZoneArgument::of(call, 1, scope)?.zone() else {
        return Ok(null());
    };
    let iso = call.arg(2, scope)?;
    let iso = match iso.as_deref() {
        _ if !call.is_given(2) => false,
        iso if is_nullish(iso) => return Ok(null()),
        Some(Bson::Boolean(iso)) => *iso,
        iso => {
            let message = format!("iso8601 must evaluate to a bool, found {}", type_name(iso));
            return Err(Error::new(40_521, message));
        }
    };
    if is_nullish(value.as_deref()) {
        return Ok(null());
    }
    let local = zone.local(to_date(value.as_deref())?);
    let mut parts = if iso {
        let (year, week) = local.iso_week();
        doc! { "isoWeekYear": int(year), "isoWeek": int(week), "isoDayOfWeek": int(local.iso_weekday()) }
    } else {
        doc! { "year": int(local.year), "month": int(local.month), "day": int(local.day) }
    };
    parts.extend(doc! {
        "hour": int(local.hour),
        "minute": int(local.minute),
        "second": int(local.second),
        "millisecond": int(local.millisecond),
    });
    Ok(owned(parts))
}

const FROM_PARTS: &[&str] = &[
    "year",
    "month",
    "day",
    "isoWeekYear",
    "isoWeek",
    "isoDayOfWeek",
    "hour",
    "minute",
    "second",
    "millisecond",
    "timezone",
];

fn read_from_parts(
    op: &'static Operator,
    argument: &Bson,
    parser: &mut Parser<'_>,
) -> Result<Node> {
    let complaints = Complaints {
        not_object: (40_519, "{name} only supports an object as its argument"),
        unknown: (40_518, "Unrecognized argument to {name}: "),
        expected: "",
    };
    let args = named(op, argument, parser, &complaints)?;
    let given = |index: usize| args.get(index).is_some_and(Node::is_given);
    let fail = |code, what: &str| Err(Error::new(code, format!("{} {what}", op.name)));
    if !given(0) && !given(3) {
        return fail(
            40_516,
            "requires either 'year' or 'isoWeekYear' to be present",
        );
    }
    if given(0) && (3..6).any(given) {
        return fail(40_489, "does not allow mixing natural dates with ISO dates");
    }
    if given(3) && (0..3).any(given) {
        return fail(40_525, "does not allow mixing ISO dates with natural dates");
    }
    // The time is read before an ISO date.
    Ok(op.call(parser.read_in_order(args, &[0, 1, 2, 6, 7, 8, 9, 3, 4, 5, 10])?))
}

fn from_parts<'a>(call: &'a Call, scope: Scope<'a>) -> Result<Value<'a>> {
    let iso = call.is_given(3);
    let first = if iso { 3 } else { 0 };
    // The time, the zone, then the date: the server stops at the first null in this order.
    let Some([hour, minute, second, millisecond]) = integers(
        call,
        scope,
        [(6, 0, true), (7, 0, true), (8, 0, false), (9, 0, false)],
    )?
    else {
        return Ok(null());
    };
    let Some(zone) = ZoneArgument::of(call, 10, scope)?.zone() else {
        return Ok(null());
    };
    let parts = [
        (first, 1970, false),
        (first + 1, 1, true),
        (first + 2, 1, true),
    ];
    let Some([year, month, day]) = integers(call, scope, parts)? else {
        return Ok(null());
    };
    if !(1..=9999).contains(&year) {
        let (code, name) = if iso {
            (31_095, "isoWeekYear")
        } else {
            (40_523, "year")
        };
        let message =
            format!("'{name}' must evaluate to an integer in the range 1 to 9999, found {year}");
        return Err(Error::new(code, message));
    }
    let days = if iso {
        days_of_iso_week(year, month, day)
    } else {
        days_of(year, month, day)
    };
    if millisecond.checked_mul(1000).is_none() {
        let what =
            "Overflow casting from a lower-precision duration to a higher-precision duration";
        return Err(Error::new(159, what));
    }
    let seconds = second.saturating_add(days * 86_400 + hour * 3600 + minute * 60);
    let local = seconds.saturating_add(millisecond.div_euclid(1000));
    let utc = zone.to_utc(local, false);
    Ok(owned(date(
        utc.wrapping_mul(1000)
            .wrapping_add(millisecond.rem_euclid(1000)),
    )))
}

/// Several parts, each by its place, its default and whether it is bounded; `None` for null.
fn integers<const N: usize>(
    call: &Call,
    scope: Scope<'_>,
    parts: [(usize, i64, bool); N],
) -> Result<Option<[i64; N]>> {
    let mut numbers = [0; N];
    for (number, (index, default, is_bounded)) in numbers.iter_mut().zip(parts) {
        match integer(call, scope, index, default, is_bounded)? {
            Some(n) => *number = n,
            None => return Ok(None),
        }
    }
    Ok(Some(numbers))
}

/// A part, `None` for null.
fn integer(
    call: &Call,
    scope: Scope<'_>,
    index: usize,
    default: i64,
    is_bounded: bool,
) -> Result<Option<i64>> {
    if !call.is_given(index) {
        return Ok(Some(default));
    }
    let name = FROM_PARTS.get(index).copied().unwrap_or_default();
    let value = call.arg(index, scope)?;
    let value = value.as_deref();
    if is_nullish(value) {
        return Ok(None);
    }
    let Some(n) = value.and_then(Number::from_bson).and_then(Number::to_i64) else {
        let (found, value) = (type_name(value), computed(value));
        let message =
            format!("'{name}' must evaluate to an integer, found {found} with value {value}");
        return Err(Error::new(40_515, message));
    };
    if is_bounded && i16::try_from(n).is_err() {
        let message = format!(
            "'{name}' must evaluate to a value in the range [-32768, 32767]; value {n} is not in range"
        );
        return Err(Error::new(31_034, message));
    }
    Ok(Some(n))
}
