//! `$getField $setField $unsetField`: fields by any name, also with dots and dollars.

use std::borrow::Cow;

use bson::Bson;

use super::node::{Node, Variable};
use super::operator::{Call, Fold, Operator};
use super::parse::{Parser, Problem};
use super::scope::Scope;
use super::table;
use super::value::{Value, is_nullish, null, owned, type_name};
use crate::mql::{Error, Result};

pub(super) static OPERATORS: &[Operator] = &[
    Operator::named("$getField", &["field", "input"], read_get, get).folding(Fold::Opaque),
    Operator::named("$setField", &["field", "input", "value"], read_set, set).folding(Fold::Opaque),
    Operator::named("$unsetField", &["field", "input"], read_unset, set).folding(Fold::Opaque),
];

/// The codes of what can be wrong with the `field` argument.
struct Codes {
    path: i32,
    not_constant: i32,
    not_string: i32,
}

/// `field` must be a constant string already where it is read.
fn check_field(field: &Node, name: &str, codes: &Codes) -> Result<()> {
    match field {
        Node::Constant(Some(Bson::String(_))) => Ok(()),
        Node::Constant(value) => Err(Error::new(
            codes.not_string,
            format!(
                "{name} requires 'field' to evaluate to type String, but got {}",
                type_name(value.as_ref())
            ),
        )),
        Node::Variable(variable, path) => {
            let path = path.as_ref().map(super::path::FieldPath::as_str);
            let shown = shown_path(variable, path);
            Err(Error::new(
                codes.path,
                format!(
                    "'{shown}' is a field path reference which is not allowed in this context. Did you mean {{$literal: '{shown}'}}?"
                ),
            ))
        }
        _ => Err(Error::new(
            codes.not_constant,
            format!(
                "{name} requires 'field' to evaluate to a constant, but got a non-constant argument"
            ),
        )),
    }
}

/// A path with its variable, which the server writes with one dollar here.
fn shown_path(variable: &Variable, path: Option<&str>) -> String {
    let name = match variable {
        Variable::Root => "ROOT",
        Variable::Current => "CURRENT",
        Variable::Now => "NOW",
        Variable::ClusterTime => "CLUSTER_TIME",
        Variable::Remove => "REMOVE",
        Variable::Env { name, .. } | Variable::Local { name, .. } => name,
    };
    match path {
        Some(path) => format!("${name}.{path}"),
        None => format!("${name}"),
    }
}

fn read_get(op: &'static Operator, argument: &Bson, parser: &mut Parser<'_>) -> Result<Node> {
    let named = match argument {
        Bson::Document(document) => !document.keys().next().is_some_and(|k| k.starts_with('$')),
        _ => false,
    };
    let args = if named {
        parser.named(argument, op.names, |problem| match problem {
            Problem::Unknown(name) => Error::new(
                3_041_701,
                format!("$getField found an unknown argument: {name}"),
            ),
            Problem::NotObject(_) => Error::new(3_041_702, ""),
        })?
    } else {
        vec![
            parser.node(argument)?,
            Node::Variable(parser.current(), None),
        ]
    };
    require(&args, op, &[(0, 3_041_702), (1, 3_041_703)])?;
    if let Some(field) = args.first() {
        check_field(
            field,
            op.name,
            &Codes {
                path: 5_654_600,
                not_constant: 5_654_601,
                not_string: 5_654_602,
            },
        )?;
    }
    Ok(op.call(args))
}

/// The first argument that is not there, in the server's order of looking.
fn require(args: &[Node], op: &Operator, order: &[(usize, i32)]) -> Result<()> {
    for (place, code) in order {
        if !args.get(*place).is_some_and(Node::is_given) {
            let argument = op.names.get(*place).copied().unwrap_or_default();
            return Err(Error::new(
                *code,
                format!("{} requires '{argument}' to be specified", op.name),
            ));
        }
    }
    Ok(())
}

/// The name in the constant argument.
fn field_name(call: &Call) -> Option<&str> {
    match call.args.first() {
        Some(Node::Constant(Some(Bson::String(name)))) => Some(name),
        _ => None,
    }
}

fn get<'a>(call: &'a Call, scope: Scope<'a>) -> Result<Value<'a>> {
    let (Some(field), Some(input)) = (field_name(call), call.args.get(1)) else {
        return Ok(None);
    };
    Ok(match input.eval_document(scope)? {
        Ok(Cow::Borrowed(document)) => document.get(field).map(Cow::Borrowed),
        Ok(Cow::Owned(mut document)) => document.remove(field).map(Cow::Owned),
        Err(Some(value)) if is_nullish(Some(&value)) => null(),
        Err(_) => None,
    })
}

fn read_set(op: &'static Operator, argument: &Bson, parser: &mut Parser<'_>) -> Result<Node> {
    let args = arguments(op, argument, parser)?;
    require(&args, op, &[(0, 4_161_102), (2, 4_161_103), (1, 4_161_109)])?;
    check_set_field(op, &args)?;
    Ok(op.call(args))
}

fn read_unset(op: &'static Operator, argument: &Bson, parser: &mut Parser<'_>) -> Result<Node> {
    let mut args = arguments(op, argument, parser)?;
    require(&args, op, &[(0, 4_161_102), (1, 4_161_109)])?;
    check_set_field(op, &args)?;
    // It is a `$setField` of nothing, and is called so by errors and `explain`.
    args.push(Node::Constant(None));
    Ok(table::find("$setField").unwrap_or(op).call(args))
}

fn arguments(op: &'static Operator, argument: &Bson, parser: &mut Parser<'_>) -> Result<Vec<Node>> {
    parser.named(argument, op.names, |problem| match problem {
        Problem::NotObject(_) => Error::new(
            4_161_100,
            format!("{} only supports an object as its argument", op.name),
        ),
        Problem::Unknown(name) => Error::new(
            4_161_101,
            format!("{} found an unknown argument: {name}", op.name),
        ),
    })
}

fn check_set_field(op: &Operator, args: &[Node]) -> Result<()> {
    let codes = Codes {
        path: 4_161_108,
        not_constant: 4_161_106,
        not_string: 4_161_107,
    };
    match args.first() {
        Some(field) => check_field(field, op.name, &codes),
        None => Ok(()),
    }
}

/// `$setField`; a missing value takes the field away.
fn set<'a>(call: &'a Call, scope: Scope<'a>) -> Result<Value<'a>> {
    let (Some(field), Some(input)) = (field_name(call), call.args.get(1)) else {
        return Ok(None);
    };
    let mut document = match input.eval_document(scope)? {
        Ok(document) => document.into_owned(),
        Err(value) if is_nullish(value.as_deref()) => return Ok(null()),
        Err(_) => {
            return Err(Error::new(
                4_161_105,
                "$setField requires 'input' to evaluate to type Object",
            ));
        }
    };
    match call.arg(2, scope)? {
        Some(value) => {
            document.insert(field, value.into_owned());
        }
        None => {
            document.remove(field);
        }
    }
    Ok(owned(document))
}
