//! The tree of a projection.

use std::sync::Arc;

use bson::{Bson, Document};
use indexmap::IndexMap;

use super::super::error::{Error, Result};
use super::super::expr::Expr;
use super::super::matching::Matcher;
use super::super::{Deps, Env};

/// What becomes of fields that are not named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// They are dropped, and named ones are kept.
    Inclusion,
    /// They are kept, and named ones are dropped.
    Exclusion,
}

/// Named fields, in the order of the specification.
#[derive(Debug, Clone, Default)]
pub(super) struct Node {
    pub(super) fields: IndexMap<String, Child>,
    /// Whether fields are computed here or below.
    pub(super) computes: bool,
}

/// What is done to a field.
#[derive(Debug, Clone)]
pub(super) enum Child {
    /// It is included or excluded.
    Named,
    /// It is there in either mode: its array is cut later.
    Kept,
    /// Fields of it.
    Inner(Node),
    /// It is computed.
    Computed(Expr),
    /// The first element that an `$elemMatch` on this field finds.
    ElemMatch(Arc<Matcher>),
}

impl Node {
    /// Adds a field. `written` is its path as it was written, for errors.
    pub(super) fn add(&mut self, names: &[String], written: &str, leaf: Child) -> Result<()> {
        let Some((name, before)) = names.split_last() else {
            return Ok(());
        };
        let computes = matches!(leaf, Child::Computed(_) | Child::ElemMatch(_));
        let node = self.descend(before, written, computes)?;
        if node.fields.contains_key(name) {
            return Err(collision(written));
        }
        node.computes |= computes;
        node.fields.insert(name.clone(), leaf);
        Ok(())
    }

    /// Makes room for fields of a sub-object.
    pub(super) fn enter(&mut self, names: &[String], written: &str) -> Result<()> {
        let Some((name, before)) = names.split_last() else {
            return Ok(());
        };
        let node = self.descend(before, written, false)?;
        let child = node.fields.entry(name.clone());
        match child.or_insert_with(|| Child::Inner(Node::default())) {
            Child::Inner(_) => Ok(()),
            _ => Err(collision(written)),
        }
    }

    fn descend(&mut self, names: &[String], written: &str, computes: bool) -> Result<&mut Node> {
        let mut node = self;
        for name in names {
            node.computes |= computes;
            let child = node.fields.entry(name.clone());
            node = match child.or_insert_with(|| Child::Inner(Node::default())) {
                Child::Inner(inner) => inner,
                _ => {
                    let (_, remaining) = written.split_once('.').unwrap_or_default();
                    return Err(Error::new(
                        31249,
                        format!("Path collision at {written} remaining portion {remaining}"),
                    ));
                }
            };
        }
        Ok(node)
    }

    /// The fields of a document that stay.
    pub(super) fn keep(&self, mode: Mode, doc: &Document) -> Document {
        let fields = doc.iter().filter_map(|(name, value)| {
            let value = match (self.fields.get(name), mode) {
                (Some(Child::Inner(node)), mode) => node.keep_in(mode, value)?,
                (Some(Child::Named), Mode::Exclusion) => return None,
                (Some(Child::Named | Child::Kept), _) | (_, Mode::Exclusion) => value.clone(),
                _ => return None,
            };
            Some((name.clone(), value))
        });
        fields.collect()
    }

    fn keep_in(&self, mode: Mode, value: &Bson) -> Option<Bson> {
        match value {
            Bson::Document(doc) => Some(Bson::Document(self.keep(mode, doc))),
            Bson::Array(items) => {
                let items = items.iter().filter_map(|item| self.keep_in(mode, item));
                Some(Bson::Array(items.collect()))
            }
            // A document takes its place when its fields are computed.
            _ if mode == Mode::Inclusion => self.computes.then_some(Bson::Null),
            other => Some(other.clone()),
        }
    }

    /// Computes fields of `out` from the document.
    pub(super) fn compute(&self, doc: &Document, out: &mut Document, env: &Env) -> Result<()> {
        if !self.computes {
            return Ok(());
        }
        for (name, child) in &self.fields {
            let value = match child {
                Child::Inner(node) if node.computes => {
                    let mut value = out.get_mut(name).map(std::mem::take);
                    node.compute_in(doc, &mut value, env)?;
                    value
                }
                Child::Computed(expr) => expr.eval(doc, env)?,
                Child::ElemMatch(matcher) => first_match(doc, name, matcher)?,
                _ => continue,
            };
            match value {
                Some(value) => {
                    out.insert(name, value);
                }
                None => {
                    out.remove(name);
                }
            }
        }
        Ok(())
    }

    /// The document without what is excluded and with what is computed, in place.
    pub(super) fn change(&self, mut doc: Document, env: &Env) -> Result<Document> {
        // All is computed from the document as it was.
        let mut computed = Vec::new();
        for (name, child) in &self.fields {
            let value = match child {
                Child::Inner(node) if node.computes => {
                    let old = doc.get(name);
                    let mut value = old.and_then(|old| node.keep_in(Mode::Exclusion, old));
                    node.compute_in(&doc, &mut value, env)?;
                    value
                }
                Child::Computed(expr) => expr.eval(&doc, env)?,
                Child::ElemMatch(matcher) => first_match(&doc, name, matcher)?,
                _ => continue,
            };
            computed.push((name, value));
        }
        for (name, child) in &self.fields {
            match child {
                Child::Named => {
                    doc.remove(name);
                }
                Child::Inner(node) if !node.computes => {
                    if let Some(value) = doc.get_mut(name) {
                        let old = std::mem::take(value);
                        *value = node.keep_in(Mode::Exclusion, &old).unwrap_or(Bson::Null);
                    }
                }
                _ => {}
            }
        }
        for (name, value) in computed {
            match value {
                Some(value) => {
                    doc.insert(name, value);
                }
                None => {
                    doc.remove(name);
                }
            }
        }
        Ok(doc)
    }

    fn compute_in(&self, doc: &Document, value: &mut Option<Bson>, env: &Env) -> Result<()> {
        match value {
            Some(Bson::Document(inner)) => self.compute(doc, inner, env),
            Some(Bson::Array(items)) => {
                for item in items {
                    let mut new = Some(std::mem::take(item));
                    self.compute_in(doc, &mut new, env)?;
                    *item = new.unwrap_or(Bson::Null);
                }
                Ok(())
            }
            _ => {
                let mut inner = Document::new();
                self.compute(doc, &mut inner, env)?;
                *value = Some(inner.into());
                Ok(())
            }
        }
    }

    pub(super) fn deps(&self, mode: Mode, deps: &mut Deps) {
        for (name, child) in &self.fields {
            match child {
                Child::Named if mode == Mode::Exclusion => {}
                Child::Named | Child::Kept | Child::ElemMatch(_) => deps.path(name),
                Child::Inner(node) => {
                    deps.path(name);
                    node.computed_deps(deps);
                }
                Child::Computed(expr) => expr.deps(deps),
            }
        }
    }

    fn computed_deps(&self, deps: &mut Deps) {
        for child in self.fields.values() {
            match child {
                Child::Inner(node) => node.computed_deps(deps),
                Child::Computed(expr) => expr.deps(deps),
                _ => {}
            }
        }
    }

    pub(super) fn changed(&self, mode: Mode) -> Vec<&str> {
        let fields = self.fields.iter();
        let changed =
            fields.filter(|(_, child)| !matches!((child, mode), (Child::Named, Mode::Inclusion)));
        changed.map(|(name, _)| name.as_str()).collect()
    }
}

fn collision(written: &str) -> Error {
    Error::new(31250, format!("Path collision at {written}"))
}

/// The array of the first element that matches.
fn first_match(doc: &Document, name: &str, matcher: &Matcher) -> Result<Option<Bson>> {
    let Some(Bson::Array(items)) = doc.get(name) else {
        return Ok(None);
    };
    let at = matcher.matches_at(doc)?.and_then(|position| position.index);
    let item = at.and_then(|at| items.get(at));
    Ok(item.map(|item| Bson::Array(vec![item.clone()])))
}
