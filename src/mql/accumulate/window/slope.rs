//! `$derivative` and `$integral`: the input as a curve over the field that is sorted by.

use std::collections::VecDeque;

use bson::{Bson, Document};

use super::SortField;
use super::arithmetic::{add, divide, multiply, subtract};
use super::removable::{Removable, Sum};
use crate::mql::expr::Expr;
use crate::mql::{Env, Error, Result};
use crate::value::Number;

fn null(value: Option<Bson>) -> Bson {
    value.unwrap_or(Bson::Null)
}

/// The slope between the first and the last document of a window.
pub(super) fn derivative(
    input: &Expr,
    unit: Option<i64>,
    window: &[Document],
    sort: Option<&SortField>,
    env: &Env,
) -> Result<Bson> {
    let (Some(left), Some(right), Some(sort)) = (window.first(), window.last(), sort) else {
        return Ok(Bson::Null);
    };
    let (x1, x2) = (sort.path.eval(left, env)?, sort.path.eval(right, env)?);
    check_times(x1.as_ref(), x2.as_ref(), unit.is_some())?;
    let run = subtract(&null(x2), &null(x1))?;
    let (y1, y2) = (null(input.eval(left, env)?), null(input.eval(right, env)?));
    let rise = subtract(&y2, &y1)?;
    if rise == Bson::Null {
        let message = "$derivative input must not be null or missing";
        return Err(Error::new(5_624_903, message));
    }
    match (divide(&rise, &run)?, unit) {
        (None, _) => Ok(Bson::Null),
        (Some(slope), Some(unit)) => multiply(&slope, &Bson::Int64(unit)),
        (Some(slope), None) => Ok(slope),
    }
}

fn check_times(a: Option<&Bson>, b: Option<&Bson>, has_unit: bool) -> Result<()> {
    let is_date = |v: Option<&Bson>| matches!(v, Some(Bson::DateTime(_)));
    let is_number = |v: Option<&Bson>| v.and_then(Number::from_bson).is_some();
    let fail = |code, what: &str| Err(Error::new(code, format!("$derivative {what}")));
    if has_unit {
        return match is_date(a) && is_date(b) {
            true => Ok(()),
            false => fail(
                5_624_900,
                "with 'unit' expects the sortBy field to be a Date",
            ),
        };
    }
    if is_date(a) || is_date(b) {
        return fail(5_624_901, "where the sortBy is a Date requires an 'unit'");
    }
    if !is_number(a) || !is_number(b) {
        return fail(
            5_624_902,
            "(with no 'unit') expects the sortBy field to be numeric",
        );
    }
    Ok(())
}

/// `$integral`: values are arrays of two, the place and the height.
pub(super) struct Integral {
    unit: Option<i64>,
    points: VecDeque<(Bson, Bson)>,
    sum: Sum,
    nan: usize,
}

impl Integral {
    pub(super) fn new(unit: Option<i64>) -> Self {
        Self {
            unit,
            points: VecDeque::new(),
            sum: Sum::default(),
            nan: 0,
        }
    }

    fn point(&self, value: Option<&Bson>) -> Result<(Bson, Bson)> {
        let fail = |code, what: &str| Err(Error::new(code, what));
        let (x, y) = match value {
            Some(Bson::Array(items)) => match items.as_slice() {
                [x, y] => (x, y),
                _ => return fail(5_423_900, WRONG),
            },
            _ => return fail(5_423_900, WRONG),
        };
        let is_date = matches!(x, Bson::DateTime(_));
        let is_number = Number::from_bson(x).is_some();
        if Number::from_bson(y).is_none() || !(is_date || is_number) {
            return fail(5_423_900, WRONG);
        }
        match self.unit {
            Some(_) if !is_date => fail(
                5_423_901,
                "$integral with 'unit' expects the sortBy field to be a Date",
            ),
            None if !is_number => fail(
                5_423_902,
                "$integral (with no 'unit') expects the sortBy field to be numeric",
            ),
            _ => Ok((x.clone(), y.clone())),
        }
    }
}

const WRONG: &str = "The input value of $integral window function must be a vector of 2 value, the first value must be numeric or date type and the second must be numeric.";

fn is_nan(value: &Bson) -> bool {
    Number::from_bson(value).is_some_and(Number::is_nan)
}

fn has_nan((x, y): &(Bson, Bson)) -> bool {
    is_nan(x) || is_nan(y)
}

/// The area between two points.
fn trapezoid(a: &(Bson, Bson), b: &(Bson, Bson)) -> Result<Bson> {
    if has_nan(a) || has_nan(b) {
        return Ok(Bson::Int32(0));
    }
    let is_date = |value: &Bson| matches!(value, Bson::DateTime(_));
    if is_date(&a.0) != is_date(&b.0) {
        return Ok(Bson::Int32(0));
    }
    let area = multiply(&add(&b.1, &a.1)?, &subtract(&b.0, &a.0)?)?;
    Ok(divide(&area, &Bson::Double(2.0))?.unwrap_or(Bson::Null))
}

impl Removable for Integral {
    fn add(&mut self, value: Option<&Bson>) -> Result<()> {
        let point = self.point(value)?;
        self.nan += usize::from(has_nan(&point));
        if let Some(last) = self.points.back() {
            self.sum.add(Some(&trapezoid(last, &point)?))?;
        }
        self.points.push_back(point);
        Ok(())
    }

    fn remove(&mut self, value: Option<&Bson>) -> Result<()> {
        let point = self.point(value)?;
        self.nan -= usize::from(has_nan(&point)).min(self.nan);
        self.points.pop_front();
        if let Some(first) = self.points.front() {
            self.sum.remove(Some(&trapezoid(&point, first)?))?;
        }
        Ok(())
    }

    fn value(&mut self) -> Result<Bson> {
        if self.points.is_empty() {
            return Ok(Bson::Null);
        }
        if self.nan > 0 {
            return Ok(Bson::Double(f64::NAN));
        }
        let sum = self.sum.value()?;
        match self.unit {
            Some(unit) => Ok(divide(&sum, &Bson::Int64(unit))?.unwrap_or(Bson::Null)),
            None => Ok(sum),
        }
    }
}
