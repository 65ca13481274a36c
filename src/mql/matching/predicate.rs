//! What a filter is made of.

use std::sync::Arc;

use bson::Bson;

use super::tests_of_values::{Bits, Modulo, RegexTest, TypeSet};
use crate::mql::Expr;
use crate::mql::json_schema::Schema;
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
    /// `$expr`.
    Expr(Expr),
    /// `$jsonSchema`.
    JsonSchema(Arc<Schema>),
    /// `$alwaysTrue`, `$alwaysFalse`, and what comes to that.
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
    /// `$type`.
    Type(TypeSet),
    /// `$regex`.
    Regex(RegexTest),
    /// `$mod`.
    Mod(Modulo),
    /// `$size`.
    Size(i32),
    /// `$bitsAllSet`, `$bitsAllClear`, `$bitsAnySet`, `$bitsAnyClear`.
    Bits(Bits),
    /// `$elemMatch` with a filter for documents.
    ElemMatchObject(Box<Predicate>),
    /// `$elemMatch` with operators for values; the paths in it are empty.
    ElemMatchValue(Box<Predicate>),
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

impl Op {
    /// Its name in a filter.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Op::Eq => "$eq",
            Op::Lt => "$lt",
            Op::Lte => "$lte",
            Op::Gt => "$gt",
            Op::Gte => "$gte",
        }
    }
}

/// What `$in` lists.
#[derive(Debug, Clone, Default)]
pub struct InList {
    /// The values but for regular expressions, in MongoDB's order, each once.
    pub values: Vec<Bson>,
    /// The regular expressions.
    pub regexes: Vec<RegexTest>,
    /// Whether null is among the values, which missing fields pass.
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
        match self {
            Self::And(all) => all.iter().all(Self::is_empty),
            Self::Always(answer) => *answer,
            _ => false,
        }
    }
}

impl Test {
    /// What it is shown of an array at its path's end.
    #[must_use]
    pub fn leaf(&self) -> Leaf {
        match self {
            Test::Size(_) | Test::ElemMatchObject(_) | Test::ElemMatchValue(_) => Leaf::Whole,
            _ => Leaf::Expand,
        }
    }
}
