//! The window functions of `$setWindowFields`.
//!
//! A field of `output` names a function and, mostly, a window: `{$sum: "$x", window: {documents: [-1, "current"]}}`.
//! [`WindowSpec::parse_field`] reads both ([`parse`], [`bounds`]); [`WindowSpec::values`] computes the field for every
//! document of a sorted partition ([`run`]).
//!
//! A window that begins with the partition only grows, and an accumulator of `$group` takes its values. Any other loses
//! documents at its beginning, and has a state that values can be taken out of ([`removable`]); its results are not always
//! those of the accumulator, because the server's are not. Functions that are no accumulators are in [`order`] and
//! [`slope`].

mod arithmetic;
mod bounds;
mod order;
mod parse;
mod removable;
mod run;
mod slope;

use bson::{Bson, Document};

use super::AccumulatorSpec;
use crate::mql::expr::Expr;
use crate::mql::{Deps, Env, Result};
use crate::value::Decimal;
use bounds::Bounds;
pub use parse::names;

/// A field of `$setWindowFields`' `output`.
#[derive(Debug, Clone)]
pub struct WindowSpec {
    function: Function,
    bounds: Bounds,
    /// The field that the partition is sorted by, if it is sorted by one.
    sort: Option<SortField>,
}

/// What the partition is sorted by.
#[derive(Debug, Clone)]
struct SortField {
    path: Expr,
    descending: bool,
}

/// A window function.
#[derive(Debug, Clone)]
enum Function {
    /// One of the accumulators, `$first` and `$last` excepted.
    Accumulate(Box<AccumulatorSpec>),
    /// `$first`: of the window's first document.
    First(Expr),
    /// `$last`: of the window's last document.
    Last(Expr),
    Covariance {
        input: Expr,
        sample: bool,
    },
    Derivative {
        input: Expr,
        unit: Option<i64>,
    },
    Integral {
        input: Expr,
        unit: Option<i64>,
    },
    Rank(RankKind),
    Shift {
        output: Expr,
        by: i64,
        default: Bson,
    },
    ExpMovingAvg {
        input: Expr,
        alpha: Decimal,
    },
    LinearFill(Expr),
    Locf(Expr),
}

/// The functions that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RankKind {
    Rank,
    DenseRank,
    DocumentNumber,
}

impl WindowSpec {
    /// Reads a field of `output`. `sort_by` is the stage's `sortBy` (`None` where it has none, or an empty one), which
    /// many functions and windows need.
    ///
    /// # Errors
    /// What the server finds wrong with the function, its argument, the window, or a missing order.
    pub fn parse_field(
        field: &str,
        spec: &Bson,
        sort_by: Option<&Document>,
        env: &Env,
    ) -> Result<Self> {
        parse::field(field, spec, sort_by, env)
    }

    /// The field's value for each document of a partition (`None`: it is not set), which stands in the order of the
    /// stage's `sortBy`.
    ///
    /// # Errors
    /// Those of the expressions, and of values that a function or the window's range does not take.
    pub fn values(&self, partition: &[Document], env: &Env) -> Result<Vec<Option<Bson>>> {
        run::values(self, partition, env)
    }

    /// Which fields of a document it reads.
    pub fn deps(&self, deps: &mut Deps) {
        match &self.function {
            Function::Accumulate(spec) => spec.deps(deps),
            Function::Rank(_) => {}
            Function::First(input)
            | Function::Last(input)
            | Function::Covariance { input, .. }
            | Function::Derivative { input, .. }
            | Function::Integral { input, .. }
            | Function::Shift { output: input, .. }
            | Function::ExpMovingAvg { input, .. }
            | Function::LinearFill(input)
            | Function::Locf(input) => input.deps(deps),
        }
        if let Some(sort) = &self.sort {
            sort.path.deps(deps);
        }
    }
}
