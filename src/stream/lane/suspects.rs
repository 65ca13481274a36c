//! Finding the event that makes a batch fail.

/// How many events the next batch takes, after one has failed.
///
/// A batch that failed is undone, and somewhere among its events is the one to blame. Where the
/// handler failed at one of them, those before it are done first, together, and it comes alone;
/// but what was held back fails when it is sent, under whatever event that happens. So the lane
/// halves what is suspected until a single event fails, which then is the one: 1,000 events take some
/// twenty transactions to find it, and not 1,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Suspects {
    /// How many of the next events have one among them that fails.
    among: usize,
    /// How many of them are tried next.
    next: usize,
}

impl Suspects {
    /// How many events the next batch may have, where `most` is the rule.
    #[must_use]
    pub fn limit(&self, most: usize) -> usize {
        match self.among {
            0 => most.max(1),
            _ => self.next.clamp(1, most.max(1)),
        }
    }

    /// Whether an event is looked for: what is tried may be what fails.
    #[must_use]
    pub fn any(&self) -> bool {
        self.among > 0
    }

    /// A batch of `events` failed and was undone; the handler failed `at` one of them, if it did.
    pub fn failed(&mut self, events: usize, at: Option<usize>) {
        match at {
            Some(at) if at < events => {
                self.among = at + 1;
                self.next = if at > 0 { at } else { 1 };
            }
            _ => {
                self.among = events;
                self.next = events / 2;
            }
        }
    }

    /// A batch of `events` is done.
    pub fn passed(&mut self, events: usize) {
        self.among = self.among.saturating_sub(events);
        self.next = self.among.div_ceil(2);
    }
}

#[cfg(test)]
mod tests {
    use super::Suspects;

    /// Runs `events` events of which `bad` fails, in the way of a lane; gives the sizes of batches.
    fn search(events: usize, bad: usize, tells: bool) -> Vec<usize> {
        let (mut done, mut suspects, mut sizes) = (0, Suspects::default(), Vec::new());
        while done < events {
            let n = suspects.limit(1000).min(events - done);
            sizes.push(n);
            if !(done..done + n).contains(&bad) {
                done += n;
                suspects.passed(n);
            } else if n == 1 {
                assert_eq!(done, bad);
                done += 1; // put aside
                suspects.passed(1);
            } else {
                suspects.failed(n, tells.then_some(bad - done));
            }
        }
        sizes
    }

    #[test]
    fn a_handler_that_says_where_it_failed_is_believed_first() {
        assert_eq!(search(1000, 700, true), [1000, 700, 1, 299]);
        assert_eq!(search(1000, 0, true), [1000, 1, 999]);
        assert_eq!(search(1, 0, true), [1]);
    }

    #[test]
    fn one_that_does_not_is_found_by_halves() {
        for bad in [0, 1, 499, 500, 700, 998, 999] {
            let sizes = search(1000, bad, false);
            assert!(sizes.len() <= 25, "{bad}: {sizes:?}");
        }
    }

    #[test]
    fn a_handler_that_says_it_wrongly_is_caught() {
        // What the first event wrote is refused when it is sent, under the last one.
        let mut suspects = Suspects::default();
        suspects.failed(10, Some(9));
        assert_eq!(suspects.limit(1000), 9);
        suspects.failed(9, None);
        assert_eq!(suspects.limit(1000), 4);
        suspects.failed(4, Some(3));
        assert_eq!(suspects.limit(1000), 3);
        suspects.failed(3, Some(1));
        assert_eq!(suspects.limit(1000), 1);
    }
}
