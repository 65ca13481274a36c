//! What the line editor asks while a person types.

use std::cell::RefCell;
use std::rc::Rc;

use rustyline::completion::{Completer, Pair};
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Helper};

use super::complete::Completions;
use crate::script::Session;
use crate::script::syntax::Completeness;

/// The editor's helper: the parser says what is complete, the session what there is.
pub(super) struct ShellHelper {
    session: Rc<RefCell<Session>>,
    completions: Completions,
}

impl ShellHelper {
    pub(super) fn new(session: Rc<RefCell<Session>>) -> Self {
        Self {
            session,
            completions: Completions::default(),
        }
    }
}

impl Helper for ShellHelper {}
impl Hinter for ShellHelper {
    type Hint = String;
}
impl Highlighter for ShellHelper {}

impl Validator for ShellHelper {
    fn validate(&self, ctx: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let text = ctx.input();
        // An empty last line ends the input: a person can always get out of "more lines needed".
        let asked = text.ends_with("\n\n");
        Ok(match self.session.borrow().completeness(text) {
            Completeness::Incomplete if !asked => ValidationResult::Incomplete,
            _ => ValidationResult::Valid(None),
        })
    }
}

impl Completer for ShellHelper {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        pos: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let (start, words) = self.completions.of(&self.session.borrow(), &line[..pos]);
        let pairs = words.into_iter().map(|word| Pair {
            display: word.clone(),
            replacement: word,
        });
        Ok((start, pairs.collect()))
    }
}
