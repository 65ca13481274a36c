//! `String(value)`, `String.fromCharCode`, `String.fromCodePoint`.

use std::rc::Rc;

use rhai::Engine;

use super::super::convert::{text, to_f64};
use crate::methods;
use crate::script::api::{self, Call, Class, Receiver};
use crate::script::error::{Outcome, ScriptError};
use crate::script::host::Host;

static NAMESPACE: Class = Class {
    name: "String",
    docs: "Making strings.",
    receiver: Receiver::Namespace,
    methods: methods! {
        /// The text of these UTF-16 code units.
        ///
        /// ```js
        /// String.fromCharCode(72, 105)
        /// ```
        fromCharCode("...codes") => from_char_code;
        /// The text of these Unicode code points.
        ///
        /// ```js
        /// String.fromCodePoint(9989)
        /// ```
        fromCodePoint("...points") => from_code_point;
    },
};

static GLOBAL: Class = Class {
    name: "String constructor",
    docs: "Making strings.",
    receiver: Receiver::Global,
    methods: methods! {
        /// A value as text, the way it is shown inside a longer one.
        ///
        /// ```js
        /// String(5)
        /// ```
        String("value?") => string;
    },
};

pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    api::register(engine, host, &NAMESPACE);
    api::register(engine, host, &GLOBAL);
}

fn string(call: &mut Call<'_>) -> Outcome {
    match call.count() {
        0 => Ok("".into()),
        _ => Ok(text(&call.arg(0)).into()),
    }
}

fn from_char_code(call: &mut Call<'_>) -> Outcome {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // modulo 2^16
    let units: Vec<u16> = call
        .args()
        .iter()
        .map(|v| to_f64(v).trunc().rem_euclid(65536.0) as u16)
        .collect();
    Ok(String::from_utf16_lossy(&units).into())
}

fn from_code_point(call: &mut Call<'_>) -> Outcome {
    let mut made = String::new();
    for value in call.args() {
        let point = to_f64(value);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // checked
        let c = (point.fract() == 0.0 && (0.0..=1_114_111.0).contains(&point))
            .then(|| char::from_u32(point as u32).unwrap_or(char::REPLACEMENT_CHARACTER));
        let error =
            || ScriptError::new("RangeError", format!("Invalid code point {}", text(value)));
        made.push(c.ok_or_else(error)?);
    }
    Ok(made.into())
}
