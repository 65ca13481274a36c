//! Positions as JavaScript's methods take them.

use super::convert::to_f64;
use crate::script::api::Call;

/// Argument `i` as a place in something of `len`: negative ones count from the end, all others are
/// brought within it; `default` where it is missing.
#[must_use]
pub fn relative(call: &Call<'_>, i: usize, len: usize, default: usize) -> usize {
    match integer(call, i) {
        None => default,
        Some(at) => clamp(if at < 0.0 { at + float(len) } else { at }, len),
    }
}

/// The same without counting from the end: what is negative is 0.
#[must_use]
pub fn absolute(call: &Call<'_>, i: usize, len: usize, default: usize) -> usize {
    integer(call, i).map_or(default, |at| clamp(at, len))
}

/// Argument `i` as a place of one item; `None` where there is no such item.
#[must_use]
pub fn item(call: &Call<'_>, i: usize, len: usize) -> Option<usize> {
    let at = integer(call, i).unwrap_or(0.0);
    let at = if at < 0.0 { at + float(len) } else { at };
    (at >= 0.0 && at < float(len)).then(|| clamp(at, len))
}

/// Argument `i` as a whole number, if it is given; NaN is 0.
#[must_use]
pub fn integer(call: &Call<'_>, i: usize) -> Option<f64> {
    let at = to_f64(&call.given(i)?).trunc();
    Some(if at.is_nan() { 0.0 } else { at })
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // brought within 0 and len
fn clamp(at: f64, len: usize) -> usize {
    at.max(0.0).min(float(len)) as usize
}

#[allow(clippy::cast_precision_loss)] // nothing in memory is that long
fn float(len: usize) -> f64 {
    len as f64
}
