//! Commands of mongosh that are no expressions: `use shop`, `show dbs`, `it`, `exit`.

use rhai::Token;

use super::{Rewriter, ident, text};
use crate::script::syntax::token::Kind;

impl Rewriter<'_> {
    /// Reads a command that stands alone on its line; `false` where the word is something else.
    pub(super) fn shell_command(&mut self, word: &str) -> bool {
        if self.names.is_variable(word) || self.names.is_function(word) {
            return false;
        }
        match word {
            "use" => self.command_with_name(),
            "show" => self.show(),
            "it" | "help" | "exit" | "quit" | "cls" if self.stands_alone() => {
                self.write_call(word, &[]);
                self.skip();
                true
            }
            _ => false,
        }
    }

    fn stands_alone(&self) -> bool {
        self.new_line_at(self.at + 1)
            || matches!(self.kind_at(self.at + 1), Kind::Sym(";") | Kind::End)
    }

    /// Where the line of the current token ends, without its `;`.
    fn rest_of_line(&self) -> &str {
        let from = self.toks[self.at].end;
        let rest = self.text.get(from..).unwrap_or_default();
        let line = rest.split('\n').next().unwrap_or_default();
        let line = line.split("//").next().unwrap_or_default();
        line.trim().trim_end_matches(';').trim_end()
    }

    /// `use NAME`: the name is whatever follows, letters or not.
    fn command_with_name(&mut self) -> bool {
        let name = self.rest_of_line().trim_matches(['"', '\'']).to_string();
        let next = self.kind_at(self.at + 1);
        let is_name = !name.is_empty()
            && !name.contains(char::is_whitespace)
            && !next.is("(")
            && !next.is("=")
            && !next.is(".");
        if is_name {
            self.write_call("use", &[&name]);
            self.skip_line();
        }
        is_name
    }

    /// `show WORD` and `show WORD ARGUMENT`.
    fn show(&mut self) -> bool {
        let words: Vec<String> = self
            .rest_of_line()
            .split_whitespace()
            .map(String::from)
            .collect();
        let is_command = matches!(self.kind_at(self.at + 1), Kind::Word(_))
            && !self.new_line_at(self.at + 1)
            && (1..=2).contains(&words.len());
        if is_command {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            self.write_call("show", &words);
            self.skip_line();
        }
        is_command
    }

    fn write_call(&mut self, name: &str, arguments: &[&str]) {
        self.write(ident(name));
        self.insert(Token::LeftParen);
        for (i, argument) in arguments.iter().enumerate() {
            if i > 0 {
                self.insert(Token::Comma);
            }
            self.insert(text(argument));
        }
        self.insert(Token::RightParen);
    }

    /// Takes the tokens of this line, but for a `;` at its end.
    fn skip_line(&mut self) {
        self.skip();
        while !self.tok().new_line && !matches!(self.kind(), Kind::End) && !self.is(";") {
            self.skip();
        }
    }
}
