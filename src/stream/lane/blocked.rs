//! Documents whose events wait (`onFailure: "block-key"`).

use std::collections::HashMap;
use std::time::{Duration, Instant};

use bson::{Document, RawDocumentBuf};

use super::retry::{Chance, pause};
use crate::stream::letters::DeadLetter;
use crate::stream::letters::namespace_of;
use crate::stream::source::Event;
use crate::stream::spec::Retry;

/// A document: its namespace, and the bytes of its `documentKey`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// `db.coll`
    pub namespace: String,
    /// The bytes of `documentKey`.
    pub key: Vec<u8>,
}

impl Key {
    /// The document that an event is about; nothing for events that are about none.
    #[must_use]
    pub fn of(event: &Event) -> Option<Self> {
        Some(Self {
            namespace: namespace_of(event.raw()),
            key: event.key()?.to_vec(),
        })
    }

    /// The document that a letter is about.
    #[must_use]
    pub fn of_letter(letter: &DeadLetter) -> Option<Self> {
        Self::new(&letter.namespace, letter.key.as_ref()?)
    }

    /// A document by its parts.
    #[must_use]
    pub fn new(namespace: &str, key: &Document) -> Option<Self> {
        Some(Self {
            namespace: namespace.into(),
            key: RawDocumentBuf::try_from(key).ok()?.into_bytes(),
        })
    }

    /// Its `documentKey`.
    #[must_use]
    pub fn document(&self) -> Document {
        let raw = RawDocumentBuf::from_bytes(self.key.clone());
        raw.ok()
            .and_then(|raw| Document::try_from(raw.as_ref()).ok())
            .unwrap_or_default()
    }
}

/// The blocked documents of a lane, and when each is tried again.
#[derive(Debug, Default)]
pub struct Blocked {
    keys: HashMap<Key, Turn>,
}

#[derive(Debug, Clone, Copy)]
struct Turn {
    due: Instant,
    failures: u32,
}

impl Blocked {
    /// These are blocked, from an earlier run.
    #[must_use]
    pub fn new(keys: Vec<Key>, now: Instant) -> Self {
        let turn = Turn {
            due: now,
            failures: 1,
        };
        Self {
            keys: keys.into_iter().map(|key| (key, turn)).collect(),
        }
    }

    /// Whether there is none: most streams have none ever, and need not look at keys.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Whether events of this document wait.
    #[must_use]
    pub fn contains(&self, key: &Key) -> bool {
        self.keys.contains_key(key)
    }

    /// Events of this document wait from now on, or go on waiting; it is tried again after a pause.
    pub fn failed(&mut self, key: Key, now: Instant, retry: &Retry, chance: &mut dyn Chance) {
        let turn = self.keys.entry(key).or_insert(Turn {
            due: now,
            failures: 0,
        });
        turn.failures = turn.failures.saturating_add(1);
        turn.due = now + pause(retry, turn.failures, chance);
    }

    /// They do not wait any more.
    pub fn free(&mut self, key: &Key) {
        self.keys.remove(key);
    }

    /// All are tried at once: there is a new version.
    pub fn all_due(&mut self, now: Instant) {
        for turn in self.keys.values_mut() {
            turn.due = turn.due.min(now);
        }
    }

    /// One whose turn it is.
    #[must_use]
    pub fn due(&self, now: Instant) -> Option<Key> {
        let first = self.keys.iter().min_by_key(|(_, turn)| turn.due)?;
        (first.1.due <= now).then(|| first.0.clone())
    }

    /// How long nothing is due; nothing where none is blocked.
    #[must_use]
    pub fn next_due(&self, now: Instant) -> Option<Duration> {
        let first = self.keys.values().map(|turn| turn.due).min()?;
        Some(first.saturating_duration_since(now))
    }
}

#[cfg(test)]
mod tests {
    use super::super::retry::Seeded;
    use super::*;
    use bson::{doc, rawdoc};

    fn key(id: i32) -> Key {
        Key::new("shop.orders", &doc! { "_id": id }).unwrap()
    }

    #[test]
    fn the_key_of_an_event_is_that_of_its_letter() {
        let event = Event::from_document(&rawdoc! {
            "_id": { "_data": "82" },
            "ns": { "db": "shop", "coll": "orders" },
            "documentKey": { "_id": 1 },
        });
        assert_eq!(Key::of(&event), Some(key(1)));
        assert_eq!(key(1).document(), doc! { "_id": 1 });
    }

    #[test]
    fn blocked_documents_come_to_their_turns() {
        let (now, retry) = (Instant::now(), Retry::default());
        let mut chance = Seeded::new(1);
        let mut blocked = Blocked::new(vec![key(1)], now);
        assert_eq!(blocked.due(now), Some(key(1)));
        blocked.failed(key(1), now, &retry, &mut chance);
        blocked.failed(key(2), now, &retry, &mut chance);
        assert_eq!(blocked.due(now), None);
        assert!(blocked.contains(&key(2)) && !blocked.contains(&key(3)));
        assert!(blocked.next_due(now).unwrap() <= retry.first);
        let later = now + retry.longest;
        // The one that failed once only is tried first.
        assert_eq!(blocked.due(later), Some(key(2)));
        blocked.all_due(now);
        assert!(blocked.due(now).is_some());
        blocked.free(&key(1));
        blocked.free(&key(2));
        assert!(blocked.is_empty() && blocked.next_due(now).is_none());
    }
}
