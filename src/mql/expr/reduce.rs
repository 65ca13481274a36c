//! `$reduce`: an array becomes one value, element by element.

use std::borrow::Cow;

use bson::Bson;

use super::node::Node;
use super::operator::{Call, Fold, Operator};
use super::parse::{Parser, Problem};
use super::scope::Scope;
use super::value::{Value, is_nullish, null};
use crate::mql::computed::computed;
use crate::mql::{Error, Result, text};

pub(super) static OPERATORS: &[Operator] = &[Operator::named(
    "$reduce",
    &["input", "initialValue", "in"],
    read_reduce,
    reduce,
)
.folding(Fold::Never)];

fn read_reduce(op: &'static Operator, argument: &Bson, parser: &mut Parser<'_>) -> Result<Node> {
    let refuse = |problem: Problem<'_>| match problem {
        Problem::NotObject(value) => Error::new(
            40075,
            format!(
                "$reduce requires an object as an argument, found: {}",
                text::type_name(value)
            ),
        ),
        Problem::Unknown(name) => {
            Error::new(40076, format!("$reduce found an unknown argument: {name}"))
        }
    };
    let Bson::Document(document) = argument else {
        return Err(refuse(Problem::NotObject(argument)));
    };
    let mut args = vec![Node::Absent, Node::Absent, Node::Absent];
    for (name, value) in document {
        let place = op.names.iter().position(|n| n == name);
        let node = match name.as_str() {
            "in" => {
                let names = vec!["this".into(), "value".into()];
                parser.with_variables(names, |parser| parser.node(value))?
            }
            _ if place.is_none() => return Err(refuse(Problem::Unknown(name))),
            _ => parser.node(value)?,
        };
        if let Some(arg) = place.and_then(|place| args.get_mut(place)) {
            *arg = node;
        }
    }
    for ((arg, name), code) in args.iter().zip(op.names).zip(40077..) {
        if !arg.is_given() {
            return Err(Error::new(
                code,
                format!("$reduce requires '{name}' to be specified"),
            ));
        }
    }
    Ok(op.call(args))
}

fn reduce<'a>(call: &'a Call, scope: Scope<'a>) -> Result<Value<'a>> {
    let input = call.arg(0, scope)?;
    let input = input.as_deref();
    if is_nullish(input) {
        return Ok(null());
    }
    let Some(Bson::Array(items)) = input else {
        return Err(Error::new(
            40080,
            format!(
                "$reduce requires that 'input' be an array, found: {}",
                computed(input)
            ),
        ));
    };
    let mut value = call.arg(1, scope)?.map(Cow::into_owned);
    let Some(body) = call.args.get(2) else {
        return Ok(None);
    };
    for item in items {
        let values = [Some(Cow::Borrowed(item)), value.as_ref().map(Cow::Borrowed)];
        value = scope.with(&values, |inner| {
            Ok::<_, Error>(body.eval(inner)?.map(Cow::into_owned))
        })?;
    }
    Ok(value.map(Cow::Owned))
}
