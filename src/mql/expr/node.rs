//! The tree of an expression and its evaluation.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use bson::{Bson, Document};

use super::operator::Call;
use super::path::FieldPath;
use super::scope::Scope;
use super::value::{Value, or_null, owned};
use crate::mql::{Deps, Error, Result};

/// An expression.
#[derive(Debug, Clone)]
pub(crate) enum Node {
    /// A value; `None` is missing.
    Constant(Option<Bson>),
    /// An optional argument that was not given; evaluates to missing.
    Absent,
    /// A variable, or a path that begins there. `$a` is a path in `$$CURRENT`.
    Variable(Variable, Option<FieldPath>),
    /// `{a: …, b: …}`
    Object(Vec<(String, Node)>),
    /// `[…, …]`
    Array(Vec<Node>),
    /// An operator and its arguments.
    Call(Call),
    /// An operator that keeps more than arguments.
    Custom(Box<dyn Custom>),
}

/// Where a path begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Variable {
    /// `$$ROOT`
    Root,
    /// `$$CURRENT`
    Current,
    /// `$$NOW`
    Now,
    /// `$$CLUSTER_TIME`
    ClusterTime,
    /// `$$REMOVE`
    Remove,
    /// One of the command's, with the place it had there while parsing.
    Env { name: Arc<str>, place: usize },
    /// One of an operator around: how many operators outwards, and which of that one's.
    Local {
        name: Arc<str>,
        up: usize,
        slot: usize,
    },
}

/// An operator that keeps more than arguments: variables, a compiled pattern, a sort order.
pub(crate) trait Custom: fmt::Debug + Send + Sync {
    /// The value.
    fn eval<'a>(&'a self, scope: Scope<'a>) -> Result<Value<'a>>;
    /// The expressions in it, for those who only look.
    fn children(&self) -> Vec<&Node>;
    /// The expressions in it, to be folded.
    fn children_mut(&mut self) -> Vec<&mut Node>;
    /// What it becomes once its children are folded.
    fn fold(self: Box<Self>) -> Result<Node>;
    /// It as `explain` shows it.
    fn to_bson(&self) -> Bson;
    /// A copy.
    fn boxed(&self) -> Box<dyn Custom>;
}

impl Clone for Box<dyn Custom> {
    fn clone(&self) -> Self {
        self.boxed()
    }
}

impl Node {
    /// The value in a scope.
    pub fn eval<'a>(&'a self, scope: Scope<'a>) -> Result<Value<'a>> {
        match self {
            Node::Constant(value) => Ok(value.as_ref().map(Cow::Borrowed)),
            Node::Absent => Ok(None),
            Node::Variable(variable, path) => variable.eval(path.as_ref(), scope),
            Node::Call(call) => (call.op.eval)(call, scope),
            Node::Custom(custom) => custom.eval(scope),
            Node::Array(items) => {
                let values = items.iter().map(|item| item.eval(scope).map(or_null));
                Ok(owned(values.collect::<Result<Vec<Bson>>>()?))
            }
            Node::Object(fields) => {
                let mut document = Document::new();
                for (name, node) in fields {
                    if let Some(value) = node.eval(scope)? {
                        document.insert(name.as_str(), value.into_owned());
                    }
                }
                Ok(owned(document))
            }
        }
    }

    /// The value as a document that is borrowed even where it is the whole one; for operators that read
    /// a field of `$$ROOT`. `Err` has the value that is no document.
    pub fn eval_document<'a>(
        &'a self,
        scope: Scope<'a>,
    ) -> Result<std::result::Result<Cow<'a, Document>, Value<'a>>> {
        match self {
            Node::Variable(Variable::Root, None) => return Ok(Ok(Cow::Borrowed(scope.root))),
            Node::Variable(Variable::Current, None) => {
                return Ok(Ok(Cow::Borrowed(scope.current)));
            }
            _ => {}
        }
        Ok(match self.eval(scope)? {
            Some(Cow::Borrowed(Bson::Document(document))) => Ok(Cow::Borrowed(document)),
            Some(Cow::Owned(Bson::Document(document))) => Ok(Cow::Owned(document)),
            other => Err(other),
        })
    }

    /// Whether it is an argument that was given.
    pub fn is_given(&self) -> bool {
        !matches!(self, Node::Absent)
    }

    /// The expressions in it.
    fn children(&self) -> Vec<&Node> {
        match self {
            Node::Constant(_) | Node::Absent | Node::Variable(..) => Vec::new(),
            Node::Array(items) => items.iter().collect(),
            Node::Object(fields) => fields.iter().map(|(_, node)| node).collect(),
            Node::Call(call) => call.args.iter().collect(),
            Node::Custom(custom) => custom.children(),
        }
    }

    /// Adds the fields that it reads.
    pub fn deps(&self, deps: &mut Deps) {
        if let Node::Variable(Variable::Root | Variable::Current, path) = self {
            match path {
                Some(path) => deps.path(path.as_str()),
                None => deps.whole_document(),
            }
        }
        for child in self.children() {
            child.deps(deps);
        }
    }

    /// The path, if it is one in the document.
    pub fn field_path(&self) -> Option<String> {
        match self {
            Node::Variable(Variable::Root | Variable::Current, Some(path)) => {
                Some(path.as_str().to_owned())
            }
            _ => None,
        }
    }
}

impl Variable {
    fn eval<'a>(&self, path: Option<&FieldPath>, scope: Scope<'a>) -> Result<Value<'a>> {
        let value = match self {
            Variable::Root | Variable::Current => {
                let document = match self {
                    Variable::Root => scope.root,
                    _ => scope.current,
                };
                return Ok(match path {
                    Some(path) => path.get(document),
                    None => owned(document.clone()),
                });
            }
            Variable::Now => return Ok(path.map_or_else(|| owned(scope.env.now), |_| None)),
            Variable::ClusterTime => match scope.env.cluster_time {
                Some(time) => return Ok(path.map_or_else(|| owned(time), |_| None)),
                None => {
                    return Err(Error::new(
                        51144,
                        "Builtin variable '$$CLUSTER_TIME' is not available",
                    ));
                }
            },
            Variable::Remove => None,
            Variable::Env { name, place } => match scope.env.variables.get(*place) {
                Some((n, value)) if n == name => value.as_ref(),
                _ => scope.env.variable(name).and_then(Option::as_ref),
            },
            Variable::Local { up, slot, .. } => scope.local(*up, *slot),
        };
        Ok(match (value, path) {
            (Some(value), Some(path)) => path.get_in(value),
            (value, _) => value.map(Cow::Borrowed),
        })
    }
}
