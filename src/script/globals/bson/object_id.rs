//! `ObjectId`.

use std::any::TypeId;
use std::rc::Rc;

use base64::Engine as _;
use bson::oid::ObjectId;
use rhai::{Dynamic, Engine, ImmutableString};

use crate::methods;
use crate::script::api::{self, Call, Class, Receiver};
use crate::script::error::{Outcome, ScriptError};
use crate::script::host::Host;
use crate::value::Date;

static GLOBALS: Class = super::globals(methods! {
    /// An ObjectId: a new one, or the one with these 24 hexadecimal digits, or a new one of this
    /// second.
    ///
    /// ```js
    /// ObjectId("507f1f77bcf86cd799439011")
    /// ```
    ObjectId("id?") => construct;
});

static STATICS: Class = Class {
    name: "ObjectId",
    docs: "Making and checking ObjectIds.",
    receiver: Receiver::Namespace,
    methods: methods! {
        /// Whether an ObjectId can be made of a value.
        ///
        /// ```js
        /// ObjectId.isValid("507f1f77bcf86cd799439011")
        /// ```
        isValid("id") => is_valid;
        /// The smallest ObjectId of a second, for queries by time.
        ///
        /// ```js
        /// ObjectId.createFromTime(1700000000)
        /// ```
        createFromTime("seconds") => create_from_time;
        /// The ObjectId with these 24 hexadecimal digits.
        ///
        /// ```js
        /// ObjectId.createFromHexString("507f1f77bcf86cd799439011")
        /// ```
        createFromHexString("hex") => create_from_hex;
        /// The ObjectId with these bytes in base64.
        ///
        /// ```js
        /// ObjectId.createFromBase64("UH8fd7z4bNeZQ5AR")
        /// ```
        createFromBase64("base64") => create_from_base64;
        /// The bytes of a new ObjectId.
        ///
        /// ```js
        /// ObjectId.generate()
        /// ```
        generate("seconds?") => generate;
    },
};

static METHODS: Class = Class {
    name: "ObjectId",
    docs: "An ObjectId: the second of its making, the process, a count.",
    receiver: Receiver::Value(TypeId::of::<ObjectId>),
    methods: methods! {
        /// Its 24 hexadecimal digits.
        ///
        /// ```js
        /// ObjectId("507f1f77bcf86cd799439011").toString()
        /// ```
        toString("encoding?") => to_string;
        /// Its 24 hexadecimal digits.
        ///
        /// ```js
        /// ObjectId("507f1f77bcf86cd799439011").toHexString()
        /// ```
        toHexString("") => to_hex;
        /// What JSON makes of it: its digits.
        ///
        /// ```js
        /// ObjectId("507f1f77bcf86cd799439011").toJSON()
        /// ```
        toJSON("") => to_hex;
        /// When it was made, to the second.
        ///
        /// ```js
        /// ObjectId("507f1f77bcf86cd799439011").getTimestamp()
        /// ```
        getTimestamp("") => get_timestamp;
        /// Whether it is the same as another one, or as one with these digits.
        ///
        /// ```js
        /// ObjectId("507f1f77bcf86cd799439011").equals("507f1f77bcf86cd799439011")
        /// ```
        equals("other") => equals;
        /// The ObjectId itself.
        ///
        /// ```js
        /// ObjectId("507f1f77bcf86cd799439011").valueOf()
        /// ```
        valueOf("") => value_of;
    },
};

pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    engine.register_type_with_name::<ObjectId>("ObjectId");
    engine.register_get("str", |id: &mut ObjectId| id.to_hex());
    engine.register_get("id", |id: &mut ObjectId| id.bytes().to_vec());
    super::namespace(host, "ObjectId");
    for class in [&GLOBALS, &STATICS, &METHODS] {
        api::register(engine, host, class);
    }
}

fn construct(call: &mut Call<'_>) -> Outcome {
    let Some(given) = call.given(0) else {
        return Ok(Dynamic::from(ObjectId::new()));
    };
    if let Ok(seconds) = given.as_int() {
        return Ok(Dynamic::from(at(seconds)));
    }
    if let Ok(seconds) = given.as_float() {
        #[allow(clippy::cast_possible_truncation)] // as JavaScript cuts it
        return Ok(Dynamic::from(at(seconds as i64)));
    }
    match read(&given) {
        Some(id) => Ok(Dynamic::from(id)),
        None => Err(bad(
            "input must be a 24 character hex string, 12 byte Uint8Array, or an integer",
        )),
    }
}

fn bad(message: &str) -> crate::script::error::Fault {
    ScriptError::new("BSONError", message).into()
}

/// A new one that says it was made at this second.
fn at(seconds: i64) -> ObjectId {
    let mut bytes = ObjectId::new().bytes();
    bytes[..4].copy_from_slice(&second(seconds));
    ObjectId::from_bytes(bytes)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // modulo 2^32, as js-bson
fn second(seconds: i64) -> [u8; 4] {
    (seconds as u32).to_be_bytes()
}

/// The ObjectId that a value is, or spells.
fn read(value: &Dynamic) -> Option<ObjectId> {
    if let Some(id) = value.read_lock::<ObjectId>() {
        return Some(*id);
    }
    if let Some(bytes) = value.read_lock::<rhai::Blob>() {
        return Some(ObjectId::from_bytes(bytes.as_slice().try_into().ok()?));
    }
    if let Some(bytes) = value.read_lock::<bson::Binary>() {
        return Some(ObjectId::from_bytes(
            bytes.bytes.as_slice().try_into().ok()?,
        ));
    }
    let text = value.read_lock::<ImmutableString>()?;
    ObjectId::parse_str(text.as_str()).ok()
}

fn is_valid(call: &mut Call<'_>) -> Outcome {
    Ok(read(&call.arg(0)).is_some().into())
}

fn create_from_time(call: &mut Call<'_>) -> Outcome {
    let mut bytes = [0; 12];
    bytes[..4].copy_from_slice(&second(call.int(0)?));
    Ok(Dynamic::from(ObjectId::from_bytes(bytes)))
}

fn create_from_hex(call: &mut Call<'_>) -> Outcome {
    match ObjectId::parse_str(call.string(0)?) {
        Ok(id) => Ok(Dynamic::from(id)),
        Err(_) => Err(bad("hex string must be 24 characters")),
    }
}

fn create_from_base64(call: &mut Call<'_>) -> Outcome {
    let bytes = base64::engine::general_purpose::STANDARD.decode(call.string(0)?);
    match bytes.ok().and_then(|b| <[u8; 12]>::try_from(b).ok()) {
        Some(bytes) => Ok(Dynamic::from(ObjectId::from_bytes(bytes))),
        None => Err(bad("base64 string must be 16 characters")),
    }
}

fn generate(call: &mut Call<'_>) -> Outcome {
    let id = match call.opt_int(0)? {
        Some(seconds) => at(seconds),
        None => ObjectId::new(),
    };
    Ok(Dynamic::from_blob(id.bytes().to_vec()))
}

fn to_string(call: &mut Call<'_>) -> Outcome {
    let id = call.this::<ObjectId>()?;
    Ok(match call.opt_string(0)?.as_deref() {
        Some("base64") => base64::engine::general_purpose::STANDARD
            .encode(id.bytes())
            .into(),
        _ => id.to_hex().into(),
    })
}

fn to_hex(call: &mut Call<'_>) -> Outcome {
    Ok(call.this::<ObjectId>()?.to_hex().into())
}

fn get_timestamp(call: &mut Call<'_>) -> Outcome {
    let at = Date::from(call.this::<ObjectId>()?.timestamp());
    Ok(Dynamic::from(at))
}

fn equals(call: &mut Call<'_>) -> Outcome {
    let id = call.this::<ObjectId>()?;
    Ok((read(&call.arg(0)) == Some(id)).into())
}

fn value_of(call: &mut Call<'_>) -> Outcome {
    Ok(call.receiver())
}

#[cfg(test)]
mod tests {
    use crate::script::globals::tests::table;

    const ID: &str = "507f1f77bcf86cd799439011";

    #[test]
    fn as_in_mongosh() {
        let id = format!("let id = ObjectId(\"{ID}\");");
        for (code, want) in [
            ("print(id)", "ObjectId('507f1f77bcf86cd799439011')"),
            (
                "print(id.toString(), id.toHexString() == id.str)",
                "507f1f77bcf86cd799439011 true",
            ),
            (
                "print(id.getTimestamp())",
                "ISODate('2012-10-17T21:13:27.000Z')",
            ),
            (
                "print(id.equals(id.str), id.equals(ObjectId()), id.valueOf().equals(id))",
                "true false true",
            ),
            ("print(id.toJSON())", ID),
            ("print(ObjectId(1).str.starts_with(\"00000001\"))", "true"),
            (
                "print(ObjectId.isValid(id.str), ObjectId.isValid(\"zz\"), ObjectId.isValid(5))",
                "true false false",
            ),
            (
                "print(ObjectId.createFromTime(1))",
                "ObjectId('000000010000000000000000')",
            ),
            (
                "print(ObjectId.createFromBase64(\"UH8fd7z4bNeZQ5AR\").equals(id))",
                "true",
            ),
            (
                "print(ObjectId.createFromHexString(\"507f\"))",
                "error: hex string must be 24 characters",
            ),
            ("print(ObjectId(null).str.len())", "24"),
            ("print(new ObjectId().str != new ObjectId().str)", "true"),
            ("print(type_of(id))", "ObjectId"),
            (
                "ObjectId(\"zz\")",
                "error: input must be a 24 character hex string, 12 byte Uint8Array, or an integer",
            ),
        ] {
            table(&[(format!("{id} {code}").as_str(), want)]);
        }
    }
}
