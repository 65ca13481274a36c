//! Comparing a value with a filter's constant.
//!
//! Only values of one bracket of types are compared, with three exceptions: null, undefined and missing
//! are one; MinKey and MaxKey have all others on one side; NaN is equal to itself and has no order.

use std::cmp::Ordering;

use bson::Bson;

use crate::mql::matching::{Comparison, InList, Op};
use crate::value::compare::{bracket, compare};

const UNDEFINED: i8 = 0;
const NULL: i8 = 5;

impl Op {
    fn holds(self, order: Ordering) -> bool {
        match self {
            Op::Eq => order.is_eq(),
            Op::Lt => order.is_lt(),
            Op::Lte => order.is_le(),
            Op::Gt => order.is_gt(),
            Op::Gte => order.is_ge(),
        }
    }

    fn holds_for_equals(self) -> bool {
        matches!(self, Op::Eq | Op::Lte | Op::Gte)
    }
}

impl Comparison {
    /// Whether one value compares so.
    #[must_use]
    pub fn matches(&self, value: Option<&Bson>) -> bool {
        let brackets = (value.map_or(UNDEFINED, bracket), bracket(&self.value));
        match value {
            Some(value) if brackets.0 == brackets.1 => self.same_bracket(value),
            _ if matches!(brackets, (UNDEFINED, NULL) | (NULL, UNDEFINED)) => {
                self.op.holds_for_equals()
            }
            _ => matches!(
                (&self.value, self.op),
                (Bson::MaxKey, Op::Lt | Op::Lte) | (Bson::MinKey, Op::Gt | Op::Gte)
            ),
        }
    }

    fn same_bracket(&self, value: &Bson) -> bool {
        match (value, &self.value) {
            (Bson::Int32(a), Bson::Int32(b)) => self.op.holds(a.cmp(b)),
            (Bson::String(a), Bson::String(b)) => match self.op {
                Op::Eq => a == b,
                op => op.holds(a.as_bytes().cmp(b.as_bytes())),
            },
            (Bson::ObjectId(a), Bson::ObjectId(b)) => self.op.holds(a.bytes().cmp(&b.bytes())),
            (a, b) => match (is_nan(a), is_nan(b)) {
                (false, false) => self.op.holds(compare(a, b)),
                (a, b) => a && b && self.op.holds_for_equals(),
            },
        }
    }
}

impl InList {
    /// Whether one value is in the list.
    #[must_use]
    pub fn matches(&self, value: Option<&Bson>) -> bool {
        match value {
            None | Some(Bson::Undefined) if self.has_null => true,
            Some(found) => self.contains(found) || self.regexes.iter().any(|r| r.matches(value)),
            None => false,
        }
    }

    fn contains(&self, value: &Bson) -> bool {
        let found = self.values.binary_search_by(|own| compare(own, value));
        found.is_ok()
    }
}

fn is_nan(value: &Bson) -> bool {
    match value {
        Bson::Double(x) => x.is_nan(),
        Bson::Decimal128(d) => crate::value::Decimal::from(*d).is_nan(),
        _ => false,
    }
}
