//! Statements that leave, catch, import, export and delete.

use rhai::Token;

use super::expression::Place;
use super::names::Declared;
use super::{Breaks, Done, Rewriter, custom, ident, text};
use crate::script::syntax::error::Stop;
use crate::script::syntax::forms;
use crate::script::syntax::token::Kind;

impl Rewriter<'_> {
    pub(super) fn try_statement(&mut self) -> Done {
        let (catches, ends) = self.parts_of_try();
        if !ends {
            self.copy()?;
            self.block()?;
            return self.catch();
        }
        // The form that runs its second block however the first one is left.
        self.write(custom(forms::FINALLY));
        if catches {
            self.insert(Token::LeftBrace);
            self.insert(Token::Try);
            self.skip();
            self.block()?;
            self.catch()?;
            self.insert(Token::RightBrace);
        } else {
            self.skip();
            self.block()?;
        }
        self.skip();
        self.block()
    }

    /// Whether the `try` here has a `catch`, and whether it has a `finally`.
    pub(super) fn parts_of_try(&self) -> (bool, bool) {
        let mut i = self.after_mate(self.at + 1).unwrap_or(self.at + 1);
        let catches = self.kind_at(i).is_word("catch");
        if catches {
            i += 1;
            if self.kind_at(i).is("(") {
                i = self.after_mate(i).unwrap_or(i);
            }
            i = self.after_mate(i).unwrap_or(i);
        }
        (catches, self.kind_at(i).is_word("finally"))
    }

    /// `catch (e) { … }`
    pub(super) fn catch(&mut self) -> Done {
        if !self.is_word("catch") {
            return Err(self.unexpected("'catch'"));
        }
        self.copy()?;
        self.names.open_block();
        let mut first = Vec::new();
        if self.is("(") {
            self.copy()?;
            let name = self.declared_name("the name of the error")?;
            self.names.declare(name, Declared::Variable);
            self.replace(ident(name));
            self.expect(")", Token::RightParen, "')'")?;
            first = caught(name);
        }
        self.block_beginning_with(first)?;
        self.names.close_block();
        Ok(())
    }

    pub(super) fn leave_function(&mut self) -> Done {
        self.copy()?;
        if self.ends_statement(self.at) {
            return Ok(());
        }
        self.expression(Place::VALUE)
    }

    pub(super) fn leave_loop(&mut self) -> Done {
        if self.is_word("break") && self.breaks.last() == Some(&Breaks::Switch) {
            return Err(self.instead(
                "Rhai has no 'break' out of the middle of a switch",
                "put what follows into an else, or the switch into a function and return",
            ));
        }
        self.copy()?;
        if self.ends_statement(self.at) || self.tok().new_line || self.is_word("else") {
            return Ok(());
        }
        self.expression(Place::VALUE)
    }

    pub(super) fn import(&mut self) -> Done {
        let next = self.kind_at(self.at + 1);
        if next.is("{") || next.is("*") || self.kind_at(self.at + 2).is_word("from") {
            return Err(self.instead(
                "Rhai imports whole modules",
                "import \"file\" as name; then name::function(…)",
            ));
        }
        self.copy()?;
        self.expression(Place::VALUE)?;
        if self.is_word("as") {
            self.copy()?;
            self.plain_name()?;
        }
        Ok(())
    }

    pub(super) fn plain_name(&mut self) -> Done {
        let Some(name) = self.word() else {
            return Err(self.unexpected("a name"));
        };
        self.replace(ident(name));
        Ok(())
    }

    pub(super) fn export(&mut self) -> Done<bool> {
        match self.kind_at(self.at + 1) {
            Kind::Word("function" | "async" | "fn") => {
                // Every fn of a module is visible to those who import it.
                self.skip();
                return self.any_statement();
            }
            Kind::Word("default") | Kind::Sym("{" | "*") => {
                return Err(self.instead(
                    "Rhai exports variables by name",
                    "export name; functions are visible as they are",
                ));
            }
            Kind::Word("let" | "const" | "var") => {
                self.copy()?;
                self.declaration(true)?;
            }
            _ => {
                self.copy()?;
                self.plain_name()?;
                if self.is_word("as") {
                    self.copy()?;
                    self.plain_name()?;
                }
            }
        }
        Ok(false)
    }

    /// `delete x.y` → `x.remove("y")`.
    pub(super) fn delete(&mut self) -> Done {
        self.skip();
        let target = self.operand(Place::VALUE)?;
        let (Some(name), Some(step)) = (target.name, target.last_step) else {
            return Err(self.instead(
                "'delete' takes a field of a document",
                "x.remove(\"field\")",
            ));
        };
        self.names.mutated(name);
        let field = match &self.out[step + 1].token {
            Token::Identifier(field)
                if self.out[step].token != Token::LeftBracket && self.out.len() == step + 2 =>
            {
                Some(field.to_string())
            }
            _ => None,
        };
        if let Some(field) = field {
            self.out[step + 1].token = ident("remove");
            self.insert(Token::LeftParen);
            self.insert(text(&field));
        } else {
            self.out[step].token = Token::Period;
            self.out.pop();
            self.insert_before(step + 1, Token::LeftParen);
            self.insert_before(step + 1, ident("remove"));
        }
        self.insert(Token::RightParen);
        Ok(())
    }

    pub(super) fn class(&self) -> Stop {
        self.instead(
            "Rhai has no classes",
            "hold functions in a document: let thing = #{ total: |x| … }, and call thing.total(x)",
        )
    }
}

/// `e = caught(e);`: what Rhai itself throws becomes an error like all others.
fn caught(name: &str) -> Vec<Token> {
    vec![
        ident(name),
        Token::Equals,
        ident(forms::CAUGHT),
        Token::LeftParen,
        ident(name),
        Token::RightParen,
        Token::SemiColon,
    ]
}
