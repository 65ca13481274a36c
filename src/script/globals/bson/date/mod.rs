//! `Date` and `ISODate`: JavaScript's dates, in the system's time zone.

mod declared;
mod methods;

use std::rc::Rc;

use jiff::tz::TimeZone;
use rhai::{Dynamic, Engine, ImmutableString, Position};

use crate::methods;
use crate::script::api::{self, Call, Class, Receiver};
use crate::script::error::{Fault, Outcome, ScriptError};
use crate::script::host::Host;
use crate::value::{Date, Decimal};

static GLOBALS: Class = super::globals(methods! {
    /// A date from ISO 8601 text, in UTC where no zone is named; now where nothing is given.
    ///
    /// ```js
    /// ISODate("2024-01-15T10:00:00Z")
    /// ```
    ISODate("text?") => iso_date;
    /// The current time as text; `new Date(…)` is a date: of now, of text, of milliseconds, or of
    /// year, month (from 0), day, hours, minutes, seconds and milliseconds.
    ///
    /// ```js
    /// const christmas = new Date(2024, 11, 24);
    /// print(Date())
    /// ```
    Date("...parts") => date_text;
});

static STATICS: Class = Class {
    name: "Date",
    docs: "Points in time as milliseconds since 1970.",
    receiver: Receiver::Namespace,
    methods: methods! {
        /// The milliseconds since 1970 now.
        ///
        /// ```js
        /// const start = Date.now();
        /// print(Date.now() - start < 1000)
        /// ```
        now("") => now;
        /// The milliseconds of a date as text; NaN where it is none.
        ///
        /// ```js
        /// Date.parse("2024-01-15")
        /// ```
        parse("text") => parse;
        /// The milliseconds of year, month (from 0), day, hours, minutes, seconds, milliseconds in UTC.
        ///
        /// ```js
        /// Date.UTC(2024, 0, 15)
        /// ```
        UTC("year, month?, day?, hours?, minutes?, seconds?, ms?") => utc;
    },
};

pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    engine.register_type_with_name::<Date>("Date");
    super::namespace(host, "Date");
    api::register(engine, host, &GLOBALS);
    api::register(engine, host, &STATICS);
    methods::register(engine, host);
    // The syntax makes `new Date(…)` a call of this name.
    for count in 0..=7 {
        let types = vec![std::any::TypeId::of::<Dynamic>(); count];
        engine.register_raw_fn("new Date", types, |_, args| {
            let args: Vec<Dynamic> = args.iter().map(|a| (**a).clone().flatten()).collect();
            Ok::<_, Box<rhai::EvalAltResult>>(Dynamic::from(construct(&args)))
        });
    }
    engine.register_fn("to_string", |at: &mut Date| at.to_js_string(&zone()));
}

/// The system's time zone.
fn zone() -> TimeZone {
    TimeZone::system()
}

/// `new Date(…)`.
fn construct(args: &[Dynamic]) -> Date {
    match args {
        [] => Date::now(),
        [value] => from_value(value),
        parts => Date::from_parts(&parts.iter().map(number).collect::<Vec<_>>(), &zone()),
    }
}

/// `new Date(value)`.
fn from_value(value: &Dynamic) -> Date {
    if let Some(at) = value.read_lock::<Date>() {
        return *at;
    }
    if let Some(text) = value.read_lock::<ImmutableString>() {
        return Date::parse(&text, &zone()).unwrap_or(Date::INVALID);
    }
    match value.as_int() {
        // Milliseconds beyond 2^53 are beyond JavaScript's dates anyway.
        #[allow(clippy::cast_precision_loss)]
        Ok(ms) => Date::from_millis(ms as f64),
        Err(_) => Date::from_millis(number(value)),
    }
}

/// `Number(value)`, for what can be a part of a date.
#[allow(clippy::cast_precision_loss)] // as JavaScript has it
fn number(value: &Dynamic) -> f64 {
    if let Ok(n) = value.as_int() {
        return n as f64;
    }
    if let Ok(n) = value.as_bool() {
        return f64::from(u8::from(n));
    }
    if let Some(n) = value.read_lock::<Decimal>() {
        return n.to_f64();
    }
    if let Some(at) = value.read_lock::<Date>() {
        return at.millis().map_or(f64::NAN, |ms| ms as f64);
    }
    if let Some(text) = value.read_lock::<ImmutableString>() {
        return crate::value::js::to_number(&text);
    }
    if value.is_unit() && value.tag() == crate::script::number::NULL {
        return 0.0;
    }
    value.as_float().unwrap_or(f64::NAN)
}

/// Milliseconds as a script's number; NaN for an invalid date.
fn millis(at: Date) -> Dynamic {
    at.millis().map_or_else(|| f64::NAN.into(), Into::into)
}

fn iso_date(call: &mut Call<'_>) -> Outcome {
    let Some(given) = call.given(0) else {
        return Ok(Dynamic::from(Date::now()));
    };
    let at = match given.read_lock::<ImmutableString>() {
        Some(text) => Date::parse_isodate(&text).ok_or_else(|| not_iso(&text))?,
        None => from_value(&given),
    };
    Ok(Dynamic::from(at))
}

fn not_iso(text: &str) -> Fault {
    ScriptError::argument(format!("[COMMON-10001] {text:?} is not a valid ISODate"))
        .hint("write it as ISODate(\"2024-01-15T10:00:00Z\")")
        .into()
}

fn date_text(_: &mut Call<'_>) -> Outcome {
    Ok(Date::now().to_js_string(&zone()).into())
}

fn now(_: &mut Call<'_>) -> Outcome {
    Ok(millis(Date::now()))
}

fn parse(call: &mut Call<'_>) -> Outcome {
    let at = Date::parse(&call.string(0)?, &zone());
    Ok(millis(at.unwrap_or(Date::INVALID)))
}

fn utc(call: &mut Call<'_>) -> Outcome {
    let parts: Vec<f64> = call.args().iter().map(number).collect();
    Ok(millis(Date::from_parts(&parts, &TimeZone::UTC)))
}

/// JavaScript's error for an invalid date that must be one.
fn invalid() -> Fault {
    Fault::Rhai(ScriptError::new("RangeError", "Invalid time value").into_rhai(Position::NONE))
}
