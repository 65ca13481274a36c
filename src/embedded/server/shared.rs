//! What all connections share.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use bson::Bson;

use super::counters::Counters;
use super::fail_points::FailPoints;
use super::operations::Operations;
use super::options::{Listen, ServerOptions};
use super::patience::Turns;
use super::topology::Topology;
use crate::embedded::cursor::Cursors;
use crate::embedded::engine::Engine;

/// What all connections share.
pub struct Shared {
    /// The database.
    pub engine: Arc<Engine>,
    /// What the server was started with.
    pub options: ServerOptions,
    /// What runs.
    pub operations: Operations,
    /// Open cursors.
    pub cursors: Cursors,
    /// What hello says of the set.
    pub topology: Topology,
    /// How tests make commands fail.
    pub fail_points: FailPoints,
    /// What `serverStatus` counts.
    pub counters: Counters,
    /// Who may look for its client's next request instead of sleeping.
    pub(super) turns: Arc<Turns>,
    /// When the server began.
    pub started: Instant,
    /// The same in milliseconds since 1970.
    pub started_millis: i64,
    /// What `setParameter` set.
    parameters: Mutex<BTreeMap<String, Bson>>,
    /// Numbers in `[0, 1)` for `$rand`.
    pub chance: Arc<dyn Fn() -> f64 + Send + Sync>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl Shared {
    /// The machine's name with the first TCP port, as the server calls itself in diagnostics.
    #[must_use]
    pub fn host_name(&self) -> String {
        match self.options.listeners.iter().find_map(Listen::port) {
            Some(port) => format!("{}:{port}", machine()),
            None => machine(),
        }
    }

    /// What `setParameter` set.
    #[must_use]
    pub fn parameters(&self) -> BTreeMap<String, Bson> {
        let parameters = self.parameters.lock();
        parameters.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sets a parameter.
    pub fn set_parameter(&self, name: &str, value: Bson) {
        let parameters = self.parameters.lock();
        let mut parameters = parameters.unwrap_or_else(PoisonError::into_inner);
        parameters.insert(name.to_owned(), value);
    }

    /// The same apart, for a connection to a local address.
    #[must_use]
    pub fn host_and_port(&self, local: &str) -> (String, i32) {
        let port = local
            .rsplit_once(':')
            .and_then(|(_, port)| port.parse().ok());
        (machine(), port.unwrap_or(0))
    }

    pub(super) fn new(engine: Arc<Engine>, options: ServerOptions) -> Self {
        Self {
            started_millis: engine.now_millis(),
            cursors: Cursors::new(options.cursor_timeout),
            engine,
            options,
            operations: Operations::default(),
            topology: Topology::default(),
            fail_points: FailPoints::default(),
            counters: Counters::default(),
            turns: Arc::default(),
            started: Instant::now(),
            parameters: Mutex::default(),
            chance: Arc::new(super::chance),
        }
    }
}

/// The machine's name.
#[must_use]
pub fn machine() -> String {
    let name = rustix::system::uname();
    name.nodename().to_string_lossy().into_owned()
}
