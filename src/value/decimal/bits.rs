//! The encoding: sign, exponent and coefficient of the 128 bits.

use bson::Decimal128;

use super::Decimal;

const SIGN: u128 = 1 << 127;
const SPECIAL: u128 = 0b11 << 125;
const INFINITY: u128 = 0b11110 << 122;
const NAN: u128 = 0b11111 << 122;
const EXPONENT_SHIFT: u32 = 113;
const EXPONENT_MASK: u128 = 0x3fff;
const BIAS: i32 = 6176;
const MAX_COEFFICIENT: u128 = 10_u128.pow(34) - 1;

/// A decimal taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parts {
    Nan,
    Infinite {
        negative: bool,
    },
    Finite {
        negative: bool,
        coefficient: u128,
        exponent: i32,
    },
}

impl Decimal {
    pub(super) fn from_bits(bits: u128) -> Decimal {
        Decimal(Decimal128::from_bytes(bits.to_le_bytes()))
    }

    pub(super) fn bits(self) -> u128 {
        u128::from_le_bytes(self.0.bytes())
    }

    pub(super) fn parts(self) -> Parts {
        let bits = self.bits();
        let negative = bits & SIGN != 0;
        if bits & NAN == NAN {
            return Parts::Nan;
        }
        if bits & NAN == INFINITY {
            return Parts::Infinite { negative };
        }
        // The second form holds only coefficients beyond 34 digits, which IEEE 754 reads as zero.
        let wide = bits & SPECIAL == SPECIAL;
        let shift = if wide {
            EXPONENT_SHIFT - 2
        } else {
            EXPONENT_SHIFT
        };
        let exponent = ((bits >> shift) & EXPONENT_MASK) as i32 - BIAS;
        let coefficient = bits & ((1 << EXPONENT_SHIFT) - 1);
        let coefficient = if wide || coefficient > MAX_COEFFICIENT {
            0
        } else {
            coefficient
        };
        Parts::Finite {
            negative,
            coefficient,
            exponent,
        }
    }

    /// The number without its sign.
    pub fn abs(self) -> Decimal {
        Decimal::from_bits(self.bits() & !SIGN)
    }

    pub(super) fn negated(self) -> Decimal {
        Decimal::from_bits(self.bits() ^ SIGN)
    }
}

/// Not a number.
pub(super) fn nan() -> Decimal {
    Decimal::from_bits(NAN)
}

/// An infinity.
pub(super) fn infinity(negative: bool) -> Decimal {
    Decimal::from_bits(if negative { SIGN } else { 0 } | INFINITY)
}

/// A finite decimal; the coefficient has at most 34 digits and the exponent is in range.
pub(super) fn finite(negative: bool, coefficient: u128, exponent: i32) -> Decimal {
    let exponent = ((exponent + BIAS) as u128 & EXPONENT_MASK) << EXPONENT_SHIFT;
    Decimal::from_bits(if negative { SIGN } else { 0 } | exponent | coefficient)
}
