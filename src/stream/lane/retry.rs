//! Pauses between tries.

use std::time::Duration;

use crate::stream::spec::Retry;

/// Where chance comes from: a number from 0 up to 1.
pub trait Chance: Send {
    /// The next one.
    fn next(&mut self) -> f64;
}

/// Chance from a seed (SplitMix64): the same seed, the same pauses.
#[derive(Debug, Clone)]
pub struct Seeded(u64);

impl Seeded {
    /// From this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// From the time and this process, so that hosts that fail together do not come back together.
    #[must_use]
    pub fn from_time() -> Self {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let nanos = now.map_or(0, |now| now.subsec_nanos());
        Self((u64::from(std::process::id()) << 32) ^ u64::from(nanos))
    }
}

impl Chance for Seeded {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let bits = (z ^ (z >> 31)) >> 32;
        f64::from(u32::try_from(bits).unwrap_or(0)) / f64::from(u32::MAX)
    }
}

/// The pause after `failures` failed tries in a row: it doubles from `retry.first` to
/// `retry.longest`, and is shortened at random by up to a half.
#[must_use]
pub fn pause(retry: &Retry, failures: u32, chance: &mut dyn Chance) -> Duration {
    let doublings = failures.saturating_sub(1).min(24);
    let longest = retry.longest.max(retry.first);
    let whole = retry.first.saturating_mul(1 << doublings).min(longest);
    whole.mul_f64(1.0 - chance.next().clamp(0.0, 1.0) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Always(f64);

    impl Chance for Always {
        fn next(&mut self) -> f64 {
            self.0
        }
    }

    #[test]
    fn pauses_double_up_to_a_bound_and_are_shortened_by_chance() {
        let retry = Retry::default();
        let millis = |chance: f64| {
            let pauses = (1..=9).map(|n| pause(&retry, n, &mut Always(chance)).as_millis());
            pauses.collect::<Vec<_>>()
        };
        let whole = [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000];
        assert_eq!(millis(0.0), whole);
        assert_eq!(millis(1.0), whole.map(|n| n / 2));
        assert_eq!(
            pause(&retry, u32::MAX, &mut Always(0.0)),
            Duration::from_secs(10)
        );
    }

    #[test]
    fn chance_is_even_and_repeatable() {
        let draw = |seed| {
            let mut chance = Seeded::new(seed);
            (0..1000).map(|_| chance.next()).collect::<Vec<_>>()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        let mean = draw(7).iter().sum::<f64>() / 1000.0;
        assert!((0.45..0.55).contains(&mean), "{mean}");
        assert!(draw(7).iter().all(|n| (0.0..=1.0).contains(n)));
    }
}
