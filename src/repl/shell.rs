//! [`Shell`]: read, run, echo, again.

use std::cell::RefCell;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::rc::Rc;

use super::helper::ShellHelper;
use super::input::{Input, Piped, Source, Terminal};
use crate::diag::{Diagnostic, Kind, render};
use crate::script::shell::database::current_name;
use crate::script::{Session, inspect};
use crate::value::inspect::Style;

/// How a shell looks.
#[derive(Debug, Clone)]
pub struct ShellConfig {
    /// Whether to colour failures.
    pub color: bool,
    /// Whether to leave the banner out.
    pub quiet: bool,
    /// Where the history is kept; nowhere without one.
    pub history: Option<PathBuf>,
}

/// An interactive shell on one session.
pub struct Shell {
    session: Rc<RefCell<Session>>,
    source: Box<dyn Source>,
    config: ShellConfig,
    interactive: bool,
}

impl Shell {
    /// A shell on standard input: with line editing where that is a terminal.
    ///
    /// # Errors
    /// Where the terminal cannot be used.
    pub fn new(session: Session, config: ShellConfig) -> Result<Self, Diagnostic> {
        let session = Rc::new(RefCell::new(session));
        let interactive = std::io::stdin().is_terminal();
        let source: Box<dyn Source> = if interactive {
            let helper = ShellHelper::new(session.clone());
            let made = Terminal::new(helper, config.history.clone());
            Box::new(made.map_err(|e| {
                Diagnostic::new(Kind::Usage, format!("the terminal cannot be used: {e}"))
            })?)
        } else {
            let parser = session.clone();
            let lines = std::io::BufReader::new(std::io::stdin());
            Box::new(Piped::new(
                lines,
                Box::new(move |text| parser.borrow().completeness(text)),
            ))
        };
        Ok(Self {
            session,
            source,
            config,
            interactive,
        })
    }

    /// Runs until the input ends or the person leaves; gives the exit code.
    ///
    /// # Errors
    /// Where input cannot be read.
    pub fn run(mut self) -> Result<u8, Diagnostic> {
        self.greet();
        loop {
            let prompt = format!("{}> ", current_name(self.session.borrow().host()));
            let input = self.source.next(&prompt);
            match input
                .map_err(|e| Diagnostic::new(Kind::Usage, format!("cannot read input: {e}")))?
            {
                Input::Text(text) if text.trim().is_empty() => {}
                Input::Text(text) => {
                    if let Some(code) = self.step(&text) {
                        return Ok(code);
                    }
                }
                Input::Cancelled => {
                    if self.interactive {
                        println!("(to leave, press Ctrl-D or type exit)");
                    }
                }
                Input::End => return Ok(0),
            }
        }
    }

    fn greet(&self) {
        if self.interactive && !self.config.quiet {
            let session = self.session.borrow();
            let host = session.host();
            let server = match (host.uri(), host.local()) {
                (Some(uri), _) => crate::client::redact(uri),
                (None, Some(local)) => local.describe(),
                (None, None) => "no server".into(),
            };
            println!("rhaiver {} on {server}", env!("CARGO_PKG_VERSION"));
            println!("Type help for help, Ctrl-D to leave.\n");
        }
    }

    /// Runs one input; gives the exit code where the person leaves.
    fn step(&self, text: &str) -> Option<u8> {
        let mut session = self.session.borrow_mut();
        session.host().interrupt().clear();
        let shown = session.run("<shell>", text).and_then(|value| {
            let host = session.host().clone();
            inspect::result(&host, &value, &Style::pretty()).map_err(|fault| {
                session.diagnose(&fault.into_rhai(rhai::Position::NONE), "<shell>")
            })
        });
        if let Some(code) = session.host().exit_code() {
            return Some(code);
        }
        match shown {
            Ok(text) if text.is_empty() => {}
            Ok(text) => session.host().output().line(&text),
            Err(diagnostic) => {
                let text = render(&diagnostic, self.config.color);
                let _ = writeln!(std::io::stderr(), "{text}");
            }
        }
        let _ = std::io::stdout().flush();
        None
    }
}
