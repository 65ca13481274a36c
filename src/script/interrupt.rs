//! [`Interrupt`]: how a running script is stopped from outside.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio::sync::watch;

/// Why a script was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The user asked (Ctrl-C).
    User,
    /// Its time ran out (`--timeout`).
    Timeout,
    /// The host shuts down.
    Shutdown,
    /// It uses more memory than it may (`--max-memory`).
    Memory,
}

impl Stop {
    const fn as_u8(self) -> u8 {
        match self {
            Self::User => 1,
            Self::Timeout => 2,
            Self::Shutdown => 3,
            Self::Memory => 4,
        }
    }

    const fn from_u8(n: u8) -> Option<Self> {
        match n {
            1 => Some(Self::User),
            2 => Some(Self::Timeout),
            3 => Some(Self::Shutdown),
            4 => Some(Self::Memory),
            _ => None,
        }
    }
}

/// A flag that both a running engine (which polls it) and a waiting one (which selects on it) see.
/// Clones are the same flag; it may be raised from any thread.
#[derive(Debug, Clone)]
pub struct Interrupt {
    raised: Arc<AtomicU8>,
    wake: Arc<watch::Sender<u8>>,
}

impl Default for Interrupt {
    fn default() -> Self {
        Self {
            raised: Arc::default(),
            wake: Arc::new(watch::Sender::new(0)),
        }
    }
}

impl Interrupt {
    /// Stops what runs now, and whatever starts before [`Interrupt::clear`].
    pub fn raise(&self, stop: Stop) {
        self.raised.store(stop.as_u8(), Ordering::SeqCst);
        self.wake.send_replace(stop.as_u8());
    }

    /// Lets scripts run again.
    pub fn clear(&self) {
        self.raised.store(0, Ordering::SeqCst);
        self.wake.send_replace(0);
    }

    /// Whether it is raised, and why; cheap enough for every operation of a script.
    #[must_use]
    pub fn raised(&self) -> Option<Stop> {
        Stop::from_u8(self.raised.load(Ordering::Relaxed))
    }

    /// Waits until it is raised.
    pub async fn wait(&self) -> Stop {
        let mut wake = self.wake.subscribe();
        let raised = wake.wait_for(|n| *n != 0).await.map(|n| *n);
        match raised {
            Ok(n) => Stop::from_u8(n).unwrap_or(Stop::User),
            // The sender lives in `self`, so the channel cannot close while this waits.
            Err(_) => std::future::pending().await,
        }
    }
}
