//! The server that a run has: one that takes what troubles come.

use std::fmt;
use std::sync::Mutex;

use mongodb::Client;

use crate::support::{Embedded, ReplicaSet, block_on, free_port};

/// A server for the hosts and the writers.
pub enum Ground {
    /// Three members.
    ReplicaSet(ReplicaSet),
    /// A data directory that the hosts share with a `rhaiver serve` for the writers: whoever came first
    /// runs the engine, and when it is killed another of them does.
    Embedded {
        /// Dropped before its folder: it writes there.
        serve: Mutex<Option<Embedded>>,
        port: u16,
        folder: tempfile::TempDir,
    },
}

impl Ground {
    pub fn replica_set() -> Self {
        Self::ReplicaSet(ReplicaSet::start(3))
    }

    pub fn embedded() -> Self {
        let ground = Self::Embedded {
            serve: Mutex::default(),
            port: free_port(),
            folder: tempfile::tempdir().unwrap(),
        };
        ground.serve();
        ground
    }

    /// For drivers. A server that is gone for a moment is waited for.
    pub fn uri(&self) -> String {
        match self {
            Self::ReplicaSet(set) => set.uri(),
            Self::Embedded { port, .. } => {
                format!("mongodb://127.0.0.1:{port}/?directConnection=true")
            }
        }
    }

    /// How a host is told of it.
    pub fn options(&self) -> [String; 2] {
        match self {
            Self::ReplicaSet(set) => ["--uri".into(), set.uri()],
            Self::Embedded { folder, .. } => {
                let data = folder.path().join("db");
                ["--data".into(), data.to_str().unwrap().into()]
            }
        }
    }

    pub fn with_client<T: Send, F>(&self, work: impl FnOnce(Client) -> F + Send) -> T
    where
        F: Future<Output = T> + Send,
    {
        let uri = self.uri();
        block_on(async move { work(Client::with_uri_str(uri).await.unwrap()).await })
    }

    /// Starts `rhaiver serve` (again); of no meaning on a replica set.
    pub fn serve(&self) {
        if let Self::Embedded {
            folder,
            port,
            serve,
        } = self
        {
            let server = Embedded::on_port(*port, &folder.path().join("db"));
            *serve.lock().unwrap() = Some(server);
        }
    }

    /// Kills `rhaiver serve`.
    pub fn kill_serve(&self) {
        if let Self::Embedded { serve, .. } = self {
            serve.lock().unwrap().take();
        }
    }
}

impl fmt::Display for Ground {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ReplicaSet(_) => "a replica set of three",
            Self::Embedded { .. } => "the embedded database",
        })
    }
}
