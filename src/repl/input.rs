//! One complete input at a time, from a terminal or from a pipe.

use std::io::BufRead;
use std::path::PathBuf;

use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{CompletionType, Config, Editor};

use super::helper::ShellHelper;
use super::history::may_keep;
use crate::script::syntax::Completeness;

/// What came.
pub(super) enum Input {
    /// A complete input; possibly of several lines.
    Text(String),
    /// Ctrl-C at the prompt.
    Cancelled,
    /// The end: Ctrl-D, or the end of the pipe.
    End,
}

/// Where inputs come from.
pub(super) trait Source {
    /// The next one.
    fn next(&mut self, prompt: &str) -> Result<Input, ReadlineError>;
}

/// A person at a terminal: line editing, history, completion.
pub(super) struct Terminal {
    editor: Editor<ShellHelper, FileHistory>,
    history: Option<PathBuf>,
}

impl Terminal {
    pub(super) fn new(
        helper: ShellHelper,
        history: Option<PathBuf>,
    ) -> Result<Self, ReadlineError> {
        let config = Config::builder()
            .history_ignore_space(true)
            .history_ignore_dups(true)?
            .max_history_size(10_000)?
            .completion_type(CompletionType::List)
            .build();
        let mut editor = Editor::with_config(config)?;
        editor.set_helper(Some(helper));
        if let Some(file) = &history {
            // A first start has none.
            let _ = editor.load_history(file);
        }
        Ok(Self { editor, history })
    }

    fn keep(&mut self, text: &str) {
        if text.trim().is_empty() || !may_keep(text) {
            return;
        }
        let _ = self.editor.add_history_entry(text);
        let Some(file) = &self.history else { return };
        if let Some(folder) = file.parent() {
            let _ = std::fs::create_dir_all(folder);
        }
        // A history that cannot be written is no reason to stop.
        let _ = self.editor.append_history(file);
    }
}

impl Source for Terminal {
    fn next(&mut self, prompt: &str) -> Result<Input, ReadlineError> {
        match self.editor.readline(prompt) {
            Ok(text) => {
                self.keep(&text);
                Ok(Input::Text(text))
            }
            Err(ReadlineError::Interrupted) => Ok(Input::Cancelled),
            Err(ReadlineError::Eof) => Ok(Input::End),
            Err(error) => Err(error),
        }
    }
}

/// A pipe or a file on standard input: lines are gathered until they are complete.
pub(super) struct Piped<R> {
    lines: R,
    completeness: Box<dyn Fn(&str) -> Completeness>,
}

impl<R: BufRead> Piped<R> {
    pub(super) fn new(lines: R, completeness: Box<dyn Fn(&str) -> Completeness>) -> Self {
        Self {
            lines,
            completeness,
        }
    }
}

impl<R: BufRead> Source for Piped<R> {
    fn next(&mut self, _prompt: &str) -> Result<Input, ReadlineError> {
        let mut text = String::new();
        loop {
            if self.lines.read_line(&mut text)? == 0 {
                // What is incomplete at the end is run all the same: its error says what is missing.
                let rest = !text.trim().is_empty();
                return Ok(if rest { Input::Text(text) } else { Input::End });
            }
            if text.trim().is_empty() {
                text.clear();
            } else if (self.completeness)(&text) != Completeness::Incomplete {
                return Ok(Input::Text(text));
            }
        }
    }
}
