//! `UUID`, and the byte orders that drivers once stored UUIDs in.

use std::rc::Rc;

use bson::spec::BinarySubtype;
use rhai::Engine;
use uuid::Uuid;

use super::binary::binary;
use crate::methods;
use crate::script::api::{self, Call, Class};
use crate::script::error::{Fault, Outcome, ScriptError};
use crate::script::host::Host;

static GLOBALS: Class = super::globals(methods! {
    /// A UUID: a new one, or the one with these digits, with dashes or without.
    ///
    /// ```js
    /// db.devices.insertOne({ _id: UUID() })
    /// ```
    UUID("hex?") => uuid;
    /// A UUID in the byte order of the old Java driver (subtype 3).
    ///
    /// ```js
    /// LegacyJavaUUID("01234567-89ab-cdef-0123-456789abcdef")
    /// ```
    LegacyJavaUUID("hex?") => legacy;
    /// A UUID in the byte order of the old C# driver (subtype 3).
    ///
    /// ```js
    /// LegacyCSharpUUID("01234567-89ab-cdef-0123-456789abcdef")
    /// ```
    LegacyCSharpUUID("hex?") => legacy;
    /// A UUID in the byte order of the old Python driver (subtype 3).
    ///
    /// ```js
    /// LegacyPythonUUID("01234567-89ab-cdef-0123-456789abcdef")
    /// ```
    LegacyPythonUUID("hex?") => legacy;
});

pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    super::namespace(host, "UUID");
    api::register(engine, host, &GLOBALS);
}

fn read(call: &Call<'_>) -> Result<[u8; 16], Fault> {
    if let Some(b) = call.arg(0).read_lock::<bson::Binary>()
        && let Ok(bytes) = b.bytes.as_slice().try_into()
    {
        return Ok(bytes);
    }
    let Some(text) = call.opt_string(0)? else {
        return Ok(*Uuid::new_v4().as_bytes());
    };
    match Uuid::try_parse(&text) {
        Ok(id) => Ok(*id.as_bytes()),
        Err(_) => Err(
            ScriptError::new("BSONError", format!("{text:?} is no UUID"))
                .hint("write 32 hexadecimal digits, with dashes or without")
                .into(),
        ),
    }
}

fn uuid(call: &mut Call<'_>) -> Outcome {
    Ok(binary(BinarySubtype::Uuid, read(call)?.to_vec()))
}

fn legacy(call: &mut Call<'_>) -> Outcome {
    let mut bytes = read(call)?;
    match call.method.name {
        "LegacyJavaUUID" => {
            bytes[..8].reverse();
            bytes[8..].reverse();
        }
        "LegacyCSharpUUID" => {
            bytes[..4].reverse();
            bytes[4..6].reverse();
            bytes[6..8].reverse();
        }
        _ => {}
    }
    Ok(binary(BinarySubtype::UuidOld, bytes.to_vec()))
}

#[cfg(test)]
mod tests {
    use crate::script::globals::tests::table;

    #[test]
    fn as_in_mongosh() {
        let id = "01234567-89ab-cdef-0123-456789abcdef";
        for (code, want) in [
            (
                "print(UUID(id), UUID(id.split(\"-\").reduce(|a, b| a + b)))",
                "UUID('01234567-89ab-cdef-0123-456789abcdef') UUID('01234567-89ab-cdef-0123-456789abcdef')",
            ),
            (
                "print(LegacyJavaUUID(id))",
                "Binary.createFromBase64('782riWdFIwHvzauJZ0UjAQ==', 3)",
            ),
            (
                "print(LegacyCSharpUUID(id))",
                "Binary.createFromBase64('Z0UjAauJ780BI0VniavN7w==', 3)",
            ),
            (
                "print(LegacyPythonUUID(id))",
                "Binary.createFromBase64('ASNFZ4mrze8BI0VniavN7w==', 3)",
            ),
            (
                "print(UUID(id).toString(), UUID(id).toHexString(false), UUID(id).toUUID())",
                "01234567-89ab-cdef-0123-456789abcdef 0123456789abcdef0123456789abcdef UUID('01234567-89ab-cdef-0123-456789abcdef')",
            ),
            (
                "print(UUID(id).equals(UUID(id)), UUID().equals(UUID()), UUID().toString().len())",
                "true false 36",
            ),
            ("UUID(\"xx\")", "error: \"xx\" is no UUID"),
        ] {
            table(&[(format!("let id = \"{id}\"; {code}").as_str(), want)]);
        }
    }
}
