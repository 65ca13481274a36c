//! Reading a `$densify`.

use std::sync::Arc;

use bson::{Bson, Document};

use super::super::pipeline::ParseContext;
use super::super::sort::Sort;
use super::super::table::Stages;
use super::super::{fields, idl};
use super::Densify;
use super::bounds::{Bounds, Step};
use crate::mql::expr::path;
use crate::mql::{Error, Result, text};
use crate::value::{Number, compare};

const UNITS: [&str; 9] = [
    "day",
    "hour",
    "millisecond",
    "minute",
    "month",
    "quarter",
    "second",
    "week",
    "year",
];

pub(in crate::mql::stage) fn parse(value: &Bson, cx: &ParseContext<'_>) -> Result<Stages> {
    let Bson::Document(spec) = value else {
        let found = text::type_name(value);
        return Err(Error::failed_to_parse(format!(
            "The $densify stage specification must be an object, found {found}"
        )));
    };
    let (mut field, mut partition, mut range) = (None, Vec::new(), None);
    for (name, value) in spec {
        let full = format!("$densify.{name}");
        match name.as_str() {
            "field" => field = Some(idl::string(&full, value)?),
            "partitionByFields" => partition = strings(&full, value)?,
            "range" => range = Some(Range::read(idl::document(&full, value)?)?),
            _ => return Err(idl::unknown(&full)),
        }
    }
    let field = field.ok_or_else(|| idl::missing("$densify.field"))?;
    let range = range.ok_or_else(|| idl::missing("$densify.range"))?;
    let bounds = range.check()?;
    if bounds == Bounds::Partition && partition.is_empty() {
        return Err(Error::new(
            5_733_408,
            "One cannot specify the bounds as 'partition' without specifying a non-empty array of partitionByFields. You may have meant to specify 'full' bounds.",
        ));
    }
    path::check(field)?;
    partition.iter().try_for_each(|field| path::check(field))?;
    Ok(vec![Arc::new(Densify {
        sort: Sort::of(&Densify::order(field, &partition, &bounds))?,
        field: fields::split(field),
        partition: partition.into_iter().map(fields::split).collect(),
        step: Step::new(range.step, range.unit, cx.env)?,
        bounds,
    })])
}

fn strings<'a>(field: &str, value: &'a Bson) -> Result<Vec<&'a str>> {
    let Bson::Array(items) = value else {
        return Err(idl::wrong_type(field, value, "array"));
    };
    let items = items.iter().enumerate();
    items
        .map(|(at, item)| idl::string(&format!("{field}.{at}"), item))
        .collect()
}

/// The `range`, of the right types.
struct Range<'a> {
    step: &'a Bson,
    unit: Option<&'a str>,
    bounds: &'a Bson,
}

impl<'a> Range<'a> {
    fn read(spec: &'a Document) -> Result<Self> {
        let (mut step, mut unit, mut bounds) = (None, None, None);
        for (name, value) in spec {
            let full = format!("$densify.range.{name}");
            match name.as_str() {
                "step" if Number::from_bson(value).is_some() => step = Some(value),
                "step" => {
                    let found = text::type_name(value);
                    return Err(Error::type_mismatch(format!(
                        "BSON field '{full}' is the wrong type '{found}', expected types '[int, decimal, double, long']"
                    )));
                }
                "unit" => unit = Some(idl::string(&full, value)?),
                "bounds" => bounds = Some(value),
                _ => return Err(idl::unknown(&full)),
            }
        }
        Ok(Self {
            step: step.ok_or_else(|| idl::missing("$densify.range.step"))?,
            unit,
            bounds: bounds.ok_or_else(|| idl::missing("$densify.range.bounds"))?,
        })
    }

    /// The bounds, if all is consistent.
    fn check(&self) -> Result<Bounds> {
        let zero = Bson::Int32(0);
        if !compare(self.step, &zero).is_gt() {
            return Err(Error::new(
                5_733_401,
                "The step parameter in a range statement must be a strictly positive numeric value",
            ));
        }
        if let Some(unit) = self.unit {
            if !UNITS.contains(&unit) {
                return Err(Error::failed_to_parse(format!(
                    "unknown time unit value: {unit}"
                )));
            }
            if Number::from_bson(self.step)
                .and_then(Number::to_i64)
                .is_none()
            {
                return Err(Error::new(
                    6_586_400,
                    "The step parameter in a range statement must be a whole number when densifying a date range",
                ));
            }
        }
        match self.bounds {
            Bson::String(text) if text == "full" => Ok(Bounds::Full),
            Bson::String(text) if text == "partition" => Ok(Bounds::Partition),
            Bson::String(_) => Err(Error::new(
                5_946_802,
                "Bounds string must either be 'full' or 'partition'",
            )),
            Bson::Array(items) => self.explicit(items),
            _ => Err(Error::new(
                5_733_404,
                "The bounds in a range statement must be the string 'full', 'partition', or an ascending array of two numbers or two dates",
            )),
        }
    }

    fn explicit(&self, items: &[Bson]) -> Result<Bounds> {
        let [low, high] = items else {
            return Err(Error::new(
                5_733_403,
                "A bounding array in a range statement must have exactly two elements",
            ));
        };
        if compare(low, high).is_gt() {
            return Err(Error::new(
                5_733_402,
                "A bounding array must be an ascending array of either two dates or two numbers",
            ));
        }
        match (low, high) {
            (Bson::DateTime(_), Bson::DateTime(_)) => {
                if self.unit.is_none() {
                    return Err(Error::new(
                        5_733_410,
                        "A bounding array of dates must specify a unit",
                    ));
                }
            }
            _ => self.check_numbers(low, high)?,
        }
        Ok(Bounds::Explicit(Box::new([low.clone(), high.clone()])))
    }

    fn check_numbers(&self, low: &Bson, high: &Bson) -> Result<()> {
        let is_number = |value: &Bson| Number::from_bson(value).is_some();
        let is_date = |value: &Bson| matches!(value, Bson::DateTime(_));
        if !is_number(low) && !is_date(low) && !is_number(high) && !is_date(high) {
            return Err(Error::new(
                5_946_800,
                "Explicit bounds must be numeric or dates",
            ));
        }
        if !is_number(low) || !is_number(high) {
            return Err(Error::new(
                5_733_406,
                "A bounding array must contain either both dates or both numeric types",
            ));
        }
        if self.unit.is_some() {
            return Err(Error::new(
                5_733_409,
                "Numeric bounds may not have unit parameter",
            ));
        }
        let kind = std::mem::discriminant(self.step);
        if std::mem::discriminant(low) != kind || std::mem::discriminant(high) != kind {
            return Err(Error::new(
                5_876_900,
                "Upper bound, lower bound, and step must all have the same type",
            ));
        }
        Ok(())
    }
}
