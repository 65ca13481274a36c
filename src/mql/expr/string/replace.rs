//! `$replaceOne`, `$replaceAll`.

use bson::Bson;

use super::super::node::Node;
use super::super::operator::{Call, Fold, Operator};
use super::super::parse::{Parser, Problem};
use super::super::scope::Scope;
use super::super::value::{Value, is_nullish, null, owned};
use super::as_text;
use crate::mql::computed::computed;
use crate::mql::{Error, Result, text};

// The server computes neither of them while parsing.
pub(super) static OPERATORS: &[Operator] = &[
    Operator::named("$replaceAll", NAMES, read, |c, s| {
        replace(c, s, |input, find, by| input.replace(find, by))
    })
    .folding(Fold::Never),
    Operator::named("$replaceOne", NAMES, read, |c, s| {
        replace(c, s, |input, find, by| input.replacen(find, by, 1))
    })
    .folding(Fold::Never),
];

const NAMES: &[&str] = &["input", "find", "replacement"];

fn read(op: &'static Operator, argument: &Bson, parser: &mut Parser<'_>) -> Result<Node> {
    let name = op.name;
    let args = parser.named(argument, NAMES, |problem| match problem {
        Problem::NotObject(found) => {
            let found = text::type_name(found);
            let message = format!("{name} requires an object as an argument, found: {found}");
            Error::new(51_751, message)
        }
        Problem::Unknown(field) => {
            Error::new(51_750, format!("{name} found an unknown argument: {field}"))
        }
    })?;
    for ((arg, field), code) in args.iter().zip(NAMES).zip([51_749, 51_748, 51_747]) {
        if !arg.is_given() {
            let message = format!("{name} requires '{field}' to be specified");
            return Err(Error::new(code, message));
        }
    }
    Ok(op.call(args))
}

/// All arguments are judged before a null among them decides.
fn replace<'a>(
    call: &'a Call,
    scope: Scope<'a>,
    work: fn(&str, &str, &str) -> String,
) -> Result<Value<'a>> {
    let values = [
        call.arg(0, scope)?,
        call.arg(1, scope)?,
        call.arg(2, scope)?,
    ];
    for ((value, field), code) in values.iter().zip(NAMES).zip([51_746, 51_745, 51_744]) {
        let value = value.as_deref();
        if !is_nullish(value) && as_text(value).is_none() {
            let (name, found) = (call.op.name, computed(value));
            let message = format!("{name} requires that '{field}' be a string, found: {found}");
            return Err(Error::new(code, message));
        }
    }
    let [input, find, by] = values.each_ref().map(|value| as_text(value.as_deref()));
    Ok(match (input, find, by) {
        (Some(input), Some(find), Some(by)) => owned(work(input, find, by)),
        _ => null(),
    })
}
