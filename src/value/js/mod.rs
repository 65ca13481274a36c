//! JavaScript's numbers as text, and text as JavaScript's numbers.

mod notation;
mod radix;
mod read;

pub use notation::{js_number, to_exponential, to_fixed, to_precision};
pub use radix::to_radix;
pub use read::{parse_float, parse_int, to_number};

/// What JavaScript's bit operators make of a number: its integer part modulo 2^32, signed; 0 for NaN.
pub fn to_int32(x: f64) -> i32 {
    if !x.is_finite() {
        return 0;
    }
    let modulo = x.trunc().rem_euclid(4_294_967_296.0);
    modulo as u32 as i32
}

#[cfg(test)]
mod tests;
