//! From the tokens of a source to the tokens Rhai's parser gets.
//!
//! A reader that knows the statements and expressions of Rhai and of the JavaScript people paste,
//! and copies what both have. It changes only what Rhai would refuse: every token of a plain Rhai
//! source comes out as it went in, but for object literals and `'…'` strings. It is tolerant where Rhai's own
//! error is good, and speaks up where it knows better.
//!
//! Invariants: no look-behind over what has been written, except for a `?:`, whose keyword goes in
//! front of its condition; recursion is bounded by the limit the engine has for Rhai's parser; every loop takes a token.

mod ahead;
mod assign;
mod declare;
mod expression;
mod function;
mod leave;
mod literal;
mod logic;
mod loops;
mod named;
mod names;
mod operand;
mod shell;
mod statement;
mod switch;
mod word;

use rhai::{Dynamic, Engine, Scope, Token};

use super::error::{Stop, SyntaxError};
use super::feed::{Out, Program};
use super::scan::scan;
use super::shared;
use super::token::{Kind, NO_MATE, Tok};
use names::{Names, Plan};

/// How deep an engine without a limit of its own may be led.
const MAX_DEPTH: usize = 1000;

type Done<T = ()> = Result<T, Stop>;

/// The program for Rhai's parser.
pub(super) fn rewrite(engine: &Engine, scope: &Scope<'_>, text: &str) -> Done<Program> {
    let mut first = read(engine, scope, text, Plan::default())?;
    match first.names.plan() {
        None => Ok(first.finish()),
        // A function uses variables of the script: now that is known which.
        Some(plan) => Ok(read(engine, scope, text, plan)?.finish()),
    }
}

fn read<'s>(engine: &Engine, scope: &Scope<'_>, text: &'s str, plan: Plan) -> Done<Rewriter<'s>> {
    let mut rewriter = Rewriter::new(engine, scan(text), text, plan);
    for (name, _, _) in scope.iter_raw() {
        rewriter.names.outside(name);
    }
    for name in rewriter.names.shared_from_outside() {
        rewriter.share(&name);
        rewriter.insert(Token::SemiColon);
    }
    rewriter.statements("")?;
    Ok(rewriter)
}

struct Rewriter<'s> {
    text: &'s str,
    toks: Vec<Tok<'s>>,
    at: usize,
    out: Vec<Out>,
    /// In the order of their first tokens, which inserting in front does not change.
    shapes: Vec<Dynamic>,
    names: Names<'s>,
    depth: usize,
    /// How many temporary variables have been named.
    temporaries: usize,
    /// What an enclosing `break` would end, innermost last.
    breaks: Vec<Breaks>,
    /// Tells the shared variables of this source from those of others.
    source_id: u64,
    max_depth: usize,
    max_text: usize,
    max_fields: usize,
}

/// What a `break` ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Breaks {
    Loop,
    /// JavaScript's `switch`.
    Switch,
    Function,
}

impl<'s> Rewriter<'s> {
    fn new(engine: &Engine, toks: Vec<Tok<'s>>, text: &'s str, plan: Plan) -> Self {
        let names = Names::new(&toks, plan);
        Self {
            text,
            out: Vec::with_capacity(toks.len()),
            toks,
            at: 0,
            shapes: Vec::new(),
            names,
            depth: 0,
            temporaries: 0,
            breaks: Vec::new(),
            source_id: shared::next_source_id(),
            max_depth: max_depth(engine),
            max_text: engine.max_string_size(),
            max_fields: engine.max_map_size(),
        }
    }

    fn finish(mut self) -> Program {
        for place in self.names.constants_to_relax() {
            self.out[place].token = Token::Let;
        }
        let end = self
            .toks
            .last()
            .map_or((1, 0), |t| (t.line, t.column.saturating_sub(1)));
        Program {
            tokens: self.out,
            shapes: self.shapes,
            end,
        }
    }

    // ---- looking ----

    fn kind(&self) -> &Kind<'s> {
        self.kind_at(self.at)
    }

    fn kind_at(&self, i: usize) -> &Kind<'s> {
        self.toks.get(i).map_or(&Kind::End, |t| &t.kind)
    }

    fn tok(&self) -> &Tok<'s> {
        &self.toks[self.at.min(self.toks.len() - 1)]
    }

    fn is(&self, symbol: &str) -> bool {
        self.kind().is(symbol)
    }

    fn is_word(&self, word: &str) -> bool {
        self.kind().is_word(word)
    }

    fn word(&self) -> Option<&'s str> {
        self.word_at(self.at)
    }

    fn word_at(&self, i: usize) -> Option<&'s str> {
        match self.kind_at(i) {
            Kind::Word(w) => Some(w),
            _ => None,
        }
    }

    fn new_line_at(&self, i: usize) -> bool {
        self.toks.get(i).is_none_or(|t| t.new_line)
    }

    /// The index after the partner of the bracket at `i`.
    fn after_mate(&self, i: usize) -> Option<usize> {
        self.toks
            .get(i)
            .filter(|t| t.mate != NO_MATE)
            .map(|t| t.mate as usize + 1)
    }

    /// Whether a statement ends before the token at `i`.
    fn ends_statement(&self, i: usize) -> bool {
        match self.kind_at(i) {
            Kind::End => true,
            Kind::Sym(s) => matches!(*s, ";" | "}" | "}$" | ")" | "]" | ","),
            _ => false,
        }
    }

    /// The word here as the name of something that is declared.
    fn declared_name(&self, wanted: &str) -> Done<&'s str> {
        match self.word() {
            Some(word)
                if Token::lookup_symbol_from_syntax(word).is_some()
                    && !NAMES_TOO.contains(&word) =>
            {
                Err(self.error(format!("'{word}' is a keyword and cannot be a name")))
            }
            Some(word) if READ_BY_RHAI.contains(&word) => {
                Err(self.error(format!("'{word}' is a reserved word and cannot be a name")))
            }
            Some(word) => Ok(word),
            None => Err(self.unexpected(wanted)),
        }
    }

    // ---- writing ----

    /// Writes `token` at the place of the current token, which stays.
    fn write(&mut self, token: Token) {
        let (line, column) = (self.tok().line, self.tok().column);
        self.out.push(Out {
            token,
            line,
            column,
            inserted: false,
            continues_template: false,
        });
    }

    /// Writes `token`, which has no place of its own.
    fn insert(&mut self, token: Token) {
        let (line, column) = (self.tok().line, self.tok().column);
        self.out.push(Out {
            token,
            line,
            column,
            inserted: true,
            continues_template: false,
        });
    }

    /// Writes `token` in the place of the current token, which is taken.
    fn replace(&mut self, token: Token) {
        self.write(token);
        self.at += 1;
    }

    /// Takes the current token and writes nothing.
    fn skip(&mut self) {
        self.at += 1;
    }

    /// Copies the current token.
    fn copy(&mut self) -> Done {
        let token = self.token()?;
        self.replace(token);
        Ok(())
    }

    /// Puts `token` in front of what was written from `place` on.
    fn insert_before(&mut self, place: usize, token: Token) {
        let (line, column) = self
            .out
            .get(place)
            .map_or((self.tok().line, self.tok().column), |o| (o.line, o.column));
        self.out.insert(
            place,
            Out {
                token,
                line,
                column,
                inserted: true,
                continues_template: false,
            },
        );
        self.names.shift(place);
    }

    /// Rhai's token for the current one.
    fn token(&mut self) -> Done<Token> {
        let max_text = self.max_text;
        let too_long = max_text > 0
            && matches!(self.kind(), Kind::Text(t) | Kind::Piece { text: t, .. } if t.len() > max_text);
        if too_long {
            return Err(self.error(format!(
                "this string is longer than the limit of {max_text} bytes"
            )));
        }
        let at = self.at.min(self.toks.len() - 1);
        Ok(match &mut self.toks[at].kind {
            Kind::Word(word) => word_token(word),
            Kind::Sym(symbol) => symbol_token(symbol),
            Kind::Int(n) => Token::IntegerConstant(*n),
            Kind::Float(n) => float(*n),
            Kind::Text(text) => Token::StringConstant(Box::new(std::mem::take(text).into())),
            Kind::Piece { text, open: true } => {
                Token::InterpolatedString(Box::new(std::mem::take(text).into()))
            }
            Kind::Piece { text, open: false } => {
                Token::StringConstant(Box::new(std::mem::take(text).into()))
            }
            Kind::Regex(..) | Kind::Bad(..) | Kind::End => return Err(self.unexpected("a value")),
        })
    }

    // ---- refusing ----

    fn error(&self, message: impl Into<String>) -> Stop {
        SyntaxError::new(message, self.tok().position()).into()
    }

    /// An error about a construct that Rhai has another way for.
    fn instead(&self, message: &str, hint: &str) -> Stop {
        SyntaxError::new(message, self.tok().position())
            .hint(hint)
            .into()
    }

    /// The current token cannot stand here.
    fn unexpected(&self, wanted: &str) -> Stop {
        let position = self.tok().position();
        match self.kind() {
            Kind::Bad(bad) => {
                let mut error = SyntaxError::new(bad.message.clone(), position);
                error.hints.extend(bad.hint.map(String::from));
                Stop {
                    error,
                    incomplete: bad.open,
                }
            }
            Kind::End => {
                let mut error = SyntaxError::new(
                    format!("the source ends where {wanted} should follow"),
                    position,
                );
                error.hints.extend(self.open_bracket());
                Stop {
                    error,
                    incomplete: true,
                }
            }
            kind => SyntaxError::new(
                format!("expected {wanted}, found {}", describe(kind)),
                position,
            )
            .into(),
        }
    }

    /// Which bracket is still open, the innermost one.
    fn open_bracket(&self) -> Option<String> {
        let open = |t: &&Tok<'_>| {
            t.mate == NO_MATE && matches!(t.kind, Kind::Sym("{" | "#{" | "(" | "[" | "?[" | "${"))
        };
        let tok = self.toks.iter().rfind(open)?;
        Some(format!(
            "{} of line {} is not closed",
            describe(&tok.kind),
            tok.line
        ))
    }

    /// Takes the symbol and writes `token` in its place.
    fn expect(&mut self, symbol: &str, token: Token, wanted: &str) -> Done {
        if !self.is(symbol) {
            return Err(self.unexpected(wanted));
        }
        self.replace(token);
        Ok(())
    }

    fn deeper(&mut self) -> Done {
        self.depth += 1;
        if self.depth > self.max_depth {
            return Err(self.error("this is nested too deeply"));
        }
        Ok(())
    }

    /// Makes a variable of the top level, declared before, one that functions can see.
    fn share(&mut self, name: &str) {
        self.insert(custom(shared::SHARE));
        self.insert(text(&format!("{}:{name}", self.source_id)));
    }

    /// At the start of the body at `brace`: brings the shared variables in that it uses.
    fn bring_in(&mut self, brace: usize) {
        let names = self.names.used_in(brace).join(",");
        if !names.is_empty() {
            self.insert(custom(shared::OUTER));
            self.insert(text(&format!("{}:{names}", self.source_id)));
            self.insert(Token::SemiColon);
        }
    }

    /// A variable name that no source can hold.
    fn temporary(&mut self) -> String {
        self.temporaries += 1;
        format!("part {}", self.temporaries)
    }
}

/// Our levels against Rhai's: three to its two at most, so that Rhai's limit is met first or both
/// are. Whoever lets Rhai go deep has given it the stack, of which we need less.
fn max_depth(engine: &Engine) -> usize {
    match engine.max_expr_depth() {
        0 => MAX_DEPTH,
        depth => depth + depth / 2 + 16,
    }
}

fn describe(kind: &Kind<'_>) -> String {
    match kind {
        Kind::Word(w) => format!("'{w}'"),
        Kind::Sym("}$") => "'}'".into(),
        Kind::Sym(s) => format!("'{s}'"),
        Kind::Int(n) => n.to_string(),
        Kind::Float(n) => n.to_string(),
        Kind::Text(_) | Kind::Piece { .. } => "a string".into(),
        Kind::Regex(_) => "a regular expression".into(),
        Kind::Bad(bad) => bad.message.clone(),
        Kind::End => "the end".into(),
    }
}

fn ident(name: &str) -> Token {
    Token::Identifier(Box::new(name.into()))
}

fn text(text: &str) -> Token {
    Token::StringConstant(Box::new(text.into()))
}

fn custom(keyword: &str) -> Token {
    Token::Custom(Box::new(keyword.into()))
}

fn float(n: f64) -> Token {
    Token::FloatConstant(Box::new((n.into(), n.to_string().into())))
}

/// Rhai's reserved words that its parser knows how to read; the others are free to be names.
const READ_BY_RHAI: &[&str] = &[
    "this",
    "print",
    "debug",
    "eval",
    "type_of",
    "Fn",
    "call",
    "curry",
    "is_def_var",
    "is_def_fn",
    "is_shared",
];

/// Keywords of Rhai that JavaScript lets be names; where they are keywords, what follows tells.
const NAMES_TOO: &[&str] = &["_", "fn", "loop", "until", "private", "as"];

fn word_token(word: &str) -> Token {
    if word == "_" {
        return ident(word);
    }
    Token::lookup_symbol_from_syntax(word).unwrap_or_else(|| {
        if READ_BY_RHAI.contains(&word) {
            Token::Reserved(Box::new(word.into()))
        } else {
            ident(word)
        }
    })
}

fn symbol_token(symbol: &str) -> Token {
    match symbol {
        "===" => Token::EqualsTo,
        "!==" => Token::NotEqualsTo,
        "${" => Token::LeftBrace,
        "}$" => Token::RightBrace,
        symbol => Token::lookup_symbol_from_syntax(symbol)
            .unwrap_or_else(|| Token::Reserved(Box::new(symbol.into()))),
    }
}
