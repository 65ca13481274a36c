//! Standard error as the parts of one process share it: whole lines, and on a terminal a line of
//! progress at the bottom, which gives way to every other line.

use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tracing_subscriber::fmt::MakeWriter;

/// Goes to the start of the line and removes it.
const CLEAR: &str = "\r\x1b[K";

/// The line of progress as it is shown now; empty for none. Whoever holds it may write.
static PROGRESS: Mutex<String> = Mutex::new(String::new());

fn progress_line() -> MutexGuard<'static, String> {
    PROGRESS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes lines to standard error.
pub fn line(text: &str) {
    above(io::stderr().lock(), text.as_bytes());
}

/// Writes lines to standard output, which may be the same terminal.
pub fn line_on_stdout(text: &str) {
    above(io::stdout().lock(), text.as_bytes());
}

/// Shows another line of progress; none where it is empty. Only for terminals.
pub fn progress(text: &str) {
    let mut shown = progress_line();
    if *shown != text {
        let mut out = io::stderr().lock();
        let _ = write!(out, "{CLEAR}{text}").and_then(|()| out.flush());
        *shown = text.to_string();
    }
}

fn above(mut out: impl Write, text: &[u8]) {
    let shown = progress_line();
    // A reader that went away (`2>&1 | head`) is no reason to stop handling events.
    if !shown.is_empty() {
        let _ = io::stderr().write_all(CLEAR.as_bytes());
    }
    let _ = out.write_all(text).and_then(|()| out.write_all(b"\n"));
    let _ = out.flush();
    if !shown.is_empty() {
        drop(out);
        let _ = io::stderr().write_all(shown.as_bytes());
    }
}

/// Where log entries go.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogWriter;

impl<'a> MakeWriter<'a> for LogWriter {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        Self
    }
}

impl Write for LogWriter {
    /// An entry comes whole, with its line break.
    fn write(&mut self, entry: &[u8]) -> io::Result<usize> {
        above(
            io::stderr().lock(),
            entry.strip_suffix(b"\n").unwrap_or(entry),
        );
        Ok(entry.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
