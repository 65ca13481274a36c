//! Where what a script prints goes.

use std::cell::RefCell;
use std::io::Write as _;
use std::rc::Rc;

/// The place for a script's output.
pub trait Output {
    /// One `print`: the text without its line break.
    fn line(&self, text: &str);
    /// A remark for the person that is no output (a deprecation).
    fn warn(&self, text: &str);
    /// Whether colours are wanted.
    fn color(&self) -> bool {
        false
    }
}

/// The process's standard output and standard error.
#[derive(Debug, Clone, Copy, Default)]
pub struct Terminal {
    /// Whether to colour.
    pub color: bool,
    /// Whether to hold warnings back.
    pub quiet: bool,
}

impl Output for Terminal {
    fn line(&self, text: &str) {
        let mut out = std::io::stdout().lock();
        // A reader that went away (`rhaiver … | head`) is no reason to fail: the next write to
        // the database still counts.
        let _ = out
            .write_all(text.as_bytes())
            .and_then(|()| out.write_all(b"\n"));
    }

    fn warn(&self, text: &str) {
        if !self.quiet {
            let _ = writeln!(std::io::stderr(), "warning: {text}");
        }
    }

    fn color(&self) -> bool {
        self.color
    }
}

/// Output kept in memory, for tests and for hosts that show it themselves.
#[derive(Debug, Clone, Default)]
pub struct Captured {
    lines: Rc<RefCell<String>>,
    warnings: Rc<RefCell<Vec<String>>>,
}

impl Captured {
    /// What was printed so far.
    #[must_use]
    pub fn text(&self) -> String {
        self.lines.borrow().clone()
    }

    /// What was warned about so far.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        self.warnings.borrow().clone()
    }
}

impl Output for Captured {
    fn line(&self, text: &str) {
        let mut lines = self.lines.borrow_mut();
        lines.push_str(text);
        lines.push('\n');
    }

    fn warn(&self, text: &str) {
        self.warnings.borrow_mut().push(text.to_string());
    }
}
