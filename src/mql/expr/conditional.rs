//! `$cond $ifNull $switch`: only the branch that is chosen is evaluated.

use bson::{Bson, Document, doc};

use super::fold::{Folder, is_constant};
use super::node::Node;
use super::operator::{Args, Call, Fold, Operator};
use super::parse::{Parser, Problem};
use super::scope::Scope;
use super::value::{Value, is_nullish, is_true};
use crate::mql::text::type_name;
use crate::mql::{Env, Error, Result};

pub(super) static OPERATORS: &[Operator] = &[
    Operator::new("$cond", Args::With(read_cond), cond).folding(Fold::With(fold_cond)),
    Operator::new("$ifNull", Args::With(read_if_null), if_null).folding(Fold::With(fold_if_null)),
    Operator::new("$switch", Args::With(read_switch), switch)
        .folding(Fold::Lazily(fold_switch))
        .shown(show_switch),
];

fn read_cond(op: &'static Operator, argument: &Bson, parser: &mut Parser<'_>) -> Result<Node> {
    if !matches!(argument, Bson::Document(_)) {
        return op.positional(argument, parser, 3, 3);
    }
    let args = parser.named(argument, &["if", "then", "else"], |problem| match problem {
        Problem::Unknown(name) => {
            Error::new(17083, format!("Unrecognized parameter to $cond: {name}"))
        }
        Problem::NotObject(_) => Error::new(17080, "Missing 'if' parameter to $cond"),
    })?;
    for (arg, (code, name)) in args
        .iter()
        .zip([(17080, "if"), (17081, "then"), (17082, "else")])
    {
        if !arg.is_given() {
            return Err(Error::new(
                code,
                format!("Missing '{name}' parameter to $cond"),
            ));
        }
    }
    Ok(op.call(args))
}

fn cond<'a>(call: &'a Call, scope: Scope<'a>) -> Result<Value<'a>> {
    let holds = is_true(call.arg(0, scope)?.as_deref());
    call.arg(if holds { 1 } else { 2 }, scope)
}

fn fold_cond(call: Call, _: &Env) -> Result<Node> {
    let Some(Node::Constant(condition)) = call.args.first() else {
        return Ok(Node::Call(call));
    };
    let chosen = if is_true(condition.as_ref()) { 1 } else { 2 };
    let mut args = call.args.into_iter();
    Ok(args.nth(chosen).unwrap_or(Node::Absent))
}

fn read_if_null(op: &'static Operator, argument: &Bson, parser: &mut Parser<'_>) -> Result<Node> {
    let args = parser.list(argument)?;
    if args.len() < 2 {
        return Err(Error::new(
            1_257_300,
            format!("$ifNull needs at least two arguments, had: {}", args.len()),
        ));
    }
    Ok(op.call(args))
}

fn if_null<'a>(call: &'a Call, scope: Scope<'a>) -> Result<Value<'a>> {
    let mut value = None;
    for arg in &call.args {
        value = arg.eval(scope)?;
        if !is_nullish(value.as_deref()) {
            break;
        }
    }
    Ok(value)
}

/// Constants that are null go unless they are last; what comes after another constant goes.
fn fold_if_null(call: Call, _: &Env) -> Result<Node> {
    let Call { op, args } = call;
    let mut kept = Vec::with_capacity(args.len());
    let last = args.len().saturating_sub(1);
    for (n, arg) in args.into_iter().enumerate() {
        match &arg {
            Node::Constant(value) if is_nullish(value.as_ref()) => {
                if n == last {
                    kept.push(arg);
                }
            }
            constant if is_constant(constant) => {
                kept.push(arg);
                break;
            }
            _ => kept.push(arg),
        }
    }
    match kept.len() {
        1 => Ok(kept.pop().unwrap_or(Node::Absent)),
        _ => Ok(op.call(kept)),
    }
}

/// The arguments are case, then, case, then, …, default.
fn read_switch(op: &'static Operator, argument: &Bson, parser: &mut Parser<'_>) -> Result<Node> {
    let Bson::Document(document) = argument else {
        return Err(Error::new(
            40060,
            format!(
                "$switch requires an object as an argument, found: {}",
                type_name(argument)
            ),
        ));
    };
    let mut args = Vec::new();
    let mut default = Node::Absent;
    for (name, value) in document {
        match name.as_str() {
            "branches" => args = branches(value, parser)?,
            "default" => default = parser.node(value)?,
            _ => {
                return Err(Error::new(
                    40067,
                    format!("$switch found an unknown argument: {name}"),
                ));
            }
        }
    }
    if args.is_empty() {
        return Err(Error::new(40068, "$switch requires at least one branch"));
    }
    args.push(default);
    Ok(op.call(args))
}

fn branches(value: &Bson, parser: &mut Parser<'_>) -> Result<Vec<Node>> {
    let Bson::Array(branches) = value else {
        return Err(Error::new(
            40061,
            format!(
                "$switch expected an array for 'branches', found: {}",
                type_name(value)
            ),
        ));
    };
    let mut args = Vec::with_capacity(branches.len() * 2 + 1);
    for branch in branches {
        args.extend(
            parser.named(branch, &["case", "then"], |problem| match problem {
                Problem::NotObject(value) => Error::new(
                    40062,
                    format!(
                        "$switch expected each branch to be an object, found: {}",
                        type_name(value)
                    ),
                ),
                Problem::Unknown(name) => Error::new(
                    40063,
                    format!("$switch found an unknown argument to a branch: {name}"),
                ),
            })?,
        );
        let [.., case, then] = args.as_slice() else {
            continue;
        };
        if !case.is_given() {
            return Err(Error::new(
                40064,
                "$switch requires each branch have a 'case' expression",
            ));
        }
        if !then.is_given() {
            return Err(Error::new(
                40065,
                "$switch requires each branch have a 'then' expression.",
            ));
        }
    }
    Ok(args)
}

fn switch<'a>(call: &'a Call, scope: Scope<'a>) -> Result<Value<'a>> {
    let Some((default, branches)) = call.args.split_last() else {
        return Ok(None);
    };
    for branch in branches.chunks_exact(2) {
        if let [case, then] = branch
            && is_true(case.eval(scope)?.as_deref())
        {
            return then.eval(scope);
        }
    }
    if default.is_given() {
        return default.eval(scope);
    }
    Err(Error::new(
        40066,
        "$switch could not find a matching branch for an input, and no default was specified.",
    ))
}

/// Branches that are never taken go; one that is always taken is the default. What goes is not folded.
fn fold_switch(call: Call, folder: &Folder<'_>) -> Result<Node> {
    let Call { op, mut args } = call;
    // The default comes first, even if another takes its place.
    let mut default = folder.fold(args.pop().unwrap_or(Node::Absent))?;
    let mut kept = Vec::with_capacity(args.len() + 1);
    let mut args = args.into_iter();
    while let (Some(case), Some(then)) = (args.next(), args.next()) {
        match folder.fold(case)? {
            Node::Constant(value) if is_true(value.as_ref()) => {
                default = folder.fold(then)?;
                break;
            }
            Node::Constant(_) => {}
            case => kept.extend([case, folder.fold(then)?]),
        }
    }

    match (kept.is_empty(), default.is_given()) {
        (true, true) => Ok(default),
        (true, false) => Err(Error::new(
            40069,
            "Cannot execute a switch statement where all the cases evaluate to false without a default",
        )),
        _ => {
            kept.push(default);
            Ok(op.call(kept))
        }
    }
}

fn show_switch(call: &Call) -> Bson {
    let Some((default, branches)) = call.args.split_last() else {
        return Bson::Null;
    };
    let branches = branches.chunks_exact(2).filter_map(|branch| match branch {
        [case, then] => Some(doc! { "case": case.to_bson(), "then": then.to_bson() }),
        _ => None,
    });
    let mut shown: Document = doc! { "branches": branches.collect::<Vec<_>>() };
    if default.is_given() {
        shown.insert("default", default.to_bson());
    }
    shown.into()
}
