//! Values as mongosh prints them.
//!
//! What is to be printed becomes a tree of [`Node`]s, because scripts hold more than BSON: functions,
//! `undefined`, handles. [`inspect`] lays the tree out: scalars become text, arrays and documents are
//! joined on one line where they fit, in columns or one entry a line where they do not. The rules are
//! those of node's `util.inspect`, which mongosh prints with; `corpus.jsonl` holds its output to test against.

mod layout;
mod node;
mod scalar;
mod style;
mod text;
mod width;

pub use node::{DbRef, Node};
pub use style::{Layout, Style};
pub use text::{key, quote};

/// The text of a value in a style.
pub fn inspect(node: &Node, style: &Style) -> String {
    layout::Printer::new(style).print(node)
}

/// What `print` and a result line show: a string as it is, nothing for `undefined`, anything else as
/// [`inspect`] has it.
pub fn display(node: &Node, style: &Style) -> String {
    match node {
        Node::String(text) => text.clone(),
        Node::Undefined => String::new(),
        _ => inspect(node, style),
    }
}

#[cfg(test)]
mod tests;
