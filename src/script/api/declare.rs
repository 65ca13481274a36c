//! Declarations of script-facing functions.

use std::any::TypeId;

use super::Call;
use crate::script::error::Outcome;

/// One function that scripts call.
#[derive(Clone, Copy)]
pub struct Method {
    /// Its name in scripts.
    pub name: &'static str,
    /// Its parameters as people write them: `"filter, update, options?"`, `"...values"`.
    pub params: &'static str,
    /// Help text; an example in a code fence.
    pub docs: &'static str,
    /// What it does.
    pub run: fn(&mut Call<'_>) -> Outcome,
}

impl Method {
    /// How many arguments it must have at least.
    #[must_use]
    pub fn required(&self) -> usize {
        self.param_names()
            .filter(|p| !p.ends_with('?') && !p.starts_with("..."))
            .count()
    }

    /// How many arguments it takes at most.
    #[must_use]
    pub fn most(&self) -> usize {
        match self.params.contains("...") {
            true => MOST_VARIADIC,
            false => self.param_names().count(),
        }
    }

    /// The names of its parameters, with their marks for optional (`?`) and repeated (`...`).
    pub fn param_names(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.params
            .split(',')
            .map(str::trim)
            .filter(|p| !p.is_empty())
    }

    /// `name(params)`.
    #[must_use]
    pub fn signature(&self) -> String {
        format!("{}({})", self.name, self.params)
    }
}

/// How many arguments a function with `...` takes: each count is registered on its own.
const MOST_VARIADIC: usize = 12;

/// What a class's methods are called on.
#[derive(Clone, Copy)]
pub enum Receiver {
    /// A value of this Rust type: `db.orders.find()`.
    Value(fn() -> TypeId),
    /// A name in scripts: `Math.max(…)`.
    Namespace,
    /// Nothing: `print(…)`.
    Global,
}

/// A group of functions with one receiver.
#[derive(Clone, Copy)]
pub struct Class {
    /// Its name for people: `Collection`, `Math`.
    pub name: &'static str,
    /// What it is.
    pub docs: &'static str,
    /// What its methods are called on.
    pub receiver: Receiver,
    /// The functions.
    pub methods: &'static [Method],
}

/// Declares functions of the scripting surface.
///
/// ```ignore
/// pub const METHODS: &[Method] = methods! {
///     /// Inserts one document and returns its `_id`.
///     ///
///     /// ```js
///     /// db.people.insertOne({ name: "Ada" })
///     /// ```
///     insertOne("document, options?") => insert_one;
/// };
/// ```
#[macro_export]
macro_rules! methods {
    ($($(#[doc = $doc:literal])* $name:ident($params:literal) => $run:path;)*) => {
        &[$($crate::script::api::Method {
            name: stringify!($name),
            params: $params,
            docs: concat!($($doc, "\n"),*),
            run: $run,
        }),*]
    };
}
