//! Script values as text, in mongosh's layouts.
//!
//! A value becomes a tree ([`tree`]) that [`crate::value::inspect`] lays out, or extended JSON
//! ([`json`]). Values of Rust types that are neither Rhai's nor BSON's say themselves how they are
//! shown: see [`Shown`].

mod json;
mod shown;
mod tree;

use std::rc::Rc;

use rhai::Dynamic;

pub use json::{result_json, storable, to_ejson};
pub use shown::{Shown, fields_of, register};
pub use tree::node;

pub(super) use shown::install;

use super::Doc;
use super::error::Fault;
use super::host::Host;
use super::shell::explain::EXPLANATION;
use crate::value::inspect::{Style, display, inspect};
use shown::text_of;

/// What `print` shows of a value that asks no server: a string as it is, anything else in
/// mongosh's layout.
#[must_use]
pub fn for_print(value: &Dynamic) -> String {
    characters(value).unwrap_or_else(|| pretty(value))
}

/// A string, or a character of one, as it is.
fn characters(value: &Dynamic) -> Option<String> {
    let value = value.clone().flatten();
    match value.as_char() {
        Ok(character) => Some(character.to_string()),
        Err(_) => value.into_string().ok(),
    }
}

/// What `print` shows.
///
/// # Errors
/// What a cursor's first documents could not be read for.
pub fn printed(host: &Rc<Host>, value: &Dynamic) -> Result<String, Fault> {
    laid_out(host, value, &Style::pretty())
}

/// What `printjson` shows.
///
/// # Errors
/// As [`printed`].
pub fn printed_json(host: &Rc<Host>, value: &Dynamic) -> Result<String, Fault> {
    laid_out(host, value, &Style::expanded())
}

fn laid_out(host: &Rc<Host>, value: &Dynamic, style: &Style) -> Result<String, Fault> {
    let style = style.clone().with_colors(host.output().color());
    alone(host, value, &style).unwrap_or_else(|| Ok(display(&node(value), &style)))
}

/// The result of a source: what a line of the shell and `--eval` show. Empty where there is nothing
/// to show.
///
/// # Errors
/// As [`printed`].
pub fn result(host: &Rc<Host>, value: &Dynamic, style: &Style) -> Result<String, Fault> {
    let style = style.clone().with_colors(host.output().color());
    match alone(host, value, &style) {
        Some(text) => text,
        None => Ok(display(&node(value), &style)),
    }
}

fn alone(host: &Rc<Host>, value: &Dynamic, style: &Style) -> Option<Result<String, Fault>> {
    let value = value.clone().flatten();
    if value.is::<Doc>() && value.tag() == EXPLANATION {
        return Some(Ok(inspect(&node(&value), &style.clone().unlimited())));
    }
    text_of(&value, host, style)
}

/// The layout of results: on one line where it fits.
#[must_use]
pub fn pretty(value: &Dynamic) -> String {
    inspect(&node(value), &Style::pretty())
}

/// The layout of `printjson`: each field on its own line.
#[must_use]
pub fn expanded(value: &Dynamic) -> String {
    inspect(&node(value), &Style::expanded())
}

/// On one line, for error messages.
#[must_use]
pub fn one_line(value: &Dynamic) -> String {
    inspect(&node(value), &Style::one_line())
}

#[cfg(test)]
mod tests {
    use crate::script::globals::table;

    /// What mongosh prints for the same values.
    #[test]
    fn values_are_printed_as_mongosh_does() {
        table(&[
            ("print(1, 1.5, 4.0, -0.0, true)", "1 1.5 4 -0 true"),
            ("print([1, \"a\", [()]])", "[ 1, 'a', [ undefined ] ]"),
            (
                r#"print(parse_json(`{"a": 1, "b": {"c": [null]}}`))"#,
                "{ a: 1, b: { c: [ null ] } }",
            ),
            (
                r#"printjson(parse_json(`{"a": 1, "b": {"c": "x"}}`))"#,
                "{\n  a: 1,\n  b: {\n    c: 'x'\n  }\n}",
            ),
            (
                "print(db); print(db.orders); print([db.a.b])",
                "test\ntest.orders\n[ test.a.b ]",
            ),
            (
                "fn f(x) {} print([Fn(\"f\"), |x| x])",
                "[ [Function: f], [Function (anonymous)] ]",
            ),
            ("print(0..5)", "0..5"),
            (
                "print(1, null, undefined, 2); print(undefined)",
                "1 null  2",
            ),
            (
                r#"print(parse_json(`{"$ref": "c", "$id": 1}`))"#,
                "DBRef('c', 1)",
            ),
            (
                "try { let x = 1; x.foo() } catch (e) { print(type_of(e)); print(e.message != ()) }",
                "error\ntrue",
            ),
        ]);
    }
}
