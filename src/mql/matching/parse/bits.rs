//! `$bitsAllSet` and its kind.

use bson::Bson;

use super::{Call, bad, integer};
use crate::mql::matching::predicate::{Predicate, Test};
use crate::mql::matching::tests_of_values::{Bits, BitsOp, byte_at};
use crate::mql::{Error, Result, text};

pub fn parse(call: &Call<'_>) -> Result<Option<Predicate>> {
    let op = match call.name {
        "$bitsAllSet" => BitsOp::AllSet,
        "$bitsAllClear" => BitsOp::AllClear,
        "$bitsAnySet" => BitsOp::AnySet,
        _ => BitsOp::AnyClear,
    };
    let positions = positions(call)?;
    let test = Test::Bits(Bits { op, positions });
    Ok(Some(Predicate::field(call.path, test)))
}

fn positions(call: &Call<'_>) -> Result<Vec<u32>> {
    match call.argument {
        Bson::Array(items) => {
            let numbered = items.iter().enumerate();
            numbered.map(|(i, item)| position(i, item)).collect()
        }
        Bson::Binary(data) => {
            let bytes: Vec<u8> = (0..).map_while(|at| byte_at(data, at)).collect();
            Ok(set_bits(&bytes))
        }
        value if is_number(value) => {
            let mask = integer::parse(call.name, value)?;
            let mask = integer::not_negative(call.name, value, mask)?;
            Ok(set_bits(&mask.to_le_bytes()))
        }
        value => bad(format!(
            "{} takes an Array, a number, or a BinData but received: {}",
            call.path,
            text::field(call.name, value)
        )),
    }
}

fn is_number(value: &Bson) -> bool {
    crate::value::Number::from_bson(value).is_some()
}

fn position(i: usize, item: &Bson) -> Result<u32> {
    let name = i.to_string();
    let number = integer::parse_i32(&name, item)
        .and_then(|number| integer::not_negative(&name, item, number))
        .map_err(|e| Error::bad_value(format!("Failed to parse bit position. {}", e.message)))?;
    Ok(number.unsigned_abs())
}

fn set_bits(bytes: &[u8]) -> Vec<u32> {
    let mut positions = Vec::new();
    for (byte, first) in bytes.iter().zip((0..).step_by(8)) {
        positions.extend(
            (0..8)
                .filter(|bit| byte >> bit & 1 == 1)
                .map(|bit| first + bit),
        );
    }
    positions
}
