//! Functions of a document's place in its partition: `$rank`, `$denseRank`, `$documentNumber`, `$shift`, `$locf`, `$linearFill`,
//! `$expMovingAvg`.

use bson::{Bson, Document};

use super::arithmetic::{add, divide, multiply, subtract};
use super::{RankKind, SortField};
use crate::mql::expr::Expr;
use crate::mql::{Env, Error, Result, text};
use crate::value::{Decimal, Number, compare};

type Values = Result<Vec<Option<Bson>>>;

/// Ranks by the field that is sorted by; null and missing are two values here.
pub(super) fn ranks(
    kind: RankKind,
    partition: &[Document],
    sort: Option<&SortField>,
    env: &Env,
) -> Values {
    let mut last: Option<Option<Bson>> = None;
    let (mut rank, mut same) = (0_i64, 1_i64);
    let mut values = Vec::with_capacity(partition.len());
    for (number, doc) in (1..).zip(partition) {
        let value = match sort {
            Some(sort) => sort.path.eval(doc, env)?,
            None => None,
        };
        let is_same = match (&last, &value) {
            (Some(Some(a)), Some(b)) => compare(a, b).is_eq(),
            (Some(None), None) => true,
            _ => false,
        };
        if is_same {
            same += 1;
        } else {
            rank += if kind == RankKind::Rank { same } else { 1 };
            same = 1;
            last = Some(value);
        }
        let value = match kind {
            RankKind::DocumentNumber => number,
            _ => rank,
        };
        values.push(Some(Number::from_int(value).into()));
    }
    Ok(values)
}

/// The output of another document, or the default beyond the ends.
pub(super) fn shifted(
    output: &Expr,
    by: i64,
    default: &Bson,
    partition: &[Document],
    env: &Env,
) -> Values {
    let other = |at: usize| {
        let at = i64::try_from(at).ok()?.checked_add(by)?;
        partition.get(usize::try_from(at).ok()?)
    };
    let value = |at| match other(at) {
        Some(doc) => output.eval(doc, env),
        None => Ok(Some(default.clone())),
    };
    (0..partition.len()).map(value).collect()
}

/// The last value that was neither null nor missing.
pub(super) fn carried(input: &Expr, partition: &[Document], env: &Env) -> Values {
    let mut last = Bson::Null;
    let value = |doc: &Document| {
        if let Some(value) = crate::mql::accumulate::present(input.eval(doc, env)?) {
            last = value;
        }
        Ok(Some(last.clone()))
    };
    partition.iter().map(value).collect()
}

/// The weighted mean of a value and the mean before it, computed in decimals.
pub(super) fn moving_average(
    input: &Expr,
    alpha: Decimal,
    partition: &[Document],
    env: &Env,
) -> Values {
    let rest = Decimal::from_i64(1) - alpha;
    let mut mean: Option<Decimal> = None;
    let mut is_decimal = false;
    let value = |doc: &Document| {
        let value = input.eval(doc, env)?;
        if let Some(number) = value.as_ref().and_then(Number::from_bson) {
            is_decimal |= matches!(number, Number::Decimal(_));
            let number = match number {
                Number::Double(x) => Decimal::from_f64(x),
                other => other.to_decimal(),
            };
            mean = Some(match mean {
                Some(mean) => number * alpha + mean * rest,
                None => number,
            });
        }
        Ok(Some(match mean {
            None => Bson::Null,
            Some(mean) if is_decimal => mean.into(),
            Some(mean) => Bson::Double(mean.to_f64()),
        }))
    };
    partition.iter().map(value).collect()
}

/// A known point.
type Point = (Bson, Bson);

/// Fills nulls on the straight line between the values around them.
pub(super) fn linear_fill(
    input: &Expr,
    partition: &[Document],
    sort: Option<&SortField>,
    env: &Env,
) -> Values {
    let Some(sort) = sort else {
        return Ok(vec![Some(Bson::Null); partition.len()]);
    };
    let mut last: Option<Bson> = None;
    let (mut before, mut after): (Option<Point>, Option<Point>) = (None, None);
    let mut values = Vec::with_capacity(partition.len());
    for (at, doc) in partition.iter().enumerate() {
        let y = check_fill(input.eval(doc, env)?)?;
        let x = check_sort(sort.path.eval(doc, env)?, last.as_ref())?;
        last = Some(x.clone());
        if let Some(y) = y {
            before = after.take().or_else(|| Some((x, y.clone())));
            values.push(Some(y));
            continue;
        }
        if before.is_some() && after.is_none() {
            after = next_point(
                input,
                sort,
                partition.get(at + 1..).unwrap_or_default(),
                env,
            )?;
        }
        values.push(Some(match (&before, &after) {
            (Some(before), Some(after)) => interpolate(before, after, &x)?,
            _ => Bson::Null,
        }));
    }
    Ok(values)
}

fn check_fill(value: Option<Bson>) -> Result<Option<Bson>> {
    match crate::mql::accumulate::present(value) {
        Some(value) if Number::from_bson(&value).is_none() => {
            let found = text::type_name(&value);
            Err(Error::type_mismatch(format!(
                "Value to be filled must be numeric or nullish, but found {found}"
            )))
        }
        value => Ok(value),
    }
}

fn check_sort(value: Option<Bson>, last: Option<&Bson>) -> Result<Bson> {
    let is_date = |v: &Bson| {
        matches!(
            v,
            Bson::DateTime(_) | Bson::Timestamp(_) | Bson::ObjectId(_)
        )
    };
    let is_number = |v: &Bson| Number::from_bson(v).is_some();
    let value = match value {
        Some(value) if is_date(&value) || is_number(&value) => value,
        other => {
            let found = other.as_ref().map_or("missing", text::type_name);
            return Err(Error::type_mismatch(format!(
                "Value of the sortBy field must be numeric or a date, but found {found}"
            )));
        }
    };
    let Some(last) = last else {
        return Ok(value);
    };
    if compare(&value, last).is_eq() {
        let message = "There can be no repeated values in the sort field";
        return Err(Error::new(6_050_106, message));
    }
    if is_date(&value) != is_date(last) {
        return Err(Error::type_mismatch(format!(
            "Conflicting sort value types, previously received type {}, but found {}",
            text::type_name(last),
            text::type_name(&value)
        )));
    }
    Ok(value)
}

fn next_point(
    input: &Expr,
    sort: &SortField,
    rest: &[Document],
    env: &Env,
) -> Result<Option<Point>> {
    for doc in rest {
        let y = crate::mql::accumulate::present(input.eval(doc, env)?);
        let Some(y) = y else { continue };
        if let Some(x) = crate::mql::accumulate::present(sort.path.eval(doc, env)?) {
            return Ok(Some((x, y)));
        }
    }
    Ok(None)
}

fn interpolate((x1, y1): &Point, (x2, y2): &Point, x: &Bson) -> Result<Bson> {
    let rise = subtract(y2, y1)?;
    let run = subtract(x2, x1)?;
    let slope = divide(&rise, &run)?.unwrap_or(Bson::Null);
    add(y1, &multiply(&subtract(x, x1)?, &slope)?)
}
