//! Statements and the semicolons between them.

use rhai::Token;

use super::expression::Place;
use super::names::Declared;
use super::{Breaks, Done, Rewriter, custom, ident, text};
use crate::script::syntax::error::Stop;
use crate::script::syntax::forms;
use crate::script::syntax::token::{Kind, NO_MATE};

impl<'s> Rewriter<'s> {
    /// Statements up to `close`, which stays; up to the end of the source for `""`.
    ///
    /// A `;` is inserted as JavaScript does: where a line break follows a whole statement and the
    /// next line does not go on with it.
    pub(super) fn statements(&mut self, close: &str) -> Done {
        loop {
            while self.is(";") {
                self.copy()?;
            }
            match self.kind() {
                Kind::End if close.is_empty() => return Ok(()),
                Kind::End => return Err(self.unexpected("'}'")),
                Kind::Sym(s @ ("}" | "}$")) if *s == close => return Ok(()),
                Kind::Sym(s @ ("}" | "}$" | ")" | "]")) => {
                    let s = &s[..1];
                    return Err(self.error(format!("this '{s}' closes nothing")));
                }
                _ => {}
            }
            let from = self.at;
            let whole = self.statement()?;
            if self.at == from {
                return Err(self.unexpected("a statement"));
            }
            if whole || self.is(";") || self.is(close) || matches!(self.kind(), Kind::End) {
                continue;
            }
            if !self.tok().new_line {
                return Err(self.run_together());
            }
            self.insert(Token::SemiColon);
        }
    }

    /// Two statements on one line without a `;`.
    fn run_together(&self) -> Stop {
        match self.kind() {
            Kind::Sym("{") if self.after_anonymous_fn() => self.instead(
                "an fn has a name and stands at the top level",
                "functions without a name are closures: |x| …",
            ),
            Kind::Sym("=>") => self.instead(
                "'=>' follows the parameters of a function",
                "write (a, b) => … or |a, b| …",
            ),
            Kind::Sym(":") => self.instead(
                "labels and types do not exist in Rhai",
                "leave the loop with a flag, or put it into a function and return",
            ),
            Kind::Piece { .. } => self.instead(
                "Rhai has no tagged template strings",
                "call a function with the string",
            ),
            _ => self.unexpected("';' or a new line between two statements"),
        }
    }

    /// Whether `fn (…)` stands before the current token.
    fn after_anonymous_fn(&self) -> bool {
        let close = self.at.saturating_sub(1);
        let open = self
            .toks
            .get(close)
            .filter(|t| t.mate != NO_MATE)
            .map_or(0, |t| t.mate as usize);
        open > 0 && self.kind_at(open - 1).is_word("fn")
    }

    /// One statement; says whether it needs no `;` behind it.
    pub(super) fn statement(&mut self) -> Done<bool> {
        self.deeper()?;
        let whole = self.any_statement();
        self.depth -= 1;
        whole
    }

    fn any_statement(&mut self) -> Done<bool> {
        if self.is("{") && !self.looks_like_object(self.at, true) {
            self.block()?;
            return Ok(true);
        }
        let Some(word) = self.word() else {
            self.expression(Place::STATEMENT)?;
            return Ok(false);
        };
        match word {
            "if" => self.if_statement()?,
            "while" => self.while_statement()?,
            "loop" if matches!(self.kind_at(self.at + 1), Kind::Sym("{") | Kind::End) => {
                self.copy()?;
                self.loop_body(Vec::new())?;
            }
            "for" => self.for_statement()?,
            "switch" => self.switch_statement()?,
            "try" => self.try_statement()?,
            "fn" | "private"
                if matches!(
                    self.kind_at(self.at + 1),
                    Kind::Word(_) | Kind::Text(_) | Kind::End
                ) =>
            {
                self.rhai_function()?
            }
            "function"
                if self.is_function_literal(self.at) && self.word_at(self.at + 1).is_some() =>
            {
                self.function_declaration()?
            }
            "async" if self.kind_at(self.at + 1).is_word("function") => {
                self.skip();
                return self.any_statement();
            }
            "export" => return self.export(),
            _ => {
                self.plain_statement(word)?;
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// A statement that ends with a `;`.
    fn plain_statement(&mut self, word: &'s str) -> Done {
        let next = self.at + 1;
        match word {
            "let" | "var" | "const" => self.declaration(false),
            "do" => self.do_statement(),
            "return" | "throw" => self.leave_function(),
            "break" | "continue" => self.leave_loop(),
            "import" => self.import(),
            "delete" if matches!(self.kind_at(next), Kind::Word(_)) && !self.new_line_at(next) => {
                self.delete()
            }
            "case" | "default" => Err(self.error(format!("'{word}' stands outside of a switch"))),
            "else" => Err(self.error("this 'else' has no 'if'")),
            "catch" | "finally" => Err(self.error(format!("this '{word}' has no 'try'"))),
            "db" if self.kind_at(next).is("=") && !self.names.is_variable("db") => {
                self.replace(custom(forms::DATABASE));
                self.replace(custom(forms::USE_DATABASE));
                self.expression(Place::VALUE)
            }
            word if self.depth_of_blocks() == 0 && self.shell_command(word) => Ok(()),
            _ => match self.target_of_assign().filter(|_| word == "Object") {
                Some(end) => self.assign_statement(end),
                None => self.expression(Place::STATEMENT),
            },
        }
    }

    pub(super) fn depth_of_blocks(&self) -> usize {
        self.names.depth()
    }

    /// `{ … }`
    pub(super) fn block(&mut self) -> Done {
        self.block_beginning_with(Vec::new())
    }

    fn block_beginning_with(&mut self, first: Vec<Token>) -> Done {
        self.deeper()?;
        let brace = self.at;
        self.expect("{", Token::LeftBrace, "'{'")?;
        self.bring_in(brace);
        first.into_iter().for_each(|token| self.insert(token));
        self.names.open_block();
        self.statements("}")?;
        self.names.close_block();
        self.depth -= 1;
        self.copy()
    }

    /// A block, or the single statement JavaScript lets stand there, in braces.
    pub(super) fn body(&mut self) -> Done {
        if self.is("{") {
            return self.block();
        }
        if matches!(self.kind(), Kind::End) {
            return Err(self.unexpected("'{'"));
        }
        self.insert(Token::LeftBrace);
        if !self.is(";") {
            self.single_statement()?;
        }
        if self.is(";") {
            self.copy()?;
        }
        self.insert(Token::RightBrace);
        Ok(())
    }

    fn single_statement(&mut self) -> Done {
        self.names.open_block();
        let alone =
            matches!(self.word(), Some("return" | "break")) && self.new_line_at(self.at + 1);
        if alone {
            self.copy()?;
        } else {
            self.statement()?;
        }
        self.names.close_block();
        if alone
            || self.is(";")
            || self.tok().new_line
            || self.ends_statement(self.at)
            || self.is_word("else")
            || self.is_word("while")
        {
            return Ok(());
        }
        Err(self.run_together())
    }

    fn if_statement(&mut self) -> Done {
        loop {
            self.copy()?;
            self.condition()?;
            self.body()?;
            if !self.is_word("else") {
                return Ok(());
            }
            self.copy()?;
            if !self.is_word("if") {
                return self.body();
            }
        }
    }

    fn try_statement(&mut self) -> Done {
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
    fn parts_of_try(&self) -> (bool, bool) {
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
    fn catch(&mut self) -> Done {
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

    fn leave_function(&mut self) -> Done {
        self.copy()?;
        if self.ends_statement(self.at) {
            return Ok(());
        }
        self.expression(Place::VALUE)
    }

    fn leave_loop(&mut self) -> Done {
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

    fn import(&mut self) -> Done {
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

    fn plain_name(&mut self) -> Done {
        let Some(name) = self.word() else {
            return Err(self.unexpected("a name"));
        };
        self.replace(ident(name));
        Ok(())
    }

    fn export(&mut self) -> Done<bool> {
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
    fn delete(&mut self) -> Done {
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
