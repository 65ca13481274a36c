//! All sessions that are known.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Checkout, Session, Use};
use crate::embedded::commands::SessionId;
use crate::mql::{Interrupt, Result};

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

    /// The session of an id, taken out; it is used now.
    ///
    /// # Errors
    /// When the command that waits for it is interrupted.
    pub fn take(&self, id: SessionId, now: i64, interrupt: &Interrupt) -> Result<Checkout> {
        loop {
            // One that has ended is forgotten already: the next one is new.
            if let Some(checkout) = self.get(id, now).check_out(interrupt)? {
                return Ok(checkout);
            }
        }
    }

    /// Forgets a session that was taken out. Nobody can begin anything in it any more.
    pub fn end(&self, checkout: Checkout) {
        self.known().remove(&checkout.session.id);
        checkout.end();
    }

    /// The sessions that have not been used since a time and have no open transaction, taken out.
    pub fn idle_since(&self, time: i64) -> Vec<Checkout> {
        let idle = |s: &Arc<Session>| s.last_use.load(Ordering::Relaxed) < time;
        let all: Vec<_> = self.known().values().filter(|s| idle(s)).cloned().collect();
        let taken = all.into_iter().filter_map(|s| s.try_check_out());
        taken
            .filter_map(|mut checkout| {
                // It may have been used since it was looked at.
                let quiet = idle(&checkout.session)
                    && !matches!(&checkout.state().using, Use::Transaction(t) if t.is_open());
                quiet.then_some(checkout)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> SessionId {
        SessionId::of([7; 16])
    }

    #[test]
    fn who_waits_for_a_session_that_ends_gets_another_one() {
        let sessions = Sessions::default();
        let interrupt = Interrupt::default();
        let ending = sessions.take(id(), 1, &interrupt).unwrap();
        let old = ending.session.clone();
        let got = std::thread::scope(|scope| {
            let waiting = scope.spawn(|| sessions.take(id(), 2, &interrupt).unwrap());
            sessions.end(ending);
            waiting.join().unwrap()
        });
        assert!(!Arc::ptr_eq(&got.session, &old));
        assert!(Arc::ptr_eq(&got.session, &sessions.find(&id()).unwrap()));
        assert!(old.try_check_out().is_none());
    }

    #[test]
    fn a_session_in_use_is_not_idle() {
        let sessions = Sessions::default();
        let used = sessions.take(id(), 1, &Interrupt::default()).unwrap();
        assert!(sessions.idle_since(5).is_empty());
        drop(used);
        assert_eq!(sessions.idle_since(5).len(), 1);
        assert!(sessions.idle_since(1).is_empty());
    }
}
