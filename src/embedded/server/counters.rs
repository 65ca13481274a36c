//! What `serverStatus` counts.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters of commands and bytes.
#[derive(Debug, Default)]
pub struct Counters {
    /// `opcounters`: insert, query, update, delete, getmore, command.
    operations: [AtomicU64; 6],
    /// Bytes in, bytes out, messages.
    network: [AtomicU64; 3],
}

/// The names of `opcounters`.
pub const OPERATIONS: [&str; 6] = ["insert", "query", "update", "delete", "getmore", "command"];

impl Counters {
    /// Counts a command by its name.
    pub fn count(&self, command: &str) {
        let place = match command {
            "insert" => 0,
            "find" => 1,
            "update" => 2,
            "delete" => 3,
            "getMore" => 4,
            _ => 5,
        };
        if let Some(counter) = self.operations.get(place) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts a message and its answer.
    pub fn message(&self, bytes_in: usize, bytes_out: usize) {
        for (counter, by) in self.network.iter().zip([bytes_in, bytes_out, 1]) {
            counter.fetch_add(by as u64, Ordering::Relaxed);
        }
    }

    /// The counts of [`OPERATIONS`].
    #[must_use]
    pub fn operations(&self) -> [u64; 6] {
        std::array::from_fn(|n| read(self.operations.get(n)))
    }

    /// Bytes in, bytes out, messages.
    #[must_use]
    pub fn network(&self) -> [u64; 3] {
        std::array::from_fn(|n| read(self.network.get(n)))
    }
}

fn read(counter: Option<&AtomicU64>) -> u64 {
    counter.map_or(0, |c| c.load(Ordering::Relaxed))
}
