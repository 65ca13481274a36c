//! Rhai's errors as [`Diagnostic`]s: where, through which calls, and what to do next.

use rhai::{Dynamic, EvalAltResult, Position};

use super::api::{Registry, nearest};
use super::error::{RhaiError, ScriptError};
use super::inspect;
use crate::diag::{Diagnostic, Frame, Kind, Sources};

/// What a diagnosis needs to know besides the error.
pub struct Context<'a> {
    /// The texts of all sources.
    pub sources: &'a Sources,
    /// The classes of the scripting surface, for "did you mean".
    pub registry: &'a Registry,
    /// The name of the source that was run.
    pub source: &'a str,
}

/// The failure that ended a script, as a person is shown it.
#[must_use]
pub fn diagnose(error: &RhaiError, context: &Context<'_>) -> Diagnostic {
    let mut source = context.source.to_string();
    let mut trace = Vec::new();
    let inner = unwind(error, &mut source, &mut trace);
    let mut d = describe(inner, context);
    let position = inner.position();
    if let (Some(line), false) = (position.line(), d.kind == Kind::Interrupted) {
        let column = position.position().unwrap_or(1);
        d.excerpt = Some(context.sources.excerpt(&source, line, column));
    }
    trace.reverse();
    d.trace = trace;
    d
}

/// Walks from the outermost call to the error itself, noting each call.
fn unwind<'a>(
    error: &'a EvalAltResult,
    source: &mut String,
    trace: &mut Vec<Frame>,
) -> &'a EvalAltResult {
    let mut error = error;
    loop {
        match error {
            EvalAltResult::ErrorInFunctionCall(name, callee, inner, pos) => {
                trace.push(Frame {
                    function: function_name(name),
                    place: place(source, *pos),
                });
                if !callee.is_empty() {
                    source.clone_from(callee);
                }
                error = inner;
            }
            EvalAltResult::ErrorInModule(name, inner, pos) => {
                trace.push(Frame {
                    function: format!("import of {name}"),
                    place: place(source, *pos),
                });
                source.clone_from(name);
                error = inner;
            }
            other => return other,
        }
    }
}

fn function_name(name: &str) -> String {
    if name.contains("anon$") {
        "a closure".into()
    } else {
        name.to_string()
    }
}

fn place(source: &str, pos: Position) -> String {
    match (pos.line(), pos.position()) {
        (Some(line), Some(column)) => format!("{source}:{line}:{column}"),
        (Some(line), None) => format!("{source}:{line}"),
        _ => source.to_string(),
    }
}

fn describe(error: &EvalAltResult, context: &Context<'_>) -> Diagnostic {
    use EvalAltResult as E;
    let script = |message: String| Diagnostic::new(Kind::Script, message);
    match error {
        E::ErrorRuntime(value, _) => thrown(value),
        E::ErrorTerminated(token, _) => {
            // The user's own Ctrl-C is no failure of the script; a time limit is.
            let text = token.to_string();
            let kind = if matches!(text.as_str(), "timed out" | "out of memory") { Kind::Script } else { Kind::Interrupted };
            Diagnostic::new(kind, format!("the script was stopped: {text}"))
        }
        E::ErrorFunctionNotFound(signature, _) => function_not_found(signature, context),
        E::ErrorVariableNotFound(name, _) => script(format!("there is no variable `{name}` here"))
            .hint("a function sees its parameters, `db` and constants as global::NAME; a closure sees the variables around it"),
        E::ErrorMismatchDataType(want, got, _) if want == "bool" => {
            script(format!("a condition must be true or false, got {}", plain_type(got)))
                .hint("Rhai has no truthiness: compare, as in `if order != null` or `if list.len() > 0`")
        }
        E::ErrorStackOverflow(_) => script("too many nested function calls".into())
            .hint("look for a function that calls itself without end"),
        E::ErrorAssignmentToConstant(name, _) => script(format!("`{name}` is a constant"))
            .hint(format!("declare it with `let {name}` to change it")),
        E::ErrorParsing(kind, _) => script(kind.to_string()),
        E::ErrorSystem(text, inner) => Diagnostic::new(Kind::Bug, format!("{text} {inner}")),
        other => script(without_position(other)),
    }
}

/// Rhai's names of types, in the words of this program's other messages.
fn plain_type(name: &str) -> &str {
    match name {
        "i64" | "f64" => "a number",
        "()" => "null",
        "map" => "a document",
        "array" => "an array",
        "string" | "char" => "a string",
        "Fn" => "a function",
        other => other,
    }
}

/// Rhai appends " (line 1, position 2)" to its messages; the excerpt says it better.
fn without_position(error: &EvalAltResult) -> String {
    let text = error.to_string();
    match text.rfind(" (line ") {
        Some(at) => text[..at].to_string(),
        None => text,
    }
}

/// The diagnosis of a thrown value.
fn thrown(value: &Dynamic) -> Diagnostic {
    let Some(e) = value.read_lock::<ScriptError>() else {
        return Diagnostic::new(
            Kind::Script,
            format!("uncaught {}", inspect::one_line(value)),
        );
    };
    let kind = if e.name == "MongoParseError" {
        Kind::Usage
    } else if e.unavailable {
        Kind::Unavailable
    } else {
        Kind::Script
    };
    let mut d = Diagnostic::new(kind, e.message.clone()).server_code(e.code, e.code_name.clone());
    d.hints.clone_from(&e.hints);
    d
}

/// `signature` is Rhai's: `insertOn (Collection, map)`.
fn function_not_found(signature: &str, context: &Context<'_>) -> Diagnostic {
    let (name, types) = signature.split_once(" (").unwrap_or((signature, ""));
    let first = types.split([',', ')']).next().unwrap_or("").trim();
    let name = name.trim();
    let classes = context.registry.classes();
    let class = classes
        .iter()
        .find(|c| c.name == first || c.name.eq_ignore_ascii_case(first));
    let Some(class) = class else {
        let types = types.trim_end_matches(')');
        let message = match types.is_empty() {
            true => format!("there is no function `{name}`"),
            false => format!("there is no function `{name}` for ({types})"),
        };
        let all = classes.iter().flat_map(|c| c.methods).map(|m| m.name);
        return with_guess(
            Diagnostic::new(Kind::Script, message),
            nearest(name, all),
            name,
        );
    };
    let d = Diagnostic::new(
        Kind::Script,
        format!("{} has no method `{name}`", class.name),
    );
    // A class is declared in several parts.
    let parts = classes.iter().filter(|c| c.name == class.name);
    let methods = parts.flat_map(|c| c.methods).map(|m| m.name);
    with_guess(d, nearest(name, methods), name)
}

fn with_guess(d: Diagnostic, guess: Option<&str>, name: &str) -> Diagnostic {
    match guess {
        Some(guess) if guess != name => d.hint(format!("did you mean `{guess}`?")),
        _ => d,
    }
}
