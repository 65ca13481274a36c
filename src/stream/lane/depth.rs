//! How deep an event is: whether it is the effect of an effect of an effect …
//!
//! A handler that writes to what its stream watches may call itself for ever. Change events of a
//! transaction tell whose it was (`lsid`, `txnNumber`), so an event that comes of a batch of this
//! process's is known for one, and is one deeper than the deepest event of that batch. Effects of
//! `at-least-once` streams and those of another process are not known: they count as fresh.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::stream::source::TransactionId;

/// How many transactions are remembered, the latest ones.
const REMEMBERED: usize = 1 << 16;

/// The depths of the effects of one process's batches.
#[derive(Debug, Default)]
pub struct Depths {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    depths: HashMap<TransactionId, u32>,
    order: VecDeque<TransactionId>,
}

impl Depths {
    /// The depth of an event that a transaction made; 0 for one that nobody knows.
    #[must_use]
    pub fn of(&self, transaction: Option<TransactionId>) -> u32 {
        let Some(transaction) = transaction else {
            return 0;
        };
        let inner = self.inner();
        inner.depths.get(&transaction).copied().unwrap_or(0)
    }

    /// The effects of a transaction will have this depth. To be said before it commits: its events
    /// may be here before the reply is.
    pub fn expect(&self, transaction: TransactionId, depth: u32) {
        let mut inner = self.inner();
        if inner.depths.insert(transaction, depth).is_none() {
            inner.order.push_back(transaction);
        }
        if inner.order.len() > REMEMBERED
            && let Some(oldest) = inner.order.pop_front()
        {
            inner.depths.remove(&oldest);
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transaction(number: i64) -> TransactionId {
        TransactionId {
            session: [7; 16],
            number,
        }
    }

    #[test]
    fn effects_are_known_by_their_transaction() {
        let depths = Depths::default();
        assert_eq!(depths.of(None), 0);
        assert_eq!(depths.of(Some(transaction(1))), 0);
        depths.expect(transaction(1), 4);
        assert_eq!(depths.of(Some(transaction(1))), 4);
        assert_eq!(depths.of(Some(transaction(2))), 0);
    }

    #[test]
    fn only_the_latest_are_remembered() {
        let depths = Depths::default();
        for number in 0..=i64::try_from(REMEMBERED).unwrap() {
            depths.expect(transaction(number), 1);
            depths.expect(transaction(number), 1);
        }
        assert_eq!(depths.of(Some(transaction(0))), 0);
        assert_eq!(depths.of(Some(transaction(1))), 1);
    }
}
