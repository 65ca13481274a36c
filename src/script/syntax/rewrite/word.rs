//! Operands that begin with a word: names, keywords, constructors.

use rhai::Token;

use super::expression::Place;
use super::operand::{HANDED_OVER, Operand};
use super::{Done, READ_BY_RHAI, Rewriter, custom, float, ident, text};
use crate::script::syntax::forms;
use crate::script::syntax::token::Kind;

/// Constructors whose plain call does something else in JavaScript: `Date()` is a text.
const NEW_DIFFERS: &[&str] = &["Date"];

impl<'s> Rewriter<'s> {
    pub(super) fn word_operand(&mut self, word: &'s str, place: Place) -> Done<Operand<'s>> {
        let next = self.at + 1;
        match word {
            "true" | "false" => {
                self.copy()?;
                return Ok(Operand {
                    boolean: true,
                    ..Operand::default()
                });
            }
            "null" if !self.names.is_variable(word) => self.null(place),
            "undefined" if !self.names.is_variable(word) => self.replace(Token::Unit),
            "NaN" if !self.names.is_variable(word) => self.replace(float(f64::NAN)),
            "Infinity" if !self.names.is_variable(word) => self.replace(float(f64::INFINITY)),
            "loop" if !matches!(self.kind_at(next), Kind::Sym("{") | Kind::End) => {
                return self.name(word, place);
            }
            "if" | "while" | "loop" | "for" | "do" | "switch" | "return" | "throw" | "break"
            | "continue" => {
                self.statement()?;
            }
            "function" if self.is_function_literal(self.at) => self.function_literal()?,
            "async" if self.is_async(self.at) => {
                self.skip();
                return self.primary(place);
            }
            "new" if matches!(self.kind_at(next), Kind::Word(_)) => self.new_object()?,
            "new" => {
                self.skip();
                return Err(self.unexpected("the name of a type"));
            }
            "class" if matches!(self.kind_at(next), Kind::Word(_) | Kind::Sym("{")) => {
                return Err(self.class());
            }
            "let" | "const" | "var" | "case" | "default" | "else" | "catch" | "finally" | "in"
            | "instanceof" | "try" | "import" | "export" => {
                return Err(self.unexpected("a value"));
            }
            "load"
                if self.kind_at(next).is("(")
                    && !self.names.is_variable(word)
                    && !self.names.is_function(word) =>
            {
                self.load()?;
            }
            _ if !place.arm && self.kind_at(next).is("=>") => self.arrow_of_one()?,
            "_" if place.arm => self.replace(Token::Underscore),
            _ => return self.name(word, place),
        }
        Ok(Operand::default())
    }

    /// `load(file)` → the form that sees the scope of the call.
    pub(super) fn load(&mut self) -> Done {
        self.replace(custom(forms::LOAD));
        self.replace(Token::LeftParen);
        self.expression(Place::VALUE)?;
        self.expect(")", Token::RightParen, "')' after the name of a file")
    }

    /// In an arm of `switch` a literal must stand, and `()` matches both null and undefined.
    pub(super) fn null(&mut self, place: Place) {
        self.replace(if place.arm {
            Token::Unit
        } else {
            custom(forms::NULL)
        });
    }

    pub(super) fn name(&mut self, word: &'s str, place: Place) -> Done<Operand<'s>> {
        let next = self.kind_at(self.at + 1).clone();
        let called = next.is("(") || next.is("!");
        if !next.is("::") {
            self.names.uses(word);
        }
        if place.argument
            && (next.is(",") || next.is(")"))
            && HANDED_OVER.contains(&word)
            && !self.names.is_variable(word)
        {
            self.hand_over(word);
            return Ok(Operand::default());
        }
        if called && !next.is("!") && self.names.is_called_as_variable(word) {
            self.held_function(word);
            self.insert(Token::Period);
            self.insert(ident("call"));
            return Ok(Operand {
                callable: true,
                path: true,
                name: Some(word),
                ..Operand::default()
            });
        }
        if word == "db" && !called && !next.is("::") && !self.names.is_variable(word) {
            self.replace(custom(forms::DATABASE));
        } else if READ_BY_RHAI.contains(&word) && (called || word == "this") {
            self.copy()?;
        } else {
            self.replace(ident(word));
        }
        Ok(Operand {
            name: Some(word),
            callable: true,
            ..Operand::default()
        })
    }

    /// A variable that holds a function and is called. Rhai holds one that is shared with an `fn`
    /// locked during the call, so that it could not be called again: its value is called.
    pub(super) fn held_function(&mut self, word: &str) {
        if !self.names.is_shared_here(word) {
            return self.replace(ident(word));
        }
        self.insert(ident(forms::VALUE_OF));
        self.insert(Token::LeftParen);
        self.replace(ident(word));
        self.insert(Token::RightParen);
    }

    /// `forEach(printjson)` → `forEach(Fn("printjson"))`.
    pub(super) fn hand_over(&mut self, word: &str) {
        if word == "print" {
            return self.hand_over_print();
        }
        self.write(Token::Reserved(Box::new("Fn".into())));
        self.insert(Token::LeftParen);
        self.insert(text(word));
        self.insert(Token::RightParen);
        self.skip();
    }

    /// Rhai has no pointer to its `print`, so that it goes in a closure.
    pub(super) fn hand_over_print(&mut self) {
        self.write(Token::Pipe);
        self.insert(ident("value"));
        self.insert(Token::Pipe);
        self.insert(Token::Reserved(Box::new("print".into())));
        self.insert(Token::LeftParen);
        self.insert(ident("value"));
        self.insert(Token::RightParen);
        self.skip();
    }

    /// `new X(…)`, with or without arguments.
    pub(super) fn new_object(&mut self) -> Done {
        let Some(class) = self.word_at(self.at + 1) else {
            return Err(self.unexpected("a type"));
        };
        let name = if NEW_DIFFERS.contains(&class) {
            format!("new {class}")
        } else {
            class.to_string()
        };
        self.replace(ident(&name));
        self.skip();
        if self.is("(") {
            return self.arguments(true);
        }
        self.insert(Token::LeftParen);
        self.insert(Token::RightParen);
        Ok(())
    }
}
