//! `$bitsAllSet` and its kind.

use bson::spec::BinarySubtype;
use bson::{Binary, Bson};

use crate::value::Decimal;

/// Which bits, and what of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bits {
    /// What is asked.
    pub op: BitsOp,
    /// The bits' places, from the least on.
    pub positions: Vec<u32>,
}

/// What is asked of the bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BitsOp {
    /// All are 1.
    AllSet,
    /// All are 0.
    AllClear,
    /// One is 1.
    AnySet,
    /// One is 0.
    AnyClear,
}

impl Bits {
    /// Whether a value that has bits, a whole number or binary data, has these.
    #[must_use]
    pub fn matches(&self, value: Option<&Bson>) -> bool {
        match value {
            Some(Bson::Binary(data)) => self.ask(|at| {
                let byte = byte_at(data, at as usize / 8);
                byte.is_some_and(|byte| byte >> (at % 8) & 1 == 1)
            }),
            // A negative number goes on to the left with its sign.
            Some(value) => whole(value).is_some_and(|n| self.ask(|at| n >> at.min(63) & 1 == 1)),
            None => false,
        }
    }

    fn ask(&self, is_set: impl Fn(u32) -> bool) -> bool {
        let mut positions = self.positions.iter().copied();
        match self.op {
            BitsOp::AllSet => positions.all(is_set),
            BitsOp::AllClear => !positions.any(is_set),
            BitsOp::AnySet => positions.any(is_set),
            BitsOp::AnyClear => !positions.all(is_set),
        }
    }
}

/// A byte of binary data as BSON holds it: the old generic subtype has its length before it.
pub fn byte_at(data: &Binary, at: usize) -> Option<u8> {
    let length = u32::try_from(data.bytes.len()).unwrap_or(0).to_le_bytes();
    let head: &[u8] = match data.subtype {
        BinarySubtype::BinaryOld => &length,
        _ => &[],
    };
    let byte = match at.checked_sub(head.len()) {
        Some(at) => data.bytes.get(at),
        None => head.get(at),
    };
    byte.copied()
}

/// A double must be whole and in range; a decimal is cut, and one that is out of range has the server's
/// library's answer.
fn whole(value: &Bson) -> Option<i64> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    match value {
        Bson::Int32(n) => Some((*n).into()),
        Bson::Int64(n) => Some(*n),
        Bson::Double(x) => ((-LIMIT..LIMIT).contains(x) && x.trunc() == *x).then_some(*x as i64),
        Bson::Decimal128(d) => {
            let whole = Decimal::from(*d).trunc_to_i64();
            Some(whole.unwrap_or(i64::MIN))
        }
        _ => None,
    }
}
