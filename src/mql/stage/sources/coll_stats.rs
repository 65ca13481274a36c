//! `$collStats`: statistics of a collection.

use bson::{Bson, Document};

use super::super::idl;
use super::super::pipeline::ParseContext;
use super::super::table::Stages;
use super::asked;
use crate::mql::{Error, Result, text};
use crate::value::Number;

pub(in crate::mql::stage) fn parse(value: &Bson, _: &ParseContext<'_>) -> Result<Stages> {
    let Bson::Document(spec) = value else {
        return Err(Error::new(
            5_447_000,
            format!(
                "$collStats must take a nested object but found: {}",
                text::field("$collStats", value)
            ),
        ));
    };
    for (name, value) in spec {
        let field = format!("$collStats.{name}");
        match name.as_str() {
            "latencyStats" => latency(idl::document(&field, value)?)?,
            "storageStats" => storage(idl::document(&field, value)?)?,
            "count" | "queryExecStats" => {
                idl::document(&field, value)?;
            }
            _ => return Err(idl::unknown(&field)),
        }
    }
    Ok(asked("$collStats", spec, |spec, cx| {
        Ok(vec![cx.host.coll_stats(&cx.namespace, spec)?])
    }))
}

fn latency(options: &Document) -> Result<()> {
    for (name, value) in options {
        match name.as_str() {
            "histograms" => {
                idl::optional_bool(name, value)?;
            }
            _ => return Err(idl::unknown(&format!("$collStats.latencyStats.{name}"))),
        }
    }
    Ok(())
}

/// The server takes unknown options here.
fn storage(options: &Document) -> Result<()> {
    let Some(scale) = options.get("scale") else {
        return Ok(());
    };
    let field = "$collStats.storageStats.scale";
    let Some(number) = Number::from_bson(scale) else {
        let found = text::type_name(scale);
        return Err(Error::type_mismatch(format!(
            "BSON field '{field}' is the wrong type '{found}', expected types '[long, int, decimal, double']"
        )));
    };
    let cut = number.to_i64().unwrap_or(number.to_f64() as i64);
    match cut {
        1.. => Ok(()),
        _ => Err(Error::new(
            51024,
            format!("BSON field 'scale' value must be >= 1, actual value '{cut}'"),
        )),
    }
}
