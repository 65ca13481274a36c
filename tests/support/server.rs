//! The server that the tests of one binary share.

use std::future::Future;
use std::sync::OnceLock;

use mongodb::Client;

use super::{Embedded, ReplicaSet, block_on};

/// A real server, or the embedded database.
pub enum Server {
    Real(ReplicaSet),
    Embedded(Embedded),
}

/// Whether the tests of this binary run on the embedded database.
pub fn on_embedded() -> bool {
    env!("CARGO_CRATE_NAME").ends_with("_on_embedded")
}

/// The server that the tests of one binary share.
pub fn shared() -> &'static Server {
    static SHARED: OnceLock<Server> = OnceLock::new();
    SHARED.get_or_init(|| {
        if on_embedded() {
            Server::Embedded(Embedded::in_memory())
        } else {
            Server::Real(ReplicaSet::start(1))
        }
    })
}

impl Server {
    /// The connection string.
    pub fn uri(&self) -> String {
        match self {
            Server::Real(set) => set.uri(),
            Server::Embedded(server) => server.uri(),
        }
    }

    /// The connection string with a default database.
    pub fn uri_of(&self, database: &str) -> String {
        self.uri().replace("/?", &format!("/{database}?"))
    }

    /// Runs an async closure with a client of the server.
    pub fn with_client<T: Send, F>(&self, work: impl FnOnce(Client) -> F + Send) -> T
    where
        F: Future<Output = T> + Send,
    {
        let uri = self.uri();
        block_on(async move { work(Client::with_uri_str(uri).await.unwrap()).await })
    }

    /// Where a real server's members keep their data.
    pub fn folder(&self) -> &std::path::Path {
        match self {
            Server::Real(set) => set.folder(),
            Server::Embedded(_) => panic!("the embedded database has no members"),
        }
    }
}
