//! `$fill`: values for missing and null fields.
//!
//! As on the server it becomes other stages: a `$setWindowFields` for `method`, an `$addFields` for `value`.

use bson::{Bson, Document, doc};

use super::idl;
use super::pipeline::ParseContext;
use super::table::Stages;
use super::{add_fields, window};
use crate::mql::{Error, Result, text};

#[derive(Default)]
struct Spec {
    sort_by: Option<Document>,
    partition_by: Option<Bson>,
    by_method: Document,
    by_value: Document,
}

pub(super) fn parse(value: &Bson, cx: &ParseContext<'_>) -> Result<Stages> {
    let Bson::Document(given) = value else {
        let found = text::type_name(value);
        return Err(Error::failed_to_parse(format!(
            "The $fill stage specification must be an object, found {found}"
        )));
    };
    let spec = Spec::read(given)?;
    let mut stages = Stages::new();
    if !spec.by_method.is_empty() {
        let mut window = Document::new();
        if let Some(partition) = spec.partition_by {
            window.insert("partitionBy", partition);
        }
        if let Some(sort) = spec.sort_by {
            window.insert("sortBy", sort);
        }
        window.insert("output", spec.by_method);
        stages.extend(window::parse(&window.into(), cx)?);
    }
    if !spec.by_value.is_empty() {
        stages.extend(add_fields::parse(&spec.by_value.into(), cx)?);
    }
    Ok(stages)
}

impl Spec {
    fn read(given: &Document) -> Result<Self> {
        let mut spec = Self::default();
        let (mut output, mut fields) = (None, None);
        for (name, value) in given {
            let full = format!("$fill.{name}");
            match name.as_str() {
                "sortBy" => spec.sort_by = Some(idl::document(&full, value)?.clone()),
                "partitionBy" => {
                    spec.partition_by = Some(idl::document(&full, value)?.clone().into());
                }
                "partitionByFields" => fields = Some(names(&full, value)?),
                "output" => output = Some(idl::document(&full, value)?),
                _ => return Err(idl::unknown(&full)),
            }
        }
        let output = output.ok_or_else(|| idl::missing("$fill.output"))?;
        if let Some(fields) = fields {
            if spec.partition_by.is_some() {
                return Err(Error::new(
                    6_050_204,
                    "Maximum one of 'partitionBy' and 'partitionByFields can be specified in '$fill'",
                ));
            }
            spec.partition_by = (!fields.is_empty()).then(|| partition(&fields));
        }
        spec.read_output(output)?;
        Ok(spec)
    }

    fn read_output(&mut self, output: &Document) -> Result<()> {
        if output.is_empty() {
            return Err(Error::new(
                6_050_203,
                "The output field in '$fill' must contain an object with at least one element",
            ));
        }
        for (field, how) in output {
            let Bson::Document(how) = how else {
                return Err(Error::new(
                    6_050_200,
                    "Each fill output specification must be an object with exactly one field",
                ));
            };
            self.read_field(field, how)?;
        }
        Ok(())
    }

    fn read_field(&mut self, field: &str, how: &Document) -> Result<()> {
        let (mut method, mut value) = (None, None);
        for (name, given) in how {
            match name.as_str() {
                "method" => method = Some(idl::string("$fill.method", given)?),
                "value" => value = Some(given),
                _ => return Err(idl::unknown(&format!("$fill.{name}"))),
            }
        }
        let path = format!("${field}");
        match (method, value) {
            (Some(_), Some(_)) => Err(Error::new(
                6_050_201,
                "Each fill output specification must have exactly one of 'method' or 'value' fields, not both",
            )),
            (Some("locf"), None) => {
                self.by_method.insert(field, doc! { "$locf": path });
                Ok(())
            }
            (Some("linear"), None) => {
                self.by_method.insert(field, doc! { "$linearFill": path });
                Ok(())
            }
            (Some(_), None) => Err(Error::new(
                6_050_202,
                "Method must be either locf or linear",
            )),
            (None, Some(value)) => {
                self.by_value
                    .insert(field, doc! { "$ifNull": [path, value] });
                Ok(())
            }
            (None, None) => Ok(()),
        }
    }
}

fn names<'a>(field: &str, value: &'a Bson) -> Result<Vec<&'a str>> {
    let Bson::Array(items) = value else {
        return Err(idl::wrong_type(field, value, "array"));
    };
    let items = items.iter().enumerate();
    items
        .map(|(at, item)| idl::string(&format!("{field}.{at}"), item))
        .collect()
}

/// The fields as an expression of a document.
fn partition(fields: &[&str]) -> Bson {
    let mut by = Document::new();
    for field in fields {
        by.insert(*field, format!("${field}"));
    }
    by.into()
}
