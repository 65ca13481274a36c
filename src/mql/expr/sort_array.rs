//! `$sortArray`: an array in the order of its elements or of fields in them.

use std::cmp::Ordering;

use bson::{Bson, Document, doc};

use super::node::{Custom, Node};
use super::operator::{Args, Operator};
use super::parse::Parser;
use super::scope::Scope;
use super::value::{Value, is_nullish, null, owned, type_name};
use super::variables::absent;
use crate::mql::{Error, Result, text};
use crate::value::{Number, compare};

pub(super) static OPERATORS: &[Operator] = &[Operator::new("$sortArray", Args::With(read), absent)];

#[derive(Debug, Clone)]
struct SortArray {
    input: Node,
    order: Order,
    shown: Bson,
}

/// How elements are ordered.
#[derive(Debug, Clone)]
enum Order {
    Whole { descending: bool },
    Fields(Vec<(String, bool)>),
}

fn read(_: &'static Operator, argument: &Bson, parser: &mut Parser<'_>) -> Result<Node> {
    let Bson::Document(document) = argument else {
        return Err(Error::new(
            2_942_500,
            format!(
                "$sortArray requires an object as an argument, found: {}",
                text::type_name(argument)
            ),
        ));
    };
    let (mut input, mut sort_by) = (None, None);
    for (name, value) in document {
        match name.as_str() {
            "input" => input = Some(parser.node(value)?),
            "sortBy" => sort_by = Some((order(value)?, value.clone())),
            _ => {
                return Err(Error::new(
                    2_942_501,
                    format!("$sortArray found an unknown argument: {name}"),
                ));
            }
        }
    }
    let missing = |code, name| {
        Error::new(
            code,
            format!("$sortArray requires '{name}' to be specified"),
        )
    };
    let input = input.ok_or_else(|| missing(2_942_502, "input"))?;
    let (order, shown) = sort_by.ok_or_else(|| missing(2_942_503, "sortBy"))?;
    Ok(Node::Custom(Box::new(SortArray {
        input,
        order,
        shown,
    })))
}

fn order(sort_by: &Bson) -> Result<Order> {
    if let Bson::Document(fields) = sort_by {
        return fields_of(fields)
            .map(Order::Fields)
            .map_err(|message| Error::new(2_942_505, format!("BadValue: {message}")));
    }
    if Number::from_bson(sort_by).is_none() {
        return Err(Error::new(
            2_942_507,
            "The $sort is invalid: use 1/-1 to sort the whole element, or {field:1/-1} to sort embedded fields",
        ));
    }
    match direction(sort_by) {
        Some(descending) => Ok(Order::Whole { descending }),
        None => Err(Error::new(
            2_942_506,
            "The $sort element value must be either 1 or -1",
        )),
    }
}

fn direction(value: &Bson) -> Option<bool> {
    match Number::from_bson(value)?.to_i64()? {
        1 => Some(false),
        -1 => Some(true),
        _ => None,
    }
}

fn fields_of(fields: &Document) -> std::result::Result<Vec<(String, bool)>, String> {
    if fields.is_empty() {
        return Err("The sort pattern is empty when it should be a set of fields.".into());
    }
    let mut order = Vec::with_capacity(fields.len());
    for (path, value) in fields {
        let Some(descending) = direction(value) else {
            return Err("The sort element value must be either 1 or -1".into());
        };
        if path.is_empty() {
            return Err("The sort field cannot be empty".into());
        }
        if path.split('.').any(str::is_empty) {
            return Err(format!(
                "The sort field is a dotted field but has an empty part: {path}"
            ));
        }
        order.push((path.clone(), descending));
    }
    Ok(order)
}

impl Order {
    fn compare(&self, a: &Bson, b: &Bson) -> Ordering {
        match self {
            Order::Whole { descending } => directed(compare(a, b), *descending),
            Order::Fields(fields) => {
                let orders = fields.iter().map(|(path, descending)| {
                    directed(compare(field(a, path), field(b, path)), *descending)
                });
                orders.fold(Ordering::Equal, Ordering::then)
            }
        }
    }
}

fn directed(order: Ordering, descending: bool) -> Ordering {
    if descending { order.reverse() } else { order }
}

/// The value at a path, through documents and by index through arrays; null where there is none.
fn field<'a>(element: &'a Bson, path: &str) -> &'a Bson {
    let step = |value: &'a Bson, name: &str| match value {
        Bson::Document(document) => document.get(name),
        Bson::Array(items) => items.get(name.parse::<usize>().ok()?),
        _ => None,
    };
    if !matches!(element, Bson::Document(_)) {
        return &Bson::Null;
    }
    path.split('.')
        .try_fold(element, step)
        .unwrap_or(&Bson::Null)
}

impl Custom for SortArray {
    fn eval<'a>(&'a self, scope: Scope<'a>) -> Result<Value<'a>> {
        let input = self.input.eval(scope)?;
        match input.as_deref() {
            value if is_nullish(value) => Ok(null()),
            Some(Bson::Array(_)) => {
                let mut items = super::array::items(input);
                items.sort_by(|a, b| self.order.compare(a, b));
                Ok(owned(items))
            }
            other => Err(Error::new(
                2_942_504,
                format!(
                    "The input argument to $sortArray must be an array, but was of type: {}",
                    type_name(other)
                ),
            )),
        }
    }

    fn children(&self) -> Vec<&Node> {
        vec![&self.input]
    }

    fn children_mut(&mut self) -> Vec<&mut Node> {
        vec![&mut self.input]
    }

    fn fold(self: Box<Self>) -> Result<Node> {
        Ok(Node::Custom(self))
    }

    fn to_bson(&self) -> Bson {
        doc! { "$sortArray": { "input": self.input.to_bson(), "sortBy": self.shown.clone() } }
            .into()
    }

    fn boxed(&self) -> Box<dyn Custom> {
        Box::new(self.clone())
    }
}
