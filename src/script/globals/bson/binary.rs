//! `BinData`, `HexData`, `MD5`, `Binary`: bytes with a subtype.

use std::any::TypeId;
use std::rc::Rc;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bson::Binary;
use bson::spec::BinarySubtype;
use rhai::{Array, Blob, Dynamic, Engine};

use crate::methods;
use crate::script::api::{self, Call, Class, Receiver};
use crate::script::error::{Fault, Outcome, ScriptError};
use crate::script::host::Host;

/// Padding may be missing, as in JavaScript's readers of base64.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

static GLOBALS: Class = super::globals(methods! {
    /// Bytes of a subtype, in base64.
    ///
    /// ```js
    /// db.files.insertOne({ data: BinData(0, "AQID") })
    /// ```
    BinData("subtype, base64") => bin_data;
    /// Bytes of a subtype, in hexadecimal digits.
    ///
    /// ```js
    /// db.files.insertOne({ data: HexData(0, "010203") })
    /// ```
    HexData("subtype, hex") => hex_data;
    /// The bytes of an MD5 checksum, in hexadecimal digits.
    ///
    /// ```js
    /// MD5("d41d8cd98f00b204e9800998ecf8427e")
    /// ```
    MD5("hex") => md5;
    /// Bytes of a subtype, from an array of numbers or a blob.
    ///
    /// ```js
    /// Binary([1, 2, 3])
    /// ```
    Binary("bytes?, subtype?") => construct;
});

static STATICS: Class = Class {
    name: "Binary",
    docs: "Making bytes with a subtype.",
    receiver: Receiver::Namespace,
    methods: methods! {
        /// Bytes in base64.
        ///
        /// ```js
        /// Binary.createFromBase64("AQID")
        /// ```
        createFromBase64("base64, subtype?") => create_from_base64;
        /// Bytes in hexadecimal digits.
        ///
        /// ```js
        /// Binary.createFromHexString("010203")
        /// ```
        createFromHexString("hex, subtype?") => create_from_hex;
    },
};

static METHODS: Class = Class {
    name: "Binary",
    docs: "Bytes with a subtype; the property sub_type is its number.",
    receiver: Receiver::Value(TypeId::of::<Binary>),
    methods: methods! {
        /// The bytes.
        ///
        /// ```js
        /// BinData(0, "AQID").value()
        /// ```
        value("") => value;
        /// How many bytes there are.
        ///
        /// ```js
        /// BinData(0, "AQID").length()
        /// ```
        length("") => length;
        /// The bytes as text: "utf8" (or what a UUID is written as), "hex" or "base64".
        ///
        /// ```js
        /// BinData(0, "AQID").toString("hex")
        /// ```
        toString("encoding?") => to_string;
        /// The bytes in base64.
        ///
        /// ```js
        /// BinData(0, "AQID").base64()
        /// ```
        base64("") => base64;
        /// The bytes in hexadecimal digits.
        ///
        /// ```js
        /// BinData(0, "AQID").hex()
        /// ```
        hex("") => hex;
        /// The bytes in base64, as JSON has them.
        ///
        /// ```js
        /// BinData(0, "AQID").toJSON()
        /// ```
        toJSON("") => base64;
        /// The number of the subtype.
        ///
        /// ```js
        /// BinData(5, "AQID").subtype()
        /// ```
        subtype("") => subtype;
        /// The UUID that the bytes are.
        ///
        /// ```js
        /// UUID("01234567-89ab-cdef-0123-456789abcdef").toUUID()
        /// ```
        toUUID("") => to_uuid;
        /// The digits: of a UUID with its dashes, unless false is passed.
        ///
        /// ```js
        /// UUID("01234567-89ab-cdef-0123-456789abcdef").toHexString()
        /// ```
        toHexString("dashes?") => to_hex_string;
        /// Whether subtype and bytes are the same.
        ///
        /// ```js
        /// BinData(0, "AQID").equals(HexData(0, "010203"))
        /// ```
        equals("other") => equals;
    },
};

pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    engine.register_type_with_name::<Binary>("Binary");
    let number = |b: &mut Binary| i64::from(u8::from(b.subtype));
    engine.register_get("sub_type", number);
    engine.register_get("buffer", |b: &mut Binary| -> Blob { b.bytes.clone() });
    super::namespace(host, "Binary");
    for class in [&GLOBALS, &STATICS, &METHODS] {
        api::register(engine, host, class);
    }
}

/// Bytes of a subtype as a script's value.
pub(super) fn binary(subtype: BinarySubtype, bytes: Vec<u8>) -> Dynamic {
    Dynamic::from(Binary { subtype, bytes })
}

fn bad(message: String) -> Fault {
    ScriptError::new("BSONError", message).into()
}

/// Argument `i` as a subtype's number.
fn subtype_arg(call: &Call<'_>, i: usize) -> Result<BinarySubtype, Fault> {
    let n = match call.given(i) {
        Some(_) => call.int(i)?,
        None => 0,
    };
    u8::try_from(n)
        .map(BinarySubtype::from)
        .map_err(|_| bad(format!("a subtype is a number from 0 to 255, not {n}")))
}

fn from_base64(text: &str) -> Result<Vec<u8>, Fault> {
    let standard = text.replace('-', "+").replace('_', "/");
    BASE64
        .decode(standard)
        .map_err(|_| bad(format!("{text:?} is no base64")))
}

pub(super) fn from_hex(text: &str) -> Result<Vec<u8>, Fault> {
    hex::decode(text).map_err(|_| bad(format!("{text:?} is no even number of hexadecimal digits")))
}

fn bin_data(call: &mut Call<'_>) -> Outcome {
    let bytes = from_base64(&call.string(1)?)?;
    Ok(binary(subtype_arg(call, 0)?, bytes))
}

fn hex_data(call: &mut Call<'_>) -> Outcome {
    let bytes = from_hex(&call.string(1)?)?;
    Ok(binary(subtype_arg(call, 0)?, bytes))
}

fn md5(call: &mut Call<'_>) -> Outcome {
    Ok(binary(BinarySubtype::Md5, from_hex(&call.string(0)?)?))
}

fn create_from_base64(call: &mut Call<'_>) -> Outcome {
    let bytes = from_base64(&call.string(0)?)?;
    Ok(binary(subtype_arg(call, 1)?, bytes))
}

fn create_from_hex(call: &mut Call<'_>) -> Outcome {
    let bytes = from_hex(&call.string(0)?)?;
    Ok(binary(subtype_arg(call, 1)?, bytes))
}

fn construct(call: &mut Call<'_>) -> Outcome {
    let subtype = subtype_arg(call, 1)?;
    let given = call.arg(0);
    if given.is_unit() {
        return Ok(binary(subtype, Vec::new()));
    }
    if let Some(bytes) = given.read_lock::<Blob>() {
        return Ok(binary(subtype, bytes.clone()));
    }
    if let Some(bytes) = given.read_lock::<Binary>() {
        return Ok(binary(subtype, bytes.bytes.clone()));
    }
    let byte = |n: &Dynamic| n.as_int().ok().and_then(|n| u8::try_from(n).ok());
    let bytes = given
        .read_lock::<Array>()
        .and_then(|items| items.iter().map(byte).collect::<Option<Vec<u8>>>());
    bytes
        .map(|bytes| binary(subtype, bytes))
        .ok_or_else(|| bad("Binary can only be constructed from Uint8Array or number[]".into()))
}

fn value(call: &mut Call<'_>) -> Outcome {
    Ok(Dynamic::from_blob(call.this::<Binary>()?.bytes))
}

#[allow(clippy::cast_possible_wrap)] // no document is that long
fn length(call: &mut Call<'_>) -> Outcome {
    Ok((call.this::<Binary>()?.bytes.len() as i64).into())
}

fn to_string(call: &mut Call<'_>) -> Outcome {
    let this = call.this::<Binary>()?;
    Ok(match call.opt_string(0)?.as_deref() {
        Some("hex") => hex::encode(&this.bytes),
        Some("base64") => BASE64.encode(&this.bytes),
        Some("latin1" | "binary") => this.bytes.iter().map(|b| char::from(*b)).collect(),
        None if this.subtype == BinarySubtype::Uuid => dashed(&this),
        _ => String::from_utf8_lossy(&this.bytes).into_owned(),
    }
    .into())
}

fn base64(call: &mut Call<'_>) -> Outcome {
    Ok(BASE64.encode(call.this::<Binary>()?.bytes).into())
}

fn hex(call: &mut Call<'_>) -> Outcome {
    Ok(hex::encode(call.this::<Binary>()?.bytes).into())
}

fn subtype(call: &mut Call<'_>) -> Outcome {
    Ok(i64::from(u8::from(call.this::<Binary>()?.subtype)).into())
}

fn to_uuid(call: &mut Call<'_>) -> Outcome {
    let this = call.this::<Binary>()?;
    match this.subtype == BinarySubtype::Uuid && this.bytes.len() == 16 {
        true => Ok(Dynamic::from(this)),
        false => Err(bad(format!(
            "Binary sub_type \"{}\" is not supported for converting to UUID. Only \"4\" is currently supported.",
            u8::from(this.subtype)
        ))),
    }
}

fn to_hex_string(call: &mut Call<'_>) -> Outcome {
    let this = call.this::<Binary>()?;
    Ok(match call.opt_bool(0)? {
        Some(false) => hex::encode(&this.bytes),
        _ => dashed(&this),
    }
    .into())
}

/// A UUID as it is usually written; of other bytes their digits.
fn dashed(binary: &Binary) -> String {
    match ::uuid::Uuid::from_slice(&binary.bytes) {
        Ok(id) if matches!(binary.subtype, BinarySubtype::Uuid | BinarySubtype::UuidOld) => {
            id.to_string()
        }
        _ => hex::encode(&binary.bytes),
    }
}

fn equals(call: &mut Call<'_>) -> Outcome {
    let this = call.this::<Binary>()?;
    let same = call
        .arg(0)
        .read_lock::<Binary>()
        .is_some_and(|b| *b == this);
    Ok(same.into())
}

#[cfg(test)]
mod tests {
    use crate::script::globals::tests::table;

    #[test]
    fn as_in_mongosh() {
        table(&[
            (
                "print(BinData(0, \"AQID\"), HexData(0, \"010203\"), Binary.createFromHexString(\"010203\"), Binary([1, 2, 3]))",
                "Binary.createFromBase64('AQID', 0) Binary.createFromBase64('AQID', 0) Binary.createFromBase64('AQID', 0) Binary.createFromBase64('AQID', 0)",
            ),
            (
                "print(Binary.createFromBase64(\"AQID\", 5), HexData(5, \"010203\"))",
                "MD5('010203') MD5('010203')",
            ),
            (
                "print(MD5(\"0123456789abcdef0123456789abcdef\"))",
                "MD5('0123456789abcdef0123456789abcdef')",
            ),
            (
                "let b = BinData(5, \"AQID\"); print(b.toString(\"hex\"), b.toString(\"base64\"), b.toJSON(), b.length(), b.sub_type)",
                "010203 AQID AQID 3 5",
            ),
            (
                "print(BinData(0, \"aGVsbG8=\").toString(), BinData(0, \"aGVsbG8\").value()[0])",
                "hello 104",
            ),
            (
                "print(BinData(0, \"AQID\").equals(HexData(0, \"010203\")))",
                "true",
            ),
            (
                "BinData(0, 5)",
                "error: expected a string for the base64, got number",
            ),
            ("BinData(0)", "error: BinData needs its argument `base64`"),
            (
                "BinData(256, \"AQID\")",
                "error: a subtype is a number from 0 to 255, not 256",
            ),
            ("BinData(0, \"!!\")", "error: \"!!\" is no base64"),
            (
                "Binary(\"abc\")",
                "error: Binary can only be constructed from Uint8Array or number[]",
            ),
        ]);
    }
}
