//! What the server writes down: its profiler and its log.

use bson::{Document, doc};

use super::Db;
use super::commands::{admin, no_answer, read, read_admin, reply};
use crate::methods;
use crate::script::api::{Call, Method};
use crate::script::convert;
use crate::script::error::Outcome;
use crate::script::shell::invalid;

pub(super) const METHODS: &[Method] = methods! {
    /// The profiler's level and thresholds.
    ///
    /// ```js
    /// db.getProfilingStatus()
    /// ```
    getProfilingStatus("") => get_profiling_status;
    /// Sets the profiler: 0 for nothing, 1 for slow operations, 2 for all; options may be the
    /// threshold in milliseconds.
    ///
    /// ```js
    /// db.setProfilingLevel(1, { slowms: 50, sampleRate: 0.5 })
    /// db.setProfilingLevel(0)
    /// ```
    setProfilingLevel("level, options?") => set_profiling_level;
    /// How much each component writes to the log.
    ///
    /// ```js
    /// db.getLogComponents().verbosity
    /// ```
    getLogComponents("") => get_log_components;
    /// Sets how much the server, or one component, writes to the log.
    ///
    /// ```js
    /// db.setLogLevel(0, "storage.journal")
    /// ```
    setLogLevel("level, component?") => set_log_level;
};

fn get_profiling_status(call: &mut Call<'_>) -> Outcome {
    reply(read(call, doc! { "profile": -1 })?)
}

fn set_profiling_level(call: &mut Call<'_>) -> Outcome {
    const KNOWN: &[&str] = &["slowms", "sampleRate", "filter"];
    let level = call.int(0)?;
    if !(0..=2).contains(&level) {
        return Err(invalid(format!("Input level {level} is out of range [0..2]")).into());
    }
    let mut command = doc! { "profile": call.bson(0)? };
    let given = call.arg(1);
    if given.is_int() || given.is_float() {
        command.insert("slowms", call.bson(1)?);
    } else {
        call.options(1, KNOWN)?.copy_into(&mut command, KNOWN)?;
    }
    let target = call.this::<Db>()?.target();
    reply(target.command(call.host, command)?)
}

fn get_log_components(call: &mut Call<'_>) -> Outcome {
    let command = doc! { "getParameter": 1, "logComponentVerbosity": 1 };
    let mut found = read_admin(call, command)?;
    match found.remove("logComponentVerbosity") {
        Some(components) => Ok(convert::value_from(components)),
        None => Err(no_answer("getParameter")),
    }
}

fn set_log_level(call: &mut Call<'_>) -> Outcome {
    call.int(0)?;
    let level = doc! { "verbosity": call.bson(0)? };
    let verbosity = match call.opt_string(1)? {
        None => level,
        Some(component) => nested(&component, level),
    };
    admin(
        call,
        doc! { "setParameter": 1, "logComponentVerbosity": verbosity },
    )
}

/// `a.b` and a level as `{ a: { b: level } }`.
fn nested(component: &str, level: Document) -> Document {
    component
        .rsplit('.')
        .fold(level, |inner, name| doc! { name: inner })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_nest() {
        let level = doc! { "verbosity": 2 };
        let want = doc! { "storage": { "journal": { "verbosity": 2 } } };
        assert_eq!(nested("storage.journal", level), want);
    }
}
