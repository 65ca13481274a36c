//! Trigonometry in decimals, by series in about 100 digits, rounded to 34.
//!
//! The server computes these in binary quadruple precision and converts, so its last digit is sometimes another; the
//! exponents of its zeros and ones are matched.

use dec::Context;

use super::Decimal;
use super::bits::{Parts, finite};

/// 120 digits.
type Wide = dec::Decimal<40>;

const PRECISION: usize = 110;
const PI: &str = "3.1415926535897932384626433832795028841971693993751058209749445923078164062862089986280348253421170679821480865132823066470938446";
/// Where a further term of a series adds nothing any more.
const LEAST: &str = "1E-105";
/// The exponent of the zero that some of the functions have.
const DEEPEST: i32 = -6176;

/// The arithmetic of one computation.
pub(super) struct Work(Context<Wide>);

impl Work {
    fn new() -> Self {
        let mut context = Context::default();
        // 110 is within the 120 digits that the type holds.
        let _ = context.set_precision(PRECISION);
        // `exp` and `ln` refuse to work where exponents have no such limits.
        let _ = context.set_max_exponent(99_999);
        let _ = context.set_min_exponent(-99_999);
        Self(context)
    }

    fn parse(&mut self, text: &str) -> Wide {
        self.0.parse(text).unwrap_or_else(|_| Wide::nan())
    }

    fn int(&mut self, n: i32) -> Wide {
        Wide::from(n)
    }

    fn add(&mut self, a: &Wide, b: &Wide) -> Wide {
        let mut sum = *a;
        self.0.add(&mut sum, b);
        sum
    }

    fn sub(&mut self, a: &Wide, b: &Wide) -> Wide {
        let mut difference = *a;
        self.0.sub(&mut difference, b);
        difference
    }

    fn mul(&mut self, a: &Wide, b: &Wide) -> Wide {
        let mut product = *a;
        self.0.mul(&mut product, b);
        product
    }

    fn div(&mut self, a: &Wide, b: &Wide) -> Wide {
        let mut quotient = *a;
        self.0.div(&mut quotient, b);
        quotient
    }

    fn sqrt(&mut self, a: &Wide) -> Wide {
        let mut root = *a;
        self.0.sqrt(&mut root);
        root
    }

    pub(super) fn exp(&mut self, a: &Wide) -> Wide {
        let mut e = *a;
        self.0.exp(&mut e);
        e
    }

    pub(super) fn ln(&mut self, a: &Wide) -> Wide {
        let mut l = *a;
        self.0.ln(&mut l);
        l
    }

    pub(super) fn log10(&mut self, a: &Wide) -> Wide {
        let mut l = *a;
        self.0.log10(&mut l);
        l
    }

    fn of(&mut self, d: Decimal) -> Wide {
        self.parse(&d.to_string())
    }

    fn is_less(&mut self, a: &Wide, b: &Wide) -> bool {
        self.0.partial_cmp(a, b) == Some(std::cmp::Ordering::Less)
    }

    fn abs(&mut self, a: &Wide) -> Wide {
        if a.is_negative() { -*a } else { *a }
    }

    /// `x ± x³/3! + x⁵/5! ±…`, or from 1 and `x²/2!` for the even ones.
    fn series(&mut self, x: &Wide, even: bool, alternating: bool) -> Wide {
        let square = self.mul(x, x);
        let mut term = if even { self.int(1) } else { *x };
        let mut sum = term;
        let least = self.parse(LEAST);
        for n in 1..200_i32 {
            let k = 2 * n + i32::from(!even);
            let divisor = self.int(k * (k - 1));
            term = self.mul(&term, &square);
            term = self.div(&term, &divisor);
            if alternating {
                term = -term;
            }
            sum = self.add(&sum, &term);
            let (size, bound) = (self.abs(&term), self.abs(&sum));
            let bound = self.mul(&bound, &least);
            if term.is_zero() || self.is_less(&size, &bound) {
                break;
            }
        }
        sum
    }

    /// The quadrant and the rest within ±π/4.
    fn reduce(&mut self, x: &Wide) -> (u8, Wide) {
        let half_pi = self.half_pi();
        let turns = self.div(x, &half_pi);
        let mut whole = turns;
        self.0.round(&mut whole);
        let back = self.mul(&whole, &half_pi);
        let rest = self.sub(x, &back);
        let four = self.int(4);
        let mut quadrant = whole;
        self.0.rem(&mut quadrant, &four);
        let quadrant: i32 = quadrant.to_string().parse().unwrap_or(0);
        let quadrant = quadrant.rem_euclid(4);
        (u8::try_from(quadrant).unwrap_or(0), rest)
    }

    fn half_pi(&mut self) -> Wide {
        let (pi, two) = (self.parse(PI), self.int(2));
        self.div(&pi, &two)
    }

    fn sin_cos(&mut self, x: &Wide) -> (Wide, Wide) {
        let (quadrant, rest) = self.reduce(x);
        let sin = self.series(&rest, false, true);
        let cos = self.series(&rest, true, true);
        match quadrant {
            0 => (sin, cos),
            1 => (cos, -sin),
            2 => (-sin, -cos),
            _ => (-cos, sin),
        }
    }

    fn atan(&mut self, x: &Wide) -> Wide {
        let one = self.int(1);
        if x.is_infinite() {
            let half_pi = self.half_pi();
            return if x.is_negative() { -half_pi } else { half_pi };
        }
        // Halved until the series is short: atan x = 2 atan(x / (1 + √(1 + x²))).
        let mut y = *x;
        for _ in 0..4 {
            let square = self.mul(&y, &y);
            let sum = self.add(&one, &square);
            let root = self.sqrt(&sum);
            let below = self.add(&one, &root);
            y = self.div(&y, &below);
        }
        let square = self.mul(&y, &y);
        let least = self.parse(LEAST);
        let (mut power, mut sum) = (y, y);
        for n in 1..400_i32 {
            power = self.mul(&power, &square);
            power = -power;
            let divisor = self.int(2 * n + 1);
            let term = self.div(&power, &divisor);
            sum = self.add(&sum, &term);
            let (size, bound) = (self.abs(&term), self.abs(&sum));
            let bound = self.mul(&bound, &least);
            if term.is_zero() || self.is_less(&size, &bound) {
                break;
            }
        }
        let sixteen = self.int(16);
        self.mul(&sum, &sixteen)
    }

    /// `√(1 − x²)`
    fn complement(&mut self, x: &Wide) -> Wide {
        let one = self.int(1);
        let (below, above) = (self.sub(&one, x), self.add(&one, x));
        let product = self.mul(&below, &above);
        self.sqrt(&product)
    }

    /// The nearest number of 113 binary digits, which is what the server's computation ends with.
    fn binary(&mut self, x: &Wide) -> Wide {
        const BITS: i32 = 113;
        if x.is_zero() || !x.is_finite() {
            return *x;
        }
        let two = self.int(2);
        // Not above the binary exponent; the loop finds it.
        let decimal = f64::from(x.exponent()) + f64::from(x.digits()) - 1.0;
        let mut size = (decimal * std::f64::consts::LOG2_10).floor() as i32;
        loop {
            let mut scale = two;
            let power = self.int(BITS - 1 - size);
            self.0.pow(&mut scale, &power);
            let mut scaled = self.mul(x, &scale);
            self.0.round(&mut scaled);
            let (least, mut most) = (self.abs(&scaled), two);
            let bits = self.int(BITS);
            self.0.pow(&mut most, &bits);
            if self.is_less(&most, &least) {
                size += 1;
                continue;
            }
            return self.div(&scaled, &scale);
        }
    }

    /// Rounded to 34 digits, with zeros at the end where it is not exact.
    fn finish(&mut self, x: &Wide) -> Decimal {
        let x = &self.binary(x);
        if !x.is_finite() {
            return Decimal::rounded(&x.to_string()).unwrap_or_else(|_| Decimal::nan());
        }
        let padded = self.0.precision();
        let _ = self.0.set_precision(34);
        let mut rounded = *x;
        self.0.plus(&mut rounded);
        let _ = self.0.set_precision(padded);
        match Decimal::rounded(&rounded.to_string()) {
            Ok(d) => d.padded(),
            Err(super::DecimalError::Overflow) => super::bits::infinity(x.is_negative()),
            Err(_) => Decimal::nan(),
        }
    }
}

impl Decimal {
    /// With as many zeros at the end as there is room for; ±1 stays as it is.
    fn padded(self) -> Decimal {
        let Parts::Finite {
            negative,
            mut coefficient,
            mut exponent,
        } = self.parts()
        else {
            return self;
        };
        if coefficient == 0 || self.abs() == Decimal::from_i64(1) {
            return self.without_decimal_zeros();
        }
        while coefficient < 10_u128.pow(33) && exponent > DEEPEST {
            (coefficient, exponent) = (coefficient * 10, exponent - 1);
        }
        finite(negative, coefficient, exponent)
    }

    /// A zero of this one's sign.
    fn zero_like(self, exponent: i32) -> Decimal {
        finite(self.is_negative(), 0, exponent)
    }

    fn one_padded() -> Decimal {
        finite(false, 10_u128.pow(33), -33)
    }

    /// A function that is computed from the nearest binary number; what is exact has no zeros at the end.
    pub(super) fn binary_function(self, f: impl FnOnce(&mut Work, Wide) -> Wide) -> Decimal {
        if self.is_nan() {
            return Decimal::nan();
        }
        let mut work = Work::new();
        let x = work.of(self);
        let y = f(&mut work, x);
        let y = work.binary(&y);
        let result = work.finish(&y);
        let back = work.of(result);
        if back == y {
            return result.without_decimal_zeros();
        }
        result
    }

    fn function(self, f: impl FnOnce(&mut Work, Wide) -> Wide) -> Decimal {
        if self.is_nan() {
            return Decimal::nan();
        }
        let mut work = Work::new();
        let x = work.of(self);
        let y = f(&mut work, x);
        work.finish(&y)
    }

    /// The sine of an angle in radians.
    pub fn sin(self) -> Decimal {
        if self.is_zero() {
            return self;
        }
        self.function(|w, x| w.sin_cos(&x).0)
    }

    /// The cosine of an angle in radians.
    pub fn cos(self) -> Decimal {
        if self.is_zero() {
            return Decimal::one_padded();
        }
        self.function(|w, x| w.sin_cos(&x).1)
    }

    /// The tangent of an angle in radians.
    pub fn tan(self) -> Decimal {
        if self.is_zero() {
            return self.zero_like(-40);
        }
        self.function(|w, x| {
            let (sin, cos) = w.sin_cos(&x);
            w.div(&sin, &cos)
        })
    }

    /// The angle whose sine it is.
    pub fn asin(self) -> Decimal {
        if self.is_zero() {
            return self.zero_like(-40);
        }
        self.function(|w, x| {
            let cos = w.complement(&x);
            let (tan, sign) = (w.div(&x, &cos), x.is_negative());
            if cos.is_zero() {
                let half_pi = w.half_pi();
                return if sign { -half_pi } else { half_pi };
            }
            w.atan(&tan)
        })
    }

    /// The angle whose cosine it is.
    pub fn acos(self) -> Decimal {
        if self == Decimal::from_i64(1) {
            return finite(false, 0, DEEPEST);
        }
        self.function(|w, x| {
            let one = w.int(1);
            let (below, above) = (w.sub(&one, &x), w.add(&one, &x));
            if above.is_zero() {
                return w.parse(PI);
            }
            let quotient = w.div(&below, &above);
            let root = w.sqrt(&quotient);
            let (half, two) = (w.atan(&root), w.int(2));
            w.mul(&half, &two)
        })
    }

    /// The angle whose tangent it is.
    pub fn atan(self) -> Decimal {
        if self.is_zero() {
            return self;
        }
        self.function(|w, x| w.atan(&x))
    }

    /// The angle of the point (`x`, `self`).
    pub fn atan2(self, x: Decimal) -> Decimal {
        let y = self;
        if y.is_nan() || x.is_nan() {
            return Decimal::nan();
        }
        if y.is_zero() && !x.is_negative()
            || (x.is_infinite() && !x.is_negative() && !y.is_infinite())
        {
            return y.zero_like(DEEPEST);
        }
        let angle = |w: &mut Work| {
            let (pi, half_pi) = (w.parse(PI), w.half_pi());
            if x.is_infinite() && y.is_infinite() {
                let two = w.int(2);
                let quarter = w.div(&half_pi, &two);
                return if x.is_negative() {
                    w.sub(&pi, &quarter)
                } else {
                    quarter
                };
            }
            if y.is_infinite() || x.is_zero() && !y.is_zero() {
                return half_pi;
            }
            if y.is_zero() || x.is_infinite() {
                return pi;
            }
            let (y, x) = (w.of(y.abs()), w.of(x));
            let quotient = w.div(&y, &x);
            let angle = w.atan(&quotient);
            if x.is_negative() {
                w.add(&angle, &pi)
            } else {
                angle
            }
        };
        let mut work = Work::new();
        let positive = angle(&mut work);
        let result = work.finish(&positive);
        if y.is_negative() { -result } else { result }
    }

    /// The hyperbolic sine.
    pub fn sinh(self) -> Decimal {
        if self.is_zero() {
            return self.zero_like(-40);
        }
        self.function(|w, x| {
            let (one, size) = (w.int(1), w.abs(&x));
            if w.is_less(&size, &one) {
                return w.series(&x, false, false);
            }
            let (up, down, two) = (w.exp(&x), w.exp(&-x), w.int(2));
            let difference = w.sub(&up, &down);
            w.div(&difference, &two)
        })
    }

    /// The hyperbolic cosine.
    pub fn cosh(self) -> Decimal {
        if self.is_zero() {
            return Decimal::one_padded();
        }
        self.function(|w, x| {
            let (up, down, two) = (w.exp(&x), w.exp(&-x), w.int(2));
            let sum = w.add(&up, &down);
            w.div(&sum, &two)
        })
    }

    /// The hyperbolic tangent.
    pub fn tanh(self) -> Decimal {
        if self.is_zero() {
            return self;
        }
        self.function(|w, x| {
            let (limit, size) = (w.int(200), w.abs(&x));
            if w.is_less(&limit, &size) {
                return w.int(if x.is_negative() { -1 } else { 1 });
            }
            let one = w.int(1);
            if w.is_less(&size, &one) {
                let (sinh, cosh) = (w.series(&x, false, false), w.series(&x, true, false));
                return w.div(&sinh, &cosh);
            }
            let (up, down) = (w.exp(&x), w.exp(&-x));
            let (difference, sum) = (w.sub(&up, &down), w.add(&up, &down));
            w.div(&difference, &sum)
        })
    }

    /// The number whose hyperbolic sine it is.
    pub fn asinh(self) -> Decimal {
        if self.is_zero() {
            return self.zero_like(DEEPEST);
        }
        if self.is_infinite() {
            return self;
        }
        self.function(|w, x| {
            let one = w.int(1);
            let square = w.mul(&x, &x);
            let sum = w.add(&square, &one);
            let root = w.sqrt(&sum);
            // By its inverse tangent, since x + √(x² + 1) would lose a small x: asinh x = atanh(x / √(x² + 1)).
            let quotient = w.div(&x, &root);
            w.atanh(&quotient)
        })
    }

    /// The number whose hyperbolic cosine it is.
    pub fn acosh(self) -> Decimal {
        if self == Decimal::from_i64(1) {
            return Decimal::zero();
        }
        if self.is_infinite() {
            return self;
        }
        self.function(|w, x| {
            let one = w.int(1);
            let (below, above) = (w.sub(&x, &one), w.add(&x, &one));
            let product = w.mul(&below, &above);
            let root = w.sqrt(&product);
            let sum = w.add(&x, &root);
            w.ln(&sum)
        })
    }

    /// The number whose hyperbolic tangent it is.
    pub fn atanh(self) -> Decimal {
        if self.is_zero() {
            return self.zero_like(DEEPEST);
        }
        self.function(|w, x| w.atanh(&x))
    }

    /// An angle in degrees as one in radians.
    pub fn degrees_to_radians(self) -> Decimal {
        self * Decimal::rounded("0.01745329251994329576923690768488613")
            .unwrap_or_else(|_| Decimal::nan())
    }

    /// An angle in radians as one in degrees.
    pub fn radians_to_degrees(self) -> Decimal {
        self * Decimal::rounded("57.29577951308232087679815481410517")
            .unwrap_or_else(|_| Decimal::nan())
    }

    /// Whether this is an infinity of either sign.
    pub fn is_infinite(self) -> bool {
        matches!(self.parts(), Parts::Infinite { .. })
    }
}

impl Work {
    /// `½ ln((1 + x) / (1 − x))`, by a series where that would lose a small x.
    fn atanh(&mut self, x: &Wide) -> Wide {
        let (one, size) = (self.int(1), self.abs(x));
        let small = self.parse("1E-20");
        if self.is_less(&size, &small) {
            let square = self.mul(x, x);
            let cube = self.mul(&square, x);
            let three = self.int(3);
            let third = self.div(&cube, &three);
            return self.add(x, &third);
        }
        let (above, below) = (self.add(&one, x), self.sub(&one, x));
        if below.is_zero() {
            return Wide::infinity();
        }
        if above.is_zero() {
            return -Wide::infinity();
        }
        let quotient = self.div(&above, &below);
        let (log, two) = (self.ln(&quotient), self.int(2));
        self.div(&log, &two)
    }
}
