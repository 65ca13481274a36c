//! The trigonometry family: `$sin` and its like, in doubles, or in decimals for decimals.

use bson::Bson;

use super::operator::{Args, Call, Operator};
use super::scope::Scope;
use super::value::{Value, is_nullish, null, owned, type_name};
use crate::mql::computed::computed;
use crate::mql::{Error, Result};
use crate::value::{Decimal, Number};

/// Which numbers a function takes.
#[derive(Clone, Copy)]
enum Domain {
    All,
    Finite,
    /// From -1 to 1.
    Unit,
    /// From 1.
    FromOne,
}

macro_rules! functions {
    ($($name:literal $domain:ident $double:expr, $decimal:expr;)*) => {
        pub(super) static OPERATORS: &[Operator] = &[
            $(Operator::new($name, Args::Exactly(1), |c, s| {
                apply(c, s, Domain::$domain, $double, $decimal)
            }),)*
            Operator::new("$atan2", Args::Exactly(2), atan2),
        ];
    };
}

functions! {
    "$acos" Unit f64::acos, Decimal::acos;
    "$acosh" FromOne acosh, Decimal::acosh;
    "$asin" Unit f64::asin, Decimal::asin;
    "$asinh" All asinh, Decimal::asinh;
    "$atan" All f64::atan, Decimal::atan;
    "$atanh" Unit atanh, Decimal::atanh;
    "$cos" Finite f64::cos, Decimal::cos;
    "$cosh" All f64::cosh, Decimal::cosh;
    "$degreesToRadians" All degrees_to_radians, Decimal::degrees_to_radians;
    "$radiansToDegrees" All radians_to_degrees, Decimal::radians_to_degrees;
    "$sin" Finite f64::sin, Decimal::sin;
    "$sinh" All f64::sinh, Decimal::sinh;
    "$tan" Finite f64::tan, Decimal::tan;
    "$tanh" All f64::tanh, Decimal::tanh;
}

fn apply<'a>(
    call: &'a Call,
    scope: Scope<'a>,
    domain: Domain,
    double: fn(f64) -> f64,
    decimal: fn(Decimal) -> Decimal,
) -> Result<Value<'a>> {
    let value = call.arg(0, scope)?;
    let value = value.as_deref();
    if is_nullish(value) {
        return Ok(null());
    }
    let number = number(call, value, 28_765)?;
    domain.check(call.op.name, number, value)?;
    Ok(owned(Bson::from(match number {
        Number::Decimal(d) => Number::Decimal(decimal(d)),
        other => Number::Double(double(other.to_f64())),
    })))
}

fn number(call: &Call, value: Option<&Bson>, code: i32) -> Result<Number> {
    value.and_then(Number::from_bson).ok_or_else(|| {
        let (name, found) = (call.op.name, type_name(value));
        Error::new(
            code,
            format!("{name} only supports numeric types, not {found}"),
        )
    })
}

impl Domain {
    fn check(self, name: &str, number: Number, value: Option<&Bson>) -> Result<()> {
        let within = |least: f64, most: f64| {
            number >= Number::Double(least) && number <= Number::Double(most)
        };
        let (good, text) = match self {
            Domain::All => return Ok(()),
            Domain::Finite => (
                within(f64::MIN, f64::MAX) || is_finite(number),
                "(-inf,inf)",
            ),
            Domain::Unit => (within(-1.0, 1.0), "[-1,1]"),
            Domain::FromOne => (within(1.0, f64::INFINITY), "[1,inf]"),
        };
        if good || number.is_nan() {
            return Ok(());
        }
        // Integers are judged as the doubles they become.
        let found = match number {
            Number::Decimal(_) => computed(value),
            other => computed(Some(&Bson::Double(other.to_f64()))),
        };
        let message = format!("cannot apply {name} to {found}, value must be in {text}");
        Err(Error::new(50_989, message))
    }
}

fn is_finite(number: Number) -> bool {
    match number {
        Number::Double(x) => x.is_finite(),
        Number::Decimal(d) => d.is_finite(),
        _ => true,
    }
}

fn atan2<'a>(call: &'a Call, scope: Scope<'a>) -> Result<Value<'a>> {
    let y = call.arg(0, scope)?;
    let y = y.as_deref();
    if is_nullish(y) {
        return Ok(null());
    }
    let y = number(call, y, 51_044)?;
    let x = call.arg(1, scope)?;
    let x = x.as_deref();
    if is_nullish(x) {
        return Ok(null());
    }
    let x = number(call, x, 51_045)?;
    Ok(owned(Bson::from(match (y, x) {
        (Number::Decimal(_), _) | (_, Number::Decimal(_)) => {
            Number::Decimal(y.to_decimal().atan2(x.to_decimal()))
        }
        _ => Number::Double(y.to_f64().atan2(x.to_f64())),
    })))
}

fn degrees_to_radians(x: f64) -> f64 {
    x * (std::f64::consts::PI / 180.0)
}

fn radians_to_degrees(x: f64) -> f64 {
    x * (180.0 / std::f64::consts::PI)
}

// Rust's own inverse hyperbolic functions have other last bits than the C library's, whose formulas (fdlibm) follow.

/// Beyond it, one is lost beside the number.
const LARGE: f64 = 268_435_456.0;

fn acosh(x: f64) -> f64 {
    if x == 1.0 {
        0.0
    } else if x > LARGE {
        x.ln() + std::f64::consts::LN_2
    } else if x > 2.0 {
        (2.0 * x - 1.0 / (x + (x * x - 1.0).sqrt())).ln()
    } else {
        let t = x - 1.0;
        (t + (2.0 * t + t * t).sqrt()).ln_1p()
    }
}

fn asinh(x: f64) -> f64 {
    let size = x.abs();
    if !x.is_finite() || size < 1.0 / LARGE {
        return x;
    }
    let w = if size > LARGE {
        size.ln() + std::f64::consts::LN_2
    } else if size > 2.0 {
        (2.0 * size + 1.0 / ((x * x + 1.0).sqrt() + size)).ln()
    } else {
        let t = x * x;
        (size + t / (1.0 + (1.0 + t).sqrt())).ln_1p()
    };
    w.copysign(x)
}

fn atanh(x: f64) -> f64 {
    let size = x.abs();
    if size < 1.0 / LARGE {
        return x;
    }
    let double = size + size;
    let t = if size < 0.5 {
        0.5 * (double + double * size / (1.0 - size)).ln_1p()
    } else {
        0.5 * (double / (1.0 - size)).ln_1p()
    };
    t.copysign(x)
}
