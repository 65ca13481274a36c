//! The date family: parts of dates, texts, sums, differences and bins, in time zones.
//!
//! What they compute is in [`crate::mql::date`]; here are the operators: how their arguments are read, in which order
//! they are judged, and what is said of wrong ones.

mod arithmetic;
mod parts;
mod text;

#[cfg(test)]
mod tests;

use bson::Bson;

use super::node::Node;
use super::operator::{Call, Operator};
use super::parse::{Parser, Problem};
use super::scope::Scope;
use super::value::{is_nullish, type_name};
use crate::mql::date::Zone;
use crate::mql::{Error, Result};

/// All files of the family.
pub(super) static OPERATORS: &[&[Operator]] =
    &[arithmetic::OPERATORS, parts::OPERATORS, text::OPERATORS];

/// A value as a date: dates, timestamps and object ids are.
pub(in crate::mql) fn as_date(value: Option<&Bson>) -> Option<i64> {
    match value? {
        Bson::DateTime(date) => Some(date.timestamp_millis()),
        Bson::Timestamp(t) => Some(i64::from(t.time) * 1000),
        Bson::ObjectId(id) => {
            let [a, b, c, d, ..] = id.bytes();
            Some(i64::from(u32::from_be_bytes([a, b, c, d])) * 1000)
        }
        _ => None,
    }
}

/// The same, or the server's complaint.
fn to_date(value: Option<&Bson>) -> Result<i64> {
    as_date(value).ok_or_else(|| {
        let name = type_name(value);
        Error::new(
            16_006,
            format!("can't convert from BSON type {name} to Date"),
        )
    })
}

fn date(ms: i64) -> Bson {
    Bson::DateTime(bson::DateTime::from_millis(ms))
}

/// What the argument at a place says of the time zone.
enum ZoneArgument {
    /// It is null, and so is the result.
    Null,
    /// There is none.
    Default,
    Given(Zone),
}

impl ZoneArgument {
    fn of(call: &Call, index: usize, scope: Scope<'_>) -> Result<ZoneArgument> {
        if !call.is_given(index) {
            return Ok(ZoneArgument::Default);
        }
        let value = call.arg(index, scope)?;
        match value.as_deref() {
            value if is_nullish(value) => Ok(ZoneArgument::Null),
            Some(Bson::String(name)) => Zone::parse(name).map(ZoneArgument::Given),
            value => {
                let found = type_name(value);
                let message = format!("timezone must evaluate to a string, found {found}");
                Err(Error::new(40_517, message))
            }
        }
    }

    /// The same where errors name the operator.
    fn named(call: &Call, index: usize, scope: Scope<'_>) -> Result<ZoneArgument> {
        let name = call.op.name;
        Self::of(call, index, scope)
            .map_err(|e| e.context(&format!("{name} parameter 'timezone' value parsing failed")))
    }

    /// `None` for null.
    fn zone(self) -> Option<Zone> {
        match self {
            ZoneArgument::Null => None,
            ZoneArgument::Default => Some(Zone::Utc),
            ZoneArgument::Given(zone) => Some(zone),
        }
    }
}

/// The complaints about a document of named arguments.
struct Complaints {
    /// The argument is no document.
    not_object: (i32, &'static str),
    /// There is an argument that the operator does not have.
    unknown: (i32, &'static str),
    /// What follows the unknown name.
    expected: &'static str,
}

/// Finds named arguments, which are read after all of them are looked at; `{name}` in a complaint is the operator's name, `{type}` what was found.
fn named(
    op: &'static Operator,
    argument: &Bson,
    parser: &mut Parser<'_>,
    complaints: &Complaints,
) -> Result<Vec<Node>> {
    parser.collect(argument, op.names, |problem| {
        refuse(op, complaints, &problem)
    })
}

/// Reads named arguments one by one, for operators whose mistakes the server finds in the order of the text.
fn named_at_once(
    op: &'static Operator,
    argument: &Bson,
    parser: &mut Parser<'_>,
    complaints: &Complaints,
) -> Result<Vec<Node>> {
    parser.named(argument, op.names, |problem| {
        refuse(op, complaints, &problem)
    })
}

fn refuse(op: &Operator, complaints: &Complaints, problem: &Problem<'_>) -> Error {
    let (code, text, tail) = match problem {
        Problem::NotObject(_) => (
            complaints.not_object.0,
            complaints.not_object.1,
            String::new(),
        ),
        Problem::Unknown(name) => {
            let tail = format!("{name}{}", complaints.expected);
            (complaints.unknown.0, complaints.unknown.1, tail)
        }
    };
    let found = match problem {
        Problem::NotObject(value) => crate::mql::text::type_name(value),
        Problem::Unknown(_) => "",
    };
    let text = text.replace("{name}", op.name).replace("{type}", found);
    Error::new(code, format!("{text}{tail}"))
}
