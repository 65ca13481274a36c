//! Where what a script prints goes.

use std::cell::RefCell;
use std::io::Write as _;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

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

/// Output of a stream's handlers, whose lines begin with the stream's name while several streams
/// run.
pub struct Named {
    /// Where it goes.
    pub inner: Rc<dyn Output>,
    /// The stream's name.
    pub name: String,
    /// Whether lines are to be told apart; may change at any time.
    pub several: Arc<AtomicBool>,
}

impl Named {
    fn named(&self, text: &str) -> Option<String> {
        let several = self.several.load(Ordering::Relaxed);
        several.then(|| {
            let prefix = format!("[{}] ", self.name);
            format!("{prefix}{}", text.replace('\n', &format!("\n{prefix}")))
        })
    }
}

impl Output for Named {
    fn line(&self, text: &str) {
        match self.named(text) {
            Some(named) => self.inner.line(&named),
            None => self.inner.line(text),
        }
    }

    fn warn(&self, text: &str) {
        match self.named(text) {
            Some(named) => self.inner.warn(&named),
            None => self.inner.warn(text),
        }
    }

    fn color(&self) -> bool {
        self.inner.color()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_named_while_several_streams_run() {
        let inner = Captured::default();
        let several = Arc::new(AtomicBool::new(false));
        let named = Named {
            inner: Rc::new(inner.clone()),
            name: "orders".into(),
            several: several.clone(),
        };
        named.line("alone");
        several.store(true, Ordering::Relaxed);
        named.line("{\n  a: 1\n}");
        let want = "alone\n[orders] {\n[orders]   a: 1\n[orders] }\n";
        assert_eq!(inner.text(), want);
    }
}
