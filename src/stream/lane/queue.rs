//! What waits for a lane: filled by the stream's task, emptied by the lane's thread.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bson::Timestamp;
use tokio::sync::Notify;

use crate::stream::letters::DeadLetter;
use crate::stream::source::{Event, Token};

/// A place, with the cluster time that belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// The token.
    pub token: Token,
    /// Its time.
    pub time: Option<Timestamp>,
}

impl Place {
    /// The place of a token.
    #[must_use]
    pub fn at(token: Token) -> Self {
        let time = token.cluster_time();
        Self { token, time }
    }
}

/// What a lane is given to do, in order.
#[derive(Debug)]
pub enum Work {
    /// An event.
    Event(Event),
    /// Everything before this place that is the lane's is in front of it: its checkpoint may go
    /// there once that is done.
    Mark(Box<Place>),
    /// Dead letters to deliver again, in this order.
    Letters(Vec<DeadLetter>),
}

impl Work {
    fn bytes(&self) -> usize {
        match self {
            Self::Event(event) => event.len(),
            Self::Mark(_) | Self::Letters(_) => 0,
        }
    }
}

/// What was taken from the front of a queue.
#[derive(Debug)]
pub enum Taken {
    /// Events, which are in the caller's buffer now.
    Events,
    /// A place.
    Mark(Box<Place>),
    /// Dead letters.
    Letters(Vec<DeadLetter>),
    /// There is nothing.
    Nothing,
}

/// How many events may wait, at most, before the source has to; a batch that is handed on whole may
/// exceed it once.
const EVENTS: usize = 4000;

/// How many bytes of them.
const BYTES: usize = 8 << 20;

/// A queue of one lane. What was taken counts until it is [`Queue::finished`]: the bounds are on
/// all that is read and not committed.
#[derive(Debug, Default)]
pub struct Queue {
    state: Mutex<State>,
    /// Tells the lane.
    filled: Condvar,
    /// Tells who fills it.
    emptied: Notify,
    /// The same numbers as in `state`, for whoever looks on.
    events: AtomicU64,
    bytes: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Work>,
    /// Pieces of work that wait or are at hand.
    pieces: usize,
    /// Bytes of them.
    bytes: usize,
    /// Counts up when the lane is to look around.
    nudges: u64,
}

impl Queue {
    /// Puts work at the end, however full it is.
    pub fn push(&self, work: impl IntoIterator<Item = Work>) {
        let mut state = self.state();
        for piece in work {
            state.pieces += 1;
            state.bytes += piece.bytes();
            state.waiting.push_back(piece);
        }
        self.publish(&state);
        drop(state);
        self.filled.notify_all();
    }

    /// Puts a place at the end, instead of one that is there already.
    pub fn mark(&self, place: Place) {
        let mut state = self.state();
        if let Some(Work::Mark(last)) = state.waiting.back_mut() {
            **last = place;
            return;
        }
        drop(state);
        self.push([Work::Mark(Box::new(place))]);
    }

    /// Takes events from the front into `into`, until that has `events` of them or `bytes` bytes
    /// (one event more than that is always taken where there is none yet), or other work comes.
    pub fn take(&self, into: &mut VecDeque<Event>, events: usize, bytes: usize) -> Taken {
        let mut state = self.state();
        let mut size: usize = into.iter().map(Event::len).sum();
        let before = into.len();
        while let Some(Work::Event(next)) = state.waiting.front() {
            let fits = into.len() < events && size + next.len() <= bytes;
            if !fits && !into.is_empty() {
                break;
            }
            if let Some(Work::Event(event)) = state.waiting.pop_front() {
                size += event.len();
                into.push_back(event);
            }
        }
        if into.len() > before || before > 0 {
            return Taken::Events;
        }
        match state.waiting.pop_front() {
            Some(Work::Mark(place)) => Taken::Mark(place),
            Some(Work::Letters(letters)) => Taken::Letters(letters),
            Some(Work::Event(event)) => {
                into.push_back(event);
                Taken::Events
            }
            None => Taken::Nothing,
        }
    }

    /// Work that was taken is done: `pieces` of it, with `bytes`.
    pub fn finished(&self, pieces: usize, bytes: usize) {
        let mut state = self.state();
        state.pieces = state.pieces.saturating_sub(pieces);
        state.bytes = state.bytes.saturating_sub(bytes);
        self.publish(&state);
        drop(state);
        self.emptied.notify_waiters();
    }

    /// Makes the lane look around, whatever it waits for.
    pub fn nudge(&self) {
        self.state().nudges += 1;
        self.filled.notify_all();
    }

    /// How often it was nudged; for [`Queue::wait`].
    pub fn nudges(&self) -> u64 {
        self.state().nudges
    }

    /// Waits for work where `work` says so, for a nudge since `seen`, or for `time`, whichever comes
    /// first.
    pub fn wait(&self, work: bool, seen: u64, time: Option<Duration>) {
        let until = time.map(|time| Instant::now() + time);
        let mut state = self.state();
        while state.nudges == seen && (!work || state.waiting.is_empty()) {
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            state = match left {
                Some(Duration::ZERO) => return,
                Some(left) => {
                    let woken = self.filled.wait_timeout(state, left);
                    woken.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self
                    .filled
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// Waits until there is room for more.
    pub async fn room(&self) {
        self.until(|state| state.pieces < EVENTS && state.bytes < BYTES)
            .await;
    }

    /// Waits until everything is done.
    pub async fn idle(&self) {
        self.until(|state| state.pieces == 0).await;
    }

    /// Whether everything is done.
    pub fn is_idle(&self) -> bool {
        self.state().pieces == 0
    }

    /// How many pieces of work are not done, and how many bytes they have.
    pub fn size(&self) -> (u64, u64) {
        (self.events.load(Relaxed), self.bytes.load(Relaxed))
    }

    async fn until(&self, ready: impl Fn(&State) -> bool) {
        loop {
            let changed = self.emptied.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if ready(&self.state()) {
                return;
            }
            changed.await;
        }
    }

    fn publish(&self, state: &State) {
        self.events.store(state.pieces as u64, Relaxed);
        self.bytes.store(state.bytes as u64, Relaxed);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::rawdoc;

    fn event(n: i32) -> Event {
        Event::from_document(&rawdoc! { "_id": { "_data": format!("{n:08}") }, "n": n })
    }

    fn place(n: i32) -> Place {
        let token = Token::new(&rawdoc! { "_data": format!("{n:08}") });
        Place { token, time: None }
    }

    fn numbers(events: &VecDeque<Event>) -> Vec<i32> {
        let number = |event: &Event| event.raw().get_i32("n").unwrap();
        events.iter().map(number).collect()
    }

    #[test]
    fn events_are_taken_up_to_a_number_and_up_to_other_work() {
        let queue = Queue::default();
        queue.push((1..=3).map(|n| Work::Event(event(n))));
        queue.mark(place(3));
        queue.mark(place(4));
        queue.push([Work::Event(event(5))]);
        let mut events = VecDeque::new();
        assert!(matches!(queue.take(&mut events, 2, 1000), Taken::Events));
        assert_eq!(numbers(&events), [1, 2]);
        assert!(matches!(queue.take(&mut events, 10, 1000), Taken::Events));
        assert_eq!(numbers(&events), [1, 2, 3]);
        // What is at hand comes first.
        assert!(matches!(queue.take(&mut events, 10, 1000), Taken::Events));
        events.clear();
        match queue.take(&mut events, 10, 1000) {
            Taken::Mark(mark) => assert_eq!(*mark, place(4)),
            other => panic!("{other:?}"),
        }
        assert!(matches!(queue.take(&mut events, 10, 1000), Taken::Events));
        events.clear();
        assert!(matches!(queue.take(&mut events, 10, 1000), Taken::Nothing));
        assert!(!queue.is_idle());
        queue.finished(5, 0);
        assert!(queue.is_idle());
    }

    #[test]
    fn an_event_longer_than_a_batch_is_taken_alone() {
        let queue = Queue::default();
        queue.push((1..=2).map(|n| Work::Event(event(n))));
        let mut events = VecDeque::new();
        queue.take(&mut events, 10, 1);
        assert_eq!(numbers(&events), [1]);
    }

    #[tokio::test]
    async fn who_fills_it_waits_until_enough_is_done() {
        let queue = std::sync::Arc::new(Queue::default());
        queue.push((0..EVENTS as i32).map(|n| Work::Event(event(n))));
        let filler = tokio::spawn({
            let queue = queue.clone();
            async move { queue.room().await }
        });
        tokio::task::yield_now().await;
        assert!(!filler.is_finished());
        queue.finished(1, 1);
        filler.await.unwrap();
    }

    #[test]
    fn a_nudge_ends_a_wait() {
        let queue = std::sync::Arc::new(Queue::default());
        let seen = queue.nudges();
        let other = queue.clone();
        let nudging = std::thread::spawn(move || other.nudge());
        queue.wait(false, seen, None);
        nudging.join().unwrap();
        queue.wait(true, queue.nudges(), Some(Duration::ZERO));
    }
}
