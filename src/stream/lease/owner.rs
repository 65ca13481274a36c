//! Who a process is, so that another can tell whether it is still there.

use bson::{Document, doc};

/// A process on a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The host: its boot and the pid namespace where there are such, else its name. Two processes
    /// with the same `host` see each other's pids.
    pub host: String,
    /// The process.
    pub pid: i64,
    /// When the process was started, by the host's own count: a pid is used again.
    pub process: String,
}

impl Owner {
    /// This process.
    #[must_use]
    pub fn this_process() -> Self {
        Self {
            host: String::new(),
            pid: i64::from(std::process::id()),
            process: String::new(),
        }
    }

    /// `{ host, pid, process }`
    #[must_use]
    pub fn to_document(&self) -> Document {
        doc! { "host": &self.host, "pid": self.pid, "process": &self.process }
    }

    /// Reads that.
    #[must_use]
    pub fn from_document(owner: &Document) -> Option<Self> {
        Some(Self {
            host: owner.get_str("host").ok()?.into(),
            pid: owner.get_i64("pid").ok()?,
            process: owner.get_str("process").ok()?.into(),
        })
    }
}
