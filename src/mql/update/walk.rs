//! Doing to a document what an update's tree says.

use bson::{Bson, Document};

use super::super::Env;
use super::super::error::{Error, Result, code};
use super::super::text;
use super::check;
use super::filters::Filters;
use super::log::Log;
use super::ops::{At, Change, Effect, Missing, Op};
use super::place::{self, Found};
use super::tree::{Name, Node, Object};

/// A walk through the tree for one document.
pub(super) struct Walk<'a> {
    /// The document as it is so far.
    pub(super) doc: Document,
    /// What has been changed.
    pub(super) log: Log,
    /// Its `_id` before, which may not change.
    pub(super) id: Option<&'a Bson>,
    /// The array element that the filter matched.
    pub(super) position: Option<usize>,
    /// Whether it is the document of an upsert.
    pub(super) insert: bool,
    pub(super) filters: &'a Filters,
    pub(super) env: &'a Env,
}

impl Walk<'_> {
    /// Does what the tree says; says whether the document has changed.
    pub(super) fn run(&mut self, root: &Node) -> Result<bool> {
        self.node(root, &mut Vec::new(), !self.insert)
    }

    fn node(&mut self, node: &Node, path: &mut Vec<String>, log: bool) -> Result<bool> {
        match node {
            Node::Taken => Ok(false),
            Node::Object(object) => self.object(object, path, log),
            Node::Array(filters) => self.array(filters, path, log),
            Node::Leaf(op) => match &**op {
                Op::Change(change) => self.change(&**change, path, log),
                Op::Remove => self.remove(path, log),
                Op::Move { from } => self.rename(from, path, log),
            },
        }
    }

    fn object(&mut self, object: &Object, path: &mut Vec<String>, log: bool) -> Result<bool> {
        let mut changed = false;
        let position = match &object.position {
            Some(node) => Some((self.position_name()?, &**node)),
            None => None,
        };
        let mut pending = position;
        for (name, node) in &object.children {
            let mut together = None;
            match pending.as_ref().map(|(at, _)| at.cmp(name)) {
                Some(std::cmp::Ordering::Less) => {
                    if let Some((at, node)) = pending.take() {
                        changed |= self.child(&at, node, path, log)?;
                    }
                }
                Some(std::cmp::Ordering::Equal) => {
                    if let Some((at, other)) = pending.take() {
                        path.push(at.0);
                        together = Some(node.merged(other, path)?);
                        path.pop();
                    }
                }
                _ => {}
            }
            changed |= self.child(name, together.as_ref().unwrap_or(node), path, log)?;
        }
        if let Some((at, node)) = pending {
            changed |= self.child(&at, node, path, log)?;
        }
        Ok(changed)
    }

    fn child(
        &mut self,
        name: &Name,
        node: &Node,
        path: &mut Vec<String>,
        log: bool,
    ) -> Result<bool> {
        path.push(name.0.clone());
        let changed = self.node(node, path, log);
        path.pop();
        changed
    }

    fn position_name(&self) -> Result<Name> {
        let name = self.position.map(|at| Name(at.to_string()));
        name.ok_or_else(|| {
            Error::bad_value(
                "The positional operator did not find the match needed from the query.",
            )
        })
    }

    /// Changes the elements that array filters mean. If they are several, the oplog gets the elements, or
    /// the array, as a whole.
    fn array(
        &mut self,
        filters: &std::collections::BTreeMap<String, Node>,
        path: &mut Vec<String>,
        log: bool,
    ) -> Result<bool> {
        let wanted = self.matching(filters, path)?;
        let single = wanted.len() == 1;
        let mut changed = Vec::new();
        for (at, nodes) in wanted {
            path.push(at.to_string());
            let done = self.together(&nodes, path, log && single);
            if done? {
                changed.push(at);
            }
            path.pop();
        }
        match changed[..] {
            [] => return Ok(false),
            _ if !log || single => {}
            [at] => {
                path.push(at.to_string());
                self.log.add(&self.doc, path, path.len(), Log::Updated);
                path.pop();
            }
            _ => self.log.add(&self.doc, path, path.len(), Log::Updated),
        }
        Ok(true)
    }

    /// The places of an array with what is done there.
    fn matching<'n>(
        &self,
        filters: &'n std::collections::BTreeMap<String, Node>,
        path: &[String],
    ) -> Result<Vec<(usize, Vec<&'n Node>)>> {
        let Some(value) = place::get(&self.doc, path) else {
            return Err(Error::bad_value(format!(
                "The path '{}' must exist in the document in order to apply array updates.",
                path.join(".")
            )));
        };
        let Bson::Array(items) = value else {
            let name = path.last().map_or("", String::as_str);
            return Err(Error::bad_value(format!(
                "Cannot apply array updates to non-array element {}",
                text::field(name, value)
            )));
        };
        let mut wanted = Vec::new();
        for (at, item) in items.iter().enumerate() {
            let mut nodes = Vec::new();
            for (filter, node) in filters {
                if self.filters.matches(filter, item)? {
                    nodes.push(node);
                }
            }
            if !nodes.is_empty() {
                wanted.push((at, nodes));
            }
        }
        Ok(wanted)
    }

    fn together(&mut self, nodes: &[&Node], path: &mut Vec<String>, log: bool) -> Result<bool> {
        let Some((first, others)) = nodes.split_first() else {
            return Ok(false);
        };
        if others.is_empty() {
            return self.node(first, path, log);
        }
        let all = others
            .iter()
            .try_fold(Node::clone(first), |all, other| all.merged(other, path))?;
        self.node(&all, path, log)
    }

    fn change(&mut self, change: &dyn Change, path: &[String], log: bool) -> Result<bool> {
        if change.only_on_insert() && !self.insert {
            return Ok(false);
        }
        let at = At {
            path,
            id: self.id,
            env: self.env,
        };
        let depth = match place::find(&self.doc, path) {
            Found::Value(_) => return self.change_existing(change, &at, log),
            Found::Missing(depth) => depth,
            Found::NotViable(depth, element) => {
                return Err(match change.missing(&at)? {
                    Missing::Create(_) => place::cannot_create(path, depth, element),
                    Missing::Nothing => place::cannot_traverse(path, depth, element),
                });
            }
        };
        match change.missing(&at)? {
            Missing::Nothing => Ok(false),
            Missing::Create(value) => {
                self.create(path, depth, value, log)?;
                Ok(true)
            }
        }
    }

    fn change_existing(&mut self, change: &dyn Change, at: &At<'_>, log: bool) -> Result<bool> {
        let Some(value) = place::get_mut(&mut self.doc, at.path) else {
            return Ok(false);
        };
        let effect = change.existing(value, at)?;
        let length = value.as_array().map_or(0, Vec::len);
        if effect == Effect::Same {
            return Ok(false);
        }
        let value = check::value(at.path, value);
        self.check_id(at.path)?;
        value?;
        if log {
            self.log_effect(effect, at.path, length);
        }
        Ok(true)
    }

    fn log_effect(&mut self, effect: Effect, path: &[String], length: usize) {
        let Effect::Appended(count) = effect else {
            self.log.add(&self.doc, path, path.len(), Log::Updated);
            return;
        };
        let mut path = path.to_vec();
        for at in length.saturating_sub(count)..length {
            path.push(at.to_string());
            self.log
                .add(&self.doc, &path, path.len() - 1, Log::Inserted);
            path.pop();
        }
    }

    fn create(&mut self, path: &[String], depth: usize, value: Bson, log: bool) -> Result<()> {
        let in_id = self.id.is_some() && path.first().is_some_and(|name| name == "_id");
        if !in_id {
            check::value(path, &value)?;
        }
        place::create(&mut self.doc, path, depth, value)?;
        if in_id {
            return Err(self.id_grown(path, depth));
        }
        if log {
            self.log.add(&self.doc, path, depth, Log::Inserted);
        }
        Ok(())
    }

    fn remove(&mut self, path: &[String], log: bool) -> Result<bool> {
        if place::get(&self.doc, path).is_none() {
            return Ok(false);
        }
        self.check_id(path)?;
        self.remove_logged(path, log);
        Ok(true)
    }

    fn remove_logged(&mut self, path: &[String], log: bool) {
        place::remove(&mut self.doc, path);
        if log {
            let stays = place::get(&self.doc, path).is_some();
            let what = if stays { Log::Updated } else { Log::Removed };
            self.log.add(&self.doc, path, path.len(), what);
        }
    }

    fn rename(&mut self, from: &[String], to: &[String], log: bool) -> Result<bool> {
        let value = match place::find(&self.doc, from) {
            Found::Value(value) => value.clone(),
            Found::Missing(_) => return Ok(false),
            Found::NotViable(depth, element) => return Err(not_traversed(from, depth, element)),
        };
        self.no_array("source", from)?;
        self.no_array("destination", to)?;
        let destination = place::find(&self.doc, to);
        if let Found::NotViable(depth, element) = destination {
            return Err(place::cannot_create(to, depth, element));
        }
        self.check_id(from)?;
        match destination {
            Found::NotViable(..) => {}
            Found::Missing(depth) => self.create(to, depth, value, log)?,
            Found::Value(old) => {
                let same = crate::value::identical(old, &value);
                check::value(to, &value)?;
                if let Some(slot) = place::get_mut(&mut self.doc, to) {
                    *slot = value;
                }
                if !same {
                    self.check_id(to)?;
                    if log {
                        self.log.add(&self.doc, to, to.len(), Log::Updated);
                    }
                }
            }
        }
        self.remove_logged(from, log);
        Ok(true)
    }

    fn no_array(&self, role: &str, path: &[String]) -> Result<()> {
        let Some(array) = place::array_before(&self.doc, path) else {
            return Ok(());
        };
        let id = self.doc.get("_id");
        let id = id.map_or_else(|| "no id".to_owned(), |id| text::field("_id", id));
        Err(Error::bad_value(format!(
            "The {role} field cannot be an array element, '{}' in doc with {id} has an array field called '{array}'",
            path.join(".")
        )))
    }

    /// The refusal of a new part of the `_id`, below its first `depth` parts.
    fn id_grown(&self, path: &[String], depth: usize) -> Error {
        let (there, _) = path.split_at(depth.clamp(1, path.len().max(1)));
        let name = there.last().map_or("", String::as_str);
        let value = place::get(&self.doc, there).unwrap_or(&Bson::Null);
        immutable(format!(
            "Updating the path '{}' to {} would modify the immutable field '_id'",
            there.join("."),
            text::field(name, value)
        ))
    }

    /// Refuses a change of the `_id` that the document had before.
    fn check_id(&self, path: &[String]) -> Result<()> {
        if self.id.is_none() || path.first().is_none_or(|name| name != "_id") {
            return Ok(());
        }
        Err(immutable(format!(
            "Performing an update on the path '{}' would modify the immutable field '_id'",
            path.join(".")
        )))
    }
}

fn immutable(message: String) -> Error {
    Error::new(code::IMMUTABLE_FIELD, message)
}

fn not_traversed(path: &[String], depth: usize, element: &Bson) -> Error {
    let part = depth.checked_sub(1).and_then(|at| path.get(at));
    let part = part.map_or("", String::as_str);
    Error::new(
        code::PATH_NOT_VIABLE,
        format!(
            "cannot use the part ({part} of {}) to traverse the element ({{{}}})",
            path.join("."),
            text::field(part, element)
        ),
    )
}
