//! Computing the constant parts of an expression while it is parsed, as the server's optimiser does.

use std::borrow::Cow;

use bson::Document;

use super::node::{Node, Variable};
use super::operator::{Call, Fold};
use super::path::FieldPath;
use super::scope::Scope;
use crate::mql::{Env, Error, Result};

/// Folds the arguments of operators that choose themselves which ones.
pub(crate) struct Folder<'e> {
    env: &'e Env,
    bind: bool,
}

impl Folder<'_> {
    /// The expression with its constant parts computed.
    pub fn fold(&self, node: Node) -> Result<Node> {
        fold(node, self.env, self.bind)
    }
}

/// The expression with its constant parts computed; `bind` makes constants of the command's variables.
pub(super) fn fold(node: Node, env: &Env, bind: bool) -> Result<Node> {
    match node {
        Node::Constant(_) | Node::Absent => Ok(node),
        Node::Variable(variable, path) => fold_variable(variable, path, env, bind),
        Node::Array(items) => {
            let items = fold_all(items, env, bind)?;
            let whole = items.iter().all(is_constant);
            compute_if(whole, Node::Array(items), env)
        }
        Node::Object(fields) => {
            let fields = fields
                .into_iter()
                .map(|(k, v)| Ok((k, fold(v, env, bind)?)));
            let fields = fields.collect::<Result<Vec<_>>>()?;
            let whole = fields.iter().all(|(_, node)| is_constant(node));
            compute_if(whole, Node::Object(fields), env)
        }
        Node::Call(call) => {
            let Call { op, args } = call;
            if matches!(op.fold, Fold::Opaque) {
                return Ok(Node::Call(Call { op, args }));
            }
            if let Fold::Lazily(lazily) = op.fold {
                return lazily(Call { op, args }, &Folder { env, bind });
            }
            let args = fold_all(args, env, bind)?;
            fold_call(Call { op, args }, env)
        }
        Node::Custom(mut custom) => {
            for child in custom.children_mut() {
                let taken = std::mem::replace(child, Node::Absent);
                *child = fold(taken, env, bind)?;
            }
            custom.fold()
        }
    }
}

fn fold_all(nodes: Vec<Node>, env: &Env, bind: bool) -> Result<Vec<Node>> {
    nodes
        .into_iter()
        .map(|node| fold(node, env, bind))
        .collect()
}

/// Whether it has the same value everywhere.
pub(super) fn is_constant(node: &Node) -> bool {
    matches!(node, Node::Constant(_) | Node::Absent)
}

fn fold_variable(
    variable: Variable,
    path: Option<FieldPath>,
    env: &Env,
    bind: bool,
) -> Result<Node> {
    let constant = match &variable {
        Variable::Remove => true,
        Variable::Env { .. } | Variable::Now => bind,
        _ => false,
    };
    compute_if(constant, Node::Variable(variable, path), env)
}

fn fold_call(call: Call, env: &Env) -> Result<Node> {
    let whole = call.args.iter().all(is_constant);
    match call.op.fold {
        Fold::Never | Fold::Opaque | Fold::Lazily(_) => Ok(Node::Call(call)),
        Fold::With(fold) => fold(call, env),
        _ if whole => compute_if(true, Node::Call(call), env),
        Fold::Whole => Ok(Node::Call(call)),
        Fold::Associative => collapse(call, env, false),
        Fold::Commutative => collapse(call, env, true),
    }
}

/// The call's value, if its arguments are constant.
pub(super) fn fold_whole(call: Call, env: &Env) -> Result<Node> {
    let whole = call.args.iter().all(is_constant);
    compute_if(whole, Node::Call(call), env)
}

/// Arguments that are calls of the same operator become arguments of this one; constants that stand together
/// (anywhere, if order does not matter) become one.
fn collapse(call: Call, env: &Env, commutative: bool) -> Result<Node> {
    let op = call.op;
    let mut constants = Vec::new();
    let mut done = Vec::new();
    let mut waiting: Vec<Node> = call.args.into_iter().rev().collect();
    while let Some(node) = waiting.pop() {
        match node {
            Node::Call(inner) if std::ptr::eq(inner.op, op) => {
                waiting.extend(inner.args.into_iter().rev());
            }
            node if is_constant(&node) => constants.push(node),
            node => {
                if !commutative {
                    done.extend(join(op, std::mem::take(&mut constants), env)?);
                }
                done.push(node);
            }
        }
    }
    done.extend(join(op, constants, env)?);
    Ok(op.call(done))
}

fn join(
    op: &'static super::operator::Operator,
    constants: Vec<Node>,
    env: &Env,
) -> Result<Vec<Node>> {
    if constants.len() < 2 {
        return Ok(constants);
    }
    Ok(vec![compute_if(true, op.call(constants), env)?])
}

/// The node's value, if it is constant.
pub(super) fn compute_if(constant: bool, node: Node, env: &Env) -> Result<Node> {
    if !constant {
        return Ok(node);
    }
    let nothing = Document::new();
    let value = node.eval(Scope::of(&nothing, env));
    let value = value.map_err(Error::while_optimizing)?.map(Cow::into_owned);
    Ok(Node::Constant(value))
}
