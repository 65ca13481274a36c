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
    /// How many connections it takes at once.
    pub max_connections: usize,
    /// How long `shutdown` waits for commands that run before it interrupts them.
    pub grace: Duration,
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
