//! What BSON type a script's number has.
//!
//! Scripts calculate with Rhai's own integers and floats. A number read from a document carries
//! its BSON type in the tag of its `Dynamic`: copies, captures and arguments keep the tag, and
//! arithmetic drops it. So a field that a script passes on keeps its type to the bit, and a number
//! that a script makes gets mongosh's: int32 where it fits, else int64 (an integer) or double.

use bson::RawBson;
use rhai::Dynamic;

/// A `Dynamic`'s tag, as Rhai has it on 64-bit platforms.
pub type Tag = i32;

/// Tag of an integer that came as int32.
pub const INT32: Tag = 1;
/// Tag of an integer that came as int64 (or was made with `NumberLong`).
pub const INT64: Tag = 2;
/// Tag of a float that came as double.
pub const DOUBLE: Tag = 3;
/// Tag of an integer that `NumberInt` made: stored as int32, and shown as `Int32(5)` until then.
pub const MADE_INT32: Tag = 4;
/// Tag of a float that `Double` made: stored as double, and shown as `Double(5)` until then.
pub const MADE_DOUBLE: Tag = 5;
/// Tag of a unit value that is BSON's null; an untagged unit is JavaScript's `undefined`.
pub const NULL: Tag = 1;

fn tagged(mut value: Dynamic, tag: Tag) -> Dynamic {
    value.set_tag(tag);
    value
}

/// An integer that is written as int32.
pub fn int32(n: i32) -> Dynamic {
    tagged(Dynamic::from(i64::from(n)), INT32)
}

/// An integer that is written as int64, however small.
pub fn int64(n: i64) -> Dynamic {
    tagged(Dynamic::from(n), INT64)
}

/// A float that is written as double, even where it is a whole number.
pub fn double(n: f64) -> Dynamic {
    tagged(Dynamic::from(n), DOUBLE)
}

/// What `NumberInt(n)` gives.
pub fn made_int32(n: i32) -> Dynamic {
    tagged(Dynamic::from(i64::from(n)), MADE_INT32)
}

/// What `Double(n)` gives.
pub fn made_double(n: f64) -> Dynamic {
    tagged(Dynamic::from(n), MADE_DOUBLE)
}

/// BSON's null.
pub fn null() -> Dynamic {
    tagged(Dynamic::UNIT, NULL)
}

/// The tag of the value itself, looked up behind a shared one.
#[must_use]
pub fn tag_of(value: &Dynamic) -> Tag {
    if value.is_shared() {
        value.clone().flatten().tag()
    } else {
        value.tag()
    }
}

/// How an integer is written: as its tag says, else int32 where it fits and int64 where not.
#[must_use]
pub fn integer_to_bson(n: i64, tag: Tag) -> RawBson {
    match i32::try_from(n) {
        Ok(small) if tag != INT64 => RawBson::Int32(small),
        _ => RawBson::Int64(n),
    }
}

/// How a float is written: a whole number that a script made and that fits is an int32, as in
/// mongosh (where there is one type of number); everything else is a double. Negative zero is a
/// double, since int32 has none.
#[must_use]
pub fn float_to_bson(n: f64, tag: Tag) -> RawBson {
    let whole = n.fract() == 0.0 && n >= f64::from(i32::MIN) && n <= f64::from(i32::MAX);
    let double = matches!(tag, DOUBLE | MADE_DOUBLE);
    if !double && whole && !(n == 0.0 && n.is_sign_negative()) {
        #[allow(clippy::cast_possible_truncation)] // whole and in range, checked above
        return RawBson::Int32(n as i32);
    }
    RawBson::Double(n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_as_small_as_they_fit_unless_tagged() {
        let cases = [
            (5, 0, RawBson::Int32(5)),
            (5, INT32, RawBson::Int32(5)),
            (5, INT64, RawBson::Int64(5)),
            (3_000_000_000, 0, RawBson::Int64(3_000_000_000)),
            (i64::from(i32::MIN), 0, RawBson::Int32(i32::MIN)),
        ];
        for (n, tag, want) in cases {
            assert_eq!(integer_to_bson(n, tag), want, "{n} tagged {tag}");
        }
    }

    #[test]
    fn floats_are_doubles_unless_a_script_made_a_small_whole_number() {
        let cases = [
            (20.0, 0, RawBson::Int32(20)),
            (20.0, DOUBLE, RawBson::Double(20.0)),
            (20.0, MADE_DOUBLE, RawBson::Double(20.0)),
            (20.5, 0, RawBson::Double(20.5)),
            (3e9, 0, RawBson::Double(3e9)),
            (f64::INFINITY, 0, RawBson::Double(f64::INFINITY)),
        ];
        for (n, tag, want) in cases {
            assert_eq!(float_to_bson(n, tag), want, "{n} tagged {tag}");
        }
        assert!(matches!(float_to_bson(-0.0, 0), RawBson::Double(_)));
    }
}
