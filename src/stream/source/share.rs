//! Readers of equal openings find each other, and become one.
//!
//! Each stream begins with a reader and a cursor of its own, wherever its place is. Once two
//! readers of the same opening are at the end of the history, the one that is ahead gives its
//! streams to the one that is behind, and ends: from there on they share one cursor, and each
//! stream skips what it has already.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Token;
use super::listener::Listener;

/// How far apart two readers at the end of the history may be, in seconds of cluster time.
const NEAR: u32 = 5;

/// How long a stream that was too slow for others keeps a cursor of its own.
const ALONE: Duration = Duration::from_secs(60);

/// The readers of one process on one cluster.
#[derive(Debug, Clone, Default)]
pub(super) struct Shares(Arc<Mutex<Vec<Arc<Share>>>>);

/// What others may know of a reader.
#[derive(Debug)]
pub(super) struct Share {
    /// The bytes of its opening.
    key: Vec<u8>,
    alone_until: Option<Instant>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The place behind everything that was handed on, or is being handed on now.
    position: Option<Token>,
    /// Whether that is about the end of the history.
    at_end: bool,
    closed: bool,
    /// Streams that joined since the last batch; they have everything up to `position` at least.
    joined: Vec<Listener>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shares {
    /// A reader that begins. One of a stream that was too slow stays alone for a while.
    pub fn add(&self, key: Vec<u8>, alone: bool) -> Arc<Share> {
        let share = Arc::new(Share {
            key,
            alone_until: alone.then(|| Instant::now() + ALONE),
            state: Mutex::default(),
        });
        lock(&self.0).push(share.clone());
        share
    }

    /// How many readers there are.
    pub fn len(&self) -> usize {
        lock(&self.0).len()
    }

    /// A reader that ends: nobody joins it any more. Gives back who has joined.
    pub fn remove(&self, share: &Arc<Share>) -> Vec<Listener> {
        lock(&self.0).retain(|other| !Arc::ptr_eq(other, share));
        let mut state = lock(&share.state);
        state.closed = true;
        std::mem::take(&mut state.joined)
    }

    /// Gives the streams of a reader to another one that is level with it, if there is one; the
    /// reader has then ended.
    pub fn merge(&self, mine: &Arc<Share>, listeners: &mut Vec<Listener>) -> bool {
        // Under this lock two readers do not give their streams to each other.
        let mut all = lock(&self.0);
        let Some(other) = all.iter().find(|other| mine.can_join(other)).cloned() else {
            return false;
        };
        let mut own = lock(&mine.state);
        let mut state = lock(&other.state);
        let level = match (&own.position, &state.position) {
            (Some(own), Some(other)) => !other.is_after(own),
            _ => false,
        };
        if state.closed || !state.at_end || !level {
            return false;
        }
        own.closed = true;
        state.joined.append(listeners);
        state.joined.append(&mut own.joined);
        all.retain(|share| !Arc::ptr_eq(share, mine));
        true
    }
}

impl Share {
    /// Says how far the reader is, before it hands anything on of what lies in front of that; gives
    /// who has joined since.
    pub fn advance(&self, position: Option<Token>, at_end: bool) -> Vec<Listener> {
        let mut state = lock(&self.state);
        if position.is_some() {
            state.position = position;
        }
        state.at_end = at_end;
        std::mem::take(&mut state.joined)
    }

    /// Whether somebody has joined, and waits.
    pub fn is_joined(&self) -> bool {
        !lock(&self.state).joined.is_empty()
    }

    /// Ends the reader unless somebody has joined.
    pub fn close_if_idle(&self) -> bool {
        let mut state = lock(&self.state);
        state.closed = state.joined.is_empty();
        state.closed
    }

    fn is_alone(&self) -> bool {
        self.alone_until.is_some_and(|until| Instant::now() < until)
    }

    fn can_join(&self, other: &Arc<Self>) -> bool {
        if std::ptr::eq(self, &**other) || self.key != other.key {
            return false;
        }
        if self.is_alone() || other.is_alone() {
            return false;
        }
        let (own, ended) = self.place();
        let (others, at_end) = other.place();
        ended && at_end && own.abs_diff(others) <= NEAR
    }

    /// The seconds of its place, and whether it is at the end.
    fn place(&self) -> (u32, bool) {
        let state = lock(&self.state);
        let time = state.position.as_ref().and_then(Token::cluster_time);
        (time.map_or(0, |time| time.time), state.at_end)
    }
}
