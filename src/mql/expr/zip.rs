//! `$zip`: the first elements of arrays together, then the second ones, …

use bson::{Bson, doc};

use super::node::{Custom, Node};
use super::operator::{Args, Operator};
use super::parse::Parser;
use super::scope::Scope;
use super::value::{Value, is_nullish, null, owned};
use super::variables::absent;
use crate::mql::computed::computed;
use crate::mql::{Error, Result, text};

pub(super) static OPERATORS: &[Operator] = &[Operator::new("$zip", Args::With(read), absent)];

#[derive(Debug, Clone)]
struct Zip {
    inputs: Vec<Node>,
    defaults: Vec<Node>,
    longest: bool,
}

fn read(_: &'static Operator, argument: &Bson, parser: &mut Parser<'_>) -> Result<Node> {
    let Bson::Document(document) = argument else {
        return Err(Error::new(
            34460,
            format!(
                "$zip only supports an object as an argument, found {}",
                text::type_name(argument)
            ),
        ));
    };
    let mut zip = Zip {
        inputs: Vec::new(),
        defaults: Vec::new(),
        longest: false,
    };
    for (name, value) in document {
        match name.as_str() {
            "inputs" => zip.inputs = expressions(34461, name, value, parser)?,
            "defaults" => zip.defaults = expressions(34462, name, value, parser)?,
            "useLongestLength" => {
                zip.longest = value.as_bool().ok_or_else(|| {
                    Error::new(
                        34463,
                        // The server names its own object here, not the value.
                        "useLongestLength must be a bool, found object",
                    )
                })?;
            }
            _ => {
                return Err(Error::new(
                    34464,
                    format!("$zip found an unknown argument: {name}"),
                ));
            }
        }
    }
    zip.check()?;
    Ok(Node::Custom(Box::new(zip)))
}

fn expressions(code: i32, name: &str, value: &Bson, parser: &mut Parser<'_>) -> Result<Vec<Node>> {
    match value {
        Bson::Array(items) => parser.nodes(items),
        other => Err(Error::new(
            code,
            format!(
                "{name} must be an array of expressions, found {}",
                text::type_name(other)
            ),
        )),
    }
}

impl Zip {
    /// The values for what is not there.
    fn defaults<'a>(&'a self, scope: Scope<'a>) -> Result<Vec<Value<'a>>> {
        if self.defaults.is_empty() {
            return Ok(vec![null(); self.inputs.len()]);
        }
        self.defaults.iter().map(|d| d.eval(scope)).collect()
    }

    fn check(&self) -> Result<()> {
        if self.inputs.is_empty() {
            return Err(Error::new(34465, "$zip requires at least one input array"));
        }
        if self.defaults.is_empty() {
            return Ok(());
        }
        if !self.longest {
            return Err(Error::new(
                34466,
                "cannot specify defaults unless useLongestLength is true",
            ));
        }
        if self.defaults.len() != self.inputs.len() {
            return Err(Error::new(
                34467,
                "defaults and inputs must have the same length",
            ));
        }
        Ok(())
    }
}

impl Custom for Zip {
    fn eval<'a>(&'a self, scope: Scope<'a>) -> Result<Value<'a>> {
        let mut arrays = Vec::with_capacity(self.inputs.len());
        for input in &self.inputs {
            let array = input.eval(scope)?;
            match array.as_deref() {
                value if is_nullish(value) => return Ok(null()),
                Some(Bson::Array(_)) => arrays.push(super::array::items(array)),
                other => {
                    return Err(Error::new(
                        34468,
                        format!(
                            "$zip found a non-array expression in input: {}",
                            computed(other)
                        ),
                    ));
                }
            }
        }
        let lengths = || arrays.iter().map(Vec::len);
        let (least, most) = (lengths().min(), lengths().max());
        let length = if self.longest { most } else { least };
        let defaults = match least == length {
            true => Vec::new(),
            false => self.defaults(scope)?,
        };
        let rows = (0..length.unwrap_or(0)).map(|n| row(&arrays, &defaults, n));
        Ok(owned(rows.collect::<Vec<_>>()))
    }

    fn children(&self) -> Vec<&Node> {
        self.inputs.iter().chain(&self.defaults).collect()
    }

    fn children_mut(&mut self) -> Vec<&mut Node> {
        self.inputs.iter_mut().chain(&mut self.defaults).collect()
    }

    fn fold(self: Box<Self>) -> Result<Node> {
        Ok(Node::Custom(self))
    }

    fn to_bson(&self) -> Bson {
        let list = |nodes: &[Node]| nodes.iter().map(Node::to_bson).collect::<Vec<_>>();
        doc! { "$zip": {
            "inputs": list(&self.inputs),
            "defaults": list(&self.defaults),
            "useLongestLength": self.longest,
        } }
        .into()
    }

    fn boxed(&self) -> Box<dyn Custom> {
        Box::new(self.clone())
    }
}

/// The cells of one row; a missing default leaves its place out.
fn row(arrays: &[Vec<Bson>], defaults: &[Value<'_>], n: usize) -> Bson {
    let cell = |(place, array): (usize, &Vec<Bson>)| {
        let default = || defaults.get(place).and_then(Option::as_deref);
        array.get(n).or_else(default).cloned()
    };
    Bson::Array(arrays.iter().enumerate().filter_map(cell).collect())
}
