//! `$trim`, `$ltrim`, `$rtrim`.

use bson::Bson;

use super::super::node::Node;
use super::super::operator::{Call, Operator};
use super::super::parse::{Parser, Problem};
use super::super::scope::Scope;
use super::super::value::{Value, is_nullish, null, owned, type_name};
use super::as_text;
use crate::mql::computed::computed;
use crate::mql::{Error, Result, text};

pub(super) static OPERATORS: &[Operator] = &[
    Operator::named("$ltrim", NAMES, read, |c, s| trim(c, s, true, false)),
    Operator::named("$rtrim", NAMES, read, |c, s| trim(c, s, false, true)),
    Operator::named("$trim", NAMES, read, |c, s| trim(c, s, true, true)),
];

const NAMES: &[&str] = &["input", "chars"];

fn read(op: &'static Operator, argument: &Bson, parser: &mut Parser<'_>) -> Result<Node> {
    let name = op.name;
    let args = parser.named(argument, NAMES, |problem| match problem {
        Problem::NotObject(found) => {
            let found = text::type_name(found);
            let message = format!("{name} only supports an object as an argument, found {found}");
            Error::new(50_696, message)
        }
        Problem::Unknown(field) => {
            Error::new(50_694, format!("{name} found an unknown argument: {field}"))
        }
    })?;
    if !args.first().is_some_and(Node::is_given) {
        return Err(Error::new(
            50_695,
            format!("{name} requires an 'input' field"),
        ));
    }
    Ok(op.call(args))
}

fn trim<'a>(call: &'a Call, scope: Scope<'a>, left: bool, right: bool) -> Result<Value<'a>> {
    let input = call.arg(0, scope)?;
    let input = input.as_deref();
    if is_nullish(input) {
        return Ok(null());
    }
    let refuse = |code, what, value: Option<&Bson>| {
        let message = format!(
            "{} requires {what} to be a string, got {} (of type {}) instead.",
            call.op.name,
            computed(value),
            type_name(value)
        );
        Error::new(code, message)
    };
    let input = as_text(input).ok_or_else(|| refuse(50_699, "its input", input))?;
    if !call.is_given(1) {
        return Ok(owned(trimmed(input, is_space, left, right)));
    }
    let chars = call.arg(1, scope)?;
    let chars = chars.as_deref();
    if is_nullish(chars) {
        return Ok(null());
    }
    let chars = as_text(chars).ok_or_else(|| refuse(50_700, "'chars'", chars))?;
    Ok(owned(trimmed(input, |c| chars.contains(c), left, right)))
}

fn trimmed(input: &str, drop: impl Fn(char) -> bool, left: bool, right: bool) -> &str {
    let input = if left {
        input.trim_start_matches(&drop)
    } else {
        input
    };
    if right {
        input.trim_end_matches(&drop)
    } else {
        input
    }
}

/// What is cut off where no characters are named; the manual has the table.
fn is_space(c: char) -> bool {
    matches!(
        c,
        '\0' | '\t'..='\r' | ' ' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}'
    )
}
