//! What the scanner finds in a source.

use rhai::Position;

use super::error::position;

/// No matching bracket.
pub(super) const NO_MATE: u32 = u32::MAX;

/// One token with its place. Columns count characters from 1, as Rhai's positions do.
#[derive(Debug, Clone)]
pub(super) struct Tok<'s> {
    pub kind: Kind<'s>,
    pub line: u32,
    pub column: u32,
    /// Byte offset in the source behind it.
    pub end: usize,
    /// Whether a line break lies between this token and the one before.
    pub new_line: bool,
    /// For a bracket: the index of its partner, or [`NO_MATE`].
    pub mate: u32,
}

/// The kinds of tokens that Rhai and the JavaScript people paste have between them.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind<'s> {
    /// Identifiers and keywords alike; `$set` is one word.
    Word(&'s str),
    /// An operator or a bracket, by its text. `${` opens and `}$` closes an interpolation.
    Sym(&'static str),
    Int(i64),
    Float(f64),
    Text(String),
    /// A piece of a template string; `open` where an interpolation follows.
    Piece {
        text: String,
        open: bool,
    },
    Regex(Box<(String, String)>),
    Bad(Box<Bad>),
    End,
}

/// Text that is no token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bad {
    pub message: String,
    pub hint: Option<&'static str>,
    /// Whether more text could make it one.
    pub open: bool,
}

impl Tok<'_> {
    pub fn position(&self) -> Position {
        position(self.line, self.column)
    }
}

impl Kind<'_> {
    pub fn is(&self, symbol: &str) -> bool {
        matches!(self, Self::Sym(s) if *s == symbol)
    }

    pub fn is_word(&self, word: &str) -> bool {
        matches!(self, Self::Word(w) if *w == word)
    }
}
