//! `const STREAM = #{…}`: what a handler file says of its stream, with the places of its fields.

use bson::Document;
use rhai::{AST, ASTFlags, Expr, Position, Stmt};

use crate::diag::{Diagnostic, Kind};
use crate::script::Session;
use crate::script::convert::owned_document;
use crate::script::doc::Doc;
use crate::stream::StreamSpec;
use crate::stream::spec::{At, Origin, SpecError};

/// The constant's name.
const STREAM: &str = "STREAM";

/// The fields that a file declares; none where it has no `STREAM`.
///
/// # Errors
/// Where `STREAM` is no document, or holds what BSON cannot.
pub(super) fn fields(
    session: &Session,
    source: &str,
    ast: &AST,
) -> Result<Document, Box<Diagnostic>> {
    let Some(value) = session.scope().get_value::<rhai::Dynamic>(STREAM) else {
        return Ok(Document::new());
    };
    let value = value.flatten();
    let wrong = |message: String| {
        let place = literal(ast).map_or(Position::NONE, Expr::position);
        Box::new(session.located(Diagnostic::new(Kind::Script, message), source, place))
    };
    let Some(doc) = value.read_lock::<Doc>() else {
        return Err(wrong("`STREAM` must be a document".into()));
    };
    owned_document(&doc).map_err(|e| wrong(format!("`STREAM` cannot be used: {e}")))
}

/// Reads the stream of a file's fields with those of the command line, which win.
///
/// # Errors
/// The field that is wrong, with its place in the source where it stands there.
pub(super) fn spec(
    session: &Session,
    source: &str,
    ast: &AST,
    declared: &Document,
    overrides: &Document,
    origin: &Origin,
) -> Result<StreamSpec, Box<Diagnostic>> {
    let mut fields = declared.clone();
    fields.extend(overrides.clone());
    StreamSpec::read(&fields, origin)
        .map_err(|error| Box::new(shown(session, source, ast, &error, overrides)))
}

fn shown(
    session: &Session,
    source: &str,
    ast: &AST,
    error: &SpecError,
    overrides: &Document,
) -> Diagnostic {
    let field = error.field.split('.').next().unwrap_or_default();
    if overrides.contains_key(field) {
        let mut d = Diagnostic::new(Kind::Usage, error.message.clone());
        d.hints.clone_from(&error.hints);
        return d;
    }
    let mut d = Diagnostic::new(Kind::Script, error.message.clone());
    d.hints.clone_from(&error.hints);
    match place(session, source, ast, error) {
        Some(place) => session.located(d, source, place),
        None => d,
    }
}

/// Where the field of an error stands; the literal where the field has no place of its own.
fn place(session: &Session, source: &str, ast: &AST, error: &SpecError) -> Option<Position> {
    let literal = literal(ast)?;
    let mut at = Some(literal.start_position());
    let mut within = Some(literal);
    let mut names = error.field.split('.').peekable();
    while let Some(name) = names.next() {
        let Some(value) = within.and_then(|e| field(e, name)) else {
            break;
        };
        at = Some(match error.at {
            At::Key if names.peek().is_none() => {
                key_before(&session.source_text(source)?, name, value.start_position())
                    .unwrap_or(value.start_position())
            }
            _ => value.start_position(),
        });
        within = Some(value);
    }
    at
}

/// The expression that `STREAM` is declared with.
fn literal(ast: &AST) -> Option<&Expr> {
    ast.statements().iter().rev().find_map(|s| match s {
        Stmt::Var(parts, flags, _) if flags.contains(ASTFlags::CONSTANT) => {
            (parts.0.name == STREAM).then_some(&parts.1)
        }
        _ => None,
    })
}

/// The value of a field of a document literal.
fn field<'a>(literal: &'a Expr, name: &str) -> Option<&'a Expr> {
    let Expr::Custom(custom, _) = literal else {
        return None;
    };
    let shape = custom.state.as_array_ref().ok()?;
    let keys = shape.iter().skip(1);
    let mut values = custom.inputs.iter();
    for key in keys {
        let value = values.next()?;
        match key.as_immutable_string_ref() {
            Ok(key) if *key == name => return Some(value),
            Ok(_) => {}
            // A computed name has two expressions.
            Err(_) if key.is_unit() => drop(values.next()),
            Err(_) => {}
        }
    }
    None
}

/// Where the name of a field stands whose value is at `value`: the last one in front of it.
fn key_before(text: &str, name: &str, value: Position) -> Option<Position> {
    let (line, column) = (value.line()?, value.position()?);
    let lines: Vec<&str> = text.lines().take(line).collect();
    for (number, line_text) in lines.iter().enumerate().rev() {
        let end = match number + 1 == line {
            true => column.saturating_sub(1),
            false => usize::MAX,
        };
        let before: String = line_text.chars().take(end).collect();
        if let Some(at) = before.rfind(name) {
            let column = before.get(..at)?.chars().count() + 1;
            return Some(Position::new(
                u16::try_from(number + 1).ok()?,
                u16::try_from(column).ok()?,
            ));
        }
    }
    None
}
