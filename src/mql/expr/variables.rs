//! `$let`, which brings variables, and `$literal`.

use std::borrow::Cow;
use std::sync::Arc;

use bson::{Bson, Document, doc};

use super::node::{Custom, Node};
use super::operator::{Args, Call, Operator};
use super::parse::{Parser, check_declared};
use super::scope::Scope;
use super::value::Value;
use crate::mql::{Error, Result};

pub(super) static OPERATORS: &[Operator] = &[
    Operator::new("$const", Args::With(literal), absent),
    Operator::new("$let", Args::With(read_let), absent),
    Operator::new("$literal", Args::With(literal), absent),
];

/// These operators become other nodes than calls while they are read.
pub(super) fn absent<'a>(_: &'a Call, _: Scope<'a>) -> Result<Value<'a>> {
    Ok(None)
}

fn literal(_: &'static Operator, argument: &Bson, _: &mut Parser<'_>) -> Result<Node> {
    Ok(Node::Constant(Some(argument.clone())))
}

/// `$let`
#[derive(Debug, Clone)]
struct Let {
    names: Vec<Arc<str>>,
    values: Vec<Node>,
    body: Node,
}

fn read_let(_: &'static Operator, argument: &Bson, parser: &mut Parser<'_>) -> Result<Node> {
    let Bson::Document(document) = argument else {
        return Err(Error::new(
            16874,
            "$let only supports an object as its argument",
        ));
    };
    if let Some(name) = document.keys().find(|k| *k != "vars" && *k != "in") {
        return Err(Error::new(
            16875,
            format!("Unrecognized parameter to $let: {name}"),
        ));
    }
    let missing = |code, name| Error::new(code, format!("Missing '{name}' parameter to $let"));
    let variables = document.get("vars").ok_or_else(|| missing(16876, "vars"))?;
    let body = document.get("in").ok_or_else(|| missing(16877, "in"))?;
    let variables = match variables {
        Bson::Document(variables) => variables,
        // An array is an object whose names are numbers, which no variable has.
        Bson::Array(items) if items.is_empty() => return parser.node(body),
        Bson::Array(_) => return Err(check_declared("0").err().unwrap_or_else(not_object)),
        _ => return Err(not_object()),
    };
    let mut names = Vec::with_capacity(variables.len());
    let mut values = Vec::with_capacity(variables.len());
    for (name, value) in variables {
        check_declared(name)?;
        names.push(Arc::from(name.as_str()));
        values.push(parser.node(value)?);
    }
    if names.is_empty() {
        return parser.node(body);
    }
    let body = parser.with_variables(names.clone(), |parser| parser.node(body))?;
    Ok(Node::Custom(Box::new(Let {
        names,
        values,
        body,
    })))
}

fn not_object() -> Error {
    Error::new(10065, "invalid parameter: expected an object (vars)")
}

impl Custom for Let {
    fn eval<'a>(&'a self, scope: Scope<'a>) -> Result<Value<'a>> {
        let values = self.values.iter().map(|node| node.eval(scope));
        let values = values.collect::<Result<Vec<Value<'_>>>>()?;
        scope.with(&values, |inner| {
            let value = self.body.eval(inner)?;
            Ok(value.map(|v| Cow::Owned(v.into_owned())))
        })
    }

    fn children(&self) -> Vec<&Node> {
        self.values.iter().chain([&self.body]).collect()
    }

    fn children_mut(&mut self) -> Vec<&mut Node> {
        self.values.iter_mut().chain([&mut self.body]).collect()
    }

    fn fold(self: Box<Self>) -> Result<Node> {
        Ok(Node::Custom(self))
    }

    fn to_bson(&self) -> Bson {
        let values = self.names.iter().zip(&self.values);
        let values = values.map(|(name, node)| (name.to_string(), node.to_bson()));
        let values: Document = values.collect();
        doc! { "$let": { "vars": values, "in": self.body.to_bson() } }.into()
    }

    fn boxed(&self) -> Box<dyn Custom> {
        Box::new(self.clone())
    }
}
