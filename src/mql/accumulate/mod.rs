//! Many values become one: `$group`'s accumulators, and the window functions of `$setWindowFields`.
//!
//! A stage parses a field of `$group` once ([`AccumulatorSpec::parse_field`]), starts one [`Accumulator`] per group
//! ([`AccumulatorSpec::start`]; it needs the group's `_id`, since `n` of `$firstN` may be computed from it), and for each
//! document evaluates the argument ([`AccumulatorSpec::evaluate`]) and adds it. Argument and accumulator are apart so that a
//! stage that runs out of memory can write evaluated arguments to disk.
//!
//! [`WindowSpec`] is a field of `$setWindowFields`' `output`: it is parsed with its window, and computes its values for a whole
//! sorted partition.
//!
//! Invariants:
//! - Sums are the server's to the last bit ([`summation`]).
//! - No accumulator holds more than 100 MB of values: it fails with `ExceededMemoryLimit` (146) first, as the server's.
//! - Where the server runs a leading `$group` in its other engine (SBE) with other error codes, those are the ones used here.

mod extremes;
mod lists;
pub mod memory;
mod merge_objects;
mod numbers;
mod spec;
pub mod summation;
mod top;
mod window;

#[cfg(test)]
mod tests;

use bson::Bson;

use super::error::Result;
use crate::value::Number;
pub(crate) use spec::of_values;
pub use spec::{AccumulatorSpec, names as accumulator_names};
pub use window::{WindowSpec, names as window_names};

/// The state of one group's field.
pub trait Accumulator: Send {
    /// Takes an evaluated argument.
    ///
    /// # Errors
    /// A value that the operator does not take; too much memory.
    fn add(&mut self, value: Option<Bson>) -> Result<()>;

    /// The same of a number, which those that compute with numbers take as it is.
    ///
    /// # Errors
    /// As [`Accumulator::add`].
    fn add_number(&mut self, number: Number) -> Result<()> {
        self.add(Some(number.into()))
    }

    /// The result of what was added so far.
    fn value(&self) -> Option<Bson>;

    /// The result at the end.
    fn finish(self: Box<Self>) -> Option<Bson> {
        self.value()
    }

    /// Whether a further value could change the result.
    fn needs_more(&self) -> bool {
        true
    }

    /// About how many bytes it holds beyond its own fixed size.
    fn size(&self) -> usize {
        0
    }
}

/// A value that is neither missing nor null.
fn present(value: Option<Bson>) -> Option<Bson> {
    value.filter(|v| !matches!(v, Bson::Null | Bson::Undefined))
}
