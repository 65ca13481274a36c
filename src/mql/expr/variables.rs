//! `$let`, `$map`, `$filter`, `$reduce`: operators that bring variables of their own; `$literal`.

use std::borrow::Cow;
use std::sync::Arc;

use bson::{Bson, Document, doc};

use super::node::{Custom, Node};
use super::operator::{Args, Call, Operator};
use super::parse::{Parser, Problem, check_declared};
use super::scope::Scope;
use super::value::{Value, is_nullish, is_true, null, or_null, owned, type_name};
use crate::mql::computed::computed;
use crate::mql::{Error, Result, text};
use crate::value::Number;

pub(super) static OPERATORS: &[Operator] = &[
    Operator::new("$const", Args::With(literal), absent),
    Operator::new("$filter", Args::With(read_filter), absent),
    Operator::new("$let", Args::With(read_let), absent),
    Operator::new("$literal", Args::With(literal), absent),
    Operator::new("$map", Args::With(read_map), absent),
    Operator::named(
        "$reduce",
        &["input", "initialValue", "in"],
        read_reduce,
        reduce,
    )
    .folding(super::operator::Fold::Never),
];

/// These operators become other nodes than calls while they are read.
fn absent<'a>(_: &'a Call, _: Scope<'a>) -> Result<Value<'a>> {
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
    let Bson::Document(variables) = variables else {
        return Err(Error::new(
            10065,
            "invalid parameter: expected an object (vars)",
        ));
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

/// `$map` and `$filter`.
#[derive(Debug, Clone)]
struct Each {
    filter: bool,
    name: Arc<str>,
    input: Node,
    body: Node,
    limit: Node,
}

fn read_map(_: &'static Operator, argument: &Bson, parser: &mut Parser<'_>) -> Result<Node> {
    let Bson::Document(document) = argument else {
        return Err(Error::new(
            16878,
            "$map only supports an object as its argument",
        ));
    };
    if let Some(name) = unknown(document, &["input", "as", "in"]) {
        return Err(Error::new(
            16879,
            format!("Unrecognized parameter to $map: {name}"),
        ));
    }
    let missing = |code, name| Error::new(code, format!("Missing '{name}' parameter to $map"));
    let input = document
        .get("input")
        .ok_or_else(|| missing(16880, "input"))?;
    let body = document.get("in").ok_or_else(|| missing(16882, "in"))?;
    read_each(false, document, input, body, parser)
}

fn read_filter(_: &'static Operator, argument: &Bson, parser: &mut Parser<'_>) -> Result<Node> {
    let Bson::Document(document) = argument else {
        return Err(Error::new(
            28646,
            "$filter only supports an object as its argument",
        ));
    };
    if let Some(name) = unknown(document, &["input", "as", "cond", "limit"]) {
        return Err(Error::new(
            28647,
            format!("Unrecognized parameter to $filter: {name}"),
        ));
    }
    let missing = |code, name| Error::new(code, format!("Missing '{name}' parameter to $filter"));
    let input = document
        .get("input")
        .ok_or_else(|| missing(28648, "input"))?;
    let body = document.get("cond").ok_or_else(|| missing(28650, "cond"))?;
    read_each(true, document, input, body, parser)
}

fn unknown<'a>(document: &'a Document, names: &[&str]) -> Option<&'a String> {
    document.keys().find(|key| !names.contains(&key.as_str()))
}

fn read_each(
    filter: bool,
    document: &Document,
    input: &Bson,
    body: &Bson,
    parser: &mut Parser<'_>,
) -> Result<Node> {
    let input = parser.node(input)?;
    let name: Arc<str> = match document.get("as") {
        None => "this".into(),
        // What is no string counts as an empty one.
        Some(name) => name.as_str().unwrap_or_default().into(),
    };
    check_declared(&name)?;
    let body = parser.with_variables(vec![name.clone()], |parser| parser.node(body))?;
    let limit = document.get("limit").map(|limit| parser.node(limit));
    Ok(Node::Custom(Box::new(Each {
        filter,
        name,
        input,
        body,
        limit: limit.transpose()?.unwrap_or(Node::Absent),
    })))
}

impl Each {
    fn map<'a>(&self, items: &[Bson], scope: Scope<'_>) -> Result<Value<'a>> {
        let mapped = items.iter().map(|item| {
            let values = [Some(Cow::Borrowed(item))];
            scope.with(&values, |inner| self.body.eval(inner).map(or_null))
        });
        Ok(owned(mapped.collect::<Result<Vec<Bson>>>()?))
    }

    fn filter<'a>(&self, items: &[Bson], scope: Scope<'_>) -> Result<Value<'a>> {
        if items.is_empty() {
            return Ok(owned(Bson::Array(Vec::new())));
        }
        let limit = self.limit(scope)?;
        let mut kept = Vec::new();
        for item in items {
            let values = [Some(Cow::Borrowed(item))];
            let holds =
                |inner: Scope<'_>| Ok::<_, Error>(is_true(self.body.eval(inner)?.as_deref()));
            if scope.with(&values, holds)? {
                kept.push(item.clone());
                if kept.len() >= limit {
                    break;
                }
            }
        }
        Ok(owned(kept))
    }

    fn limit(&self, scope: Scope<'_>) -> Result<usize> {
        let limit = self.limit.eval(scope)?;
        let Some(limit) = limit.filter(|l| !is_nullish(Some(l))) else {
            return Ok(usize::MAX);
        };
        let shown = || computed(Some(&limit));
        let number = Number::from_bson(&limit).and_then(Number::to_i64);
        let number = number.and_then(|n| i32::try_from(n).ok()).ok_or_else(|| {
            Error::new(
                327_391,
                format!(
                    "$filter: limit must be represented as a 32-bit integral value: {}",
                    shown()
                ),
            )
        })?;
        match usize::try_from(number) {
            Ok(limit @ 1..) => Ok(limit),
            _ => Err(Error::new(
                327_392,
                format!("$filter: limit must be greater than 0: {}", shown()),
            )),
        }
    }
}

impl Custom for Each {
    fn eval<'a>(&'a self, scope: Scope<'a>) -> Result<Value<'a>> {
        let input = self.input.eval(scope)?;
        let input = input.as_deref();
        if is_nullish(input) {
            return Ok(null());
        }
        match input {
            Some(Bson::Array(items)) if self.filter => self.filter(items, scope),
            Some(Bson::Array(items)) => self.map(items, scope),
            other => {
                let (code, name) = if self.filter {
                    (28651, "$filter")
                } else {
                    (16883, "$map")
                };
                Err(Error::new(
                    code,
                    format!("input to {name} must be an array not {}", type_name(other)),
                ))
            }
        }
    }

    fn children(&self) -> Vec<&Node> {
        vec![&self.input, &self.body, &self.limit]
    }

    fn children_mut(&mut self) -> Vec<&mut Node> {
        vec![&mut self.input, &mut self.body, &mut self.limit]
    }

    fn fold(self: Box<Self>) -> Result<Node> {
        Ok(Node::Custom(self))
    }

    fn to_bson(&self) -> Bson {
        let (name, body) = if self.filter {
            ("$filter", "cond")
        } else {
            ("$map", "in")
        };
        let mut shown = doc! { "input": self.input.to_bson(), "as": &*self.name };
        shown.insert(body, self.body.to_bson());
        if self.limit.is_given() {
            shown.insert("limit", self.limit.to_bson());
        }
        doc! { name: shown }.into()
    }

    fn boxed(&self) -> Box<dyn Custom> {
        Box::new(self.clone())
    }
}

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
