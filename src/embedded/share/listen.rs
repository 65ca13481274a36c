//! What `rhaiver serve` adds to a shared database: TCP addresses, users, TLS.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use crate::embedded::auth::Users;
use crate::embedded::server::TlsFiles;

/// A front for other programs.
#[derive(Debug, Clone, Default)]
pub struct Front {
    /// Where to listen; port 0 takes a free one.
    pub addresses: Vec<SocketAddr>,
    /// Who may log in; without them nobody has to.
    pub users: Option<Arc<Users>>,
    /// Where the users come from, for the owner of the database where that is another process.
    pub users_file: Option<PathBuf>,
    /// TLS for the addresses.
    pub tls: Option<TlsFiles>,
}

impl Front {
    /// The addresses, for messages.
    #[must_use]
    pub fn names(&self) -> String {
        let names: Vec<_> = self.addresses.iter().map(ToString::to_string).collect();
        names.join(", ")
    }
}
