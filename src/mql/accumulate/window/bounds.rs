//! Windows: which documents around one belong to it.

use bson::{Bson, Document};

use super::SortField;
use crate::mql::computed::computed;
use crate::mql::date::{self, Unit, Zone};
use crate::mql::expr::Expr;
use crate::mql::{Env, Error, Result, text};
use crate::value::{Number, compare};

/// One end of a window.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Bound<T> {
    Unbounded,
    Current,
    /// So far from the current document.
    At(T),
}

/// A window.
#[derive(Debug, Clone)]
pub(super) enum Bounds {
    /// Counted in documents.
    Documents(Bound<i64>, Bound<i64>),
    /// By the values of the field that is sorted by.
    Range {
        lower: Bound<Bson>,
        upper: Bound<Bson>,
        unit: Option<Unit>,
    },
}

/// From the beginning to the end.
pub(super) const WHOLE: Bounds = Bounds::Documents(Bound::Unbounded, Bound::Unbounded);

fn failed(message: impl Into<String>) -> Error {
    Error::failed_to_parse(message)
}

impl Bounds {
    /// Reads a `window`.
    pub fn parse(window: &Bson, sort_by: Option<&Document>, env: &Env) -> Result<Bounds> {
        let Bson::Document(window) = window else {
            return Err(failed("'window' field must be an object"));
        };
        let unit = window.get("unit");
        match (window.get("documents"), window.get("range")) {
            (Some(_), Some(_)) => Err(failed(
                "Window bounds can specify either 'documents' or 'unit', not both.",
            )),
            (_, None) if unit.is_some() => Err(failed(
                "Window bounds can only specify 'unit' with range-based bounds.",
            )),
            (None, None) if window.is_empty() => Ok(WHOLE),
            (None, None) => Err(failed(
                "'window' field can only contain 'documents' as the only argument or 'range' with an optional 'unit' field",
            )),
            (Some(_), None) if window.len() != 1 => Err(failed(
                "'window' field that specifies documents cannot have other fields",
            )),
            (Some(documents), None) => parse_documents(documents, sort_by, env),
            (None, Some(range)) => parse_range(range, unit, window.len(), sort_by, env),
        }
    }

    /// Whether it begins with the partition.
    pub fn is_left_unbounded(&self) -> bool {
        matches!(
            self,
            Bounds::Documents(Bound::Unbounded, _)
                | Bounds::Range {
                    lower: Bound::Unbounded,
                    ..
                }
        )
    }

    /// The windows of all documents of a partition, each from a place to before another. Neither end ever moves
    /// backwards.
    pub fn windows(
        &self,
        partition: &[Document],
        sort: Option<&SortField>,
        env: &Env,
    ) -> Result<Vec<(usize, usize)>> {
        match self {
            Bounds::Documents(lower, upper) => {
                let count = partition.len();
                Ok((0..count)
                    .map(|at| documents(at, count, lower, upper))
                    .collect())
            }
            Bounds::Range { lower, upper, unit } => {
                range_windows(partition, sort, (lower, upper, *unit), env)
            }
        }
    }
}

fn two<'a>(name: &str, bounds: &'a Bson) -> Result<(&'a Bson, &'a Bson)> {
    match bounds {
        Bson::Array(items) => match items.as_slice() {
            [lower, upper] => Some((lower, upper)),
            _ => None,
        },
        _ => None,
    }
    .ok_or_else(|| {
        let found = text::field(name, bounds);
        failed(format!("Window bounds must be a 2-element array: {found}"))
    })
}

fn bound<T>(value: &Bson, env: &Env, read: impl FnOnce(&Bson) -> Result<T>) -> Result<Bound<T>> {
    if let Bson::String(word) = value {
        return match word.as_str() {
            "unbounded" => Ok(Bound::Unbounded),
            "current" => Ok(Bound::Current),
            _ => Err(failed(
                "Window bounds must be 'unbounded', 'current', or a number.",
            )),
        };
    }
    let expr = Expr::parse(value, env)?;
    match expr.constant() {
        Some(value) => read(value.unwrap_or(&Bson::Null)).map(Bound::At),
        None => Err(failed("Window bounds expression must be a constant.")),
    }
}

fn parse_documents(documents: &Bson, sort_by: Option<&Document>, env: &Env) -> Result<Bounds> {
    let (lower, upper) = two("documents", documents)?;
    let read = |value: &Bson| {
        let n = Number::from_bson(value).and_then(Number::to_i64);
        n.filter(|n| i32::try_from(*n).is_ok())
            .ok_or_else(|| failed("Numeric document-based bounds must be an integer"))
    };
    let lower = bound(lower, env, read)?;
    let upper = bound(upper, env, read)?;
    let as_value = |bound: &Bound<i64>| match bound {
        Bound::At(n) => Some(Bson::Int64(*n)),
        Bound::Current => Some(Bson::Int64(0)),
        Bound::Unbounded => None,
    };
    check_forward(as_value(&lower), as_value(&upper))?;
    let is_whole = lower == Bound::Unbounded && upper == Bound::Unbounded;
    if !is_whole && sort_by.is_none() {
        let message = "Document-based bounds require a sortBy";
        return Err(Error::new(5_339_901, message));
    }
    Ok(Bounds::Documents(lower, upper))
}

fn parse_range(
    range: &Bson,
    unit: Option<&Bson>,
    fields: usize,
    sort_by: Option<&Document>,
    env: &Env,
) -> Result<Bounds> {
    let (lower, upper) = two("range", range)?;
    let unit = match unit {
        Some(_) if fields != 2 => Err(failed(
            "'window' field that specifies unit cannot have other fields besides 'range'",
        )),
        None if fields != 1 => Err(failed(
            "'window' field that specifies range cannot have other fields besides 'unit'",
        )),
        Some(Bson::String(name)) => Ok(Some(name)),
        Some(_) => Err(failed("'unit' must be a string")),
        None => Ok(None),
    }?;
    let read = |value: &Bson| match (Number::from_bson(value), unit) {
        (Some(n), Some(_)) if n.to_i64().is_none() => {
            Err(failed("With 'unit', range-based bounds must be an integer"))
        }
        (None, Some(_)) => Err(failed("With 'unit', range-based bounds must be an integer")),
        (None, None) => Err(failed("Range-based bounds expression must be a number")),
        (Some(_), _) => Ok(value.clone()),
    };
    let lower = bound(lower, env, read)?;
    let upper = bound(upper, env, read)?;
    let as_value = |bound: &Bound<Bson>| match bound {
        Bound::At(n) => Some(n.clone()),
        Bound::Current => Some(Bson::Int32(0)),
        Bound::Unbounded => None,
    };
    check_forward(as_value(&lower), as_value(&upper))?;
    let unit = unit.map(|name| {
        Unit::parse(name).ok_or_else(|| failed(format!("unknown time unit value: {name}")))
    });
    let unit = unit.transpose()?;
    if sort_by.is_none_or(|sort| sort.len() != 1) {
        let message = "Range-based bounds require sortBy a single field";
        return Err(Error::new(5_339_902, message));
    }
    Ok(Bounds::Range { lower, upper, unit })
}

fn check_forward(lower: Option<Bson>, upper: Option<Bson>) -> Result<()> {
    match (lower, upper) {
        (Some(lower), Some(upper)) if compare(&lower, &upper).is_gt() => {
            let (lower, upper) = (computed(Some(&lower)), computed(Some(&upper)));
            let message = format!("Lower bound must not exceed upper bound: [{lower}, {upper}]");
            Err(Error::new(5_339_900, message))
        }
        _ => Ok(()),
    }
}

fn documents(at: usize, count: usize, lower: &Bound<i64>, upper: &Bound<i64>) -> (usize, usize) {
    let moved = |by: i64| {
        let by_size = usize::try_from(by.unsigned_abs()).unwrap_or(usize::MAX);
        match by {
            0.. => Some(at.saturating_add(by_size)),
            _ => at.checked_sub(by_size),
        }
    };
    let from = match lower {
        Bound::Unbounded => 0,
        Bound::Current => at,
        Bound::At(by) => moved(*by).unwrap_or(0),
    };
    let to = match upper {
        Bound::Unbounded => count,
        Bound::Current => at + 1,
        Bound::At(by) => moved(*by).map_or(0, |last| last.saturating_add(1)),
    };
    let from = from.min(count);
    (from, to.min(count).max(from))
}

fn range_windows(
    partition: &[Document],
    sort: Option<&SortField>,
    (lower, upper, unit): (&Bound<Bson>, &Bound<Bson>, Option<Unit>),
    env: &Env,
) -> Result<Vec<(usize, usize)>> {
    let Some(sort) = sort.filter(|sort| !sort.descending) else {
        // The server's answer to an order that goes down.
        let message = "Missing _sortExpr with range-based bounds";
        return Err(Error::new(5_429_404, message));
    };
    let values = partition.iter().map(|doc| sort.path.eval(doc, env));
    let values = values.collect::<Result<Vec<_>>>()?;
    let mut windows = Vec::with_capacity(values.len());
    let (mut from, mut to) = (0, 0);
    for (at, value) in values.iter().enumerate() {
        check_base(value.as_ref(), unit)?;
        let base = value.as_ref().unwrap_or(&Bson::Null);
        match lower {
            Bound::Unbounded => {}
            Bound::Current => from = at,
            Bound::At(by) => {
                let least = plus(base, by, unit)?;
                advance(&values, &mut from, |v| compare(v, &least).is_lt());
            }
        }
        match upper {
            Bound::Unbounded => to = values.len(),
            Bound::Current => to = at + 1,
            Bound::At(by) => {
                let most = plus(base, by, unit)?;
                advance(&values, &mut to, |v| compare(v, &most).is_le());
            }
        }
        windows.push((from, to.max(from)));
    }
    Ok(windows)
}

/// Moves a place on while the values there are to be left behind; a missing value is less than all others.
fn advance(values: &[Option<Bson>], at: &mut usize, is_before: impl Fn(&Bson) -> bool) {
    while let Some(value) = values.get(*at) {
        if value.as_ref().is_some_and(|v| !is_before(v)) {
            break;
        }
        *at += 1;
    }
}

fn check_base(value: Option<&Bson>, unit: Option<Unit>) -> Result<()> {
    let found = value.map_or("missing", text::type_name);
    let fail = |code, what: String| Err(Error::new(code, format!("Invalid range: {what}")));
    match (value, unit) {
        (Some(Bson::DateTime(_)), Some(_)) => Ok(()),
        (_, Some(_)) => fail(
            5_429_513,
            format!("Expected the sortBy field to be a Date, but it was {found}"),
        ),
        (Some(Bson::DateTime(_)), None) => fail(
            5_429_413,
            "For windows that involve date or time ranges, a unit must be provided.".to_owned(),
        ),
        (value, None) if value.and_then(Number::from_bson).is_none() => fail(
            5_429_414,
            format!("Expected the sortBy field to be a number, but it was {found}"),
        ),
        _ => Ok(()),
    }
}

fn plus(base: &Bson, by: &Bson, unit: Option<Unit>) -> Result<Bson> {
    match (base, unit) {
        (Bson::DateTime(start), Some(unit)) => {
            let by = Number::from_bson(by).and_then(Number::to_i64).unwrap_or(0);
            let sum = date::add(start.timestamp_millis(), unit, by, &Zone::Utc)?;
            Ok(Bson::DateTime(bson::DateTime::from_millis(sum)))
        }
        _ => super::arithmetic::add(base, by),
    }
}
