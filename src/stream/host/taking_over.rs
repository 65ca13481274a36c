//! Edits: another version takes over, and may be taken back.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::error::StreamError;
use super::job::Over;
use super::judge::{Verdict, judge};
use super::running::{Live, Step};
use crate::stream::lane::control::Outcome;
use crate::stream::observer::Notice;
use crate::stream::program::{Look, Version};
use crate::stream::spec::{OnRegression, StreamSpec};

/// A version that is taking over.
pub(super) struct Coming {
    pub(super) version: Arc<dyn Version>,
    took: HashSet<u32>,
    pub(super) refused: bool,
    /// Why it is an old one that takes over again.
    back: Option<String>,
}

/// A version that took over and is judged.
pub(super) struct Trial {
    old: Arc<dyn Version>,
    before: Outcome,
    after: u32,
}

impl Live<'_> {
    /// What became of an edit.
    pub(super) fn look(&mut self, look: Option<Look>) -> Step {
        match look {
            Some(Look::New(version)) => return self.edited(version, None),
            Some(Look::Refused(diagnostic)) => self.tell(&Notice::Refused(diagnostic)),
            Some(Look::Back) => {
                let generation = self.running.version.generation().to_string();
                self.tell(&Notice::Back { generation });
            }
            Some(Look::Unchanged) => {}
            Some(Look::Gone) => return Some(Ok(Over::Asked)),
            None => return Some(Err(StreamError::Bug("nobody looks for edits".into()))),
        }
        None
    }

    /// Lets another version take over: between two events, or, where it asks for other things, by
    /// opening the stream again.
    fn edited(&mut self, version: Arc<dyn Version>, back: Option<String>) -> Step {
        let (old, new) = (self.running.version.spec(), version.spec());
        if old.id != new.id {
            self.job.refuse_id(&*version, &*self.running.version);
            return None;
        }
        if asks_otherwise(old, new) {
            return Some(Ok(Over::Again(Some(version))));
        }
        self.running.shared.outcomes.forget(version.generation());
        for line in &self.running.lines {
            line.hand_over(version.clone());
        }
        self.trial = None;
        self.coming = Some(Coming {
            version,
            took: HashSet::new(),
            refused: false,
            back,
        });
        None
    }

    pub(super) fn took(&mut self, lane: u32, generation: &str) {
        let Some(mut coming) = self.coming.take() else {
            return;
        };
        if coming.version.generation() == generation {
            coming.took.insert(lane);
        }
        if coming.refused {
            self.coming = Some(coming);
            self.hand_back();
            return;
        }
        if coming.took.len() < self.running.lines.len() {
            self.coming = Some(coming);
            return;
        }
        let old = std::mem::replace(&mut self.running.version, coming.version);
        let new = &self.running.version;
        self.job.counters.set_version(&**new);
        self.job.counters.reloads.fetch_add(1, Relaxed);
        let (from, to) = (old.generation().to_string(), new.generation().to_string());
        let notice = match coming.back {
            Some(reason) => Notice::RolledBack { from, to, reason },
            None => {
                if let OnRegression::Rollback { after } = new.spec().on_regression {
                    let before = self.running.shared.outcomes.of(old.generation());
                    self.trial = Some(Trial { old, before, after });
                }
                Notice::Reloaded { generation: to }
            }
        };
        self.tell(&notice);
    }

    /// A lane cannot make its handler of the version that is taking over: all lanes keep the old
    /// one, or get it back. Says whether it is the first lane that cannot.
    pub(super) fn refuse(&mut self) -> bool {
        let first = match &mut self.coming {
            Some(coming) => !std::mem::replace(&mut coming.refused, true),
            None => true,
        };
        self.hand_back();
        first
    }

    /// Gives the old version to the lanes that took one that another lane refused.
    fn hand_back(&mut self) {
        let took = self.coming.as_mut().map(|c| std::mem::take(&mut c.took));
        for lane in took.unwrap_or_default() {
            let line = usize::try_from(lane)
                .ok()
                .and_then(|lane| self.running.lines.get(lane));
            if let Some(line) = line {
                line.hand_over(self.running.version.clone());
            }
        }
    }

    /// Takes a version back that fails more often than the one before.
    pub(super) fn judge(&mut self) -> Step {
        let trial = self.trial.as_ref()?;
        let new = self.running.version.generation();
        let outcome = self.running.shared.outcomes.of(new);
        match judge(trial.before, outcome, trial.after) {
            Verdict::Open => None,
            Verdict::Stays => {
                self.trial = None;
                None
            }
            Verdict::Worse(reason) => {
                let old = self.trial.take()?.old;
                self.edited(old, Some(reason))
            }
        }
    }
}

/// Whether a version asks for other things of the source or the lanes than another.
fn asks_otherwise(old: &StreamSpec, new: &StreamSpec) -> bool {
    old.watch != new.watch
        || old.pipeline != new.pipeline
        || old.full_document != new.full_document
        || old.full_document_before_change != new.full_document_before_change
        || old.needs != new.needs
        || old.on_lost_history != new.on_lost_history
        || old.lanes != new.lanes
        || old.delivery != new.delivery
        || old.database != new.database
}
