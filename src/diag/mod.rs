//! What every error looks like.
//!
//! A [`Diagnostic`] says what is wrong, where, why, and what to do next; rooms make them from
//! their typed errors, and the binary prints one with [`std::fmt::Display`] and ends with its
//! [`Kind::exit_code`]. There is one printer, here:
//!
//! ```text
//! error: expected a document for the filter, got string
//!   --> scripts/orders.rhai:12:20
//!    |
//! 12 | db.orders.findOne("o1");
//!    |                   ^
//!   = help: filters are documents: #{ _id: "o1" }
//! ```

mod excerpt;
mod nearest;
mod render;

pub use excerpt::{Excerpt, Frame, Sources};
pub use nearest::nearest;
pub use render::render;

/// What sort of failure it is; it decides the process's exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The script failed: wrong syntax, an uncaught error, a refused command.
    Script,
    /// The command line or a configuration is wrong.
    Usage,
    /// No server answers.
    Unavailable,
    /// The user stopped it, or its time ran out.
    Interrupted,
    /// A defect of rhaiver itself.
    Bug,
}

impl Kind {
    /// The exit code of a process that ends with this failure.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Script => 1,
            Self::Usage => 2,
            Self::Unavailable => 3,
            Self::Interrupted => 130,
            Self::Bug => 70,
        }
    }
}

/// One failure, as a person is shown it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What sort of failure it is.
    pub kind: Kind,
    /// What is wrong, in one line where it can be said in one.
    pub message: String,
    /// The server's error code, where a server refused.
    pub code: Option<i32>,
    /// The server's name of that code.
    pub code_name: Option<String>,
    /// The place in the source.
    pub excerpt: Option<Excerpt>,
    /// The calls that led there, innermost first.
    pub trace: Vec<Frame>,
    /// What to do next.
    pub hints: Vec<String>,
}

impl Diagnostic {
    /// A failure of `kind` that has nothing but a message yet.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            code: None,
            code_name: None,
            excerpt: None,
            trace: Vec::new(),
            hints: Vec::new(),
        }
    }

    /// The defect that a panic is, by what it carries.
    #[must_use]
    pub fn panicked(panic: &(dyn std::any::Any + Send)) -> Self {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        Self::new(Kind::Bug, text.unwrap_or("it panicked"))
    }

    /// The same with one more hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The same with a server's code and its name.
    #[must_use]
    pub fn server_code(mut self, code: Option<i32>, name: Option<String>) -> Self {
        self.code = code;
        self.code_name = name;
        self
    }
}

impl std::fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&render(self, false))
    }
}

impl std::error::Error for Diagnostic {}
