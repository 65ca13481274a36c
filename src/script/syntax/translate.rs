//! What Rhai's parser says, in the words of the person who wrote the source.

use rhai::{LexError, ParseError, ParseErrorType, Position};

use super::error::{Stop, SyntaxError};

/// The error of Rhai's parser as ours. `at_end` says that the parser had seen the last token.
pub(super) fn translate(error: ParseError, at_end: bool, end: Position) -> Stop {
    let ParseError(kind, position) = error;
    let incomplete = at_end
        && (matches!(*kind, ParseErrorType::UnexpectedEOF) || position.is_none() || position > end);
    let (message, hint) = words(&kind);
    let mut error = SyntaxError::new(message, if position.is_none() { end } else { position });
    error.hints.extend(hint.map(String::from));
    Stop { error, incomplete }
}

fn words(kind: &ParseErrorType) -> (String, Option<&'static str>) {
    use ParseErrorType as E;
    match kind {
        E::UnexpectedEOF => ("the source ends too early".into(), None),
        E::ExprTooDeep => (
            "this is nested too deeply".into(),
            Some("split it over several variables or functions"),
        ),
        E::TooManyFunctions => (
            "the source has too many functions and closures".into(),
            None,
        ),
        E::AssignmentToConstant(name) if name.is_empty() => {
            ("a constant cannot be assigned to".into(), None)
        }
        E::AssignmentToConstant(name) => (
            format!("'{name}' is a constant and cannot be assigned to"),
            Some("declare it with let"),
        ),
        E::AssignmentToInvalidLHS(_) => ("this cannot be assigned to".into(), None),
        E::WrongFnDefinition => (
            "functions can be defined at the top level only".into(),
            Some("inside a block write let name = |x| …"),
        ),
        E::FnDuplicatedDefinition(name, count) => (
            format!("there is a function '{name}' with {count} parameters already"),
            None,
        ),
        E::LoopBreak => (
            "'break' and 'continue' stand in loops only".into(),
            Some("in a closure, return ends this call"),
        ),
        E::ExprExpected(what) if what == "a literal" || what == "literal" => (
            "a case of 'switch' must be a literal".into(),
            Some("compare in a guard: x if x == value => …, or use if … else if …"),
        ),
        E::MismatchedType(wanted, actual) if wanted.contains("boolean") => (
            format!("a condition must be true or false, not {actual}"),
            Some("Rhai has no truthiness: compare, as in x != ()"),
        ),
        E::MismatchedType(wanted, actual) => (format!("expected {wanted}, found {actual}"), None),
        E::FnDuplicatedParam(function, name) => (
            format!("the parameter '{name}' of '{function}' is there twice"),
            None,
        ),
        E::Reserved(word) => (format!("'{word}' is a reserved word"), None),
        E::VariableExists(name) => (format!("there is a variable '{name}' already"), None),
        E::VariableUndefined(name) => (format!("there is no variable '{name}'"), None),
        E::MissingToken(token, context) => (format!("'{token}' is missing {context}"), None),
        E::BadInput(LexError::UnexpectedInput(input)) => {
            (format!("'{input}' cannot stand here"), None)
        }
        E::BadInput(LexError::ImproperSymbol(symbol, why)) if why.is_empty() => {
            (format!("'{symbol}' cannot stand here"), None)
        }
        other => (other.to_string(), None),
    }
}
