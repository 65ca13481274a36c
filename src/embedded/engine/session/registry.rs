//! All sessions that are known.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Session, Use};
use crate::embedded::commands::SessionId;

/// All sessions that are known.
#[derive(Debug, Default)]
pub(in crate::embedded::engine) struct Sessions {
    known: Mutex<HashMap<SessionId, Arc<Session>>>,
}

/// A session, for `$listSessions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionInfo {
    /// Its id.
    pub id: SessionId,
    /// When its last command came, in milliseconds since 1970.
    pub last_use: i64,
}

impl Sessions {
    fn known(&self) -> MutexGuard<'_, HashMap<SessionId, Arc<Session>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The session of an id; it is used now.
    pub fn get(&self, id: SessionId, now: i64) -> Arc<Session> {
        let mut known = self.known();
        let session = known
            .entry(id)
            .or_insert_with(|| Arc::new(Session::new(id, now)));
        session.touch(now);
        session.clone()
    }

    pub fn find(&self, id: &SessionId) -> Option<Arc<Session>> {
        self.known().get(id).cloned()
    }

    pub fn all(&self) -> Vec<Arc<Session>> {
        self.known().values().cloned().collect()
    }

    pub fn list(&self) -> Vec<SessionInfo> {
        let info = |s: &Arc<Session>| SessionInfo {
            id: s.id,
            last_use: s.last_use.load(Ordering::Relaxed),
        };
        self.known().values().map(info).collect()
    }

    pub fn remove(&self, id: &SessionId) -> Option<Arc<Session>> {
        self.known().remove(id)
    }

    /// The sessions that have not been used since a time and have no open transaction.
    pub fn idle_since(&self, time: i64) -> Vec<Arc<Session>> {
        let idle = |s: &&Arc<Session>| s.last_use.load(Ordering::Relaxed) < time;
        let all: Vec<_> = self.known().values().filter(idle).cloned().collect();
        let quiet = |s: &Arc<Session>| {
            let Some(mut checkout) = s.try_check_out() else {
                return false;
            };
            !matches!(&checkout.state().using, Use::Transaction(t) if t.is_open())
        };
        all.into_iter().filter(quiet).collect()
    }
}
