//! What is decided about failures, apart from how it is done.

use std::time::Duration;

/// The first pause before a second try.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The longest pause between two tries; an election takes about as long.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// What to do about a handler that fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Policy {
    /// What to do about a failure that no second try can mend.
    pub on_failure: OnFailure,
}

/// What to do about an event whose handler fails for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnFailure {
    /// Keep the event, and try again once the handler was edited: no event is lost, none
    /// overtakes another.
    #[default]
    WaitForEdit,
    /// End the stream before the event; a restart begins with it.
    Stop,
}

/// What is done about one failed try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Try again after this pause, or sooner once the handler was edited.
    Again(Duration),
    /// Try again once the handler was edited.
    AfterEdit,
    /// End the stream.
    Stop,
}

impl Policy {
    /// What to do after `attempts` failed tries of one event.
    #[must_use]
    pub fn decide(&self, transient: bool, attempts: u32) -> Decision {
        match (transient, self.on_failure) {
            (true, _) => Decision::Again(pause(attempts)),
            (false, OnFailure::WaitForEdit) => Decision::AfterEdit,
            (false, OnFailure::Stop) => Decision::Stop,
        }
    }
}

/// The pause after `attempts` failed tries: doubles from [`FIRST_PAUSE`] up to [`LONGEST_PAUSE`].
#[must_use]
pub fn pause(attempts: u32) -> Duration {
    FIRST_PAUSE
        .saturating_mul(1 << attempts.saturating_sub(1).min(10))
        .min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_bound() {
        let millis: Vec<u128> = (1..=9).map(|n| pause(n).as_millis()).collect();
        assert_eq!(
            millis,
            [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]
        );
        assert_eq!(pause(u32::MAX), LONGEST_PAUSE);
    }

    #[test]
    fn only_a_transient_failure_is_tried_again_by_itself() {
        let policy = Policy::default();
        assert_eq!(policy.decide(true, 1), Decision::Again(FIRST_PAUSE));
        assert_eq!(policy.decide(false, 1), Decision::AfterEdit);
        let stop = Policy {
            on_failure: OnFailure::Stop,
        };
        assert_eq!(stop.decide(false, 3), Decision::Stop);
    }
}
