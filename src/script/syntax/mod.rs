//! How source text becomes a Rhai AST: the one door that scripts, modules, `eval` and shell lines
//! go through.

use rhai::{AST, Engine, Position, Scope};

/// Why a source cannot be compiled, with the way to write it in Rhai where one is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} ({position})")]
pub struct SyntaxError {
    /// What is wrong, in words.
    pub message: String,
    /// Where, in the source as it was written.
    pub position: Position,
    /// How to write it in Rhai.
    pub hints: Vec<String>,
}

/// What a shell line is, as far as the parser can say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Completeness {
    /// It can be run.
    Complete,
    /// More lines are needed.
    Incomplete,
    /// No further line can make it right.
    Wrong(SyntaxError),
}

/// Installs what the syntax needs of an engine.
pub fn install(_engine: &mut Engine) {}

/// Compiles `text`; `source` is the name that errors carry.
///
/// # Errors
/// [`SyntaxError`] with the position in `text`.
pub fn compile(
    engine: &Engine,
    scope: &Scope<'_>,
    source: &str,
    text: &str,
) -> Result<AST, SyntaxError> {
    let mut ast = engine
        .compile_with_scope(scope, text)
        .map_err(|e| SyntaxError {
            message: e.0.to_string(),
            position: e.1,
            hints: Vec::new(),
        })?;
    ast.set_source(source);
    Ok(ast)
}

/// Whether a shell line is complete, needs more lines, or is wrong.
pub fn completeness(engine: &Engine, scope: &Scope<'_>, text: &str) -> Completeness {
    match compile(engine, scope, "", text) {
        Ok(_) => Completeness::Complete,
        Err(error) => Completeness::Wrong(error),
    }
}
