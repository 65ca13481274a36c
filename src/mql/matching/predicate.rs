//! What a filter is made of.

use bson::Bson;

use crate::mql::path::{Leaf, Path};

/// A filter, or a part of one.
#[derive(Debug, Clone)]
pub enum Predicate {
    /// All hold; an empty one is true.
    And(Vec<Predicate>),
    /// One holds.
    Or(Vec<Predicate>),
    /// None holds.
    Nor(Vec<Predicate>),
    /// It does not hold: `$not`, `$ne`, `$nin`, `$exists: false`.
    Not(Box<Predicate>),
    /// One of the values that the path leads to passes the test.
    Field {
        /// Where the values are.
        path: Path,
        /// What one of them must pass.
        test: Test,
    },
    /// `$alwaysTrue`, `$alwaysFalse`.
    Always(bool),
    /// `$sampleRate`: true by chance.
    SampleRate(f64),
}

/// What a value must be.
#[derive(Debug, Clone)]
pub enum Test {
    /// `$eq`, `$lt`, `$lte`, `$gt`, `$gte`.
    Compare(Comparison),
    /// `$in`.
    In(InList),
    /// `$exists: true`.
    Exists,
}

/// A comparison with a constant.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// How.
    pub op: Op,
    /// With what.
    pub value: Bson,
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    /// `$eq`
    Eq,
    /// `$lt`
    Lt,
    /// `$lte`
    Lte,
    /// `$gt`
    Gt,
    /// `$gte`
    Gte,
}

/// What `$in` lists.
#[derive(Debug, Clone, Default)]
pub struct InList {
    /// The values but for regular expressions, in MongoDB's order, each once.
    pub values: Vec<Bson>,
    /// Whether null is among them, which missing fields pass.
    pub has_null: bool,
}

impl Predicate {
    /// A predicate on a field.
    #[must_use]
    pub fn field(path: &str, test: Test) -> Self {
        Self::Field {
            path: Path::new(path),
            test,
        }
    }

    /// The opposite.
    #[must_use]
    pub fn negated(self) -> Self {
        Self::Not(Box::new(self))
    }

    /// Whether it is true of every document: an empty filter.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::And(all) if all.is_empty())
    }
}

impl Test {
    /// What it is shown of an array at its path's end.
    #[must_use]
    pub fn leaf(&self) -> Leaf {
        Leaf::Expand
    }
}
