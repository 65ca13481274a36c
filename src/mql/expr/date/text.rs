//! `$dateToString`, `$dateFromString`.

use bson::Bson;

use super::super::node::Node;
use super::super::operator::{Call, Operator};
use super::super::parse::Parser;
use super::super::scope::Scope;
use super::super::value::{Value, is_nullish, null, owned, type_name};
use super::{Complaints, ZoneArgument, date, named, to_date};
use crate::mql::computed::computed;
use crate::mql::error::code;
use crate::mql::{Error, Result, date as dates};

pub(super) static OPERATORS: &[Operator] = &[
    Operator::named(
        "$dateFromString",
        &["dateString", "timezone", "format", "onNull", "onError"],
        read_from_string,
        from_string,
    ),
    Operator::named(
        "$dateToString",
        &["date", "timezone", "format", "onNull"],
        read_to_string,
        to_string,
    ),
];

fn read_to_string(op: &'static Operator, argument: &Bson, parser: &mut Parser<'_>) -> Result<Node> {
    let complaints = Complaints {
        not_object: (18_629, "{name} only supports an object as its argument"),
        unknown: (18_534, "Unrecognized argument to {name}: "),
        expected: "",
    };
    let args = named(op, argument, parser, &complaints)?;
    if !args.first().is_some_and(Node::is_given) {
        let message = format!("Missing 'date' parameter to {}", op.name);
        return Err(Error::new(18_628, message));
    }
    // The format is read before the time zone.
    Ok(op.call(parser.read_in_order(args, &[0, 2, 1, 3])?))
}

fn read_from_string(
    op: &'static Operator,
    argument: &Bson,
    parser: &mut Parser<'_>,
) -> Result<Node> {
    let complaints = Complaints {
        not_object: (
            40_540,
            "{name} only supports an object as an argument, found: {type}",
        ),
        unknown: (40_541, "Unrecognized argument to {name}: "),
        expected: "",
    };
    let args = named(op, argument, parser, &complaints)?;
    if !args.first().is_some_and(Node::is_given) {
        let message = format!("Missing 'dateString' parameter to {}", op.name);
        return Err(Error::new(40_542, message));
    }
    Ok(op.call(parser.read_collected(args)?))
}

/// What the format argument says.
enum Format {
    Null,
    Default,
    Given(String),
}

impl Format {
    fn of(
        call: &Call,
        scope: Scope<'_>,
        code: i32,
        check: fn(&str) -> Result<()>,
    ) -> Result<Format> {
        if !call.is_given(2) {
            return Ok(Format::Default);
        }
        let value = call.arg(2, scope)?;
        match value.as_deref() {
            value if is_nullish(value) => Ok(Format::Null),
            Some(Bson::String(format)) => {
                check(format)?;
                Ok(Format::Given(format.clone()))
            }
            value => {
                let (name, found, value) = (call.op.name, type_name(value), computed(value));
                Err(Error::new(
                    code,
                    format!(
                        "{name} requires that 'format' be a string, found: {found} with value {value}"
                    ),
                ))
            }
        }
    }
}

/// What stands for a null date.
fn on_null<'a>(call: &'a Call, scope: Scope<'a>) -> Result<Value<'a>> {
    if call.is_given(3) {
        call.arg(3, scope)
    } else {
        Ok(null())
    }
}

fn to_string<'a>(call: &'a Call, scope: Scope<'a>) -> Result<Value<'a>> {
    let value = call.arg(0, scope)?;
    let format = Format::of(call, scope, 18_533, dates::check_format)?;
    let zone = ZoneArgument::of(call, 1, scope)?;
    if is_nullish(value.as_deref()) {
        return on_null(call, scope);
    }
    let format = match &format {
        Format::Null => return Ok(null()),
        Format::Default => None,
        Format::Given(format) => Some(format.as_str()),
    };
    let Some(zone) = zone.zone() else {
        return Ok(null());
    };
    let ms = to_date(value.as_deref())?;
    Ok(owned(dates::format(ms, format, &zone)?))
}

fn from_string<'a>(call: &'a Call, scope: Scope<'a>) -> Result<Value<'a>> {
    let value = call.arg(0, scope)?;
    let format = Format::of(call, scope, 40_684, dates::check_parse_format)?;
    let zone = ZoneArgument::of(call, 1, scope)?;
    if is_nullish(value.as_deref()) {
        return on_null(call, scope);
    }
    match read(call, value.as_deref(), &format, zone) {
        Ok(Some(ms)) => Ok(owned(date(ms))),
        Ok(None) => Ok(null()),
        Err(e) if e.code == code::CANNOT_CONVERT_VALUE && call.is_given(4) => call.arg(4, scope),
        Err(e) => Err(e),
    }
}

fn read(
    call: &Call,
    value: Option<&Bson>,
    format: &Format,
    zone: ZoneArgument,
) -> Result<Option<i64>> {
    let Some(text) = super::super::string::as_text(value) else {
        let (name, found, value) = (call.op.name, type_name(value), computed(value));
        return Err(Error::new(
            code::CANNOT_CONVERT_VALUE,
            format!(
                "{name} requires that 'dateString' be a string, found: {found} with value {value}"
            ),
        ));
    };
    let zone = match &zone {
        ZoneArgument::Null => return Ok(None),
        ZoneArgument::Default => None,
        ZoneArgument::Given(zone) => Some(zone),
    };
    match format {
        Format::Null => Ok(None),
        Format::Default => dates::parse(text, zone).map(Some),
        Format::Given(format) => dates::parse_with(text, format, zone).map(Some),
    }
}
