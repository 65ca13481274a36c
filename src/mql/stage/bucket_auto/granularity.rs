//! Series of preferred numbers, to which boundaries are rounded.

use bson::Bson;

use crate::value::{Decimal, Number};

/// A series of numbers, continued by its multiples by powers of ten; or the powers of two.
#[derive(Debug, Clone, Copy)]
pub(super) enum Granularity {
    Series(&'static [u16]),
    PowersOfTwo,
}

const R5: &[u16] = &[10, 16, 25, 40, 63];
const R10: &[u16] = &[100, 125, 160, 200, 250, 315, 400, 500, 630, 800];
const R20: &[u16] = &[
    100, 112, 125, 140, 160, 180, 200, 224, 250, 280, 315, 355, 400, 450, 500, 560, 630, 710, 800,
    900,
];
const R40: &[u16] = &[
    100, 106, 112, 118, 125, 132, 140, 150, 160, 170, 180, 190, 200, 212, 224, 236, 250, 265, 280,
    300, 315, 335, 355, 375, 400, 425, 450, 475, 500, 530, 560, 600, 630, 670, 710, 750, 800, 850,
    900, 950,
];
const R80: &[u16] = &[
    103, 109, 115, 122, 128, 136, 145, 155, 165, 175, 185, 195, 206, 218, 230, 243, 258, 272, 290,
    307, 325, 345, 365, 387, 412, 437, 462, 487, 515, 545, 575, 615, 650, 690, 730, 775, 825, 875,
    925, 975,
];
const ONE_TWO_FIVE: &[u16] = &[10, 20, 50];
const E6: &[u16] = &[10, 15, 22, 33, 47, 68];
const E12: &[u16] = &[10, 12, 15, 18, 22, 27, 33, 39, 47, 56, 68, 82];
const E24: &[u16] = &[
    10, 11, 12, 13, 15, 16, 18, 20, 22, 24, 27, 30, 33, 36, 39, 43, 47, 51, 56, 62, 68, 75, 82, 91,
];
const E48: &[u16] = &[
    100, 105, 110, 115, 121, 127, 133, 140, 147, 154, 162, 169, 178, 187, 196, 205, 215, 226, 237,
    249, 261, 274, 287, 301, 316, 332, 348, 365, 383, 402, 422, 442, 464, 487, 511, 536, 562, 590,
    619, 649, 681, 715, 750, 787, 825, 866, 909, 953,
];
const E96: &[u16] = &[
    100, 102, 105, 107, 110, 113, 115, 118, 121, 124, 127, 130, 133, 137, 140, 143, 147, 150, 154,
    158, 162, 165, 169, 174, 178, 182, 187, 191, 196, 200, 205, 210, 215, 221, 226, 232, 237, 243,
    249, 255, 261, 267, 274, 280, 287, 294, 301, 309, 316, 324, 332, 340, 348, 357, 365, 374, 383,
    392, 402, 412, 422, 432, 442, 453, 464, 475, 487, 499, 511, 523, 536, 549, 562, 576, 590, 604,
    619, 634, 649, 665, 681, 698, 715, 732, 750, 768, 787, 806, 825, 845, 866, 887, 909, 931, 953,
    976,
];
const E192: &[u16] = &[
    100, 101, 102, 104, 105, 106, 107, 109, 110, 111, 113, 114, 115, 117, 118, 120, 121, 123, 124,
    126, 127, 129, 130, 132, 133, 135, 137, 138, 140, 142, 143, 145, 147, 149, 150, 152, 154, 156,
    158, 160, 162, 164, 165, 167, 169, 172, 174, 176, 178, 180, 182, 184, 187, 189, 191, 193, 196,
    198, 200, 203, 205, 208, 210, 213, 215, 218, 221, 223, 226, 229, 232, 234, 237, 240, 243, 246,
    249, 252, 255, 258, 261, 264, 267, 271, 274, 277, 280, 284, 287, 291, 294, 298, 301, 305, 309,
    312, 316, 320, 324, 328, 332, 336, 340, 344, 348, 352, 357, 361, 365, 370, 374, 379, 383, 388,
    392, 397, 402, 407, 412, 417, 422, 427, 432, 437, 442, 448, 453, 459, 464, 470, 475, 481, 487,
    493, 499, 505, 511, 517, 523, 530, 536, 542, 549, 556, 562, 569, 576, 583, 590, 597, 604, 612,
    619, 626, 634, 642, 649, 657, 665, 673, 681, 690, 698, 706, 715, 723, 732, 741, 750, 759, 768,
    777, 787, 796, 806, 816, 825, 835, 845, 856, 866, 876, 887, 898, 909, 920, 931, 942, 953, 965,
    976, 988,
];

impl Granularity {
    /// The granularity of a name.
    pub(super) fn named(name: &str) -> Option<Self> {
        let series = match name {
            "R5" => R5,
            "R10" => R10,
            "R20" => R20,
            "R40" => R40,
            "R80" => R80,
            "1-2-5" => ONE_TWO_FIVE,
            "E6" => E6,
            "E12" => E12,
            "E24" => E24,
            "E48" => E48,
            "E96" => E96,
            "E192" => E192,
            "POWERSOF2" => return Some(Self::PowersOfTwo),
            _ => return None,
        };
        Some(Self::Series(series))
    }

    /// The next number of the series above a value (that is not negative); zero stays.
    pub(super) fn above(self, value: &Bson) -> Bson {
        self.rounded(value, true)
    }

    /// The next number of the series below a value; zero stays.
    pub(super) fn below(self, value: &Bson) -> Bson {
        self.rounded(value, false)
    }

    fn rounded(self, value: &Bson, up: bool) -> Bson {
        let Some(number) = Number::from_bson(value) else {
            return value.clone();
        };
        // What is infinite has no neighbours in a series.
        if number.is_zero() || !number.to_f64().is_finite() {
            return value.clone();
        }
        match self {
            Self::Series(series) => {
                let scale = Scale {
                    series,
                    value: number,
                };
                let found = if up { scale.above() } else { scale.below() };
                found.map_or_else(|| value.clone(), to_bson)
            }
            Self::PowersOfTwo => power_of_two(number, up),
        }
    }
}

fn to_bson(number: Number) -> Bson {
    match number {
        Number::Decimal(d) => Bson::Decimal128(d.0),
        other => Bson::Double(other.to_f64()),
    }
}

/// A value beside a series. Decimals are computed as decimals, all else as doubles, step by step as the server
/// does: the last digits depend on it.
struct Scale {
    series: &'static [u16],
    value: Number,
}

/// More steps of ten than any number needs.
const STEPS: usize = 7000;

impl Scale {
    fn decimal(&self) -> bool {
        matches!(self.value, Number::Decimal(_))
    }

    fn number(&self, n: f64) -> Number {
        match self.decimal() {
            true => Number::Decimal(Decimal::from_f64(n)),
            false => Number::Double(n),
        }
    }

    fn value(&self) -> Number {
        match self.decimal() {
            true => self.value,
            false => Number::Double(self.value.to_f64()),
        }
    }

    fn times(&self, n: u16, multiplier: Number) -> Number {
        self.number(f64::from(n)) * multiplier
    }

    fn ten(&self) -> Number {
        match self.decimal() {
            true => Number::Decimal(Decimal::from_i64(10)),
            false => Number::Double(10.0),
        }
    }

    fn one(&self) -> Number {
        match self.decimal() {
            true => Number::Decimal(Decimal::from_i64(1)),
            false => Number::Double(1.0),
        }
    }

    fn above(&self) -> Option<Number> {
        let (first, last) = (*self.series.first()?, *self.series.last()?);
        let value = self.value();
        let mut multiplier = self.one();
        for _ in 0..STEPS {
            if value < self.times(last, multiplier) {
                break;
            }
            multiplier = multiplier * self.ten();
        }
        for _ in 0..STEPS {
            let least = self.times(first, multiplier);
            if value >= least {
                break;
            }
            multiplier = multiplier / self.ten();
            if value >= self.times(last, multiplier) {
                return Some(least);
            }
        }
        let mut numbers = self.series.iter().map(|n| self.times(*n, multiplier));
        numbers.find(|n| value < *n)
    }

    fn below(&self) -> Option<Number> {
        let (first, last) = (*self.series.first()?, *self.series.last()?);
        let value = self.value();
        let mut multiplier = self.one();
        for _ in 0..STEPS {
            if value > self.times(first, multiplier) {
                break;
            }
            multiplier = multiplier / self.ten();
        }
        for _ in 0..STEPS {
            let greatest = self.times(last, multiplier);
            if value <= greatest {
                break;
            }
            multiplier = multiplier * self.ten();
            if value <= self.times(first, multiplier) {
                return Some(greatest);
            }
        }
        let mut numbers = self.series.iter().rev().map(|n| self.times(*n, multiplier));
        numbers.find(|n| *n < value)
    }
}

fn power_of_two(number: Number, up: bool) -> Bson {
    let value = number.to_f64();
    let log = value.log2();
    let exponent = match up {
        true => log.floor() + 1.0,
        false => log.ceil() - 1.0,
    };
    let power = exponent.exp2();
    if let Number::Decimal(_) = number {
        return Decimal::rounded(&all_digits(power))
            .map_or(Bson::Double(power), |d| Bson::Decimal128(d.0));
    }
    match exponent {
        0.0..31.0 => Bson::Int32(power as i32),
        31.0..63.0 => Bson::Int64(power as i64),
        _ => Bson::Double(power),
    }
}

/// The number with the 34 digits that a decimal has.
fn all_digits(x: f64) -> String {
    let text = format!("{x:.33e}");
    text.replace('e', "E")
}
