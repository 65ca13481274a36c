//! `value instanceof Name`: the function behind the operator.

use bson::Binary;
use bson::spec::BinarySubtype;
use rhai::{Dynamic, Engine, ImmutableString, NativeCallContext};

use crate::script::Doc;
use crate::script::error::ScriptError;
use crate::script::number::{INT64, MADE_DOUBLE, MADE_INT32};

/// Registers the operator's function.
pub(super) fn register(engine: &mut Engine) {
    engine.register_fn(
        "instanceof",
        |ctx: NativeCallContext<'_>, value: Dynamic, class: ImmutableString| {
            let value = value.flatten();
            let own = ctx.engine().map_type_name(value.type_name()).to_string();
            is_instance(&value, &own, &class)
        },
    );
}

/// `own` is the name that the value's type has in scripts.
fn is_instance(value: &Dynamic, own: &str, class: &str) -> bool {
    if let Some(error) = value.read_lock::<ScriptError>() {
        return is_error(&error.name, class);
    }
    match class {
        "Object" => is_object(value),
        "Array" => value.is_array(),
        "Function" => value.is_fnptr(),
        // JavaScript's numbers are no objects; those of BSON that a script sees as such are.
        "Long" | "NumberLong" => value.is_int() && value.tag() == INT64,
        "Int32" | "NumberInt" => value.is_int() && value.tag() == MADE_INT32,
        "Double" => value.is_float() && value.tag() == MADE_DOUBLE,
        "NumberDecimal" => own == "Decimal128",
        "UUID" => value
            .read_lock::<Binary>()
            .is_some_and(|b| b.subtype == BinarySubtype::Uuid),
        "DBRef" => value.read_lock::<Doc>().is_some_and(|d| d.contains("$ref")),
        "BSONRegExp" | "Regex" => own == "RegExp",
        _ => is_object(value) && own == class,
    }
}

fn is_object(value: &Dynamic) -> bool {
    let number = value.is_int() || value.is_float();
    let text = value.is_string() || value.is_char();
    !(number || text || value.is_bool() || value.is_unit())
        || (number && [INT64, MADE_INT32, MADE_DOUBLE].contains(&value.tag()))
}

/// The classes of the driver's errors, and JavaScript's.
fn is_error(name: &str, class: &str) -> bool {
    let driver = name.starts_with("Mongo") && !name.starts_with("Mongosh");
    match class {
        "Error" | "Object" => true,
        "MongoError" => driver,
        "MongoServerError" => {
            name == class
                || name.starts_with("MongoBulkWrite")
                || name.starts_with("MongoWriteConcern")
        }
        _ => name == class,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::table;

    #[test]
    fn as_in_mongosh() {
        table(&[
            (
                "print(ObjectId() instanceof ObjectId, new Date() instanceof Date, [] instanceof Array, NumberLong(\"5\") instanceof Long)",
                "true true true true",
            ),
            (
                "print(5 instanceof Number, \"x\" instanceof String, 5 instanceof Object, {} instanceof Object, [] instanceof Object)",
                "false false false true true",
            ),
            (
                "print(new Error(\"x\") instanceof Error, new TypeError(\"x\") instanceof Error, new Error(\"x\") instanceof TypeError)",
                "true true false",
            ),
            (
                "print(UUID() instanceof UUID, BinData(0, \"AQID\") instanceof UUID, new Map() instanceof Map, /x/ instanceof RegExp, (() => 1) instanceof Function)",
                "true false true true true",
            ),
            (
                "try { nothing() } catch (e) { print(e instanceof ReferenceError, e instanceof Error) }",
                "true true",
            ),
        ]);
    }
}
