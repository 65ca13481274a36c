//! What a date's methods do. Many do the same with another part: they look at the name they were
//! called by.

use std::rc::Rc;

use jiff::tz::TimeZone;
use rhai::{Dynamic, Engine};

use super::declared::METHODS;
use super::{millis, number, zone};
use crate::script::api::{self, Call};
use crate::script::error::{Fault, Outcome, ScriptError};
use crate::script::host::Host;
use crate::value::{Date, Part};

pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    api::register(engine, host, &METHODS);
}

/// The part that a method's name ends with.
fn part(call: &Call<'_>) -> Part {
    let name = &call.method.name[3..];
    match name.strip_prefix("UTC").unwrap_or(name) {
        "FullYear" => Part::FullYear,
        "Month" => Part::Month,
        "Date" => Part::Date,
        "Hours" => Part::Hours,
        "Minutes" => Part::Minutes,
        "Seconds" => Part::Seconds,
        _ => Part::Milliseconds,
    }
}

fn or_nan(n: Option<i64>) -> Dynamic {
    n.map_or_else(|| f64::NAN.into(), Into::into)
}

pub(super) fn get_local(call: &mut Call<'_>) -> Outcome {
    Ok(or_nan(call.this::<Date>()?.get(part(call), &zone())))
}

pub(super) fn get_utc(call: &mut Call<'_>) -> Outcome {
    Ok(or_nan(call.this::<Date>()?.get(part(call), &TimeZone::UTC)))
}

pub(super) fn get_day(call: &mut Call<'_>) -> Outcome {
    let zone = match call.method.name {
        "getUTCDay" => TimeZone::UTC,
        _ => zone(),
    };
    Ok(or_nan(call.this::<Date>()?.weekday(&zone)))
}

pub(super) fn get_year(call: &mut Call<'_>) -> Outcome {
    let year = call.this::<Date>()?.get(Part::FullYear, &zone());
    Ok(or_nan(year.map(|year| year - 1900)))
}

pub(super) fn set_local(call: &mut Call<'_>) -> Outcome {
    set(call, &zone())
}

pub(super) fn set_utc(call: &mut Call<'_>) -> Outcome {
    set(call, &TimeZone::UTC)
}

fn set(call: &mut Call<'_>, zone: &TimeZone) -> Outcome {
    let part = part(call);
    let values: Vec<f64> = call.args().iter().map(number).collect();
    replace(call, |at| at.with(part, &values, zone))
}

pub(super) fn set_time(call: &mut Call<'_>) -> Outcome {
    let ms = number(&call.arg(0));
    replace(call, |_| Date::from_millis(ms))
}

fn replace(call: &mut Call<'_>, change: impl FnOnce(Date) -> Date) -> Outcome {
    let changed = call.with_this::<Date, _>(|at| {
        *at = change(*at);
        *at
    })?;
    Ok(millis(changed))
}

pub(super) fn get_time(call: &mut Call<'_>) -> Outcome {
    Ok(millis(call.this()?))
}

pub(super) fn get_timezone_offset(call: &mut Call<'_>) -> Outcome {
    let minutes = call.this::<Date>()?.timezone_offset(&zone());
    let minutes = minutes.unwrap_or(f64::NAN);
    #[allow(clippy::cast_possible_truncation)] // whole, and less than a day
    Ok(match minutes.fract() == 0.0 {
        true => (minutes as i64).into(),
        false => minutes.into(),
    })
}

pub(super) fn to_iso_string(call: &mut Call<'_>) -> Outcome {
    let at = call.this::<Date>()?;
    match at.is_valid() {
        true => Ok(at.to_iso().into()),
        false => Err(super::invalid()),
    }
}

pub(super) fn to_json(call: &mut Call<'_>) -> Outcome {
    let at = call.this::<Date>()?;
    Ok(match at.is_valid() {
        true => at.to_iso().into(),
        false => crate::script::number::null(),
    })
}

pub(super) fn to_text(call: &mut Call<'_>) -> Outcome {
    let (at, zone) = (call.this::<Date>()?, zone());
    Ok(match call.method.name {
        "toDateString" => at.to_date_string(&zone),
        "toTimeString" => at.to_time_string(&zone),
        "toUTCString" | "toGMTString" => at.to_utc_string(),
        _ => at.to_js_string(&zone),
    }
    .into())
}

pub(super) fn to_locale(call: &mut Call<'_>) -> Outcome {
    only_default_locale(call)?;
    let (at, zone) = (call.this::<Date>()?, zone());
    Ok(match call.method.name {
        "toLocaleDateString" => at.to_locale_date_string(&zone),
        "toLocaleTimeString" => at.to_locale_time_string(&zone),
        _ => at.to_locale_string(&zone),
    }
    .into())
}

const BY_HAND: &str = "build the text from getFullYear(), getMonth() + 1, getDate()";

fn only_default_locale(call: &Call<'_>) -> Result<(), Fault> {
    if call.given(1).is_some() {
        let message = format!("{} takes no options here", call.method.name);
        return Err(ScriptError::unsupported(message).hint(BY_HAND).into());
    }
    match call.opt_string(0)?.as_deref() {
        None | Some("en-US" | "en") => Ok(()),
        Some(other) => Err(ScriptError::unsupported(format!(
            "{} knows the locale en-US only, not {other}",
            call.method.name
        ))
        .hint(BY_HAND)
        .into()),
    }
}

#[cfg(test)]
mod tests {
    use crate::script::globals::tests::table;

    /// In UTC, so that they hold wherever they run.
    #[test]
    fn as_in_mongosh() {
        let d = "let d = new Date(\"2024-01-15T10:20:30.456Z\");";
        for (code, want) in [
            (
                "print(ISODate(\"2024-01-15T10:20:30.456Z\"), ISODate(\"2024-01-15\"), ISODate(5))",
                "ISODate('2024-01-15T10:20:30.456Z') ISODate('2024-01-15T00:00:00.000Z') ISODate('1970-01-01T00:00:00.005Z')",
            ),
            (
                "ISODate(\"x\")",
                "error: [COMMON-10001] \"x\" is not a valid ISODate",
            ),
            (
                "print(typeof Date(), typeof Date(0), new Date(0))",
                "string string ISODate('1970-01-01T00:00:00.000Z')",
            ),
            (
                "print(new Date(\"nope\"), new Date(undefined), new Date(null), new Date(true), new Date(1.9))",
                "Invalid Date Invalid Date ISODate('1970-01-01T00:00:00.000Z') ISODate('1970-01-01T00:00:00.001Z') ISODate('1970-01-01T00:00:00.001Z')",
            ),
            (
                "print(new Date(d).getTime() == d.getTime(), new Date(8640000000000001))",
                "true Invalid Date",
            ),
            (
                "print(d.toISOString(), d.toJSON(), d.toUTCString())",
                "2024-01-15T10:20:30.456Z 2024-01-15T10:20:30.456Z Mon, 15 Jan 2024 10:20:30 GMT",
            ),
            (
                "print([d.getUTCFullYear(), d.getUTCMonth(), d.getUTCDate(), d.getUTCDay(), d.getUTCHours(), d.getUTCMinutes()])",
                "[ 2024, 0, 15, 1, 10, 20 ]",
            ),
            (
                "print(d.getTime(), d.valueOf(), d.getUTCSeconds(), d.getMilliseconds())",
                "1705314030456 1705314030456 30 456",
            ),
            (
                "const at = new Date(0); print(at.setUTCFullYear(2020, 1, 2), at)",
                "1580601600000 ISODate('2020-02-02T00:00:00.000Z')",
            ),
            (
                "const doc = { at: new Date(0) }; doc.at.setTime(5); print(doc)",
                "{ at: ISODate('1970-01-01T00:00:00.005Z') }",
            ),
            (
                "print(Date.UTC(2024, 0, 15), Date.parse(\"2024-01-15\"), Date.parse(\"x\"))",
                "1705276800000 1705276800000 NaN",
            ),
            (
                "print(new Date(\"x\").getTime(), new Date(\"x\").toJSON(), d.setMonth(\"x\"))",
                "NaN null NaN",
            ),
            (
                "print(new Date(\"x\").toISOString())",
                "error: Invalid time value",
            ),
            (
                "print(new Date(2024, 0, 15, 10, 20, 30, 456).getHours(), new Date(2024, 0).getDate(), Date.now() > 1700000000000)",
                "10 1 true",
            ),
            (
                "print(d.toLocaleDateString(\"de-DE\"))",
                "error: toLocaleDateString knows the locale en-US only, not de-DE",
            ),
        ] {
            table(&[(format!("{d} {code}").as_str(), want)]);
        }
    }
}
