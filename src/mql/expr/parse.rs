//! From BSON to a tree.

use std::sync::Arc;

use bson::{Bson, Document};

use super::node::{Node, Variable};
use super::path::{self, FieldPath};
use super::table;
use crate::mql::{Env, Error, Result, text};

/// Reads expressions; knows the variables around.
pub(crate) struct Parser<'e> {
    env: &'e Env,
    frames: Vec<Vec<Arc<str>>>,
    redact: bool,
}

/// What can be wrong with named arguments, for the operator's own words.
pub(crate) enum Problem<'a> {
    /// The argument is no document.
    NotObject(&'a Bson),
    /// There is no argument of this name.
    Unknown(&'a str),
}

impl<'e> Parser<'e> {
    pub fn new(env: &'e Env) -> Self {
        Self {
            env,
            frames: Vec::new(),
            redact: false,
        }
    }

    pub fn redact(env: &'e Env) -> Self {
        Self {
            redact: true,
            ..Self::new(env)
        }
    }

    /// Any expression.
    pub fn node(&mut self, expression: &Bson) -> Result<Node> {
        match expression {
            Bson::String(text) if text.starts_with('$') => self.reference(text),
            Bson::Document(document) => self.document(document),
            Bson::Array(items) => self.nodes(items).map(Node::Array),
            other => Ok(Node::Constant(Some(other.clone()))),
        }
    }

    /// Several expressions.
    pub fn nodes(&mut self, items: &[Bson]) -> Result<Vec<Node>> {
        items.iter().map(|item| self.node(item)).collect()
    }

    /// An operator's arguments: an array's items, or one that stands alone.
    pub fn list(&mut self, argument: &Bson) -> Result<Vec<Node>> {
        match argument {
            Bson::Array(items) => self.nodes(items),
            one => Ok(vec![self.node(one)?]),
        }
    }

    /// Named arguments in the order of `names`; [`Node::Absent`] for those that were not given.
    pub fn named(
        &mut self,
        argument: &Bson,
        names: &[&str],
        refuse: impl Fn(Problem<'_>) -> Error,
    ) -> Result<Vec<Node>> {
        let Bson::Document(document) = argument else {
            return Err(refuse(Problem::NotObject(argument)));
        };
        let mut args = vec![Node::Absent; names.len()];
        for (name, value) in document {
            let place = names.iter().position(|n| n == name);
            let arg = place.and_then(|place| args.get_mut(place));
            let arg = arg.ok_or_else(|| refuse(Problem::Unknown(name)))?;
            *arg = self.node(value)?;
        }
        Ok(args)
    }

    /// Named arguments that are not read yet, for operators that look at all of them first;
    /// [`Parser::read_collected`] reads them.
    pub fn collect(
        &self,
        argument: &Bson,
        names: &[&str],
        refuse: impl Fn(Problem<'_>) -> Error,
    ) -> Result<Vec<Node>> {
        let Bson::Document(document) = argument else {
            return Err(refuse(Problem::NotObject(argument)));
        };
        let mut args = vec![Node::Absent; names.len()];
        for (name, value) in document {
            let place = names.iter().position(|n| n == name);
            let arg = place.and_then(|place| args.get_mut(place));
            *arg.ok_or_else(|| refuse(Problem::Unknown(name)))? =
                Node::Constant(Some(value.clone()));
        }
        Ok(args)
    }

    /// Reads what [`Parser::collect`] found, in the order of the names.
    pub fn read_collected(&mut self, mut args: Vec<Node>) -> Result<Vec<Node>> {
        for arg in &mut args {
            self.read_in_place(arg)?;
        }
        Ok(args)
    }

    /// The same in another order, which shows where several are wrong.
    pub fn read_in_order(&mut self, mut args: Vec<Node>, order: &[usize]) -> Result<Vec<Node>> {
        for place in order {
            if let Some(arg) = args.get_mut(*place) {
                self.read_in_place(arg)?;
            }
        }
        Ok(args)
    }

    fn read_in_place(&mut self, arg: &mut Node) -> Result<()> {
        if let Node::Constant(Some(value)) = arg {
            *arg = self.node(value)?;
        }
        Ok(())
    }

    /// Reads expressions with more variables.
    pub fn with_variables<R>(
        &mut self,
        names: Vec<Arc<str>>,
        read: impl FnOnce(&mut Self) -> Result<R>,
    ) -> Result<R> {
        self.frames.push(names);
        let result = read(self);
        self.frames.pop();
        result
    }

    /// A document: the call of an operator, or an object of expressions.
    fn document(&mut self, document: &Document) -> Result<Node> {
        match document.iter().next() {
            Some((name, argument)) if name.starts_with('$') => {
                if document.len() != 1 {
                    return Err(Error::new(
                        15983,
                        format!(
                            "An object representing an expression must have exactly one field: {}",
                            text::document(document)
                        ),
                    ));
                }
                self.operator(name, argument)
            }
            _ => self.object(document),
        }
    }

    /// A call by the operator's name.
    pub fn operator(&mut self, name: &str, argument: &Bson) -> Result<Node> {
        if let Some(operator) = table::find(name) {
            return operator.parse(argument, self);
        }
        if let Some(why) = table::refused(name) {
            return Err(Error::new(
                crate::mql::error::code::NOT_IMPLEMENTED,
                format!("{name} is not supported: {why}"),
            ));
        }
        Err(Error::new(
            crate::mql::error::code::INVALID_PIPELINE_OPERATOR,
            format!("Unrecognized expression '{name}'"),
        ))
    }

    /// An object of expressions.
    fn object(&mut self, document: &Document) -> Result<Node> {
        let mut fields = Vec::with_capacity(document.len());
        for (name, value) in document {
            path::check_plain_name(name)?;
            fields.push((name.clone(), self.node(value)?));
        }
        Ok(Node::Object(fields))
    }

    /// `$a.b` or `$$variable.a.b`.
    fn reference(&mut self, text: &str) -> Result<Node> {
        let Some(rest) = text.strip_prefix("$$") else {
            return self.field(text.strip_prefix('$').unwrap_or(text));
        };
        let (name, path) = match rest.split_once('.') {
            Some((name, path)) => (name, Some(path)),
            None => (rest, None),
        };
        check_readable(name)?;
        let variable = self.variable(name)?;
        let path = path.map(FieldPath::parse).transpose()?;
        Ok(match variable {
            Ok(variable) => Node::Variable(variable, path),
            Err(constant) => Node::Constant(path.is_none().then_some(constant)),
        })
    }

    fn field(&mut self, path: &str) -> Result<Node> {
        if path.is_empty() {
            return Err(Error::new(16872, "'$' by itself is not a valid FieldPath"));
        }
        let path = FieldPath::parse(path)?;
        Ok(Node::Variable(self.current(), Some(path)))
    }

    /// Where paths begin: `$$CURRENT`, which an operator around may have declared anew.
    pub fn current(&self) -> Variable {
        self.local("CURRENT").unwrap_or(Variable::Current)
    }

    /// The variable of a name, or the constant that it is.
    fn variable(&self, name: &str) -> Result<std::result::Result<Variable, Bson>> {
        if let Some(local) = self.local(name) {
            return Ok(Ok(local));
        }
        let place = self.env.variables.iter().rposition(|(n, _)| &**n == name);
        if let Some(place) = place {
            let name = name.into();
            return Ok(Ok(Variable::Env { name, place }));
        }
        Ok(Ok(match name {
            "ROOT" => Variable::Root,
            "CURRENT" => Variable::Current,
            "NOW" => Variable::Now,
            "CLUSTER_TIME" => Variable::ClusterTime,
            "REMOVE" => Variable::Remove,
            "DESCEND" if self.redact => return Ok(Err("descend".into())),
            "PRUNE" if self.redact => return Ok(Err("prune".into())),
            "KEEP" if self.redact => return Ok(Err("keep".into())),
            _ => {
                return Err(Error::new(
                    17276,
                    format!("Use of undefined variable: {name}"),
                ));
            }
        }))
    }

    fn local(&self, name: &str) -> Option<Variable> {
        for (up, frame) in self.frames.iter().rev().enumerate() {
            if let Some(slot) = frame.iter().rposition(|n| &**n == name) {
                let name = name.into();
                return Some(Variable::Local { name, up, slot });
            }
        }
        None
    }
}

/// The server's rules for the name of a variable that is read.
fn check_readable(name: &str) -> Result<()> {
    check_variable(name, |first| first.is_ascii_alphabetic())
}

/// The server's rules for the name of a variable that is declared (`let`, `as`).
pub(crate) fn check_declared(name: &str) -> Result<()> {
    if name == "CURRENT" {
        return Ok(());
    }
    check_variable(name, |first| first.is_ascii_lowercase())
}

fn check_variable(name: &str, may_begin: impl Fn(char) -> bool) -> Result<()> {
    let Some(first) = name.chars().next() else {
        return Err(Error::failed_to_parse(
            "empty variable names are not allowed",
        ));
    };
    if first.is_ascii() && !may_begin(first) {
        return Err(Error::failed_to_parse(format!(
            "'{name}' starts with an invalid character for a user variable name"
        )));
    }
    let odd = |c: &char| c.is_ascii() && !c.is_ascii_alphanumeric() && *c != '_';
    match name.chars().find(odd) {
        Some(c) => Err(Error::failed_to_parse(format!(
            "'{name}' contains an invalid character for a variable name: '{c}'"
        ))),
        None => Ok(()),
    }
}
