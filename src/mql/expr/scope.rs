//! What an expression is evaluated in.

use bson::{Bson, Document};

use super::value::Value;
use crate::mql::Env;

/// The document and the variables of an evaluation. Cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    /// `$$ROOT`.
    pub root: &'a Document,
    /// `$$CURRENT`, where paths begin.
    pub current: &'a Document,
    /// The command's.
    pub env: &'a Env,
    frame: Option<&'a Frame<'a>>,
}

/// The variables that one operator (`$let`, `$map`) brings.
struct Frame<'a> {
    values: &'a [Value<'a>],
    outer: Option<&'a Frame<'a>>,
}

impl<'a> Scope<'a> {
    pub fn of(document: &'a Document, env: &'a Env) -> Self {
        Self::at(document, document, env)
    }

    pub fn at(root: &'a Document, current: &'a Document, env: &'a Env) -> Self {
        Self {
            root,
            current,
            env,
            frame: None,
        }
    }

    /// Evaluates something with more variables, whose values end with it: the result is owned.
    pub fn with<R>(self, values: &[Value<'_>], then: impl for<'b> FnOnce(Scope<'b>) -> R) -> R {
        let frame = Frame {
            values,
            outer: self.frame,
        };
        then(Scope {
            root: self.root,
            current: self.current,
            env: self.env,
            frame: Some(&frame),
        })
    }

    /// A variable by its place: how many operators outwards, and which of that one's.
    pub fn local(&self, up: usize, slot: usize) -> Option<&'a Bson> {
        let mut frame = self.frame?;
        for _ in 0..up {
            frame = frame.outer?;
        }
        frame.values.get(slot)?.as_deref()
    }
}
