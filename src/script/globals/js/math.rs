//! `Math`.

use std::rc::Rc;

use rhai::{Dynamic, Engine};

use super::convert::{double, number, number_of, to_f64, to_number};
use crate::methods;
use crate::script::api::{self, Call, Class, Receiver};
use crate::script::error::Outcome;
use crate::script::host::Host;
use crate::value::Number;

static CLASS: Class = Class {
    name: "Math",
    docs: "Mathematics. Constants: Math.PI, Math.E, Math.LN2, Math.LN10, Math.LOG2E, Math.LOG10E, Math.SQRT2, Math.SQRT1_2.",
    receiver: Receiver::Namespace,
    methods: methods! {
        /// The number without its sign.
        ///
        /// ```js
        /// Math.abs(-5)
        /// ```
        abs("x") => abs;
        /// The nearest whole number towards positive infinity.
        ///
        /// ```js
        /// Math.ceil(1.2)
        /// ```
        ceil("x") => ceil;
        /// The nearest whole number towards negative infinity.
        ///
        /// ```js
        /// Math.floor(1.8)
        /// ```
        floor("x") => floor;
        /// The nearest whole number; halves go up.
        ///
        /// ```js
        /// Math.round(2.5)
        /// ```
        round("x") => round;
        /// The whole part.
        ///
        /// ```js
        /// Math.trunc(-1.8)
        /// ```
        trunc("x") => trunc;
        /// -1, 0 or 1.
        ///
        /// ```js
        /// Math.sign(-3)
        /// ```
        sign("x") => sign;
        /// The greatest of its arguments.
        ///
        /// ```js
        /// Math.max(1, 3, 2)
        /// ```
        max("...values") => max;
        /// The smallest of its arguments.
        ///
        /// ```js
        /// Math.min(1, 3, 2)
        /// ```
        min("...values") => min;
        /// A power.
        ///
        /// ```js
        /// Math.pow(2, 10)
        /// ```
        pow("base, exponent") => pow;
        /// The square root.
        ///
        /// ```js
        /// Math.sqrt(16)
        /// ```
        sqrt("x") => sqrt;
        /// The cube root.
        ///
        /// ```js
        /// Math.cbrt(27)
        /// ```
        cbrt("x") => cbrt;
        /// The square root of the sum of squares.
        ///
        /// ```js
        /// Math.hypot(3, 4)
        /// ```
        hypot("...values") => hypot;
        /// A random number from 0 up to, not including, 1.
        ///
        /// ```js
        /// Math.random()
        /// ```
        random("") => random;
        /// e to a power.
        ///
        /// ```js
        /// Math.exp(1)
        /// ```
        exp("x") => exp;
        /// e to a power, less 1.
        ///
        /// ```js
        /// Math.expm1(0)
        /// ```
        expm1("x") => expm1;
        /// The natural logarithm.
        ///
        /// ```js
        /// Math.log(Math.E)
        /// ```
        log("x") => log;
        /// The natural logarithm of 1 + x.
        ///
        /// ```js
        /// Math.log1p(0)
        /// ```
        log1p("x") => log1p;
        /// The logarithm to base 2.
        ///
        /// ```js
        /// Math.log2(8)
        /// ```
        log2("x") => log2;
        /// The logarithm to base 10.
        ///
        /// ```js
        /// Math.log10(1000)
        /// ```
        log10("x") => log10;
        /// The sine of an angle in radians.
        ///
        /// ```js
        /// Math.sin(Math.PI / 2)
        /// ```
        sin("x") => sin;
        /// The cosine of an angle in radians.
        ///
        /// ```js
        /// Math.cos(0)
        /// ```
        cos("x") => cos;
        /// The tangent of an angle in radians.
        ///
        /// ```js
        /// Math.tan(0)
        /// ```
        tan("x") => tan;
        /// The angle of a sine.
        ///
        /// ```js
        /// Math.asin(1)
        /// ```
        asin("x") => asin;
        /// The angle of a cosine.
        ///
        /// ```js
        /// Math.acos(1)
        /// ```
        acos("x") => acos;
        /// The angle of a tangent.
        ///
        /// ```js
        /// Math.atan(1)
        /// ```
        atan("x") => atan;
        /// The angle of a point.
        ///
        /// ```js
        /// Math.atan2(1, 1)
        /// ```
        atan2("y, x") => atan2;
        /// The hyperbolic sine.
        ///
        /// ```js
        /// Math.sinh(0)
        /// ```
        sinh("x") => sinh;
        /// The hyperbolic cosine.
        ///
        /// ```js
        /// Math.cosh(0)
        /// ```
        cosh("x") => cosh;
        /// The hyperbolic tangent.
        ///
        /// ```js
        /// Math.tanh(0)
        /// ```
        tanh("x") => tanh;
        /// The nearest number of single precision.
        ///
        /// ```js
        /// Math.fround(0.1)
        /// ```
        fround("x") => fround;
    },
};

/// Its properties.
pub(super) const CONSTANTS: &[(&str, f64)] = {
    use std::f64::consts;
    &[
        ("PI", consts::PI),
        ("E", consts::E),
        ("LN2", consts::LN_2),
        ("LN10", consts::LN_10),
        ("LOG2E", consts::LOG2_E),
        ("LOG10E", consts::LOG10_E),
        ("SQRT2", consts::SQRT_2),
        ("SQRT1_2", consts::FRAC_1_SQRT_2),
    ]
};

pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    api::register(engine, host, &CLASS);
}

/// Whole numbers stay as they are, beyond what a double holds too.
fn rounded(call: &Call<'_>, run: fn(f64) -> f64) -> Outcome {
    match number_of(&call.arg(0)) {
        Some(n @ (Number::Int32(_) | Number::Int64(_))) => Ok(number(n)),
        _ => Ok(double(run(to_f64(&call.arg(0))))),
    }
}

fn ceil(call: &mut Call<'_>) -> Outcome {
    rounded(call, f64::ceil)
}

fn floor(call: &mut Call<'_>) -> Outcome {
    rounded(call, f64::floor)
}

fn trunc(call: &mut Call<'_>) -> Outcome {
    rounded(call, f64::trunc)
}

fn round(call: &mut Call<'_>) -> Outcome {
    rounded(call, |x| {
        let down = x.floor();
        // Adding a half first would lift 0.49999999999999994 to 1.
        let up = if x - down >= 0.5 { down + 1.0 } else { down };
        if up == 0.0 { up.copysign(x) } else { up }
    })
}

fn abs(call: &mut Call<'_>) -> Outcome {
    Ok(to_number(&call.arg(0)).map_or_else(|| f64::NAN.into(), |n| number(n.abs())))
}

fn sign(call: &mut Call<'_>) -> Outcome {
    let x = to_f64(&call.arg(0));
    Ok(double(if x == 0.0 || x.is_nan() {
        x
    } else {
        x.signum()
    }))
}

fn max(call: &mut Call<'_>) -> Outcome {
    Ok(extreme(call, f64::NEG_INFINITY, |a, b| a > b))
}

fn min(call: &mut Call<'_>) -> Outcome {
    Ok(extreme(call, f64::INFINITY, |a, b| a < b))
}

/// NaN as soon as one is no number.
fn extreme(call: &Call<'_>, none: f64, better: fn(Number, Number) -> bool) -> Dynamic {
    let mut found = Number::Double(none);
    for value in call.args() {
        let n = to_number(value).unwrap_or(Number::Double(f64::NAN));
        if n.is_nan() {
            return f64::NAN.into();
        }
        if better(n, found) {
            found = n;
        }
    }
    number(found)
}

fn pow(call: &mut Call<'_>) -> Outcome {
    let operand = |i: usize| to_number(&call.arg(i)).unwrap_or(Number::Double(f64::NAN));
    Ok(number(operand(0).pow(operand(1))))
}

fn hypot(call: &mut Call<'_>) -> Outcome {
    Ok(double(call.args().iter().map(to_f64).fold(0.0, f64::hypot)))
}

/// 53 bits of a random UUID's.
#[allow(clippy::cast_precision_loss)] // 53 bits are exact
fn random(_: &mut Call<'_>) -> Outcome {
    let (high, low) = uuid::Uuid::new_v4().as_u64_pair();
    // The bits of version and variant are not random: the others are mixed over them.
    let mixed = high.rotate_left(29) ^ low;
    Ok(((mixed >> 11) as f64 / (1_u64 << 53) as f64).into())
}

fn atan2(call: &mut Call<'_>) -> Outcome {
    Ok(double(to_f64(&call.arg(0)).atan2(to_f64(&call.arg(1)))))
}

fn log1p(call: &mut Call<'_>) -> Outcome {
    Ok(double(to_f64(&call.arg(0)).ln_1p()))
}

fn expm1(call: &mut Call<'_>) -> Outcome {
    Ok(double(to_f64(&call.arg(0)).exp_m1()))
}

fn log(call: &mut Call<'_>) -> Outcome {
    Ok(double(to_f64(&call.arg(0)).ln()))
}

#[allow(clippy::cast_possible_truncation)] // that is its purpose
fn fround(call: &mut Call<'_>) -> Outcome {
    Ok(double(f64::from(to_f64(&call.arg(0)) as f32)))
}

macro_rules! of_double {
    ($($name:ident),*) => {$(
        fn $name(call: &mut Call<'_>) -> Outcome {
            Ok(double(to_f64(&call.arg(0)).$name()))
        }
    )*};
}

of_double!(
    sqrt, cbrt, exp, log2, log10, sin, cos, tan, asin, acos, atan, sinh, cosh, tanh
);
