//! From tests to intervals of values, and from intervals to ranges of keys.

mod build;
mod interval;
mod prefix;
mod ranges;

pub use build::{Bounds, Tightness, Traits, of_negated, of_test};
pub use interval::{Edge, Interval, Intervals};
pub use ranges::{IndexBounds, KeyRanges, Probe};

#[cfg(test)]
mod tests;
