//! What an operator is, and a call of one.

use bson::Bson;

use super::fold::Folder;
use super::node::Node;
use super::parse::Parser;
use super::scope::Scope;
use super::value::Value;
use crate::mql::{Env, Error, Result};

/// An operator as the table has it.
pub(crate) struct Operator {
    /// With its `$`.
    pub name: &'static str,
    /// How its arguments are read.
    pub args: Args,
    /// Its value for evaluated or unevaluated arguments; see [`Call::arg`].
    pub eval: Eval,
    /// What may be computed while parsing.
    pub fold: Fold,
    /// The names of its arguments in their order, for those that are named.
    pub names: &'static [&'static str],
    /// How `explain` shows its arguments, where that is neither an array nor by `names`.
    pub show: Option<fn(&Call) -> Bson>,
}

/// From a call and where it is evaluated to its value.
pub(crate) type Eval = for<'a> fn(&'a Call, Scope<'a>) -> Result<Value<'a>>;

/// How arguments are read.
pub(crate) enum Args {
    /// So many, in an array; one may stand alone.
    Exactly(usize),
    /// From so many to so many.
    Between(usize, usize),
    /// Any number.
    Any,
    /// As it reads them itself; the node may be anything.
    With(fn(&'static Operator, &Bson, &mut Parser<'_>) -> Result<Node>),
}

/// What is computed while parsing.
pub(crate) enum Fold {
    /// Itself, if its arguments are constant.
    Whole,
    /// Nothing of its own; its arguments are folded.
    Never,
    /// Nothing, not even in its arguments.
    Opaque,
    /// Also its constant arguments that stand together.
    Associative,
    /// Also its constant arguments wherever they stand, which then come last.
    Commutative,
    /// As it does itself with its arguments unfolded.
    Lazily(fn(Call, &Folder<'_>) -> Result<Node>),
    /// As it does itself; its arguments are folded before.
    With(fn(Call, &Env) -> Result<Node>),
}

/// An operator with its arguments.
#[derive(Clone)]
pub(crate) struct Call {
    /// The operator.
    pub op: &'static Operator,
    /// Its arguments; [`Node::Absent`] for optional ones that were not given.
    pub args: Vec<Node>,
}

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple(self.op.name).field(&self.args).finish()
    }
}

impl Operator {
    /// An operator with positional arguments, of which the constant ones are folded.
    pub const fn new(name: &'static str, args: Args, eval: Eval) -> Self {
        Self {
            name,
            args,
            eval,
            fold: Fold::Whole,
            names: &[],
            show: None,
        }
    }

    /// An operator whose arguments have names: its `read` fills them in by [`Parser::named`], in the order
    /// of `names`.
    pub const fn named(
        name: &'static str,
        names: &'static [&'static str],
        read: fn(&'static Operator, &Bson, &mut Parser<'_>) -> Result<Node>,
        eval: Eval,
    ) -> Self {
        Self {
            name,
            args: Args::With(read),
            eval,
            fold: Fold::Whole,
            names,
            show: None,
        }
    }

    /// The same with another folding.
    pub const fn folding(mut self, fold: Fold) -> Self {
        self.fold = fold;
        self
    }

    /// The same, shown in another way.
    pub const fn shown(mut self, show: fn(&Call) -> Bson) -> Self {
        self.show = Some(show);
        self
    }

    /// A call of it.
    pub fn call(&'static self, args: Vec<Node>) -> Node {
        Node::Call(Call { op: self, args })
    }

    /// Reads its argument.
    pub fn parse(&'static self, argument: &Bson, parser: &mut Parser<'_>) -> Result<Node> {
        let (least, most) = match self.args {
            Args::With(read) => return read(self, argument, parser),
            Args::Any => (0, usize::MAX),
            Args::Exactly(n) => (n, n),
            Args::Between(least, most) => (least, most),
        };
        self.positional(argument, parser, least, most)
    }

    /// Reads an array of arguments, or one that stands alone.
    pub fn positional(
        &'static self,
        argument: &Bson,
        parser: &mut Parser<'_>,
        least: usize,
        most: usize,
    ) -> Result<Node> {
        let args = parser.list(argument)?;
        if (least..=most).contains(&args.len()) {
            return Ok(self.call(args));
        }
        Err(self.wrong_count(least, most, args.len()))
    }

    fn wrong_count(&self, least: usize, most: usize, given: usize) -> Error {
        let name = self.name;
        if least == most {
            return Error::new(
                16020,
                format!(
                    "Expression {name} takes exactly {least} arguments. {given} were passed in."
                ),
            );
        }
        Error::new(
            28667,
            format!(
                "Expression {name} takes at least {least} arguments, and at most {most}, but {given} were passed in."
            ),
        )
    }
}

impl Call {
    /// The value of an argument; missing where there is none.
    pub fn arg<'a>(&'a self, index: usize, scope: Scope<'a>) -> Result<Value<'a>> {
        self.args
            .get(index)
            .map_or(Ok(None), |node| node.eval(scope))
    }

    /// Whether an optional argument was given.
    pub fn is_given(&self, index: usize) -> bool {
        self.args.get(index).is_some_and(Node::is_given)
    }
}
