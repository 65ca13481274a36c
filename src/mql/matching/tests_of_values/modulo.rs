//! `$mod`

use bson::Bson;

use crate::value::Decimal;

/// What the remainder must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Modulo {
    /// Not zero.
    pub divisor: i64,
    /// With the sign of the dividend.
    pub remainder: i64,
}

impl Modulo {
    /// Whether a value, without its fraction, leaves this remainder.
    #[must_use]
    pub fn matches(self, value: Option<&Bson>) -> bool {
        let dividend = value.and_then(whole);
        dividend.is_some_and(|n| n.checked_rem(self.divisor).unwrap_or(0) == self.remainder)
    }
}

fn whole(value: &Bson) -> Option<i64> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    match value {
        Bson::Int32(n) => Some((*n).into()),
        Bson::Int64(n) => Some(*n),
        Bson::Double(x) => (-LIMIT..LIMIT).contains(x).then_some(*x as i64),
        Bson::Decimal128(d) => Decimal::from(*d).trunc_to_i64(),
        _ => None,
    }
}
