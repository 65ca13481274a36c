//! Statements and the semicolons between them.

use rhai::Token;

use super::expression::Place;
use super::{Done, Rewriter, custom};
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
    pub(super) fn run_together(&self) -> Stop {
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
    pub(super) fn after_anonymous_fn(&self) -> bool {
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

    pub(super) fn any_statement(&mut self) -> Done<bool> {
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
    pub(super) fn plain_statement(&mut self, word: &'s str) -> Done {
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

    pub(super) fn block_beginning_with(&mut self, first: Vec<Token>) -> Done {
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

    pub(super) fn single_statement(&mut self) -> Done {
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

    pub(super) fn if_statement(&mut self) -> Done {
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
}
