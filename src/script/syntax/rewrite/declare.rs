//! `let`, `var`, `const`, with JavaScript's lists and destructuring.

use std::ops::Range;

use rhai::Token;

use super::expression::Place;
use super::names::Declared;
use super::{Done, Rewriter, ident, text};
use crate::script::syntax::token::Kind;

/// What destructuring takes apart.
#[derive(Debug, Clone)]
pub(super) enum Pattern<'s> {
    Name(&'s str),
    /// `{ key: pattern }`
    Fields(Vec<(String, Pattern<'s>)>),
    /// `pattern = value`: the name gets the value at these tokens where there is none.
    Default(&'s str, Range<usize>),
    /// `[a, , b]`
    Elements(Vec<Option<Pattern<'s>>>),
}

/// One step from the whole to a part.
enum Step<'p> {
    Field(&'p str),
    Element(usize),
}

impl<'s> Rewriter<'s> {
    /// A declaration with one or more names, up to where it ends.
    pub(super) fn declaration(&mut self, exported: bool) -> Done {
        let constant = self.is_word("const");
        let keyword = if constant { Token::Const } else { Token::Let };
        self.replace(keyword.clone());
        loop {
            self.declared(constant, exported)?;
            if !self.is(",") {
                return Ok(());
            }
            self.replace(Token::SemiColon);
            self.insert(keyword.clone());
        }
    }

    /// One name or pattern with its value; the keyword was written last.
    fn declared(&mut self, constant: bool, exported: bool) -> Done {
        let keyword = self.out.len() - 1;
        if matches!(self.kind(), Kind::Sym("{" | "[")) {
            return self.destructuring(keyword);
        }
        let name = self.declared_name("the name of a variable")?;
        if self.depth_of_blocks() == 0 && !exported && self.names.is_recursive(self.at) {
            return self.recursive_function(name, keyword);
        }
        let mut kind = match (constant, exported) {
            (true, true) => Declared::Exported,
            (true, false) => self.names.constant(keyword),
            _ => Declared::Variable,
        };
        self.replace(ident(name));
        if self.is("=") {
            self.copy()?;
            let value = self.out.len();
            let rhai = self.is("|") || self.is("||");
            self.expression(Place::VALUE)?;
            let closure = matches!(self.out[value].token, Token::Pipe | Token::Or);
            if closure && constant {
                // Rhai puts a constant in its place, and loses the closure it is in a second one.
                self.out[keyword].token = Token::Let;
            }
            if closure && !rhai && !exported {
                // JavaScript's `const max = (a, b) => …` is what `max(1, 2)` calls.
                kind = Declared::Callable;
            }
        }
        self.declare(name, kind);
        Ok(())
    }

    /// The declaration of `name` was written.
    fn declare(&mut self, name: &'s str, kind: Declared) {
        self.names.declare(name, kind);
        if self.names.is_shared(name) {
            self.insert(Token::SemiColon);
            self.share(name);
        }
    }

    /// `const {a, b} = x` → `let $1 = x; let a = $1.a; let b = $1.b`.
    fn destructuring(&mut self, keyword: usize) -> Done {
        self.out[keyword].token = Token::Let;
        let pattern = self.pattern()?;
        let temporary = self.temporary();
        self.insert(ident(&temporary));
        self.expect("=", Token::Equals, "'=' and what to take apart")?;
        self.expression(Place::VALUE)?;
        self.insert(Token::SemiColon);
        self.unpack(&temporary, &pattern)
    }

    /// Reads a pattern; nothing is written.
    pub(super) fn pattern(&mut self) -> Done<Pattern<'s>> {
        self.deeper()?;
        let pattern = match self.kind() {
            Kind::Sym("{") => self.fields_pattern()?,
            Kind::Sym("[") => self.elements_pattern()?,
            Kind::Word(_) => {
                let name = self.declared_name("a name")?;
                self.skip();
                Pattern::Name(name)
            }
            Kind::Sym("...") => {
                return Err(
                    self.instead("Rhai has no '...' in patterns", "take the parts one by one")
                );
            }
            _ => return Err(self.unexpected("a name")),
        };
        self.depth -= 1;
        Ok(pattern)
    }

    /// A part of a pattern, with the value it has where there is none.
    fn part(&mut self) -> Done<Pattern<'s>> {
        let part = self.pattern()?;
        match part {
            Pattern::Name(name) if self.is("=") => Ok(Pattern::Default(name, self.skip_default()?)),
            _ if self.is("=") => Err(self.instead(
                "only names have default values here",
                "take it apart in a second statement",
            )),
            part => Ok(part),
        }
    }

    fn fields_pattern(&mut self) -> Done<Pattern<'s>> {
        self.skip();
        let mut fields = Vec::new();
        while !self.is("}") {
            let key = match self.kind() {
                Kind::Word(word) => (*word).to_string(),
                Kind::Text(text) => text.clone(),
                Kind::Sym("...") => {
                    return Err(
                        self.instead("Rhai has no '...' in patterns", "take the parts one by one")
                    );
                }
                _ => return Err(self.unexpected("the name of a field")),
            };
            if self.kind_at(self.at + 1).is(":") {
                self.at += 2;
            }
            let part = self.part()?;
            fields.push((key, part));
            self.separator("}")?;
        }
        self.skip();
        Ok(Pattern::Fields(fields))
    }

    fn elements_pattern(&mut self) -> Done<Pattern<'s>> {
        self.skip();
        let mut elements = Vec::new();
        while !self.is("]") {
            if self.is(",") {
                elements.push(None);
                self.skip();
                continue;
            }
            elements.push(Some(self.part()?));
            self.separator("]")?;
        }
        self.skip();
        Ok(Pattern::Elements(elements))
    }

    fn separator(&mut self, close: &str) -> Done {
        if self.is(",") {
            self.skip();
        } else if !self.is(close) {
            return Err(self.unexpected(&format!("',' or '{close}'")));
        }
        Ok(())
    }

    /// Writes `let name = temporary…` for every name of the pattern, with `;` between.
    pub(super) fn unpack(&mut self, temporary: &str, pattern: &Pattern<'s>) -> Done {
        let before = self.out.len();
        self.unpack_part(temporary, pattern, &mut Vec::new())?;
        // The last `;` belongs to whoever ends the statement.
        if self.out.len() > before {
            self.out.pop();
        }
        Ok(())
    }

    fn unpack_part<'p>(
        &mut self,
        temporary: &str,
        pattern: &'p Pattern<'s>,
        path: &mut Vec<Step<'p>>,
    ) -> Done {
        match pattern {
            Pattern::Name(name) => self.unpack_name(name, temporary, path),
            Pattern::Default(name, value) => {
                self.unpack_name(name, temporary, path);
                self.default_value(name, value.clone())?;
                self.insert(Token::SemiColon);
            }
            Pattern::Fields(fields) => {
                for (key, part) in fields {
                    path.push(Step::Field(key));
                    self.unpack_part(temporary, part, path)?;
                    path.pop();
                }
            }
            Pattern::Elements(elements) => {
                for (i, part) in elements.iter().enumerate() {
                    let Some(part) = part else { continue };
                    path.push(Step::Element(i));
                    self.unpack_part(temporary, part, path)?;
                    path.pop();
                }
            }
        }
        Ok(())
    }

    fn unpack_name(&mut self, name: &'s str, temporary: &str, path: &[Step<'_>]) {
        self.insert(Token::Let);
        self.insert(ident(name));
        self.insert(Token::Equals);
        self.insert(ident(temporary));
        path.iter().for_each(|step| self.step(step));
        self.declare(name, Declared::Variable);
        self.insert(Token::SemiColon);
    }

    /// `["key"]`, or `.get(i)`, which has a value beyond the end too.
    fn step(&mut self, step: &Step<'_>) {
        match step {
            Step::Field(key) => {
                self.insert(Token::LeftBracket);
                self.insert(text(key));
                self.insert(Token::RightBracket);
            }
            Step::Element(i) => {
                self.insert(Token::Period);
                self.insert(ident("get"));
                self.insert(Token::LeftParen);
                self.insert(Token::IntegerConstant(*i as i64));
                self.insert(Token::RightParen);
            }
        }
    }
}
