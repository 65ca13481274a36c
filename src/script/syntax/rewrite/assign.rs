//! `Object.assign(target, …)` as a statement: documents are values, so that the result has to go
//! where JavaScript would have changed the target.

use rhai::Token;

use super::expression::Place;
use super::{Done, Rewriter, ident, word_token};
use crate::script::syntax::token::Kind;

impl<'s> Rewriter<'s> {
    /// Where the target of the `Object.assign(` here ends, if it is a variable or a field of one.
    pub(super) fn target_of_assign(&self) -> Option<usize> {
        let begins = self.kind_at(self.at + 1).is(".")
            && self.kind_at(self.at + 2).is_word("assign")
            && self.kind_at(self.at + 3).is("(");
        let mut end = self.at + 5;
        while self.kind_at(end).is(".") && matches!(self.kind_at(end + 1), Kind::Word(_)) {
            end += 2;
        }
        let root = self.word_at(self.at + 4)?;
        let variable = root == "this" || self.names.is_variable(root);
        (begins && variable && self.kind_at(end).is(",")).then_some(end)
    }

    /// `Object.assign(a.b, c)` → `a.b = Object.assign(a.b, c)`.
    pub(super) fn assign_statement(&mut self, end: usize) -> Done {
        for i in self.at + 4..end {
            match self.word_at(i) {
                Some(word) if i == self.at + 4 => {
                    self.names.mutated(word);
                    self.insert(word_token(word));
                }
                Some(word) => self.insert(ident(word)),
                None => self.insert(Token::Period),
            }
        }
        self.insert(Token::Equals);
        self.expression(Place::VALUE)
    }
}
