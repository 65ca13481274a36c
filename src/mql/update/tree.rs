//! An update as a tree over the paths that it changes.
//!
//! Two operators that would change the same place, or one a part of the other's, are a conflict; what can be
//! seen of that without a document is seen when a path is added, the rest when positional parts have become
//! places ([`Node::merged`]).

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::error::{Error, Result, code};
use super::ops::Op;
use super::path::Part;

/// A place in the tree.
#[derive(Debug, Clone)]
pub(super) enum Node {
    /// What is done to the value here.
    Leaf(Arc<Op>),
    /// The source of a `$rename`: nothing else may touch it.
    Taken,
    /// Names below.
    Object(Object),
    /// Array filters below, by name; the empty one is `$[]`.
    Array(BTreeMap<String, Node>),
}

/// Names below a place.
#[derive(Debug, Clone, Default)]
pub(super) struct Object {
    pub(super) children: BTreeMap<Name, Node>,
    /// What is below a `$`.
    pub(super) position: Option<Box<Node>>,
}

/// A name in the order in which the server applies changes: numbers by their value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name(pub(super) String);

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        let (a, b) = (self.0.as_str(), other.0.as_str());
        let numbers = || number_order(a, b).then_with(|| a.cmp(b));
        match (is_number(a), is_number(b)) {
            (true, true) => numbers(),
            (true, false) => before_other(b),
            (false, true) => before_other(a).reverse(),
            (false, false) => a.cmp(b),
        }
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn is_number(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_digit())
}

fn number_order(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// The order of any number and a name that is none.
fn before_other(name: &str) -> Ordering {
    if name.as_bytes().first().is_some_and(|&b| b >= b'0') {
        Ordering::Less
    } else {
        Ordering::Greater
    }
}

impl Node {
    /// An empty root.
    pub(super) fn root() -> Node {
        Node::Object(Object::default())
    }

    /// Adds what is done at a path.
    pub(super) fn add(&mut self, path: &str, parts: &[Part], leaf: Node) -> Result<()> {
        let mut node = self;
        for (at, part) in parts.iter().enumerate() {
            let next = parts.get(at + 1);
            let slot = match (part, node) {
                (Part::Filter(filter), Node::Array(filters)) => Slot::Filter(filters, filter),
                (Part::Name(name), Node::Object(object)) => Slot::Name(&mut object.children, name),
                (Part::Position, Node::Object(object)) => Slot::Position(&mut object.position),
                _ => return Err(conflict(path, at)),
            };
            let Some(next) = next else {
                if slot.is_taken() {
                    return Err(conflict(path, at + 1));
                }
                slot.or_insert(|| leaf);
                return Ok(());
            };
            node = slot.or_insert(|| match next {
                Part::Filter(_) => Node::Array(BTreeMap::new()),
                _ => Node::root(),
            });
        }
        Ok(())
    }

    /// Two nodes that have come to mean the same place.
    pub(super) fn merged(&self, other: &Node, path: &[String]) -> Result<Node> {
        match (self, other) {
            (Node::Object(a), Node::Object(b)) => a.merged(b, path).map(Node::Object),
            (Node::Array(a), Node::Array(b)) => {
                merged(a, b, path, |name| format!("$[{name}]")).map(Node::Array)
            }
            _ => Err(Error::new(
                code::CONFLICTING_UPDATE_OPERATORS,
                format!("Update created a conflict at '{}'", path.join(".")),
            )),
        }
    }
}

impl Object {
    fn merged(&self, other: &Object, path: &[String]) -> Result<Object> {
        let children = merged(&self.children, &other.children, path, |name| name.0.clone())?;
        let position = match (&self.position, &other.position) {
            (Some(a), Some(b)) => Some(Box::new(a.merged(b, &below(path, "$".to_owned()))?)),
            (a, b) => a.clone().or_else(|| b.clone()),
        };
        Ok(Object { children, position })
    }
}

fn merged<K: Ord + Clone>(
    a: &BTreeMap<K, Node>,
    b: &BTreeMap<K, Node>,
    path: &[String],
    name: impl Fn(&K) -> String,
) -> Result<BTreeMap<K, Node>> {
    let mut all = a.clone();
    for (key, node) in b {
        let node = match all.get(key) {
            Some(same) => same.merged(node, &below(path, name(key)))?,
            None => node.clone(),
        };
        all.insert(key.clone(), node);
    }
    Ok(all)
}

fn below(path: &[String], name: String) -> Vec<String> {
    path.iter().cloned().chain([name]).collect()
}

/// The conflict of a path with what is at its first `parts` parts.
fn conflict(path: &str, parts: usize) -> Error {
    let there: Vec<_> = path.split('.').take(parts).collect();
    let there = there.join(".");
    Error::new(
        code::CONFLICTING_UPDATE_OPERATORS,
        format!("Updating the path '{path}' would create a conflict at '{there}'"),
    )
}

/// Where a child is, or would be.
enum Slot<'a> {
    Name(&'a mut BTreeMap<Name, Node>, &'a str),
    Filter(&'a mut BTreeMap<String, Node>, &'a str),
    Position(&'a mut Option<Box<Node>>),
}

impl<'a> Slot<'a> {
    fn is_taken(&self) -> bool {
        match self {
            Slot::Name(map, name) => map.contains_key(&Name((*name).to_owned())),
            Slot::Filter(map, name) => map.contains_key(*name),
            Slot::Position(slot) => slot.is_some(),
        }
    }

    /// The child, made by `new` if there is none.
    fn or_insert(self, new: impl FnOnce() -> Node) -> &'a mut Node {
        match self {
            Slot::Name(map, name) => map.entry(Name(name.to_owned())).or_insert_with(new),
            Slot::Filter(map, name) => map.entry(name.to_owned()).or_insert_with(new),
            Slot::Position(slot) => slot.get_or_insert_with(|| Box::new(new())),
        }
    }
}
