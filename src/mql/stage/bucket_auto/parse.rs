//! Reading a `$bucketAuto`.

use std::sync::Arc;

use bson::Bson;

use super::super::pipeline::ParseContext;
use super::super::table::Stages;
use super::BucketAuto;
use super::granularity::Granularity;
use crate::mql::accumulate::AccumulatorSpec;
use crate::mql::expr::Expr;
use crate::mql::{Env, Error, Result, text};
use crate::value::Number;

pub(in crate::mql::stage) fn parse(value: &Bson, cx: &ParseContext<'_>) -> Result<Stages> {
    let Bson::Document(spec) = value else {
        let found = text::type_name(value);
        return Err(Error::new(
            40240,
            format!("The argument to $bucketAuto must be an object, but found type: {found}"),
        ));
    };
    let (mut group_by, mut count, mut fields, mut granularity) = (None, None, Vec::new(), None);
    for (name, value) in spec {
        match name.as_str() {
            "groupBy" => group_by = Some(parse_group_by(value, cx.env)?),
            "buckets" => count = Some(buckets(value)?),
            "output" => fields = output(value, cx.env)?,
            "granularity" => granularity = Some(parse_granularity(value)?),
            _ => {
                return Err(Error::new(
                    40245,
                    format!("Unrecognized option to $bucketAuto: {name}"),
                ));
            }
        }
    }
    let (Some(group_by), Some(buckets)) = (group_by, count) else {
        return Err(Error::new(
            40246,
            "$bucketAuto requires 'groupBy' and 'buckets' to be specified",
        ));
    };
    if fields.is_empty() {
        let one = AccumulatorSpec::parse("$sum", &Bson::Int32(1), cx.env)?;
        fields.push(("count".to_owned(), one));
    }
    Ok(vec![Arc::new(BucketAuto {
        group_by,
        buckets,
        fields,
        granularity,
    })])
}

fn parse_group_by(value: &Bson, env: &Env) -> Result<Expr> {
    let expression = match value {
        Bson::String(path) => path.starts_with('$'),
        Bson::Document(spec) => spec.keys().next().is_some_and(|name| name.starts_with('$')),
        _ => false,
    };
    if expression {
        return Expr::parse(value, env);
    }
    Err(Error::new(
        40239,
        format!(
            "The $bucketAuto 'groupBy' field must be defined as a $-prefixed path or an expression object, but found: {}",
            text::value(value)
        ),
    ))
}

fn buckets(value: &Bson) -> Result<u64> {
    let Some(number) = Number::from_bson(value) else {
        let found = text::type_name(value);
        return Err(Error::new(
            40241,
            format!(
                "The $bucketAuto 'buckets' field must be a numeric value, but found type: {found}"
            ),
        ));
    };
    let Some(n) = number.to_i64().and_then(|n| i32::try_from(n).ok()) else {
        let found = text::general_to(number.to_f64(), 6);
        return Err(Error::new(
            40242,
            format!(
                "The $bucketAuto 'buckets' field must be representable as a 32-bit integer, but found {found}"
            ),
        ));
    };
    match u64::try_from(n) {
        Ok(n @ 1..) => Ok(n),
        _ => Err(Error::new(
            40243,
            format!("The $bucketAuto 'buckets' field must be greater than 0, but found: {n}"),
        )),
    }
}

fn output(value: &Bson, env: &Env) -> Result<Vec<(String, AccumulatorSpec)>> {
    let Bson::Document(output) = value else {
        let found = text::type_name(value);
        return Err(Error::new(
            40244,
            format!("The $bucketAuto 'output' field must be an object, but found type: {found}"),
        ));
    };
    let fields = output.iter();
    let fields = fields.map(|(name, spec): (&String, &Bson)| {
        Ok((name.clone(), AccumulatorSpec::parse_field(name, spec, env)?))
    });
    fields.collect()
}

fn parse_granularity(value: &Bson) -> Result<Granularity> {
    let Bson::String(name) = value else {
        let found = text::type_name(value);
        return Err(Error::new(
            40261,
            format!(
                "The $bucketAuto 'granularity' field must be a string, but found type: {found}"
            ),
        ));
    };
    Granularity::named(name)
        .ok_or_else(|| Error::new(40257, format!("Unknown rounding granularity '{name}'")))
}
