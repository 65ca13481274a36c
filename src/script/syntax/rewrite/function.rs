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

    fn arrow_body(&mut self, prelude: Prelude<'s>) -> Done {
        self.deeper()?;
        self.breaks.push(Breaks::Function);
        if self.is("{") {
            self.java_script_body(prelude)?;
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

    /// A body that is one expression: it may assign.
    fn statement_of_closure(&mut self) -> Done {
        match self.kind() {
            Kind::Word("delete" | "throw" | "return") => self.statement().map(drop),
            _ => self.expression(Place::STATEMENT),
        }
    }

    /// `{ … }` of JavaScript: without a `return` the value is undefined.
    fn java_script_body(&mut self, prelude: Prelude<'s>) -> Done {
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
    fn closure_parameters(&mut self) -> Done<Prelude<'s>> {
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
    fn parameters(&mut self, close: &str) -> Done<Prelude<'s>> {
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

    fn no_parameter(&self, close: &str) -> Stop {
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

    /// `fn name(a) {…}` and `private fn …`.
    pub(super) fn rhai_function(&mut self) -> Done {
        if self.is_word("private") {
            self.copy()?;
            if !self.is_word("fn") {
                return Err(self.unexpected("'fn' after 'private'"));
            }
        }
        self.copy()?;
        // `fn int.double()` and `fn "Some Type".method()` are for values of a type.
        if self.kind_at(self.at + 1).is(".") {
            self.copy()?;
            self.expect(".", Token::Period, "'.' and the name of a method")?;
        }
        self.named_function(false)
    }

    /// `function name(a) {…}`: an `fn` at the top level, else a variable that holds a closure.
    pub(super) fn function_declaration(&mut self) -> Done {
        if self.kind_at(self.at + 1).is("*") {
            return Err(self.instead("Rhai has no generators", "build an array and return it"));
        }
        if self.depth_of_blocks() == 0 {
            self.replace(Token::Fn);
            return self.named_function(true);
        }
        let Some(name) = self.word_at(self.at + 1) else {
            return Err(self.unexpected("a name"));
        };
        self.replace(Token::Let);
        self.insert(ident(name));
        self.insert(Token::Equals);
        self.skip();
        self.function_from_parameters()?;
        self.insert(Token::SemiColon);
        self.names.declare(name, Declared::Callable);
        Ok(())
    }

    /// From the name on; nothing of the script is seen in the body, constants apart.
    fn named_function(&mut self, java_script: bool) -> Done {
        self.deeper()?;
        let Some(name) = self.word() else {
            return Err(self.unexpected("the name of the function"));
        };
        self.replace(ident(name));
        self.names.open_function();
        self.names.open_block();
        if !self.is("(") {
            return Err(self.unexpected("'(' and the parameters of the function"));
        }
        let none = self.kind_at(self.at + 1).is(")");
        self.replace(if none { Token::Unit } else { Token::LeftParen });
        let first = self.out.len();
        let prelude = self.parameters(")")?;
        let others = match java_script {
            true => self.other_calls(name, first, &prelude),
            false => Vec::new(),
        };
        if none {
            self.skip()
        } else {
            self.replace(Token::RightParen)
        }
        if !self.is("{") {
            return Err(self.unexpected("'{' and the body of the function"));
        }
        let brace = self.at;
        self.breaks.push(Breaks::Function);
        if java_script {
            self.java_script_body(prelude)?;
        } else if prelude.is_empty() {
            self.block()?;
        } else {
            return Err(self.error("parameters of an fn are names"));
        }
        self.breaks.pop();
        self.names.close_block();
        self.names.close_function(brace);
        others.into_iter().for_each(|token| self.insert(token));
        self.depth -= 1;
        Ok(())
    }

    /// `fn name(a) { name(a, ()) }` for every call that leaves parameters out or has more than there
    /// are: Rhai tells functions apart by how many they take.
    fn other_calls(&self, name: &str, first: usize, prelude: &Prelude<'s>) -> Vec<Token> {
        let parameters: Vec<Token> = self.out[first..]
            .iter()
            .map(|out| out.token.clone())
            .filter(|t| !matches!(t, Token::Comma | Token::LeftParen | Token::RightParen))
            .collect();
        let has_default = |token: &&Token| {
            let is = |b: &Before<'_>| matches!(b, Before::Default(n, _) if **token == ident(n));
            prelude.iter().any(is)
        };
        let optional = parameters.iter().rev().take_while(has_default).count();
        let mut counts = self.names.calls_of(name);
        counts.extend(parameters.len() - optional..parameters.len());
        counts.remove(&parameters.len());
        let counts = counts.into_iter().filter(|n| *n < MOST_PARAMETERS);
        counts
            .flat_map(|given| other_call(name, &parameters, given))
            .collect()
    }

    /// `const name = (a) => …` at the top level that calls itself: Rhai's closures cannot, so it
    /// becomes an `fn`. The keyword was written at `keyword`, the name is the current token.
    pub(super) fn recursive_function(&mut self, name: &str, keyword: usize) -> Done {
        self.out[keyword].token = Token::Fn;
        self.write(ident(name));
        self.at += 2;
        if self.is_word("async") {
            self.skip();
        }
        self.names.open_function();
        self.names.open_block();
        if self.is_word("function") {
            self.skip();
            if self.word().is_some() {
                self.skip();
            }
        }
        let first = self.out.len();
        let prelude = self.recursive_parameters()?;
        let others = self.other_calls(name, first, &prelude);
        let brace = self.at;
        self.breaks.push(Breaks::Function);
        if self.is("{") {
            self.java_script_body(prelude)?;
        } else {
            self.insert(Token::LeftBrace);
            self.bring_in(brace);
            self.unpack_all(prelude)?;
            self.statement_of_closure()?;
            self.insert(Token::RightBrace);
        }
        self.breaks.pop();
        self.names.close_block();
        self.names.close_function(brace);
        others.into_iter().for_each(|token| self.insert(token));
        Ok(())
    }

    fn recursive_parameters(&mut self) -> Done<Prelude<'s>> {
        if let Some(name) = self.word() {
            self.names.declare(name, Declared::Callable);
            self.insert(Token::LeftParen);
            self.replace(ident(name));
            self.insert(Token::RightParen);
            self.skip();
            return Ok(Prelude::new());
        }
        self.replace(Token::LeftParen);
        let prelude = self.parameters(")")?;
        self.replace(Token::RightParen);
        if self.is("=>") {
            self.skip();
        }
        Ok(prelude)
    }
}

/// A call with more arguments than this is a mistake.
const MOST_PARAMETERS: usize = 32;

/// `fn name(given parameters) { name(the parameters there are) }`
fn other_call(name: &str, parameters: &[Token], given: usize) -> Vec<Token> {
    let spare = |i: usize| ident(&format!("spare {i}"));
    let taken = (0..given).map(|i| parameters.get(i).cloned().unwrap_or_else(|| spare(i)));
    let passed = (0..parameters.len()).map(|i| match i < given {
        true => parameters[i].clone(),
        false => Token::Unit,
    });
    let mut tokens = vec![Token::Fn, ident(name)];
    tokens.extend(list(taken));
    tokens.extend([Token::LeftBrace, ident(name)]);
    tokens.extend(list(passed));
    tokens.push(Token::RightBrace);
    tokens
}

/// `(a, b)`
fn list(values: impl Iterator<Item = Token>) -> Vec<Token> {
    let mut list = vec![Token::LeftParen];
    for (i, value) in values.enumerate() {
        list.extend((i > 0).then_some(Token::Comma));
        list.push(value);
    }
    list.push(Token::RightParen);
    list
}
