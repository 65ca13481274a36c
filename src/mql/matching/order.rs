//! The order in which the server's planner puts the clauses of a filter.

use std::cmp::Ordering;

use super::predicate::{Op, Predicate, Test};

impl Predicate {
    /// Sorts the clauses at every level: by kind, then by path.
    pub(super) fn sort(&mut self) {
        match self {
            Predicate::And(parts) | Predicate::Or(parts) | Predicate::Nor(parts) => {
                parts.iter_mut().for_each(Predicate::sort);
                parts.sort_by(Predicate::order);
            }
            Predicate::Not(not) => not.sort(),
            _ => {}
        }
    }

    /// Which of two clauses the server puts first: by kind, then by path, then by the clauses inside. A
    /// negation has no path of its own.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        let parts = || {
            let mut pairs = self.parts().iter().zip(other.parts());
            let first = pairs.find_map(|(a, b)| Some(a.order(b)).filter(|order| order.is_ne()));
            first.unwrap_or_else(|| self.parts().len().cmp(&other.parts().len()))
        };
        self.kind()
            .cmp(&other.kind())
            .then_with(|| self.path().cmp(other.path()))
            .then_with(parts)
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
