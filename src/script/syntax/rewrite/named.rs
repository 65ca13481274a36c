//! Functions with a name: Rhai's `fn`, JavaScript's `function`, and what has to become an `fn`.

use rhai::Token;

use super::function::{Before, Prelude};
use super::names::Declared;
use super::{Breaks, Done, Rewriter, ident};

impl<'s> Rewriter<'s> {
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
    pub(super) fn named_function(&mut self, java_script: bool) -> Done {
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
    pub(super) fn other_calls(
        &self,
        name: &str,
        first: usize,
        prelude: &Prelude<'s>,
    ) -> Vec<Token> {
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

    pub(super) fn recursive_parameters(&mut self) -> Done<Prelude<'s>> {
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
