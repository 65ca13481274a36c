//! Functions: Rhai's closures and `fn`, JavaScript's `function`, arrows and methods.

use std::ops::Range;

use rhai::Token;

use super::declare::Pattern;
use super::expression::Place;
use super::names::Declared;
use super::{Breaks, Done, Rewriter, ident};
use crate::script::syntax::error::Stop;
use crate::script::syntax::token::Kind;

/// What has to happen first in a body.
pub(super) type Prelude<'s> = Vec<Before<'s>>;

/// One thing that has to happen first.
pub(super) enum Before<'s> {
    /// What the variable holds is taken apart.
    Unpack(String, Pattern<'s>),
    /// A parameter without a value gets the one at these tokens.
    Default(&'s str, Range<usize>),
    /// Each turn of a loop has a variable of its own for closures to keep.
    Own(&'s str),
}

impl<'s> Rewriter<'s> {
    /// Whether `function` at `i` is JavaScript's keyword and not a name.
    pub(super) fn is_function_literal(&self, i: usize) -> bool {
        match self.kind_at(i + 1) {
            Kind::Sym("(") => self
                .after_mate(i + 1)
                .is_none_or(|i| self.kind_at(i).is("{") || matches!(self.kind_at(i), Kind::End)),
            Kind::Word(_) | Kind::Sym("*") => {
                self.kind_at(i + 2).is("(") || self.kind_at(i + 1).is("*")
            }
            _ => false,
        }
    }

    /// Whether `async` at `i` is a keyword: all calls wait here, so that it says nothing.
    pub(super) fn is_async(&self, i: usize) -> bool {
        match self.kind_at(i + 1) {
            Kind::Word("function") => true,
            Kind::Word(_) => self.kind_at(i + 2).is("=>"),
            Kind::Sym("(") => self
                .after_mate(i + 1)
                .is_some_and(|i| self.kind_at(i).is("=>")),
            _ => false,
        }
    }

    /// `x => …`
    pub(super) fn arrow_of_one(&mut self) -> Done {
        let name = self.word().unwrap_or_default();
        self.names.open_block();
        self.names.declare(name, Declared::Callable);
        self.write(Token::Pipe);
        self.insert(ident(name));
        self.skip();
        self.replace(Token::Pipe);
        self.arrow_body(Vec::new())
    }

    /// `(a, b) => …`
    pub(super) fn arrow(&mut self) -> Done {
        self.names.open_block();
        let prelude = self.closure_parameters()?;
        if !self.is("=>") {
            return Err(self.unexpected("'=>'"));
        }
        self.skip();
        self.arrow_body(prelude)
    }

    pub(super) fn arrow_body(&mut self, prelude: Prelude<'s>) -> Done {
        self.deeper()?;
        self.breaks.push(Breaks::Function);
        if self.is("{") {
            self.java_script_body(prelude)?;
        } else if let Some((name, before)) = self.assigned_alone() {
            self.insert(Token::LeftBrace);
            self.unpack_all(prelude)?;
            self.assignment_with_value(name, before)?;
            self.insert(Token::RightBrace);
        } else if prelude.is_empty() {
            self.statement_of_closure()?;
        } else {
            self.insert(Token::LeftBrace);
            self.unpack_all(prelude)?;
            self.statement_of_closure()?;
            self.insert(Token::RightBrace);
        }
        self.breaks.pop();
        self.names.close_block();
        self.depth -= 1;
        Ok(())
    }

    /// The variable that the expression here does nothing but assign, and whether the value of the
    /// expression is the one from before (`n++`).
    fn assigned_alone(&self) -> Option<(&'s str, bool)> {
        const ASSIGNS: [&str; 6] = ["=", "+=", "-=", "*=", "/=", "%="];
        match (self.kind(), self.kind_at(self.at + 1)) {
            (Kind::Sym("++" | "--"), Kind::Word(name)) => {
                let more = self.kind_at(self.at + 2);
                let whole = !more.is(".") && !more.is("[") && !more.is("(");
                whole.then_some((*name, false))
            }
            (Kind::Word(name), Kind::Sym("++" | "--")) => Some((*name, true)),
            (Kind::Word(name), Kind::Sym(sign)) if ASSIGNS.contains(sign) => Some((*name, false)),
            _ => None,
        }
    }

    /// An assignment is a value in JavaScript and none in Rhai: the variable is read after it, or
    /// before.
    fn assignment_with_value(&mut self, name: &'s str, before: bool) -> Done {
        let value = if before {
            self.temporary()
        } else {
            name.to_string()
        };
        if before {
            self.insert(Token::Let);
            self.insert(ident(&value));
            self.insert(Token::Equals);
            self.insert(ident(name));
            self.insert(Token::SemiColon);
        }
        self.expression(Place::STATEMENT)?;
        self.insert(Token::SemiColon);
        self.insert(ident(&value));
        Ok(())
    }

    /// A body that is one expression: it may assign.
    pub(super) fn statement_of_closure(&mut self) -> Done {
        match self.kind() {
            Kind::Word("delete" | "throw" | "return") => self.statement().map(drop),
            _ => self.expression(Place::STATEMENT),
        }
    }

    /// `{ … }` of JavaScript: without a `return` the value is undefined.
    pub(super) fn java_script_body(&mut self, prelude: Prelude<'s>) -> Done {
        let empty = self.kind_at(self.at + 1).is("}");
        let brace = self.at;
        self.replace(Token::LeftBrace);
        self.bring_in(brace);
        self.names.open_block();
        self.unpack_all(prelude)?;
        self.statements("}")?;
        self.names.close_block();
        if !empty {
            self.insert(Token::SemiColon);
            self.insert(Token::Unit);
        }
        self.replace(Token::RightBrace);
        Ok(())
    }

    pub(super) fn unpack_all(&mut self, prelude: Prelude<'s>) -> Done {
        for before in prelude {
            match before {
                Before::Unpack(temporary, pattern) => {
                    self.unpack(&temporary, &pattern)?;
                    self.insert(Token::SemiColon);
                }
                Before::Default(name, value) => self.default_value(name, value)?,
                Before::Own(name) => {
                    self.insert(Token::Let);
                    self.insert(ident(name));
                    self.insert(Token::Equals);
                    self.insert(ident(name));
                    self.insert(Token::SemiColon);
                }
            }
        }
        Ok(())
    }

    /// `if name == () { name = value }`, the value read where it stands.
    pub(super) fn default_value(&mut self, name: &str, value: Range<usize>) -> Done {
        self.insert(Token::If);
        self.insert(ident(name));
        self.insert(Token::EqualsTo);
        self.insert(Token::Unit);
        self.insert(Token::LeftBrace);
        self.insert(ident(name));
        self.insert(Token::Equals);
        let here = std::mem::replace(&mut self.at, value.start);
        let read = self.expression(Place::VALUE);
        self.at = here;
        self.insert(Token::RightBrace);
        read
    }

    /// The tokens of a default value after its `=`, which are left for later.
    pub(super) fn skip_default(&mut self) -> Done<Range<usize>> {
        self.skip();
        let from = self.at;
        loop {
            match self.kind() {
                Kind::Sym("," | ")" | "]" | "}") if self.at > from => return Ok(from..self.at),
                Kind::Sym("," | ")" | "]" | "}") | Kind::End | Kind::Bad(_) => {
                    return Err(self.unexpected("a value"));
                }
                _ => {
                    self.at = self
                        .after_mate(self.at)
                        .filter(|i| *i > self.at)
                        .unwrap_or(self.at + 1)
                }
            }
        }
    }

    /// `function (a) {…}` as a value; a name of its own is dropped.
    pub(super) fn function_literal(&mut self) -> Done {
        self.skip();
        if self.is("*") {
            return Err(self.instead("Rhai has no generators", "build an array and return it"));
        }
        if self.word().is_some() {
            self.skip();
        }
        self.function_from_parameters()
    }

    /// `(a, b) {…}`, after `function` or the name of a method.
    pub(super) fn function_from_parameters(&mut self) -> Done {
        self.deeper()?;
        self.names.open_block();
        let prelude = self.closure_parameters()?;
        if !self.is("{") {
            return Err(self.unexpected("'{' and the body of the function"));
        }
        self.breaks.push(Breaks::Function);
        self.java_script_body(prelude)?;
        self.breaks.pop();
        self.names.close_block();
        self.depth -= 1;
        Ok(())
    }

    /// `(a, {b}, [c])` as the parameters of a Rhai closure.
    pub(super) fn closure_parameters(&mut self) -> Done<Prelude<'s>> {
        let none = self.kind_at(self.at + 1).is(")");
        self.replace(if none { Token::Or } else { Token::Pipe });
        let prelude = self.parameters(")")?;
        if none {
            self.skip()
        } else {
            self.replace(Token::Pipe)
        }
        Ok(prelude)
    }

    /// Parameters up to `close`, which stays.
    pub(super) fn parameters(&mut self, close: &str) -> Done<Prelude<'s>> {
        let mut prelude = Prelude::new();
        while !self.is(close) {
            match self.kind() {
                Kind::Word(_) => {
                    let name = self.declared_name("a parameter")?;
                    self.names.declare(name, Declared::Callable);
                    self.replace(ident(name));
                    if self.is("=") && close == ")" {
                        prelude.push(Before::Default(name, self.skip_default()?));
                    }
                }
                Kind::Sym("{" | "[") => {
                    let temporary = self.temporary();
                    self.write(ident(&temporary));
                    prelude.push(Before::Unpack(temporary, self.pattern()?));
                }
                _ => return Err(self.no_parameter(close)),
            }
            match self.kind() {
                Kind::Sym(",") if self.kind_at(self.at + 1).is(close) => self.skip(),
                Kind::Sym(",") => self.copy()?,
                kind if kind.is(close) => {}
                _ => return Err(self.no_parameter(close)),
            }
        }
        Ok(prelude)
    }

    pub(super) fn no_parameter(&self, close: &str) -> Stop {
        match self.kind() {
            Kind::Sym("=") => self.instead(
                "parameters of Rhai's closures have no default values",
                "set it in the body: if x == () { x = 1 }",
            ),
            Kind::Sym("...") => {
                self.instead("Rhai's functions have no rest parameters", "take one array")
            }
            _ => self.unexpected(&format!(
                "a parameter or '{}'",
                if close == ")" { ")" } else { "|" }
            )),
        }
    }

    /// `|a, b| …`
    pub(super) fn rhai_closure(&mut self) -> Done {
        self.deeper()?;
        self.names.open_block();
        let none = self.is("||");
        self.copy()?;
        if !none {
            let prelude = self.parameters("|")?;
            if !prelude.is_empty() {
                return Err(self.error("parameters of a closure are names"));
            }
            self.replace(Token::Pipe);
        }
        self.breaks.push(Breaks::Function);
        if self.is("{") && !self.looks_like_object(self.at, true) {
            self.block()?;
        } else if matches!(self.kind(), Kind::End) {
            return Err(self.unexpected("the body of this closure"));
        } else {
            self.statement()?;
        }
        self.breaks.pop();
        self.names.close_block();
        self.depth -= 1;
        Ok(())
    }
}
