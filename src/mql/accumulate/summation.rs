//! Sums of doubles that lose nothing that the server keeps.
//!
//! The sum is an unevaluated pair of doubles (2Sum and Fast2Sum; Boldo, Graillat, Muller, "On the robustness of the 2Sum and
//! Fast2Sum algorithms", 2016). The order of the operations decides the last bit, and results are compared with the
//! server's bit by bit.

use crate::value::{Decimal, Number};

/// A running sum of about 107 bits.
#[derive(Debug, Clone, Copy, Default)]
pub struct Summation {
    sum: f64,
    rest: f64,
    /// The plain sum, for what becomes NaN above because of an infinity.
    plain: f64,
}

impl Summation {
    /// Adds a double (or an int32, which is exact as one).
    pub fn add(&mut self, x: f64) {
        self.plain += x;
        let (x, rest) = fast_two_sum(x, self.rest);
        let (sum, x) = two_sum(self.sum, x);
        self.sum = sum;
        self.rest = rest + x;
    }

    /// Adds an integer without losing its low bits.
    pub fn add_long(&mut self, n: i64) {
        let high = n / (1 << 32) * (1 << 32);
        let low = n - high;
        self.add(low as f64);
        self.add(high as f64);
    }

    /// Adds another sum.
    pub fn add_sum(&mut self, other: &Summation) {
        if other.sum.is_nan() {
            self.add(other.plain);
        } else {
            self.add(other.sum);
            self.add(other.rest);
        }
    }

    /// The nearest double.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        if self.sum.is_nan() {
            self.plain
        } else {
            self.sum
        }
    }

    /// The decimal, with the 34 digits of both parts.
    #[must_use]
    pub fn to_decimal(self) -> Decimal {
        if self.sum.is_finite() {
            Decimal::from_f64_wide(self.sum) + Decimal::from_f64_wide(self.rest)
        } else {
            Decimal::from_f64_wide(self.plain)
        }
    }

    /// The integer, if the sum rounds to one within an int64.
    #[must_use]
    pub fn to_i64(self) -> Option<i64> {
        const LIMIT: f64 = 9_223_372_036_854_775_808.0;
        if !self.sum.is_finite() || self.sum.abs() > LIMIT {
            return None;
        }
        // Rounded twice, as the server does: 2.5 is 3, and then half too much. Both parts are exact as i128.
        let whole = self.sum.round();
        let rest = (self.sum - whole) + self.rest;
        i64::try_from(whole as i128 + rest.round() as i128).ok()
    }
}

fn fast_two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    (sum, b - (sum - a))
}

fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let a_part = sum - b;
    let b_part = sum - a_part;
    (sum, (a - a_part) + (b - b_part))
}

/// A sum of numbers of all types, as `$sum` and `$avg` keep it.
#[derive(Debug, Clone, Copy)]
pub struct Total {
    binary: Summation,
    decimal: Decimal,
    widest: Width,
    /// How many numbers were added.
    pub count: u64,
}

/// The widest type among the numbers of a sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Width {
    Int,
    Long,
    Double,
    Decimal,
}

impl Default for Total {
    fn default() -> Self {
        Self {
            binary: Summation::default(),
            decimal: Decimal::zero(),
            widest: Width::Int,
            count: 0,
        }
    }
}

impl Total {
    /// Adds a number.
    pub fn add(&mut self, number: Number) {
        let width = match number {
            Number::Int32(n) => {
                self.binary.add(n.into());
                Width::Int
            }
            Number::Int64(n) => {
                self.binary.add_long(n);
                Width::Long
            }
            Number::Double(x) => {
                self.binary.add(x);
                Width::Double
            }
            Number::Decimal(d) => {
                self.decimal = self.decimal + d;
                Width::Decimal
            }
        };
        self.widest = self.widest.max(width);
        self.count += 1;
    }

    /// The sum in the widest type of its numbers; integers go on as long and double.
    #[must_use]
    pub fn sum(&self) -> Number {
        match (self.widest, self.binary.to_i64()) {
            (Width::Decimal, _) => Number::Decimal(self.to_decimal()),
            (Width::Int, Some(n)) => Number::from_int(n),
            (Width::Long, Some(n)) => Number::Int64(n),
            _ => Number::Double(self.binary.to_f64()),
        }
    }

    /// What is not decimal of the sum, if it rounds to an int64.
    #[must_use]
    pub fn to_i64(&self) -> Option<i64> {
        self.binary.to_i64()
    }

    /// The average; `None` of no numbers.
    #[must_use]
    pub fn average(&self) -> Option<Number> {
        match self.count {
            0 => None,
            n if self.widest == Width::Decimal => {
                let count = Decimal::from_i64(i64::try_from(n).unwrap_or(i64::MAX));
                Some(Number::Decimal(self.to_decimal() / count))
            }
            n => Some(Number::Double(self.binary.to_f64() / n as f64)),
        }
    }

    fn to_decimal(self) -> Decimal {
        self.decimal + self.binary.to_decimal()
    }
}
