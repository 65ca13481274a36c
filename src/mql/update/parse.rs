//! Reading an update.

use std::sync::Arc;

use bson::{Bson, Document};

use super::super::error::{Error, Result};
use super::super::{Env, text};
use super::filters::Filters;
use super::ops::{self, Kind, Op};
use super::path::{self, Part};
use super::tree::Node;

/// A document of operators.
#[derive(Debug, Clone)]
pub(super) struct Operators {
    pub(super) root: Arc<Node>,
    pub(super) filters: Arc<Filters>,
    pub(super) positional: bool,
}

/// Whether a document is one of operators and not a replacement.
pub(super) fn is_operators(update: &Document) -> bool {
    update.keys().next().is_some_and(|key| key.starts_with('$'))
}

impl Operators {
    pub(super) fn parse(update: &Document, filters: &[Document], env: &Env) -> Result<Operators> {
        let mut parser = Parser {
            filters: Filters::parse(filters, env)?,
            used: Vec::new(),
            root: Node::root(),
            positional: false,
            env,
        };
        for (name, fields) in update {
            parser.operator(name, fields)?;
        }
        let unused = parser.filters.names().find(|n| !parser.used.contains(n));
        if let Some(unused) = unused {
            return Err(Error::failed_to_parse(format!(
                "The array filter for identifier '{unused}' was not used in the update {}",
                text::document(update)
            )));
        }
        Ok(Operators {
            root: Arc::new(parser.root),
            filters: Arc::new(parser.filters),
            positional: parser.positional,
        })
    }
}

struct Parser<'a> {
    filters: Filters,
    /// The filters that a path has named.
    used: Vec<String>,
    root: Node,
    positional: bool,
    env: &'a Env,
}

impl Parser<'_> {
    fn operator(&mut self, name: &str, fields: &Bson) -> Result<()> {
        let kind = ops::find(name)?;
        let Bson::Document(fields) = fields else {
            return Err(Error::failed_to_parse(format!(
                "Modifiers operate on fields but we found type {} instead. For example: {{$mod: {{<field>: ...}}}} not {{{}}}",
                text::type_name(fields),
                text::field(name, fields)
            )));
        };
        for (field, value) in fields {
            self.field(kind, field, value)?;
        }
        Ok(())
    }

    fn field(&mut self, kind: Kind, field: &str, value: &Bson) -> Result<()> {
        if let Kind::Rename = kind {
            return self.rename(field, value);
        }
        let parts = path::parse(field)?;
        let op = match kind {
            Kind::Change(parse) => Op::Change(parse(field, value, self.env)?),
            Kind::Unset | Kind::Rename => Op::Remove,
        };
        for part in &parts {
            match part {
                Part::Position => self.positional = true,
                Part::Filter(name) if !name.is_empty() => {
                    if !self.filters.contains(name) {
                        return Err(Error::bad_value(format!(
                            "No array filter found for identifier '{name}' in path '{field}'"
                        )));
                    }
                    self.used.push(name.clone());
                }
                _ => {}
            }
        }
        self.root.add(field, &parts, Node::Leaf(Arc::new(op)))
    }

    fn rename(&mut self, from: &str, to: &Bson) -> Result<()> {
        let to = ops::rename_target(from, to)?;
        path::names(from)?;
        path::names(to)?;
        self.root.add(from, &path::parse(from)?, Node::Taken)?;
        let op = Op::Move {
            from: ops::rename_source(from, to)?,
        };
        self.root
            .add(to, &path::parse(to)?, Node::Leaf(Arc::new(op)))
    }
}
