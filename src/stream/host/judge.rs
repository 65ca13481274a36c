//! Whether a new generation does worse than the old one (`onRegression: "rollback"`).

use crate::stream::lane::control::Outcome;

/// What is thought of a new generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It has not handled enough events yet.
    Open,
    /// It stays.
    Stays,
    /// It fails more often; how often, for people.
    Worse(String),
}

/// Judges a new generation by its first `after` events, against what the old one did in all its time.
/// One that did nothing is taken for one that never fails.
#[must_use]
pub fn judge(old: Outcome, new: Outcome, after: u32) -> Verdict {
    let (tried, before) = (new.handled + new.failed, old.handled + old.failed);
    if tried < u64::from(after.max(1)) {
        return Verdict::Open;
    }
    // new.failed / tried > old.failed / before, without dividing
    let (left, right) = (
        u128::from(new.failed) * u128::from(before.max(1)),
        u128::from(old.failed) * u128::from(tried),
    );
    if left <= right {
        return Verdict::Stays;
    }
    Verdict::Worse(format!(
        "{} of {tried} tries failed, and {} of {before} before",
        new.failed, old.failed
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generation_is_judged_by_its_rate_of_failures() {
        let outcome = |handled, failed| Outcome { handled, failed };
        let worse = |text: &str| Verdict::Worse(text.into());
        let cases = [
            (outcome(10, 0), outcome(5, 4), Verdict::Open),
            (outcome(10, 0), outcome(10, 0), Verdict::Stays),
            (
                outcome(10, 0),
                outcome(9, 1),
                worse("1 of 10 tries failed, and 0 of 10 before"),
            ),
            (outcome(90, 10), outcome(9, 1), Verdict::Stays),
            (
                outcome(90, 10),
                outcome(8, 2),
                worse("2 of 10 tries failed, and 10 of 100 before"),
            ),
            (outcome(0, 0), outcome(10, 0), Verdict::Stays),
            (
                outcome(0, 0),
                outcome(9, 1),
                worse("1 of 10 tries failed, and 0 of 0 before"),
            ),
            (outcome(0, 10), outcome(0, 10), Verdict::Stays),
        ];
        for (old, new, verdict) in cases {
            assert_eq!(judge(old, new, 10), verdict, "{old:?} {new:?}");
        }
    }
}
