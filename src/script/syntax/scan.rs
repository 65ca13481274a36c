//! The scanner: source text to tokens, with the literals of both Rhai and JavaScript.
//!
//! Positions are counted as Rhai counts them. Nothing here fails: what is no token becomes
//! [`Kind::Bad`] and is reported only where the reading gets to it, so that the first error in the
//! source is the one that is shown.

use rhai::Token;

use super::token::{Bad, Kind, NO_MATE, Tok};

/// Symbols, longest first within a first character. Those that neither language has are left out.
const SYMBOLS: &[&str] = &[
    "===", "!==", "**=", "...", "..=", "<<=", ">>=", "&&=", "||=", "??=", "==", "!=", "=>", "<=",
    ">=", "<<", ">>", "&&", "||", "??", "?.", "?[", "**", "+=", "-=", "*=", "/=", "%=", "&=", "|=",
    "^=", "++", "--", "::", "..", "#{", "(", ")", "[", "]", "{", "}", "+", "-", "*", "/", "%", "<",
    ">", "=", "!", "&", "|", "^", ":", ";", ",", ".", "?",
];

/// All tokens of `text`, with an [`Kind::End`] last.
pub(super) fn scan(text: &str) -> Vec<Tok<'_>> {
    let mut scanner = Scanner::new(text);
    scanner.skip_prologue();
    while scanner.next_token() {}
    scanner.toks
}

pub(super) struct Scanner<'s> {
    pub text: &'s str,
    pub at: usize,
    pub line: u32,
    /// Column of the character last taken, 0 at the start of a line.
    pub column: u32,
    new_line: bool,
    pub toks: Vec<Tok<'s>>,
    open: Vec<u32>,
    /// The open braces: whether each is the `${` of a template.
    braces: Vec<bool>,
}

/// Where a token began.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    at: usize,
    line: u32,
    column: u32,
}

impl<'s> Scanner<'s> {
    fn new(text: &'s str) -> Self {
        Self {
            text,
            at: 0,
            line: 1,
            column: 0,
            new_line: true,
            toks: Vec::new(),
            open: Vec::new(),
            braces: Vec::new(),
        }
    }

    /// A byte order mark and a `#!` line are for others.
    fn skip_prologue(&mut self) {
        if self.text.starts_with('\u{feff}') {
            self.at = '\u{feff}'.len_utf8();
        }
        if self.rest().starts_with("#!") {
            while self.peek().is_some_and(|c| c != '\n') {
                self.take();
            }
        }
    }

    pub fn rest(&self) -> &'s str {
        &self.text[self.at..]
    }

    pub fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub fn peek_second(&self) -> Option<char> {
        self.rest().chars().nth(1)
    }

    pub fn take(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        if c == '\n' {
            self.line += 1;
            self.column = 0;
        } else {
            self.column += 1;
        }
        Some(c)
    }

    fn take_many(&mut self, count: usize) {
        for _ in 0..count {
            self.take();
        }
    }

    pub fn eat(&mut self, c: char) -> bool {
        let yes = self.peek() == Some(c);
        if yes {
            self.take();
        }
        yes
    }

    pub fn mark(&self) -> Mark {
        Mark {
            at: self.at,
            line: self.line,
            column: self.column + 1,
        }
    }

    pub fn push(&mut self, mark: Mark, kind: Kind<'s>) {
        self.toks.push(Tok {
            kind,
            line: mark.line,
            column: mark.column,
            end: self.at,
            new_line: std::mem::take(&mut self.new_line),
            mate: NO_MATE,
        });
    }

    fn next_token(&mut self) -> bool {
        if let Some(bad) = self.skip_space() {
            let mark = self.mark();
            self.push(mark, bad);
        }
        let mark = self.mark();
        let Some(c) = self.peek() else {
            self.push(mark, Kind::End);
            return false;
        };
        match c {
            '"' | '\'' => {
                let kind = self.quoted(c);
                self.push(mark, kind);
            }
            '`' => {
                self.take();
                self.template_start(mark);
            }
            '#' if matches!(self.peek_second(), Some('"' | '#')) => {
                let kind = self.raw_string();
                self.push(mark, kind);
            }
            '0'..='9' => self.number(mark, false),
            '.' if self.peek_second().is_some_and(|c| c.is_ascii_digit())
                && !self.after_operand() =>
            {
                self.number(mark, false)
            }
            '-' if self.peek_second().is_some_and(|c| c.is_ascii_digit())
                && self.sign_is_of_number() =>
            {
                self.take();
                self.number(mark, true);
            }
            '/' if !self.after_operand() => match self.regex() {
                Some(kind) => self.push(mark, kind),
                None => self.symbol(mark),
            },
            '}' if self.braces.last() == Some(&true) => {
                self.take();
                self.close_bracket(mark, "}$");
                let mark = self.mark();
                self.piece(mark);
            }
            c if is_word_start(c) => self.word(mark),
            _ => self.symbol(mark),
        }
        true
    }

    /// Skips blanks and comments; says so where a comment is never closed.
    fn skip_space(&mut self) -> Option<Kind<'s>> {
        loop {
            match self.peek()? {
                '\n' => {
                    self.new_line = true;
                    self.take();
                }
                c if c.is_whitespace() || c == '\u{feff}' => {
                    self.take();
                }
                '/' if self.peek_second() == Some('/') => {
                    while self.peek().is_some_and(|c| c != '\n') {
                        self.take();
                    }
                }
                '/' if self.peek_second() == Some('*') => {
                    if !self.block_comment() {
                        return Some(bad("this comment is never closed: */ is missing", true));
                    }
                }
                _ => return None,
            }
        }
    }

    /// Block comments nest, as in Rhai.
    fn block_comment(&mut self) -> bool {
        let mut depth = 0_usize;
        while let Some(c) = self.take() {
            match (c, self.peek()) {
                ('/', Some('*')) => {
                    self.take();
                    depth += 1;
                }
                ('*', Some('/')) => {
                    self.take();
                    depth -= 1;
                    if depth == 0 {
                        return true;
                    }
                }
                ('\n', _) => self.new_line = true,
                _ => {}
            }
        }
        false
    }

    fn word(&mut self, mark: Mark) {
        while self.peek().is_some_and(is_word_continue) {
            self.take();
        }
        self.push(mark, Kind::Word(&self.text[mark.at..self.at]));
    }

    fn symbol(&mut self, mark: Mark) {
        let rest = self.rest();
        if let Some(after) = rest.strip_prefix("!in")
            && !after.starts_with(is_word_continue)
        {
            self.take_many(3);
            self.push(mark, Kind::Sym("!in"));
            return;
        }
        match SYMBOLS.iter().find(|s| rest.starts_with(**s)) {
            Some(symbol) => {
                self.take_many(symbol.len());
                match *symbol {
                    "(" | "[" | "{" | "#{" | "?[" => self.open_bracket(mark, symbol),
                    ")" | "]" | "}" => self.close_bracket(mark, symbol),
                    _ => self.push(mark, Kind::Sym(symbol)),
                }
            }
            None => {
                let c = self.take().unwrap_or_default();
                let message = match c {
                    '\0' => "the source holds a NUL byte".into(),
                    c if c.is_control() => format!(
                        "the source holds a control character (U+{:04X})",
                        u32::from(c)
                    ),
                    c => format!("'{c}' has no meaning here"),
                };
                self.push(mark, bad(message, false));
            }
        }
    }

    pub fn open_bracket(&mut self, mark: Mark, symbol: &'static str) {
        if matches!(symbol, "{" | "#{" | "${") {
            self.braces.push(symbol == "${");
        }
        self.open.push(self.toks.len() as u32);
        self.push(mark, Kind::Sym(symbol));
    }

    /// Closes the bracket opened last where the two belong together.
    fn close_bracket(&mut self, mark: Mark, symbol: &'static str) {
        let here = self.toks.len() as u32;
        self.push(mark, Kind::Sym(symbol));
        if matches!(symbol, "}" | "}$") {
            self.braces.pop();
        }
        let Some(&open) = self.open.last() else {
            return;
        };
        let Kind::Sym(opener) = self.toks[open as usize].kind else {
            return;
        };
        if matches!(
            (opener, symbol),
            ("(", ")") | ("[" | "?[", "]") | ("{" | "#{", "}") | ("${", "}$")
        ) {
            self.open.pop();
            self.toks[open as usize].mate = here;
            self.toks[here as usize].mate = open;
        }
    }

    /// Whether the token before ends an operand, so that `/` divides and `.5` is no number.
    fn after_operand(&self) -> bool {
        match self.toks.last().map(|t| &t.kind) {
            None => false,
            Some(Kind::Word(w)) => {
                self.toks
                    .len()
                    .checked_sub(2)
                    .is_some_and(|i| self.toks[i].kind.is("."))
                    || !EXPECTS_OPERAND.contains(w)
            }
            Some(Kind::Sym(s)) => matches!(*s, ")" | "]" | "}" | "++" | "--"),
            Some(Kind::Piece { open, .. }) => !open,
            Some(_) => true,
        }
    }

    /// Rhai's rule: `-5` is one number where a sign can stand.
    fn sign_is_of_number(&self) -> bool {
        match self.toks.last().map(|t| &t.kind) {
            None => true,
            Some(Kind::Sym("${" | "#{")) => true,
            Some(Kind::Sym("===" | "!==" | "?" | "...")) => true,
            Some(Kind::Sym(s)) => {
                Token::lookup_symbol_from_syntax(s).is_some_and(|t| t.is_next_unary())
            }
            Some(Kind::Word(w)) => {
                Token::lookup_symbol_from_syntax(w).is_some_and(|t| t.is_next_unary())
            }
            Some(_) => false,
        }
    }
}

/// Words after which an operand comes.
const EXPECTS_OPERAND: &[&str] = &[
    "return",
    "typeof",
    "case",
    "in",
    "delete",
    "void",
    "throw",
    "new",
    "else",
    "do",
    "instanceof",
    "if",
    "while",
    "await",
    "switch",
    "until",
];

pub(super) fn bad<'s>(message: impl Into<String>, open: bool) -> Kind<'s> {
    Kind::Bad(Box::new(Bad {
        message: message.into(),
        hint: None,
        open,
    }))
}

pub(super) fn is_word_start(c: char) -> bool {
    c.is_alphabetic() || c == '_' || c == '$'
}

pub(super) fn is_word_continue(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}
