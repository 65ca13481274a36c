//! The way our tokens reach Rhai's parser, each with the position it has in the source.
//!
//! Rhai's parser takes tokens from its own lexer only, but lets a callback replace each one. So
//! the parser is given a *carrier*: a text with one character for every token we have, standing
//! at the line and column where the token stands in the source. The callback answers the n-th
//! token of the carrier with our n-th token. What was inserted (the `{` around a single
//! statement, the keyword in front of a `?:`) takes the blank columns next to it.
//!
//! Life of a carrier: [`parse`] lays it out, puts the tokens into a slot of this thread, calls the
//! compiler, and restores what was in the slot. An engine that is asked to compile text without
//! coming through here finds the slot empty and lexes as it always does.

use std::cell::RefCell;
use std::collections::VecDeque;

use rhai::{AST, Dynamic, Engine, ParseError, Scope, Token};

/// One token for Rhai's parser.
#[derive(Debug)]
pub(super) struct Out {
    pub token: Token,
    pub line: u32,
    pub column: u32,
    /// Inserted: it has no place of its own in the source.
    pub inserted: bool,
    /// The text of a template after an interpolation, which Rhai's lexer reads in another mode.
    pub continues_template: bool,
}

/// The tokens of one source, in order.
#[derive(Debug, Default)]
pub(super) struct Program {
    pub tokens: Vec<Out>,
    /// The field names of the object literals, in the order of their first tokens.
    pub shapes: Vec<Dynamic>,
    /// Where the source ends.
    pub end: (u32, u32),
}

struct Slot {
    tokens: std::vec::IntoIter<Token>,
    shapes: VecDeque<Dynamic>,
}

thread_local! {
    static SLOT: RefCell<Option<Slot>> = const { RefCell::new(None) };
}

/// Installs the callback that answers with our tokens.
pub(super) fn install(engine: &mut Engine) {
    #[allow(deprecated)] // not deprecated, but marked as volatile; the version of Rhai is pinned
    engine.on_parse_token(|token, _, _| {
        SLOT.with_borrow_mut(|slot| match slot {
            Some(slot) => slot.tokens.next().unwrap_or(token),
            None => token,
        })
    });
}

/// The field names of the next object literal that the parser has come to.
pub(super) fn next_shape() -> Option<Dynamic> {
    SLOT.with_borrow_mut(|slot| slot.as_mut().and_then(|slot| slot.shapes.pop_front()))
}

/// What the parser says of a program, and whether it had come to the end of it.
pub(super) fn parse(
    engine: &Engine,
    scope: &Scope<'_>,
    program: Program,
) -> (Result<AST, ParseError>, bool) {
    let carrier = layout(&program);
    let shapes = program.shapes.into();
    let tokens: Vec<Token> = program.tokens.into_iter().map(|out| out.token).collect();
    let slot = Slot {
        tokens: tokens.into_iter(),
        shapes,
    };
    let before = SLOT.replace(Some(slot));
    let result = engine.compile_with_scope(scope, carrier);
    let after = SLOT.replace(before);
    (result, after.is_some_and(|slot| slot.tokens.len() == 0))
}

/// Columns are of no use to a position beyond this one.
const LAST_COLUMN: u32 = u16::MAX as u32;

/// The carrier: a `;` for every token, a back-tick for the text of a template that goes on.
fn layout(program: &Program) -> String {
    let mut text = String::with_capacity(program.tokens.len() * 2);
    let (mut line, mut column) = (1_u32, 0_u32);
    for (i, out) in program.tokens.iter().enumerate() {
        let (to_line, to_column) = place(program, i, line, column);
        while line < to_line {
            text.push('\n');
            line += 1;
            column = 0;
        }
        while column + 1 < to_column.min(LAST_COLUMN) {
            text.push(' ');
            column += 1;
        }
        if out.continues_template {
            // Rhai places a text at its first character, and an empty one nowhere.
            let empty = matches!(&out.token, Token::StringConstant(s) | Token::InterpolatedString(s) if s.is_empty());
            text.push_str(if empty { "`" } else { " `" });
            column += if empty { 1 } else { 2 };
        } else {
            text.push(';');
            column += 1;
        }
    }
    pad_to_end(&mut text, program.end, line, column);
    text
}

/// Where a token goes: its own place if that is still free, an inserted one right after the last.
fn place(program: &Program, i: usize, line: u32, column: u32) -> (u32, u32) {
    let out = &program.tokens[i];
    if out.inserted || out.line < line {
        (line, column + 1)
    } else if out.line == line {
        (line, out.column.max(column + 1))
    } else {
        (out.line, out.column)
    }
}

fn pad_to_end(text: &mut String, end: (u32, u32), mut line: u32, column: u32) {
    let from = if line < end.0 { 0 } else { column };
    while line < end.0 {
        text.push('\n');
        line += 1;
    }
    (from..end.1.min(LAST_COLUMN)).for_each(|_| text.push(' '));
}
