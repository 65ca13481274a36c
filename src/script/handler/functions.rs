//! Which of a file's functions handle which events.

use std::collections::HashMap;

use crate::diag::{Diagnostic, Kind, nearest};
use crate::script::Session;

/// The operation types of change events (manual: "Change Events"), those that need expanded events
/// last.
pub(super) const OPERATIONS: [&str; 15] = [
    "insert",
    "update",
    "replace",
    "delete",
    "drop",
    "rename",
    "dropDatabase",
    "invalidate",
    "create",
    "createIndexes",
    "dropIndexes",
    "modify",
    "shardCollection",
    "refineCollectionShardKey",
    "reshardCollection",
];

/// What handles what no other function does.
const ON_CHANGE: &str = "onChange";

/// The functions of a file that a stream calls.
#[derive(Debug, Clone, Default)]
pub struct Functions {
    /// By operation type.
    by_operation: HashMap<&'static str, String>,
    /// For every other event.
    rest: Option<String>,
    /// `onStart(stream)`
    pub start: Option<&'static str>,
    /// `onStop(stream)`
    pub stop: Option<&'static str>,
    /// `onError(change, error)`
    pub error: Option<&'static str>,
}

impl Functions {
    /// Finds the functions of a file that ran in `session`; with `only`, that function handles
    /// every event.
    pub fn find(
        session: &Session,
        file: &str,
        only: Option<&str>,
    ) -> Result<Self, Box<Diagnostic>> {
        let has =
            |name: &str, parameters: usize| session.function_arities(name).contains(&parameters);
        let own = |name: &'static str, parameters| has(name, parameters).then_some(name);
        let mut found = Self {
            start: own("onStart", 1),
            stop: own("onStop", 1),
            error: own("onError", 2),
            ..Self::default()
        };
        if let Some(only) = only {
            if !has(only, 1) {
                return Err(Box::new(missing(session, file, only)));
            }
            found.rest = Some(only.to_string());
            return Ok(found);
        }
        for operation in OPERATIONS {
            let name = function_of(operation);
            if has(&name, 1) {
                found.by_operation.insert(operation, name);
            }
        }
        found.rest = has(ON_CHANGE, 1).then(|| ON_CHANGE.to_string());
        match found.by_operation.is_empty() && found.rest.is_none() {
            true => Err(Box::new(none(session, file))),
            false => Ok(found),
        }
    }

    /// The function for events of this type.
    #[must_use]
    pub fn of(&self, operation: &str) -> Option<&str> {
        let own = self.by_operation.get(operation).map(String::as_str);
        own.or(self.rest.as_deref())
    }

    /// The operation types that are handled; nothing for all.
    #[must_use]
    pub fn operations(&self) -> Option<Vec<String>> {
        if self.rest.is_some() {
            return None;
        }
        let handled = OPERATIONS
            .iter()
            .filter(|o| self.by_operation.contains_key(*o));
        Some(handled.map(|o| (*o).to_string()).collect())
    }

    /// The functions that handle events.
    pub fn handlers(&self) -> impl Iterator<Item = &str> {
        let rest = self.rest.as_deref();
        self.by_operation.values().map(String::as_str).chain(rest)
    }
}

/// `onInsert` of `insert`.
pub(super) fn function_of(operation: &str) -> String {
    let mut letters = operation.chars();
    match letters.next() {
        Some(first) => format!("on{}{}", first.to_uppercase(), letters.as_str()),
        None => String::new(),
    }
}

/// Every name that a stream calls.
fn all_names() -> impl Iterator<Item = String> {
    let fixed = [ON_CHANGE, "onStart", "onStop", "onError"];
    OPERATIONS
        .iter()
        .map(|operation| function_of(operation))
        .chain(fixed.map(String::from))
}

/// Functions that look as if a stream was to call them, and that it does not.
pub(super) fn unused(session: &Session, functions: &Functions) -> Vec<Diagnostic> {
    let names: Vec<String> = all_names().collect();
    let mut warnings = Vec::new();
    for function in session.function_names() {
        let is_ours = names.contains(&function);
        let near = nearest(&function, names.iter().map(String::as_str));
        let looks = function.starts_with("on") && !functions.handlers().any(|f| f == function);
        if let (Some(near), true, false) = (near, looks, is_ours) {
            let message = format!("no event calls the function `{function}`");
            let hint = format!("did you mean `{near}`?");
            warnings.push(Diagnostic::new(Kind::Script, message).hint(hint));
        }
    }
    warnings
}

/// The error for a function that is not there, or takes another number of values.
fn missing(session: &Session, file: &str, name: &str) -> Diagnostic {
    let missing = Diagnostic::new(
        Kind::Script,
        format!("{file} has no function `{name}(change)`"),
    );
    if let Some(arity) = session.function_arities(name).first() {
        return missing.hint(other_arity(name, *arity));
    }
    let names = session.function_names();
    match nearest(name, names.iter().map(String::as_str)) {
        Some(near) if near != name => missing.hint(format!("did you mean --handler {near}?")),
        _ => missing.hint("name the function with --handler, or write `fn onChange(change) { … }`"),
    }
}

fn other_arity(name: &str, arity: usize) -> String {
    let s = if arity == 1 { "" } else { "s" };
    format!("its `{name}` has {arity} parameter{s}; a handler has one, the change")
}

/// The error for a file without any handler.
fn none(session: &Session, file: &str) -> Diagnostic {
    let message =
        format!("{file} has no function `{ON_CHANGE}(change)`, and none for an operation");
    let none = Diagnostic::new(Kind::Script, message);
    let names = session.function_names();
    let known: Vec<String> = all_names().collect();
    if let Some(name) = names.iter().find(|name| known.contains(name)) {
        let arity = session.function_arities(name).first().copied().unwrap_or(0);
        if arity != 1 {
            return none.hint(other_arity(name, arity));
        }
    }
    let near = names.iter().find_map(|name| {
        let near = nearest(name, known.iter().map(String::as_str))?;
        Some(format!("did you mean `{near}` by `{name}`?"))
    });
    match near {
        Some(near) => none.hint(near),
        None => none.hint(
            "write `fn onInsert(change) { … }`, `fn onChange(change) { … }`, or name the function \
             with --handler",
        ),
    }
}
