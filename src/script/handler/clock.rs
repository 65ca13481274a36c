//! [`Clock`]: stops a handler that takes too long over one event.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

use crate::script::{Interrupt, Stop};

/// The time that one event may take. A task looks at it now and then, so that an event costs no
/// timer of its own.
pub(super) struct Clock {
    limit: Duration,
    shared: Arc<Shared>,
}

struct Shared {
    interrupt: Interrupt,
    until: Mutex<Option<Instant>>,
}

/// How often a clock is looked at, at most and at least.
const SOONEST: Duration = Duration::from_millis(2);
const LATEST: Duration = Duration::from_millis(50);

impl Clock {
    /// A clock that does not run yet.
    pub fn new(runtime: &Handle, limit: Duration, interrupt: Interrupt) -> Self {
        let shared = Arc::new(Shared {
            interrupt,
            until: Mutex::default(),
        });
        let pause = (limit / 10).clamp(SOONEST, LATEST);
        runtime.spawn(look(Arc::downgrade(&shared), pause));
        Self { limit, shared }
    }

    /// An event begins.
    pub fn start(&self) {
        *self.shared.until() = Instant::now().checked_add(self.limit);
    }

    /// The event is over; says whether it took too long.
    pub fn stop(&self) -> bool {
        let mut until = self.shared.until();
        *until = None;
        let late = self.shared.interrupt.raised() == Some(Stop::Timeout);
        if late {
            self.shared.interrupt.clear();
        }
        late
    }
}

impl Shared {
    fn until(&self) -> MutexGuard<'_, Option<Instant>> {
        self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look(&self) {
        let until = self.until();
        let late = until.is_some_and(|until| Instant::now() >= until);
        if late && self.interrupt.raised().is_none() {
            self.interrupt.raise(Stop::Timeout);
        }
    }
}

async fn look(clock: Weak<Shared>, pause: Duration) {
    loop {
        tokio::time::sleep(pause).await;
        match clock.upgrade() {
            Some(clock) => clock.look(),
            None => return,
        }
    }
}
