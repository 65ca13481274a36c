//! A value in another type.

use bson::spec::ElementType;
use bson::{Bson, oid::ObjectId};

use super::parse;
use super::{Target, failure};
use crate::mql::Result;
use crate::mql::date::Zone;
use crate::mql::text;
use crate::value::{Decimal, Number};

/// The value in the type, which it does not have yet.
pub(super) fn convert(value: &Bson, target: Target) -> Result<Bson> {
    use ElementType as T;
    let Target::Known(known) = target else {
        return Err(unsupported(value, target));
    };
    let number = Number::from_bson(value);
    match (known, value, number) {
        (T::Boolean, ..) => Ok(Bson::Boolean(crate::mql::expr::value::is_true(Some(value)))),
        (T::String, _, Some(n)) => Ok(number_text(n).into()),
        (T::String, Bson::Boolean(b), _) => Ok(b.to_string().into()),
        (T::String, Bson::ObjectId(id), _) => Ok(id.to_hex().into()),
        (T::String, Bson::DateTime(date), _) => {
            let text = crate::mql::date::format(date.timestamp_millis(), None, &Zone::Utc);
            text.map(Bson::from)
        }

        (T::ObjectId, Bson::String(text), _) => parse::object_id(text).map(Bson::ObjectId),
        (T::DateTime, ..) => to_date(value, number, target),
        (T::Int32, Bson::String(text), _) => parse::int32(text).map(Bson::Int32),
        (T::Int32, Bson::Boolean(b), _) => Ok(Bson::Int32((*b).into())),
        (T::Int32, _, Some(n)) => int32(n).map(Bson::Int32),
        (T::Int64, Bson::String(text), _) => parse::int64(text).map(Bson::Int64),
        (T::Int64, Bson::Boolean(b), _) => Ok(Bson::Int64((*b).into())),
        (T::Int64, Bson::DateTime(date), _) => Ok(Bson::Int64(date.timestamp_millis())),
        (T::Int64, _, Some(n)) => int64(n).map(Bson::Int64),
        (T::Double, Bson::String(text), _) => parse::double(text).map(Bson::Double),
        (T::Double, Bson::Boolean(b), _) => Ok(Bson::Double((*b).into())),
        (T::Double, Bson::DateTime(date), _) => Ok(Bson::Double(date.timestamp_millis() as f64)),
        (T::Double, _, Some(n)) => double(n).map(Bson::Double),
        (T::Decimal128, Bson::String(text), _) => parse::decimal(text).map(Bson::from),
        (T::Decimal128, Bson::Boolean(b), _) => Ok(Decimal::from_i64((*b).into()).into()),
        (T::Decimal128, Bson::DateTime(date), _) => {
            Ok(Decimal::from_i64(date.timestamp_millis()).into())
        }
        (T::Decimal128, _, Some(n)) => Ok(decimal(n).into()),
        _ => Err(unsupported(value, target)),
    }
}

fn unsupported(value: &Bson, target: Target) -> crate::mql::Error {
    failure(
        format!(
            "Unsupported conversion from {} to {}",
            text::type_name(value),
            target.name()
        ),
        "",
    )
}

fn number_text(n: Number) -> String {
    match n {
        Number::Int32(n) => n.to_string(),
        Number::Int64(n) => n.to_string(),
        Number::Decimal(d) => d.to_string(),
        Number::Double(x) if x.is_nan() => "NaN".to_owned(),
        Number::Double(x) if x.is_infinite() => {
            if x > 0.0 { "Infinity" } else { "-Infinity" }.to_owned()
        }
        Number::Double(x) => text::general_to(x, 6),
    }
}

fn to_date(value: &Bson, number: Option<Number>, target: Target) -> Result<Bson> {
    let ms = match (value, number) {
        (Bson::String(text), _) => return parse::date(text).map(Bson::DateTime),
        (Bson::ObjectId(id), _) => i64::from(seconds(id)) * 1000,
        (Bson::Timestamp(time), _) => i64::from(time.time) * 1000,
        (_, Some(n @ (Number::Int64(_) | Number::Double(_) | Number::Decimal(_)))) => int64(n)?,
        _ => return Err(unsupported(value, target)),
    };
    Ok(Bson::DateTime(bson::DateTime::from_millis(ms)))
}

fn seconds(id: &ObjectId) -> i32 {
    let [a, b, c, d, ..] = id.bytes();
    i32::from_be_bytes([a, b, c, d])
}

fn int64(n: Number) -> Result<i64> {
    match n {
        Number::Int32(n) => Ok(n.into()),
        Number::Int64(n) => Ok(n),
        Number::Double(x) => {
            const LIMIT: f64 = 9_223_372_036_854_775_808.0;
            let whole = whole(x)?;
            let inside = (-LIMIT..LIMIT).contains(&whole);
            inside
                .then_some(whole as i64)
                .ok_or_else(|| overflow(&text::general_to(x, 6)))
        }
        Number::Decimal(d) => {
            finite(d)?;
            d.trunc_to_i64().ok_or_else(|| overflow(&d.to_string()))
        }
    }
}

fn int32(n: Number) -> Result<i32> {
    let long = int64(n)?;
    i32::try_from(long).map_err(|_| match n {
        Number::Double(x) => overflow(&text::general_to(x, 6)),
        Number::Decimal(d) => overflow(&d.to_string()),
        // The server forgets the number here.
        _ => overflow(""),
    })
}

fn overflow(number: &str) -> crate::mql::Error {
    failure(
        "Conversion would overflow target type",
        &format!(": {number}"),
    )
}

fn whole(x: f64) -> Result<f64> {
    if x.is_nan() {
        return Err(not_a_number());
    }
    if x.is_infinite() {
        return Err(infinite());
    }
    Ok(x.trunc())
}

fn finite(d: Decimal) -> Result<()> {
    match d {
        d if d.is_nan() => Err(not_a_number()),
        d if !d.is_finite() => Err(infinite()),
        _ => Ok(()),
    }
}

fn not_a_number() -> crate::mql::Error {
    failure("Attempt to convert NaN value to integer type", "")
}

fn infinite() -> crate::mql::Error {
    failure("Attempt to convert infinity value to integer type", "")
}

fn double(n: Number) -> Result<f64> {
    let x = n.to_f64();
    match n {
        Number::Decimal(d) if x.is_infinite() && d.is_finite() => Err(overflow(&d.to_string())),
        // Too small is an overflow too.
        Number::Decimal(d) if !d.is_zero() && (x == 0.0 || x.is_subnormal()) => {
            Err(overflow(&d.to_string()))
        }
        _ => Ok(x),
    }
}

fn decimal(n: Number) -> Decimal {
    match n {
        Number::Double(x) => Decimal::from_f64(x),
        other => other.to_decimal(),
    }
}
