//! `$convert` and the operators that are short for it.
//!
//! A pair of types is either converted ([`to`]) or refused with `ConversionFailure`, which `onError`
//! replaces; mistakes in `to` itself are always errors.

mod parse;
mod to;

use bson::{Bson, spec::ElementType};

use super::node::Node;
use super::operator::{Args, Call, Operator};
use super::parse::{Parser, Problem};
use super::scope::Scope;
use super::value::{Value, is_nullish, null, owned, type_name};
use crate::mql::error::code;
use crate::mql::{Error, Result, text};
use crate::value::Number;

const NAMES: &[&str] = &["input", "to", "onError", "onNull"];

/// `$toInt` and its like, and the type each converts to.
const SHORT: [(&str, &str); 8] = [
    ("$toBool", "bool"),
    ("$toDate", "date"),
    ("$toDecimal", "decimal"),
    ("$toDouble", "double"),
    ("$toInt", "int"),
    ("$toLong", "long"),
    ("$toObjectId", "objectId"),
    ("$toString", "string"),
];

pub(super) static OPERATORS: &[Operator] = &[
    Operator::named("$convert", NAMES, read, convert),
    Operator::new("$toBool", Args::With(read_short), convert),
    Operator::new("$toDate", Args::With(read_short), convert),
    Operator::new("$toDecimal", Args::With(read_short), convert),
    Operator::new("$toDouble", Args::With(read_short), convert),
    Operator::new("$toInt", Args::With(read_short), convert),
    Operator::new("$toLong", Args::With(read_short), convert),
    Operator::new("$toObjectId", Args::With(read_short), convert),
    Operator::new("$toString", Args::With(read_short), convert),
];

fn read(op: &'static Operator, argument: &Bson, parser: &mut Parser<'_>) -> Result<Node> {
    let args = parser.named(argument, NAMES, |problem| {
        Error::failed_to_parse(match problem {
            Problem::NotObject(value) => format!(
                "$convert expects an object of named arguments but found: {}",
                text::type_name(value)
            ),
            Problem::Unknown(name) => format!("$convert found an unknown argument: {name}"),
        })
    })?;
    for (arg, name) in args.iter().zip(NAMES).take(2) {
        if !arg.is_given() {
            return Err(Error::failed_to_parse(format!(
                "Missing '{name}' parameter to $convert"
            )));
        }
    }
    Ok(op.call(args))
}

/// `$toInt: x` becomes a `$convert`.
fn read_short(op: &'static Operator, argument: &Bson, parser: &mut Parser<'_>) -> Result<Node> {
    let mut args = parser.list(argument)?;
    if args.len() != 1 {
        return Err(Error::new(
            50723,
            format!("{} requires a single argument, got {}", op.name, args.len()),
        ));
    }
    let target = SHORT.iter().find(|(name, _)| *name == op.name);
    let target = target.map(|(_, target)| Bson::from(*target));
    args.extend([Node::Constant(target), Node::Absent, Node::Absent]);
    Ok(match OPERATORS.first() {
        Some(convert) => convert.call(args),
        None => Node::Absent,
    })
}

fn convert<'a>(call: &'a Call, scope: Scope<'a>) -> Result<Value<'a>> {
    let input = call.arg(0, scope)?;
    let target = match call.args.get(1) {
        // A constant name needs no copy.
        Some(Node::Constant(target)) => target_type(target.as_ref())?,
        _ => target_type(call.arg(1, scope)?.as_deref())?,
    };
    let Some(value) = input.as_deref().filter(|v| !is_nullish(Some(v))) else {
        return if call.is_given(3) {
            call.arg(3, scope)
        } else {
            Ok(null())
        };
    };
    let Some(target) = target else {
        return Ok(null());
    };
    if target.is(value) {
        return Ok(input);
    }
    match to::convert(value, target) {
        Ok(converted) => Ok(owned(converted)),
        Err(e) if e.code == code::CANNOT_CONVERT_VALUE && call.is_given(2) => call.arg(2, scope),
        Err(e) => Err(e),
    }
}

/// A type as `to` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Known(ElementType),
    /// Type number 0.
    Missing,
}

impl Target {
    /// Whether the value has this type already.
    fn is(self, value: &Bson) -> bool {
        // Values of types that nothing converts to are refused even so.
        use ElementType::{Boolean, DateTime, Decimal128, Double, Int32, Int64, ObjectId, String};
        const CONVERTED: [ElementType; 8] = [
            Boolean, DateTime, Decimal128, Double, Int32, Int64, ObjectId, String,
        ];
        matches!(self, Target::Known(t) if CONVERTED.contains(&t) && value.element_type() == t)
    }

    fn name(self) -> &'static str {
        match self {
            Target::Missing => "missing",
            Target::Known(known) => NAMED
                .iter()
                .find(|(_, t)| *t == known)
                .map_or("missing", |(name, _)| name),
        }
    }
}

/// All types but 0 by their names.
const NAMED: [(&str, ElementType); 21] = [
    ("array", ElementType::Array),
    ("binData", ElementType::Binary),
    ("bool", ElementType::Boolean),
    ("date", ElementType::DateTime),
    ("dbPointer", ElementType::DbPointer),
    ("decimal", ElementType::Decimal128),
    ("double", ElementType::Double),
    ("int", ElementType::Int32),
    ("javascript", ElementType::JavaScriptCode),
    ("javascriptWithScope", ElementType::JavaScriptCodeWithScope),
    ("long", ElementType::Int64),
    ("maxKey", ElementType::MaxKey),
    ("minKey", ElementType::MinKey),
    ("null", ElementType::Null),
    ("object", ElementType::EmbeddedDocument),
    ("objectId", ElementType::ObjectId),
    ("regex", ElementType::RegularExpression),
    ("string", ElementType::String),
    ("symbol", ElementType::Symbol),
    ("timestamp", ElementType::Timestamp),
    ("undefined", ElementType::Undefined),
];

/// The type that `to` asks for; `None` for null.
fn target_type(to: Option<&Bson>) -> Result<Option<Target>> {
    if is_nullish(to) {
        return Ok(None);
    }
    if let Some(Bson::String(name)) = to {
        if name == "missing" {
            return Ok(Some(Target::Missing));
        }
        let known = NAMED.iter().find(|(n, _)| n == name);
        let known = known.map(|(_, known)| Some(Target::Known(*known)));
        return known.ok_or_else(|| Error::bad_value(format!("Unknown type name: {name}")));
    }
    let Some(number) = to.and_then(Number::from_bson) else {
        return Err(Error::failed_to_parse(format!(
            "$convert's 'to' argument must be a string or number, but is {}",
            type_name(to)
        )));
    };
    let number = number.to_i64().and_then(|n| i32::try_from(n).ok());
    let number = number.ok_or_else(|| {
        Error::failed_to_parse("In $convert, numeric 'to' argument is not an integer")
    })?;
    match number {
        0 => Ok(Some(Target::Missing)),
        _ => by_number(number).map(Some),
    }
}

fn by_number(number: i32) -> Result<Target> {
    // MinKey is -1 there and 255 in BSON.
    let byte = match number {
        -1 => Some(0xff),
        _ => u8::try_from(number).ok().filter(|n| *n < 0x80),
    };
    let known = byte.and_then(ElementType::from);
    known.map(Target::Known).ok_or_else(|| {
        Error::failed_to_parse(format!(
            "In $convert, numeric value for 'to' does not correspond to a BSON type: {number}"
        ))
    })
}

/// A refusal that `onError` replaces.
fn failure(message: impl AsRef<str>, detail: &str) -> Error {
    Error::new(
        code::CANNOT_CONVERT_VALUE,
        format!(
            "{} in $convert with no onError value{detail}",
            message.as_ref()
        ),
    )
}
