//! Bringing events to lanes, in order, and holding them up at barriers.
//!
//! An event that belongs to no document (drop, rename, invalidate …) is a barrier: what comes before
//! it is finished by all lanes, then lane 0 handles it, then the others go on.

use std::collections::VecDeque;
use std::sync::Arc;

use super::control::Line;
use super::queue::{Place, Work};
use super::spread::lane_of;
use crate::stream::source::{Event, Token};

/// What is dispatched next.
#[derive(Debug)]
enum Step {
    /// Events, by lane.
    Spread(Vec<Vec<Event>>),
    /// An event for lane 0, when all are done with what is before it.
    Barrier(Event),
    /// Lane 0 has to be done.
    Settle,
    /// A place in front of which everything was dispatched.
    Mark(Place),
}

/// Brings events to lanes.
pub struct Dispatch {
    lanes: Vec<Arc<Line>>,
    steps: VecDeque<Step>,
    /// The place up to which everything was dispatched.
    last: Option<Token>,
}

impl Dispatch {
    /// To these lanes.
    #[must_use]
    pub fn new(lanes: Vec<Arc<Line>>) -> Self {
        Self {
            lanes,
            steps: VecDeque::new(),
            last: None,
        }
    }

    /// Takes events, which [`Dispatch::advance`] brings to the lanes.
    pub fn give(&mut self, events: Vec<Event>) {
        let lanes = self.lanes.len();
        if lanes == 1 {
            self.steps.push_back(Step::Spread(vec![events]));
            return;
        }
        self.steps.extend(split(events, lanes));
    }

    /// Moves the checkpoints of lanes that are done with what was dispatched to this place, once it
    /// was dispatched.
    pub fn mark(&mut self, place: Place) {
        self.steps.push_back(Step::Mark(place));
    }

    /// Whether there is something to bring.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        !self.steps.is_empty()
    }

    /// The place up to which everything was dispatched.
    #[must_use]
    pub fn last(&self) -> Option<&Token> {
        self.last.as_ref()
    }

    /// Whether everything that was dispatched is done.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        !self.is_busy() && self.lanes.iter().all(|line| line.queue.is_idle())
    }

    /// Takes the next step, and waits for what it needs. May be dropped and called again.
    pub async fn advance(&mut self) {
        match self.steps.front() {
            None => return,
            Some(Step::Spread(_)) => {
                for line in &self.lanes {
                    line.queue.room().await;
                }
            }
            Some(Step::Barrier(_)) => {
                for line in &self.lanes {
                    line.queue.idle().await;
                }
            }
            Some(Step::Settle) => {
                if let Some(line) = self.lanes.first() {
                    line.queue.idle().await;
                }
            }
            Some(Step::Mark(_)) => {}
        }
        match self.steps.pop_front() {
            Some(Step::Spread(shares)) => self.spread(shares),
            Some(Step::Barrier(event)) => {
                self.last = event.token().or_else(|| self.last.take());
                if let Some(line) = self.lanes.first() {
                    line.queue.push([Work::Event(event)]);
                }
                self.steps.push_front(Step::Settle);
            }
            Some(Step::Mark(place)) => {
                self.last = Some(place.token.clone());
                for line in &self.lanes {
                    line.queue.mark(place.clone());
                }
            }
            Some(Step::Settle) | None => {}
        }
    }

    fn spread(&mut self, shares: Vec<Vec<Event>>) {
        let newest = shares.iter().filter_map(|share| share.last());
        let newest = newest.filter_map(Event::token).max();
        self.last = newest.or_else(|| self.last.take());
        for (line, share) in self.lanes.iter().zip(shares) {
            if !share.is_empty() {
                line.queue.push(share.into_iter().map(Work::Event));
            }
        }
    }
}

/// The steps that events are, for some lanes.
fn split(events: Vec<Event>, lanes: usize) -> Vec<Step> {
    let none = || (0..lanes).map(|_| Vec::new()).collect::<Vec<Vec<Event>>>();
    let count = u32::try_from(lanes).unwrap_or(u32::MAX);
    let (mut steps, mut shares) = (Vec::new(), none());
    for event in events {
        let lane = event.key().map(|key| lane_of(key, count));
        match lane.and_then(|lane| shares.get_mut(lane as usize)) {
            Some(share) => share.push(event),
            None => {
                if shares.iter().any(|share| !share.is_empty()) {
                    steps.push(Step::Spread(std::mem::replace(&mut shares, none())));
                }
                steps.push(Step::Barrier(event));
            }
        }
    }
    if shares.iter().any(|share| !share.is_empty()) {
        steps.push(Step::Spread(shares));
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::super::queue::Taken;
    use super::*;
    use bson::rawdoc;
    use std::time::Duration;

    fn event(n: i32, key: Option<i32>) -> Event {
        let id = rawdoc! { "_data": format!("{n:08}") };
        Event::from_document(&match key {
            Some(key) => rawdoc! { "_id": id, "documentKey": { "_id": key } },
            None => rawdoc! { "_id": id, "operationType": "drop" },
        })
    }

    fn shape(steps: &[Step]) -> Vec<String> {
        let one = |step: &Step| match step {
            Step::Spread(shares) => {
                let sizes: Vec<usize> = shares.iter().map(Vec::len).collect();
                format!("{sizes:?}")
            }
            Step::Barrier(_) => "barrier".into(),
            Step::Settle => "settle".into(),
            Step::Mark(_) => "mark".into(),
        };
        steps.iter().map(one).collect()
    }

    #[test]
    fn events_without_a_document_are_barriers() {
        let key = rawdoc! { "_id": 1 };
        let lane = lane_of(key.as_bytes(), 2);
        let (one, two) = if lane == 0 {
            ("[1, 0]", "[2, 0]")
        } else {
            ("[0, 1]", "[0, 2]")
        };
        let cases: [(&[Option<i32>], &[&str]); 5] = [
            (&[], &[]),
            (&[Some(1), Some(1)], &[two]),
            (&[None], &["barrier"]),
            (&[Some(1), None, Some(1), Some(1)], &[one, "barrier", two]),
            (&[None, None, Some(1)], &["barrier", "barrier", one]),
        ];
        for (keys, expected) in cases {
            let events = keys.iter().zip(1..).map(|(key, n)| event(n, *key));
            assert_eq!(shape(&split(events.collect(), 2)), expected, "{keys:?}");
        }
    }

    async fn blocks(dispatch: &mut Dispatch) -> bool {
        let soon = Duration::from_millis(5);
        tokio::time::timeout(soon, dispatch.advance())
            .await
            .is_err()
    }

    #[tokio::test]
    async fn a_barrier_waits_for_all_lanes_and_holds_them_up() {
        let lines: Vec<Arc<Line>> = (0..2).map(|_| Arc::default()).collect();
        let mut dispatch = Dispatch::new(lines.clone());
        dispatch.give(vec![event(1, Some(1)), event(2, None), event(3, Some(1))]);
        dispatch.advance().await;
        assert!(blocks(&mut dispatch).await, "the barrier waits");
        let busy = lines.iter().find(|line| !line.queue.is_idle()).unwrap();
        busy.queue.finished(1, 0);
        dispatch.advance().await;
        assert!(!lines[0].queue.is_idle() && lines[1].queue.is_idle());
        assert!(blocks(&mut dispatch).await, "what is behind it waits");
        let mut events = VecDeque::new();
        if lines[0].queue.take(&mut events, 9, 99).is_first() {
            lines[0].queue.take(&mut events, 9, 99);
        }
        lines[0].queue.finished(1, 0);
        dispatch.advance().await; // settled
        dispatch.advance().await;
        assert!(!dispatch.is_busy());
        assert_eq!(dispatch.last().unwrap().hex(), "00000003");
    }

    impl Taken {
        fn is_first(&self) -> bool {
            matches!(self, Taken::Events)
        }
    }
}
