//! The end of sessions: by command, by time.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use super::Use;
use super::retryable::{forget, lsid_of};
use crate::embedded::commands::SessionId;
use crate::embedded::engine::{Engine, Operation};
use crate::embedded::storage::{Batch, Direction, KeyRange, Space};
use crate::mql::{Interrupt, Result};

impl Operation {
    /// Commits the command's transaction.
    ///
    /// # Errors
    /// A collection that it made has been made by another; what the disk says.
    pub fn commit_transaction(&mut self) -> Result<()> {
        let engine = self.engine.clone();
        let Some(lsid) = self.session.as_ref().map(|s| s.lsid) else {
            return Ok(());
        };
        if let Some(Use::Transaction(transaction)) = self.using() {
            let written = transaction.commit(&engine, &lsid)?;
            self.wrote(written, None);
        }
        Ok(())
    }
}

impl Engine {
    /// A session is used now.
    pub fn touch_session(&self, id: SessionId) {
        self.sessions.get(id, self.now_millis());
    }

    /// A session is used no more: its transaction is aborted, its writes are forgotten.
    ///
    /// # Errors
    /// What the disk says.
    pub fn end_session(&self, id: &SessionId) -> Result<()> {
        if let Some(session) = self.sessions.find(id)
            && let Some(mut checkout) = session.try_check_out()
        {
            if let Use::Transaction(transaction) = &mut checkout.state().using {
                transaction.abort(self);
            }
            self.sessions.end(checkout);
        }
        Ok(())
    }

    /// Stops what a session does, and aborts its transaction.
    pub fn kill_session(&self, id: &SessionId) {
        let Some(session) = self.sessions.find(id) else {
            return;
        };
        session.interrupt();
        let limit = Interrupt::with_deadline(Some(Instant::now() + Duration::from_secs(10)));
        if let Ok(Some(mut checkout)) = session.check_out(&limit)
            && let Use::Transaction(transaction) = &mut checkout.state().using
        {
            transaction.abort(self);
        }
    }

    /// Aborts transactions that are open for too long.
    pub(in crate::embedded::engine) fn abort_expired(&self) {
        let now = Instant::now();
        for session in self.sessions.all() {
            let Some(mut checkout) = session.try_check_out() else {
                continue;
            };
            if let Use::Transaction(transaction) = &mut checkout.state().using
                && transaction.is_expired(now)
            {
                tracing::info!(
                    number = transaction.number,
                    "a transaction was open for too long"
                );
                transaction.abort(self);
            }
        }
    }

    /// Forgets sessions that have not been used for long, here and in the store.
    pub(in crate::embedded::engine) fn forget_idle_sessions(&self) -> Result<()> {
        let timeout = i64::try_from(self.session_timeout().as_millis()).unwrap_or(i64::MAX);
        let before = self.now_millis().saturating_sub(timeout);
        for idle in self.sessions.idle_since(before) {
            self.sessions.end(idle);
        }
        self.forget_stored_sessions(before)
    }

    /// The store's sessions that no one has used in this process since a time.
    fn forget_stored_sessions(&self, before: i64) -> Result<()> {
        if before < self.started {
            return Ok(());
        }
        let snapshot = self.store().snapshot();
        let known = self.known_sessions();
        let (mut forgotten, mut last) = (Vec::new(), None);
        for entry in snapshot.scan(Space::Sessions, KeyRange::all(), Direction::Forward) {
            let Some(id) = lsid_of(&entry?.0) else {
                continue;
            };
            if last != Some(id) && !known.contains(&id) {
                let mut batch = Batch::new();
                forget(&id, &snapshot, &mut batch)?;
                forgotten.push((id, batch));
            }
            last = Some(id);
        }
        if forgotten.is_empty() {
            return Ok(());
        }
        let _writer = self.writer();
        // Whoever has written since the snapshot is known by now.
        let known = self.known_sessions();
        let mut all = Batch::new();
        forgotten.retain(|(id, _)| !known.contains(id));
        forgotten
            .into_iter()
            .for_each(|(_, batch)| all.append(batch));
        if !all.is_empty() {
            self.store().write(all)?;
        }
        Ok(())
    }

    fn known_sessions(&self) -> HashSet<SessionId> {
        self.sessions.list().iter().map(|info| info.id).collect()
    }

    /// How long sessions are remembered.
    #[must_use]
    pub fn session_timeout(&self) -> Duration {
        self.options().session_timeout
    }
}
