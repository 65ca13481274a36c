//! Aggregation expressions: what `$project`, `$group`, `$expr` and many others compute with.
//!
//! An expression is parsed once ([`Expr::parse`]) into a tree of [`node::Node`]s, its constant parts are
//! computed at once (a mistake in them is an error of parsing, as on the server), and the rest is evaluated
//! for each document ([`Expr::eval`]). Values are borrowed from the document, from variables or from the
//! tree wherever possible ([`value::Value`]); a missing value is `None`.
//!
//! One table ([`table`]) holds all operators; those that belong together are in one file, a *family*, which
//! registers its `OPERATORS` there. An operator is a [`operator::Operator`]: its name, how its arguments are
//! read, and a function from its evaluated arguments to a value. Names that the server has and this does
//! not are in a table of their own.
//!
//! Invariants:
//! - Variables of expressions (`$let`, `$map`) are resolved while parsing; those of the command ([`Env`]) are
//!   looked up at evaluation, since `$lookup` evaluates one expression with many values of them.
//!   [`Expr::bind`] makes constants of them.
//! - Evaluating changes nothing and depends on the document and the environment only.

mod arithmetic;
mod array;
mod boolean;
mod comparison;
mod conditional;
mod convert;
mod date;
mod declare;
mod each;
mod field;
mod fold;
mod hashed;
mod misc;
mod node;
mod number;
mod object;
pub(crate) mod operator;
mod parse;
pub(crate) mod path;
mod pieces;
mod powers;
mod reduce;
mod rounding;
mod scope;
mod serialize;
mod set;
mod sort_array;
mod string;
mod table;
mod take;
mod timestamp;
mod totals;
mod trigonometry;
mod types;
pub(crate) mod value;
mod variables;
mod zip;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use bson::{Bson, Document};

use super::{Deps, Env, Error, Result};
pub use declare::declare_variables;
use node::Node;
pub(crate) use parse::{Parser, check_declared};
use scope::Scope;
pub use table::{is_operator, names as operator_names, refused_names};
pub(crate) use value::Value;

/// A parsed expression. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Expr {
    node: Arc<Node>,
}

impl Expr {
    /// Reads an expression: a literal, a `$path`, a `$$variable`, an array, or a document that is an
    /// operator's call or an object of expressions.
    ///
    /// # Errors
    /// What the server refuses while parsing or while computing constant parts, in its own words.
    pub fn parse(expression: &Bson, env: &Env) -> Result<Self> {
        Self::parse_only(expression, env)?.bind_nothing(env)
    }

    /// Reads an expression and leaves constant parts as they are, for those who parse several and want
    /// the mistakes in the server's order: all of parsing before any of computing. [`Expr::optimized`]
    /// is the second step.
    ///
    /// # Errors
    /// What the server refuses while parsing.
    pub fn parse_only(expression: &Bson, env: &Env) -> Result<Self> {
        Parser::new(env).node(expression).map(Self::of)
    }

    /// Reads the expression of a `$redact`, which has the variables `$$DESCEND`, `$$PRUNE` and `$$KEEP`.
    ///
    /// # Errors
    /// See [`Expr::parse`].
    pub fn parse_redact(expression: &Bson, env: &Env) -> Result<Self> {
        let node = Parser::redact(env).node(expression)?;
        Self::of(node).bind_nothing(env)
    }

    /// The same with its constant parts computed.
    ///
    /// # Errors
    /// What evaluating them is refused with.
    pub fn optimized(self, env: &Env) -> Result<Self> {
        self.bind_nothing(env)
    }

    fn bind_nothing(self, env: &Env) -> Result<Self> {
        let node = Arc::unwrap_or_clone(self.node);
        let folded = fold::fold(node, env, false).map_err(Error::while_optimizing);
        folded.map(Self::of)
    }

    /// The same with the variables of the command as constants: for an expression that is evaluated in this
    /// environment only, as those of a command's `let`.
    ///
    /// # Errors
    /// What evaluating the new constant parts is refused with.
    pub fn bind(&self, env: &Env) -> Result<Self> {
        let folded = fold::fold(Node::clone(&self.node), env, true);
        folded.map_err(Error::while_optimizing).map(Self::of)
    }

    /// An expression that is a value (`None`: missing).
    #[must_use]
    pub fn of_constant(value: Option<Bson>) -> Self {
        Self::of(Node::Constant(value))
    }

    fn of(node: Node) -> Self {
        Self {
            node: Arc::new(node),
        }
    }

    /// The value for a document; `None` is missing.
    ///
    /// # Errors
    /// What the server refuses while evaluating.
    pub fn eval(&self, document: &Document, env: &Env) -> Result<Option<Bson>> {
        Ok(self
            .eval_ref(document, env)?
            .map(std::borrow::Cow::into_owned))
    }

    /// The value, borrowed where it is a part of the document or of the expression.
    ///
    /// # Errors
    /// See [`Expr::eval`].
    pub fn eval_ref<'a>(&'a self, document: &'a Document, env: &'a Env) -> Result<Value<'a>> {
        self.node.eval(Scope::of(document, env))
    }

    /// The value where `$$CURRENT` is another document than `$$ROOT`, as within `$redact`.
    ///
    /// # Errors
    /// See [`Expr::eval`].
    pub fn eval_at<'a>(
        &'a self,
        root: &'a Document,
        current: &'a Document,
        env: &'a Env,
    ) -> Result<Value<'a>> {
        self.node.eval(Scope::at(root, current, env))
    }

    /// Whether the value counts as true: not false, zero, null or missing.
    ///
    /// # Errors
    /// See [`Expr::eval`].
    pub fn is_true(&self, document: &Document, env: &Env) -> Result<bool> {
        Ok(value::is_true(self.eval_ref(document, env)?.as_deref()))
    }

    /// Adds the fields that it reads.
    pub fn deps(&self, deps: &mut Deps) {
        self.node.deps(deps);
    }

    /// Its value if that is the same for every document; the inner option is `None` for missing.
    #[must_use]
    pub fn constant(&self) -> Option<Option<&Bson>> {
        match &*self.node {
            Node::Constant(value) => Some(value.as_ref()),
            _ => None,
        }
    }

    /// The dotted path, if it is just a field of the document (`"$a.b"`).
    #[must_use]
    pub fn field_path(&self) -> Option<String> {
        self.node.field_path()
    }

    /// It as `explain` shows it.
    #[must_use]
    pub fn to_bson(&self) -> Bson {
        self.node.to_bson()
    }
}
