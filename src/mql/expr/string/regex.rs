//! `$regexMatch`, `$regexFind`, `$regexFindAll`.
//!
//! A pattern that is the same for all documents is compiled while parsing, and a mistake in it is found then; the input
//! is never looked at before evaluation, even where it is constant.

use bson::{Bson, Document, doc};
use fancy_regex::Captures;

use super::super::node::{Custom, Node};
use super::super::operator::{Args, Operator};
use super::super::parse::{Parser, Problem};
use super::super::scope::Scope;
use super::super::value::{Value, is_nullish, null, owned};
use super::as_text;
use crate::mql::regex::{Mistake, Regex};
use crate::mql::{Error, Result, text};

pub(super) static OPERATORS: &[Operator] = &[
    Operator::new("$regexFind", Args::With(read), |_, _| Ok(None)),
    Operator::new("$regexFindAll", Args::With(read), |_, _| Ok(None)),
    Operator::new("$regexMatch", Args::With(read), |_, _| Ok(None)),
];

const NAMES: [&str; 3] = ["input", "regex", "options"];

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Want {
    Match,
    Find,
    FindAll,
}

/// A call of one of the three.
#[derive(Debug, Clone)]
struct Search {
    name: &'static str,
    want: Want,
    /// Input, regex, options.
    args: [Node; 3],
    /// The pattern where it is constant; the inner option is `None` for null.
    compiled: Option<Option<Regex>>,
}

fn read(op: &'static Operator, argument: &Bson, parser: &mut Parser<'_>) -> Result<Node> {
    let name = op.name;
    let args = parser.named(argument, &NAMES, |problem| match problem {
        Problem::NotObject(found) => {
            let found = text::type_name(found);
            let message = format!("{name} expects an object of named arguments but found: {found}");
            Error::new(51_103, message)
        }
        Problem::Unknown(field) => {
            Error::new(31_024, format!("{name} found an unknown argument: {field}"))
        }
    })?;
    let mut args = args.into_iter();
    let mut next = || args.next().unwrap_or(Node::Absent);
    let args = [next(), next(), next()];
    for ((arg, field), code) in args.iter().zip(NAMES).zip([31_022, 31_023]) {
        if !arg.is_given() {
            let message = format!("{name} requires '{field}' parameter");
            return Err(Error::new(code, message));
        }
    }
    let want = match name {
        "$regexMatch" => Want::Match,
        "$regexFind" => Want::Find,
        _ => Want::FindAll,
    };
    Ok(Node::Custom(Box::new(Search {
        name,
        want,
        args,
        compiled: None,
    })))
}

impl Custom for Search {
    fn eval<'a>(&'a self, scope: Scope<'a>) -> Result<Value<'a>> {
        let [input, pattern, options] = &self.args;
        let input = input.eval(scope)?;
        let input = input.as_deref();
        // All arguments are evaluated before one is looked at.
        let parts = match &self.compiled {
            Some(_) => None,
            None => Some((pattern.eval(scope)?, options.eval(scope)?)),
        };
        if !is_nullish(input) && as_text(input).is_none() {
            let message = format!("{} needs 'input' to be of type string", self.name);
            return Err(Error::new(51_104, message));
        }
        let computed;
        let regex = match (&self.compiled, parts) {
            (Some(regex), _) => regex.as_ref(),
            (None, parts) => {
                let (pattern, options) = parts.unwrap_or_default();
                computed = self.compile(pattern.as_deref(), options.as_deref())?;
                computed.as_ref()
            }
        };
        match (as_text(input), regex) {
            (Some(input), Some(regex)) => self.search(input, regex),
            _ => Ok(self.nothing()),
        }
    }

    fn children(&self) -> Vec<&Node> {
        self.args.iter().collect()
    }

    fn children_mut(&mut self) -> Vec<&mut Node> {
        self.args.iter_mut().collect()
    }

    fn fold(mut self: Box<Self>) -> Result<Node> {
        if let (Some(pattern), Some(options)) = (constant(&self.args[1]), constant(&self.args[2])) {
            self.compiled = Some(self.compile(pattern, options)?);
        }
        Ok(Node::Custom(self))
    }

    fn to_bson(&self) -> Bson {
        let args = self.args.iter().zip(NAMES);
        let args = args.filter(|(arg, _)| arg.is_given());
        let args: Document = args
            .map(|(arg, name)| (name.to_owned(), arg.to_bson()))
            .collect();
        doc! { self.name: args }.into()
    }

    fn boxed(&self) -> Box<dyn Custom> {
        Box::new(self.clone())
    }
}

/// The value of a constant or absent argument.
fn constant(node: &Node) -> Option<Option<&Bson>> {
    match node {
        Node::Constant(value) => Some(value.as_ref()),
        Node::Absent => Some(None),
        _ => None,
    }
}

impl Search {
    /// The regular expression; `None` where it is null.
    fn compile(&self, pattern: Option<&Bson>, options: Option<&Bson>) -> Result<Option<Regex>> {
        let name = self.name;
        let fail = |code, what: &str| Err(Error::new(code, format!("{name}{what}")));
        let (pattern, own) = match pattern {
            Some(Bson::RegularExpression(r)) => (Some(r.pattern.as_str()), r.options.as_str()),
            value if is_nullish(value) => (None, ""),
            value => match as_text(value) {
                Some(text) => (Some(text), ""),
                None => return fail(51_105, " needs 'regex' to be of type string or regex"),
            },
        };
        let given = match options {
            value if is_nullish(value) => None,
            value => match as_text(value) {
                Some(text) => Some(text),
                None => return fail(51_106, " needs 'options' to be of type string"),
            },
        };
        if given.is_some() && !own.is_empty() {
            return fail(
                51_107,
                ": found regex option(s) specified in both 'regex' and 'option' fields",
            );
        }
        let options = given.unwrap_or(own);
        if pattern.is_some_and(|p| p.contains('\0')) {
            return fail(
                51_109,
                ": regular expression cannot contain an embedded null byte",
            );
        }
        if options.contains('\0') {
            return fail(
                51_110,
                ": regular expression options cannot contain an embedded null byte",
            );
        }
        let compiled = Regex::new(pattern.unwrap_or_default(), options).map_err(|e| match e {
            Mistake::Option(c) => {
                Error::new(51_108, format!("{name} invalid flag in regex options: {c}"))
            }
            Mistake::Pattern(what) => {
                Error::new(51_111, format!("Invalid Regex in {name}: {what}"))
            }
        })?;
        Ok(pattern.map(|_| compiled))
    }

    fn nothing<'a>(&self) -> Value<'a> {
        match self.want {
            Want::Match => owned(false),
            Want::Find => null(),
            Want::FindAll => owned(Vec::<Bson>::new()),
        }
    }

    fn search<'a>(&self, input: &str, regex: &Regex) -> Result<Value<'a>> {
        let Some(program) = regex.program(input) else {
            return Ok(self.nothing());
        };
        let gave_up = |_| {
            let name = self.name;
            let message = format!(
                "Error occurred while executing the regular expression in {name}. Result code: -8"
            );
            Error::new(51_156, message)
        };
        match self.want {
            Want::Match => Ok(owned(program.is_match(input).map_err(gave_up)?)),
            Want::Find => {
                let captures = program.captures(input).map_err(gave_up)?;
                let found = captures.and_then(|c| description(&c, &mut Place::default(), input));
                Ok(found.map_or_else(null, owned))
            }
            Want::FindAll => {
                let mut place = Place::default();
                let mut found: Vec<Bson> = Vec::new();
                let mut from = 0;
                // The end is no place to begin, except in an empty text.
                while from < input.len() || from == 0 {
                    let captures = program.captures_from_pos(input, from).map_err(gave_up)?;
                    let Some(captures) = captures else { break };
                    let Some(whole) = captures.get(0) else { break };
                    let (start, end) = (whole.start(), whole.end());
                    found.extend(description(&captures, &mut place, input).map(Bson::from));
                    from = if end > start { end } else { after(input, end) };
                }
                Ok(owned(found))
            }
        }
    }
}

/// The place behind the character at a place.
fn after(input: &str, at: usize) -> usize {
    let next = input.get(at..).and_then(|rest| rest.chars().next());
    at + next.map_or(1, char::len_utf8)
}

/// A place in a text, in bytes and in code points; it only moves forwards.
#[derive(Default)]
struct Place {
    bytes: usize,
    points: usize,
}

impl Place {
    fn move_to(&mut self, bytes: usize, input: &str) -> i32 {
        let between = input.get(self.bytes..bytes).unwrap_or_default();
        self.points += between.chars().count();
        self.bytes = bytes.max(self.bytes);
        i32::try_from(self.points).unwrap_or(i32::MAX)
    }
}

/// `{match, idx, captures}`
fn description(captures: &Captures<'_, str>, place: &mut Place, input: &str) -> Option<Document> {
    let whole = captures.get(0)?;
    let groups = captures.iter().skip(1);
    let groups = groups.map(|group| group.map_or(Bson::Null, |m| m.as_str().into()));
    Some(doc! {
        "match": whole.as_str(),
        "idx": place.move_to(whole.start(), input),
        "captures": groups.collect::<Vec<Bson>>(),
    })
}
