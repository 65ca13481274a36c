//! `$and $or $not`.

use bson::Bson;

use super::fold::is_constant;
use super::node::Node;
use super::operator::{Args, Call, Fold, Operator};
use super::scope::Scope;
use super::value::{Value, is_true, owned};
use crate::mql::Result;

pub(super) static OPERATORS: &[Operator] = &[
    Operator::new("$and", Args::Any, |call, scope| all_are(call, scope, true))
        .folding(Fold::With(|call, _| fold(call, true))),
    Operator::new("$not", Args::Exactly(1), |call, scope| {
        Ok(owned(!is_true(call.arg(0, scope)?.as_deref())))
    }),
    Operator::new("$or", Args::Any, |call, scope| all_are(call, scope, false))
        .folding(Fold::With(|call, _| fold(call, false))),
];

/// Stops at the first argument that decides: false for `$and`, true for `$or`.
fn all_are<'a>(call: &'a Call, scope: Scope<'a>, wanted: bool) -> Result<Value<'a>> {
    for arg in &call.args {
        if is_true(arg.eval(scope)?.as_deref()) != wanted {
            return Ok(owned(!wanted));
        }
    }
    Ok(owned(wanted))
}

/// Constants that decide nothing go; one that decides is the result, whatever stands before it.
fn fold(call: Call, wanted: bool) -> Result<Node> {
    let Call { op, args } = call;
    let mut rest = Vec::with_capacity(args.len());
    for arg in args {
        match arg {
            Node::Call(inner) if std::ptr::eq(inner.op, op) => rest.extend(inner.args),
            Node::Constant(value) if is_true(value.as_ref()) == wanted => {}
            constant if is_constant(&constant) => return Ok(truth(!wanted)),
            other => rest.push(other),
        }
    }
    match rest.is_empty() {
        true => Ok(truth(wanted)),
        false => Ok(op.call(rest)),
    }
}

fn truth(value: bool) -> Node {
    Node::Constant(Some(Bson::Boolean(value)))
}
