//! `$map` and `$filter`: an expression for each element of an array, which is a variable in it.

use std::borrow::Cow;
use std::sync::Arc;

use bson::{Bson, Document, doc};

use super::node::{Custom, Node};
use super::operator::{Args, Operator};
use super::parse::{Parser, check_declared};
use super::scope::Scope;
use super::value::{Value, is_nullish, is_true, null, or_null, owned, type_name};
use super::variables::absent;
use crate::mql::computed::computed;
use crate::mql::{Error, Result};
use crate::value::Number;

pub(super) static OPERATORS: &[Operator] = &[
    Operator::new("$filter", Args::With(read_filter), absent),
    Operator::new("$map", Args::With(read_map), absent),
];

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
