//! How source text becomes a Rhai AST: the one door that scripts, modules, `eval` and shell lines
//! go through. It reads Rhai, and what people paste from mongosh.
//!
//! The life of a source: `scan` finds the tokens of both languages; `rewrite` reads statements
//! and expressions and turns JavaScript's into Rhai's, token by token; `feed` hands the tokens to
//! Rhai's parser, each at its place in the source; `forms` are the expressions that Rhai's grammar
//! lacks, as custom syntax, document literals above all.
//!
//! Invariants:
//! - plain Rhai means what it means to a stock engine, but for: `#{…}` is a [`Doc`] in field order, `'a'`
//!   is a string, any value is a condition (`if`, `!`, `&&`, `||`, as in JavaScript), `a[i] = x` may make the place (see `places`), `const` inside a block fixes the name and not the value, and the escapes
//!   `\n \t \r \u… \\ \` \$` work in template strings;
//! - what JavaScript's words bring (`function`, `=>`, `for (;;)`, `case`, `finally`) means what it means
//!   there: such a body gives undefined without a `return`, functions see the variables of the
//!   script, calls may leave arguments out;
//! - a position is the place in the source as written; what is inserted takes blank columns, and
//!   only where there are none, what follows on that line moves to the next free column;
//! - time and memory are linear in the source; nesting is bounded, here and by the engine's limits.
//!
//! [`Doc`]: crate::script::Doc

mod error;
mod feed;
mod forms;
mod places;
mod rewrite;
mod scan;
mod scan_text;
mod shared;
#[cfg(test)]
mod tests;
mod token;
mod translate;

use rhai::{AST, Engine, Scope};

pub use error::SyntaxError;
pub use forms::{CAUGHT, NULL_TAG, install_database, install_load, is_database, is_load};

use error::Stop;

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

/// Installs what the syntax needs of an engine: the way for our tokens, and the forms of document
/// literals, `null`, `typeof` and the like. To be called once per engine.
pub fn install(engine: &mut Engine) {
    feed::install(engine);
    forms::install(engine);
    places::install(engine);
}

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
    let mut ast = read(engine, scope, text).map_err(|stop| stop.error)?;
    ast.set_source(source);
    Ok(ast)
}

/// Whether a shell line is complete, needs more lines, or is wrong.
pub fn completeness(engine: &Engine, scope: &Scope<'_>, text: &str) -> Completeness {
    match read(engine, scope, text) {
        Ok(_) => Completeness::Complete,
        Err(stop) if stop.incomplete => Completeness::Incomplete,
        Err(stop) => Completeness::Wrong(stop.error),
    }
}

fn read(engine: &Engine, scope: &Scope<'_>, text: &str) -> Result<AST, Stop> {
    let program = rewrite::rewrite(engine, scope, text)?;
    let end = error::position(program.end.0, program.end.1);
    let (result, at_end) = feed::parse(engine, scope, program);
    result.map_err(|error| translate::translate(error, at_end, end))
}
