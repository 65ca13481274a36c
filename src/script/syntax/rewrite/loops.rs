//! Loops of both languages.

use rhai::Token;

use super::expression::Place;
use super::function::{Before, Prelude};
use super::names::Declared;
use super::{Breaks, Done, Rewriter, custom, ident};
use crate::script::syntax::forms;
use crate::script::syntax::token::Kind;

impl<'s> Rewriter<'s> {
    pub(super) fn while_statement(&mut self) -> Done {
        self.copy()?;
        self.condition()?;
        self.loop_body(Vec::new())
    }

    pub(super) fn loop_body(&mut self, prelude: Prelude<'s>) -> Done {
        self.breaks.push(Breaks::Loop);
        if prelude.is_empty() {
            self.body()?;
        } else {
            self.body_after(prelude)?;
        }
        self.breaks.pop();
        Ok(())
    }

    /// A body that takes something apart first.
    fn body_after(&mut self, prelude: Prelude<'s>) -> Done {
        self.names.open_block();
        self.insert(Token::LeftBrace);
        self.unpack_all(prelude)?;
        self.body()?;
        self.insert(Token::RightBrace);
        self.names.close_block();
        Ok(())
    }

    pub(super) fn do_statement(&mut self) -> Done {
        self.copy()?;
        self.loop_body(Vec::new())?;
        if !self.is_word("while") && !self.is_word("until") {
            return Err(self.unexpected("'while' and a condition"));
        }
        self.copy()?;
        self.condition()
    }

    pub(super) fn for_statement(&mut self) -> Done {
        if self.kind_at(self.at + 1).is_word("await") {
            // Every call waits here: `for await (` is `for (`.
            self.skip();
            self.toks[self.at].kind = Kind::Word("for");
        }
        let java_script = self.kind_at(self.at + 1).is("(")
            && !self
                .after_mate(self.at + 1)
                .is_some_and(|i| self.kind_at(i).is_word("in"));
        self.names.open_block();
        if !java_script {
            self.rhai_for()?;
        } else if self.is_for_each() {
            self.for_each()?;
        } else {
            self.for_steps()?;
        }
        self.names.close_block();
        Ok(())
    }

    /// `for x in xs` and `for (x, i) in xs`.
    fn rhai_for(&mut self) -> Done {
        self.copy()?;
        let pair = self.is("(");
        if pair {
            self.copy()?;
        }
        loop {
            let name = self.declared_name("the name of a variable")?;
            self.names.declare(name, Declared::Variable);
            self.replace(ident(name));
            if !pair || !self.is(",") {
                break;
            }
            self.copy()?;
        }
        if pair {
            self.expect(")", Token::RightParen, "')'")?;
        }
        if !self.is_word("in") {
            return Err(self.unexpected("'in' and what to go through"));
        }
        self.copy()?;
        self.expression(Place::VALUE)?;
        self.loop_body(Vec::new())
    }

    /// Whether the `for (` here is `for (… of …)` or `for (… in …)`.
    fn is_for_each(&self) -> bool {
        let mut i = self.at + 2;
        if matches!(self.kind_at(i), Kind::Word("let" | "const" | "var")) {
            i += 1;
        }
        let after = if matches!(self.kind_at(i), Kind::Sym("{" | "[")) {
            self.after_mate(i)
        } else {
            Some(i + 1)
        };
        after.is_some_and(|i| matches!(self.kind_at(i), Kind::Word("of" | "in")))
    }

    /// `for (const x of xs) …`, `for (const k in x) …`.
    fn for_each(&mut self) -> Done {
        self.copy()?;
        self.skip();
        if matches!(self.kind(), Kind::Word("let" | "const" | "var")) {
            self.skip();
        }
        let mut prelude = Prelude::new();
        let mut own = None;
        if self.word().is_some() {
            let name = self.declared_name("the name of a variable")?;
            own = Some(name);
            self.replace(ident(name));
            self.names.declare(name, Declared::Variable);
        } else {
            let temporary = self.temporary();
            self.write(ident(&temporary));
            prelude.push(Before::Unpack(temporary, self.pattern()?));
        }
        let keys = self.is_word("in");
        self.replace(Token::In);
        if keys {
            self.insert(ident(forms::KEYS_IN));
            self.insert(Token::LeftParen);
        }
        self.expression(Place::VALUE)?;
        if !self.is(")") {
            return Err(self.unexpected("')'"));
        }
        if keys {
            self.replace(Token::RightParen)
        } else {
            self.skip()
        }
        if let Some(name) = own.filter(|_| self.makes_closures()) {
            prelude.push(Before::Own(name));
        }
        self.loop_body(prelude)
    }

    /// Whether the block here holds a JavaScript function, which may keep the loop's variable.
    fn makes_closures(&self) -> bool {
        let end = self.after_mate(self.at).unwrap_or(self.at);
        (self.at..end).any(|i| self.kind_at(i).is("=>") || self.kind_at(i).is_word("function"))
    }

    /// `for (init; condition; step) body` → `{ let started; init; while FORM condition { step } body }`,
    /// in the order of the source, so that `break` and `continue` do what they do.
    fn for_steps(&mut self) -> Done {
        self.replace(Token::LeftBrace);
        self.insert(Token::Let);
        self.insert(ident(forms::FOR_STARTED));
        self.insert(Token::SemiColon);
        self.skip();
        if !self.is(";") {
            self.for_init()?;
        }
        self.expect(";", Token::SemiColon, "';' after the first part of 'for'")?;
        self.insert(Token::While);
        self.insert(custom(forms::FOR_STEP));
        if self.is(";") {
            self.insert(Token::True);
        } else {
            self.expression(Place::VALUE)?;
        }
        self.expect(";", Token::LeftBrace, "';' after the condition of 'for'")?;
        while !self.is(")") {
            self.expression(Place::STATEMENT)?;
            if self.is(",") {
                self.replace(Token::SemiColon);
            } else if !self.is(")") {
                return Err(self.unexpected("')'"));
            }
        }
        self.replace(Token::RightBrace);
        self.loop_body(Vec::new())?;
        self.insert(Token::RightBrace);
        Ok(())
    }

    fn for_init(&mut self) -> Done {
        if matches!(self.kind(), Kind::Word("let" | "const" | "var")) {
            return self.declaration(false);
        }
        loop {
            self.expression(Place::STATEMENT)?;
            if !self.is(",") {
                return Ok(());
            }
            self.replace(Token::SemiColon);
        }
    }
}
