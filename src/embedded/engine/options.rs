//! What an engine is opened with.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::embedded::storage::Store;

/// What an engine is opened with.
#[derive(Clone)]
pub struct EngineOptions {
    /// Where it keeps everything.
    pub store: Store,
    /// What time it is, in milliseconds since 1970; injected so that tests can move it.
    pub clock: Arc<dyn Fn() -> i64 + Send + Sync>,
    /// How many bytes of history are kept at least, if it is old enough to go.
    pub oplog_bytes: u64,
    /// How long history is kept at least, whatever its size.
    pub oplog_age: Duration,
    /// `transactionLifetimeLimitSeconds`.
    pub transaction_lifetime: Duration,
    /// `ttlMonitorSleepSecs`.
    pub ttl_interval: Duration,
    /// How long sessions, and what their retryable writes did, are remembered.
    pub session_timeout: Duration,
    /// Whether threads for expiry and trimming are started; tests call them by hand.
    pub background: bool,
}

impl std::fmt::Debug for EngineOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EngineOptions").finish_non_exhaustive()
    }
}

impl EngineOptions {
    /// The server's defaults over a store.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self {
            store,
            clock: Arc::new(system_time),
            oplog_bytes: 1 << 30,
            oplog_age: Duration::from_secs(3600),
            transaction_lifetime: Duration::from_secs(60),
            ttl_interval: Duration::from_secs(60),
            session_timeout: Duration::from_secs(30 * 60),
            background: true,
        }
    }
}

fn system_time() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
