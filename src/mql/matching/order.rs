//! The order in which the server's planner puts the clauses of a filter.

use std::cmp::Ordering;

use super::predicate::{Op, Predicate, Test};

impl Predicate {
    /// Sorts the clauses at every level: by kind, then by path.
    pub(super) fn sort(&mut self) {
        match self {
            Predicate::And(parts) | Predicate::Or(parts) | Predicate::Nor(parts) => {
                parts.iter_mut().for_each(Predicate::sort);
                parts.sort_by(compare);
            }
            Predicate::Not(not) => not.sort(),
            _ => {}
        }
    }

    /// The places are those of the server's list of kinds.
    fn kind(&self) -> u8 {
        match self {
            Predicate::And(_) => 0,
            Predicate::Or(_) => 1,
            Predicate::Field { test, .. } => test.kind(),
            Predicate::Not(_) => 30,
            Predicate::Nor(_) => 31,
            Predicate::Expr(_) => 40,
            Predicate::Always(_) => 41,
            Predicate::JsonSchema(_) => 50,
            Predicate::SampleRate(_) => 51,
        }
    }

    fn parts(&self) -> &[Predicate] {
        match self {
            Predicate::And(parts) | Predicate::Or(parts) | Predicate::Nor(parts) => parts,
            Predicate::Not(not) => std::slice::from_ref(not),
            _ => &[],
        }
    }

    fn path(&self) -> &str {
        match self {
            Predicate::Field { path, .. } => path.as_str(),
            _ => "",
        }
    }
}

impl Test {
    fn kind(&self) -> u8 {
        match self {
            Test::ElemMatchObject(_) => 2,
            Test::ElemMatchValue(_) => 3,
            Test::Size(_) => 4,
            Test::Compare(comparison) => match comparison.op {
                Op::Eq => 5,
                Op::Lte => 6,
                Op::Lt => 7,
                Op::Gt => 8,
                Op::Gte => 9,
            },
            Test::Regex(_) => 10,
            Test::Mod(_) => 11,
            Test::Exists => 12,
            Test::In(_) => 13,
            Test::Bits(_) => 14,
            Test::Type(_) => 32,
        }
    }
}

fn compare(a: &Predicate, b: &Predicate) -> Ordering {
    let parts = || {
        let mut pairs = a.parts().iter().zip(b.parts());
        let first = pairs.find_map(|(a, b)| Some(compare(a, b)).filter(|order| order.is_ne()));
        first.unwrap_or_else(|| a.parts().len().cmp(&b.parts().len()))
    };
    a.kind()
        .cmp(&b.kind())
        .then_with(|| a.path().cmp(b.path()))
        .then_with(parts)
}
