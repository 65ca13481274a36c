//! `switch`: Rhai's, and JavaScript's as a chain of comparisons.

use rhai::Token;

use super::expression::Place;
use super::{Breaks, Done, Rewriter, ident};
use crate::script::syntax::token::Kind;

impl Rewriter<'_> {
    pub(super) fn switch_statement(&mut self) -> Done {
        let java_script = self.is_java_script_switch();
        if java_script {
            return self.java_script_switch();
        }
        self.copy()?;
        self.expression(Place::VALUE)?;
        self.expect("{", Token::LeftBrace, "'{' and the cases")?;
        while !self.is("}") {
            self.arm()?;
            if self.is(",") {
                self.copy()?;
            } else if matches!(self.kind(), Kind::End) {
                return Err(self.unexpected("'}'"));
            }
        }
        self.copy()
    }

    /// JavaScript's has a `case` or `default` first.
    fn is_java_script_switch(&self) -> bool {
        self.kind_at(self.at + 1).is("(")
            && self.after_mate(self.at + 1).is_some_and(|i| {
                self.kind_at(i).is("{")
                    && matches!(self.kind_at(i + 1), Kind::Word("case" | "default"))
            })
    }

    /// `a | b if guard => statement`
    fn arm(&mut self) -> Done {
        if self.is_word("_") {
            self.replace(Token::Underscore);
        } else {
            self.expression(Place::ARM)?;
            while self.is("|") {
                self.copy()?;
                self.expression(Place::ARM)?;
            }
        }
        if self.is_word("if") {
            self.copy()?;
            self.expression(Place {
                arm: true,
                ..Place::VALUE
            })?;
        }
        self.expect("=>", Token::DoubleArrow, "'=>' and what to do in this case")?;
        self.statement()?;
        Ok(())
    }

    /// `switch (x) { case a: …; break; … }` → `{ let $1 = x; if $1 == a {…} else if … else {…} }`.
    fn java_script_switch(&mut self) -> Done {
        let value = self.temporary();
        self.replace(Token::LeftBrace);
        self.insert(Token::Let);
        self.insert(ident(&value));
        self.insert(Token::Equals);
        self.expression(Place::VALUE)?;
        let in_loop = self.breaks_in_the_middle();
        self.expect("{", Token::SemiColon, "'{' and the cases")?;
        if in_loop {
            self.insert(Token::Loop);
            self.insert(Token::LeftBrace);
        }
        self.breaks.push(if in_loop {
            Breaks::Loop
        } else {
            Breaks::Switch
        });
        let mut first = true;
        while !self.is("}") {
            self.labels(&value, first)?;
            self.clause()?;
            first = false;
        }
        self.breaks.pop();
        if in_loop {
            self.insert(Token::Break);
            self.insert(Token::RightBrace);
        }
        self.replace(Token::RightBrace);
        Ok(())
    }

    /// Whether a `break` may leave the switch at the `{` here from within a statement: then the cases
    /// go into a loop that runs once, if no `continue` means a loop around it.
    fn breaks_in_the_middle(&self) -> bool {
        let (mut depth, mut nested) = (0_usize, false);
        for i in self.at..self.after_mate(self.at).unwrap_or(self.at) {
            match self.kind_at(i) {
                Kind::Sym("{" | "#{" | "${") => depth += 1,
                Kind::Sym("}" | "}$") => depth = depth.saturating_sub(1),
                Kind::Word("continue") => return false,
                Kind::Word("break") => {
                    let alone = matches!(self.kind_at(i - 1), Kind::Sym(")") | Kind::Word("else"));
                    nested |= depth > 1 || alone;
                }
                _ => {}
            }
        }
        nested
    }

    /// `case a: case b:` → `if $1 == a || $1 == b {`; the `default` comes last.
    fn labels(&mut self, value: &str, first: bool) -> Done {
        let mut alternatives = 0;
        loop {
            match self.kind() {
                Kind::Word("case") => {
                    self.alternative(alternatives, first);
                    self.skip();
                    self.insert(ident(value));
                    self.insert(Token::EqualsTo);
                    self.expression(Place::VALUE)?;
                }
                Kind::Word("default") => {
                    self.alternative(alternatives, first);
                    self.replace(Token::True);
                }
                _ => return Err(self.unexpected("'case'")),
            }
            alternatives += 1;
            if !self.is(":") {
                return Err(self.unexpected("':' after a case"));
            }
            if !matches!(self.kind_at(self.at + 1), Kind::Word("case" | "default")) {
                self.replace(Token::LeftBrace);
                return Ok(());
            }
            self.skip();
        }
    }

    fn alternative(&mut self, alternatives: usize, first: bool) {
        if alternatives > 0 {
            self.insert(Token::Or);
            return;
        }
        if !first {
            self.insert(Token::Else);
        }
        self.insert(Token::If);
    }

    /// The statements of a case up to its `break`, in the braces of its branch.
    fn clause(&mut self) -> Done {
        self.names.open_block();
        let braces = self.is("{")
            && self
                .after_mate(self.at)
                .is_some_and(|i| self.is_clause_end(i) || self.kind_at(i).is_word("break"));
        if braces {
            self.skip();
        }
        let mut left = self.clause_statements()?;
        if braces {
            if !self.is("}") {
                return Err(self.unexpected("'}'"));
            }
            self.skip();
            left |= self.eat_break();
        }
        self.names.close_block();
        if !self.is_clause_end(self.at) {
            return Err(self.unexpected("'case', 'default' or '}'"));
        }
        if !left && !self.is("}") {
            return Err(self.instead(
                "this case falls through to the next one, which Rhai's switch cannot do",
                "end it with break, or repeat the statements",
            ));
        }
        self.insert(Token::RightBrace);
        Ok(())
    }

    /// Says whether the clause was left by `break`, `return`, `throw` or `continue`.
    fn clause_statements(&mut self) -> Done<bool> {
        loop {
            while self.is(";") {
                self.copy()?;
            }
            if self.eat_break() {
                return Ok(true);
            }
            if self.is_clause_end(self.at) {
                return Ok(false);
            }
            let leaves = matches!(self.word(), Some("return" | "throw" | "continue"));
            let whole = self.statement()?;
            if self.is(";") {
                self.copy()?;
            } else if !whole && !self.is_clause_end(self.at) {
                if !self.tok().new_line {
                    return Err(self.unexpected("';' or a new line between two statements"));
                }
                self.insert(Token::SemiColon);
            }
            if leaves {
                self.eat_break();
                return Ok(true);
            }
        }
    }

    fn eat_break(&mut self) -> bool {
        let yes = self.is_word("break")
            && (self.ends_statement(self.at + 1) || self.new_line_at(self.at + 1));
        if yes {
            self.skip();
            while self.is(";") {
                self.skip();
            }
        }
        yes
    }

    fn is_clause_end(&self, i: usize) -> bool {
        matches!(
            self.kind_at(i),
            Kind::Word("case" | "default") | Kind::Sym("}")
        )
    }
}
