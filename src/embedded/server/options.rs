//! What a server is started with.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::embedded::auth::Users;

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listen {
    /// On a TCP address; port 0 takes a free one.
    Tcp(SocketAddr),
    /// On a unix socket. What is at the path is replaced: whoever starts a server holds the lock of its folder.
    Unix(PathBuf),
}

impl Listen {
    /// Its TCP port.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        match self {
            Self::Tcp(address) => Some(address.port()),
            Self::Unix(_) => None,
        }
    }
}

/// A certificate and its key, for TCP listeners.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The chain of certificates, PEM.
    pub certificate: PathBuf,
    /// The private key, PEM.
    pub key: PathBuf,
}

/// What a server is started with.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    /// Where it listens.
    pub listeners: Vec<Listen>,
    /// The users that may log in; without them nobody has to.
    pub auth: Option<Arc<Users>>,
    /// TLS for TCP listeners.
    pub tls: Option<TlsFiles>,
    /// Whether `configureFailPoint` and the like are there.
    pub test_commands: bool,
    /// The name of the replica set that it says it is.
    pub set_name: String,
    /// The command line, for `getCmdLineOpts`.
    pub command_line: Vec<String>,
    /// How long a cursor is kept that nobody reads.
    pub cursor_timeout: Duration,
    /// How many connections it takes at once; fewer where the process may not open as many files.
    pub max_connections: usize,
    /// How long `shutdown` waits for commands that run before it interrupts them.
    pub grace: Duration,
}

/// How many files the store, scripts and others may open beside the connections.
const RESERVE: u64 = 64;

impl ServerOptions {
    /// With no more connections than this process may open files.
    pub(super) fn within_limits(mut self) -> Self {
        use rustix::process::{Resource, getrlimit};
        let limit = getrlimit(Resource::Nofile).current;
        self.max_connections = at_most(self.max_connections, limit);
        self
    }
}

fn at_most(connections: usize, files: Option<u64>) -> usize {
    let room = files.map_or(u64::MAX, |files| files.saturating_sub(RESERVE).max(1));
    connections.min(usize::try_from(room).unwrap_or(usize::MAX))
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            listeners: Vec::new(),
            auth: None,
            tls: None,
            test_commands: false,
            set_name: "rhaiver".to_owned(),
            command_line: vec!["rhaiver".to_owned()],
            cursor_timeout: Duration::from_secs(600),
            max_connections: 5000,
            grace: Duration::from_secs(5),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::at_most;

    #[test]
    fn connections_leave_files_for_others() {
        assert_eq!(at_most(5000, None), 5000);
        assert_eq!(at_most(5000, Some(1 << 20)), 5000);
        assert_eq!(at_most(5000, Some(1024)), 960);
        assert_eq!(at_most(5000, Some(20)), 1);
    }
}
