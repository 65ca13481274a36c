//! Literals that hold expressions: documents, arrays, templates.

use rhai::{Dynamic, Token};

use super::expression::Place;
use super::{Done, Rewriter, custom};
use crate::script::syntax::forms;
use crate::script::syntax::token::Kind;

impl Rewriter<'_> {
    /// Whether the `{` at `open` begins a document and not a block. At the start of a statement
    /// `{}` and `{ a }` are blocks, elsewhere documents, as in JavaScript.
    pub(super) fn looks_like_object(&self, open: usize, at_statement: bool) -> bool {
        let first = open + 1;
        match self.kind_at(first) {
            Kind::Sym("}") => !at_statement,
            Kind::Sym("...") => true,
            Kind::Sym("[") => self
                .after_mate(first)
                .is_some_and(|i| self.kind_at(i).is(":")),
            Kind::Word(word) => match self.kind_at(first + 1) {
                Kind::Sym(":" | ",") => true,
                Kind::Sym("}") => !at_statement && !is_statement_word(word),
                Kind::Sym("(") => {
                    !is_statement_word(word)
                        && self
                            .after_mate(first + 1)
                            .is_some_and(|i| self.kind_at(i).is("{"))
                }
                Kind::Word(_) => {
                    matches!(*word, "async" | "get" | "set") && self.kind_at(first + 2).is("(")
                }
                _ => false,
            },
            Kind::Text(_) | Kind::Int(_) | Kind::Float(_) | Kind::Piece { open: false, .. } => {
                self.kind_at(first + 1).is(":")
            }
            _ => false,
        }
    }

    /// `#{…}` and `{…}`: the values in source order, the names in the shape.
    pub(super) fn object(&mut self) -> Done {
        self.deeper()?;
        let at = self.tok().position();
        self.replace(custom(forms::OBJECT));
        let place = self.shapes.len();
        self.shapes.push(Dynamic::UNIT);
        let (mut parts, mut values) = (Vec::new(), 0);
        while !self.is("}") {
            let part = self.field()?;
            values += if part.is_unit() { 2 } else { 1 };
            parts.push(part);
            if self.max_fields > 0 && parts.len() > self.max_fields {
                let message = format!(
                    "this document has more fields than the limit of {}",
                    self.max_fields
                );
                return Err(crate::script::syntax::SyntaxError::new(message, at).into());
            }
            if self.is(",") {
                if self.kind_at(self.at + 1).is("}") {
                    self.skip();
                } else {
                    self.copy()?;
                }
            } else if !self.is("}") {
                return Err(self.unexpected("',' or '}' after a field of this document"));
            }
        }
        self.replace(Token::RightParen);
        self.shapes[place] = forms::shape(values, parts);
        self.depth -= 1;
        Ok(())
    }

    /// One field: its place in the shape; its value is written.
    fn field(&mut self) -> Done<Dynamic> {
        match self.kind() {
            Kind::Sym("...") => {
                self.skip();
                self.expression(Place::VALUE)?;
                return Ok(forms::SPREAD);
            }
            Kind::Sym("[") => return self.computed_field(),
            Kind::Word("async") if matches!(self.kind_at(self.at + 1), Kind::Word(_)) => {
                self.skip()
            }
            Kind::Word("get" | "set") if matches!(self.kind_at(self.at + 1), Kind::Word(_)) => {
                return Err(self.instead(
                    "Rhai's documents have no getters and setters",
                    "hold a closure: { total: |x| … }",
                ));
            }
            _ => {}
        }
        let shorthand = self.word();
        let key = self.key()?;
        match self.kind() {
            Kind::Sym(":") => {
                self.skip();
                self.expression(Place::VALUE)?;
            }
            Kind::Sym("(") => self.function_from_parameters()?,
            Kind::Sym("," | "}") if shorthand.is_some() => {
                self.at -= 1;
                self.operand(Place::VALUE)?;
            }
            _ => return Err(self.unexpected("':' and a value after the name of a field")),
        }
        Ok(key.into())
    }

    fn key(&mut self) -> Done<String> {
        let key = match self.kind() {
            Kind::Word(word) => (*word).to_string(),
            Kind::Text(text) | Kind::Piece { text, open: false } => text.clone(),
            Kind::Int(n) => n.to_string(),
            Kind::Float(n) => n.to_string(),
            _ => return Err(self.unexpected("the name of a field or '}'")),
        };
        self.skip();
        Ok(key)
    }

    /// `[key]: value`: two values, with a comma between them for the parser.
    fn computed_field(&mut self) -> Done<Dynamic> {
        self.skip();
        self.expression(Place::VALUE)?;
        if !self.is("]") {
            return Err(self.unexpected("']' after a computed key"));
        }
        self.skip();
        self.expect(
            ":",
            Token::Comma,
            "':' and a value after the name of a field",
        )?;
        self.expression(Place::VALUE)?;
        Ok(forms::COMPUTED)
    }

    /// `[a, b]`, and `[...a, b]` in the form that spreads.
    pub(super) fn array(&mut self) -> Done {
        self.deeper()?;
        let open = self.out.len();
        self.replace(Token::LeftBracket);
        let shape = self.shapes.len();
        let mut spreads: Vec<usize> = Vec::new();
        let mut count = 0;
        while !self.is("]") {
            if self.is("...") {
                if spreads.is_empty() {
                    // The literals inside come later in the parser's order too.
                    self.shapes.insert(shape, Dynamic::UNIT);
                }
                spreads.push(count);
                self.skip();
            }
            self.expression(Place::VALUE)?;
            count += 1;
            if self.is(",") {
                if self.kind_at(self.at + 1).is("]") {
                    self.skip()
                } else {
                    self.copy()?
                }
            } else if !self.is("]") {
                return Err(self.unexpected("',' or ']' after an element of this array"));
            }
        }
        if spreads.is_empty() {
            self.replace(Token::RightBracket);
        } else {
            self.out[open].token = custom(forms::SPREAD_ARRAY);
            self.replace(Token::RightParen);
            let mut parts = vec![Dynamic::ZERO; count];
            spreads.into_iter().for_each(|i| parts[i] = forms::SPREAD);
            self.shapes[shape] = forms::shape(count, parts);
        }
        self.depth -= 1;
        Ok(())
    }

    /// `` `text ${…} text` ``
    pub(super) fn template(&mut self) -> Done {
        let mut open = matches!(self.kind(), Kind::Piece { open: true, .. });
        self.copy()?;
        while open {
            self.replace(Token::LeftBrace);
            self.names.open_block();
            self.statements("}$")?;
            self.names.close_block();
            self.replace(Token::RightBrace);
            if !matches!(self.kind(), Kind::Piece { .. }) {
                return Err(self.unexpected("the rest of this template string"));
            }
            open = matches!(self.kind(), Kind::Piece { open: true, .. });
            self.copy()?;
            if let Some(out) = self.out.last_mut() {
                out.continues_template = true;
            }
        }
        Ok(())
    }
}

fn is_statement_word(word: &str) -> bool {
    matches!(
        word,
        "if" | "while"
            | "for"
            | "switch"
            | "return"
            | "throw"
            | "break"
            | "continue"
            | "loop"
            | "do"
            | "catch"
            | "function"
            | "true"
            | "false"
    )
}
