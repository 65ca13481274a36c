//! `$bucket`: groups by ranges of a value.

use std::cmp::Ordering;

use bson::{Bson, Document, doc};

use super::pipeline::ParseContext;
use super::table::Stages;
use super::{group, sort};
use crate::mql::computed::computed;
use crate::mql::expr::Expr;
use crate::mql::{Env, Error, Result, text};
use crate::value::compare;

/// What it says, read one by one.
#[derive(Default)]
struct Spec {
    group_by: Option<Bson>,
    boundaries: Vec<Bson>,
    default: Option<Bson>,
    output: Option<Document>,
}

pub(super) fn parse(value: &Bson, cx: &ParseContext<'_>) -> Result<Stages> {
    let Bson::Document(given) = value else {
        let found = text::type_name(value);
        return Err(Error::new(
            40201,
            format!("Argument to $bucket stage must be an object, but found type: {found}."),
        ));
    };
    let mut spec = Spec::default();
    for (name, value) in given {
        spec.read(name, value, cx.env)?;
    }
    let group_by = match &spec.group_by {
        Some(group_by) if !spec.boundaries.is_empty() => group_by.clone(),
        _ => {
            return Err(Error::new(
                40198,
                "$bucket requires 'groupBy' and 'boundaries' to be specified.",
            ));
        }
    };
    spec.check_default()?;
    let mut group = doc! { "_id": spec.switch(&group_by) };
    match &spec.output {
        None => {
            group.insert("count", doc! { "$sum": 1 });
        }
        Some(output) if output.contains_key("_id") => {
            return Err(Error::new(
                15948,
                "a group's _id may only be specified once",
            ));
        }
        Some(output) => group.extend(output.clone()),
    }
    let mut stages = group::parse(&group.into(), cx)?;
    stages.extend(sort::parse(&doc! { "_id": 1 }.into(), cx)?);
    Ok(stages)
}

impl Spec {
    fn read(&mut self, name: &str, value: &Bson, env: &Env) -> Result<()> {
        match name {
            "groupBy" => {
                check_group_by(value)?;
                self.group_by = Some(value.clone());
            }
            "boundaries" => self.boundaries = boundaries(value, env)?,
            "default" => self.default = Some(default(value, env)?),
            "output" => match value {
                Bson::Document(output) => self.output = Some(output.clone()),
                other => {
                    let found = text::type_name(other);
                    return Err(Error::new(
                        40196,
                        format!(
                            "The $bucket 'output' field must be an object, but found type: {found}."
                        ),
                    ));
                }
            },
            _ => {
                return Err(Error::new(
                    40197,
                    format!("Unrecognized option to $bucket: {name}."),
                ));
            }
        }
        Ok(())
    }

    fn check_default(&self) -> Result<()> {
        let (Some(default), [lowest, .., highest]) = (&self.default, self.boundaries.as_slice())
        else {
            return Ok(());
        };
        // Only values of one type are in question; others are never between the boundaries.
        if compare(default, lowest).is_lt() || compare(default, highest).is_ge() {
            return Ok(());
        }
        Err(Error::new(
            40199,
            "The $bucket 'default' field must be less than the lowest boundary or greater than or equal to the highest boundary.",
        ))
    }

    fn switch(&self, group_by: &Bson) -> Document {
        let pairs = self.boundaries.iter().zip(self.boundaries.iter().skip(1));
        let branches = pairs.map(|(low, high)| {
            let literal = |value: &Bson| doc! { "$literal": value };
            Bson::Document(doc! {
                "case": { "$and": [
                    { "$gte": [group_by, literal(low)] },
                    { "$lt": [group_by, literal(high)] },
                ] },
                "then": literal(low),
            })
        });
        let mut switch = doc! { "branches": branches.collect::<Vec<_>>() };
        if let Some(default) = &self.default {
            switch.insert("default", doc! { "$literal": default });
        }
        doc! { "$switch": switch }
    }
}

fn check_group_by(value: &Bson) -> Result<()> {
    let expression = match value {
        Bson::String(path) => path.starts_with('$'),
        Bson::Document(spec) => spec.keys().next().is_some_and(|name| name.starts_with('$')),
        _ => false,
    };
    if expression {
        return Ok(());
    }
    Err(Error::new(
        40202,
        format!(
            "The $bucket 'groupBy' field must be defined as a $-prefixed path or an expression, but found: {}.",
            text::value(value)
        ),
    ))
}

fn constant(value: &Bson, env: &Env) -> Result<Option<Bson>> {
    let expr = Expr::parse(value, env)?;
    Ok(expr.constant().flatten().cloned())
}

fn default(value: &Bson, env: &Env) -> Result<Bson> {
    constant(value, env)?.ok_or_else(|| {
        let found = text::value(value);
        Error::new(
            40195,
            format!(
                "The $bucket 'default' field must be a constant expression, but found: {found}."
            ),
        )
    })
}

fn boundaries(value: &Bson, env: &Env) -> Result<Vec<Bson>> {
    let Bson::Array(items) = value else {
        let found = text::type_name(value);
        return Err(Error::new(
            40200,
            format!("The $bucket 'boundaries' field must be an array, but found type: {found}."),
        ));
    };
    let constants = items.iter().map(|item| {
        constant(item, env)?.ok_or_else(|| {
            let found = text::value(item);
            Error::new(
                40191,
                format!("The $bucket 'boundaries' field must be an array of constant values, but found value: {found}."),
            )
        })
    });
    let boundaries = constants.collect::<Result<Vec<_>>>()?;
    if boundaries.len() < 2 {
        return Err(Error::new(
            40192,
            format!(
                "The $bucket 'boundaries' field must have at least 2 values, but found {} value(s).",
                boundaries.len()
            ),
        ));
    }
    let pairs = boundaries.iter().zip(boundaries.iter().skip(1)).enumerate();
    for (at, (low, high)) in pairs {
        check_pair(at, low, high)?;
    }
    Ok(boundaries)
}

fn check_pair(at: usize, low: &Bson, high: &Bson) -> Result<()> {
    use crate::value::compare::bracket;
    if bracket(low) != bracket(high) {
        return Err(Error::new(
            40193,
            format!(
                "All values in the the 'boundaries' option to $bucket must have the same type. Found conflicting types {} and {}.",
                text::type_name(low),
                text::type_name(high)
            ),
        ));
    }
    if compare(low, high) == Ordering::Less {
        return Ok(());
    }
    Err(Error::new(
        40194,
        format!(
            "The 'boundaries' option to $bucket must be sorted, but elements {at} and {} are not in ascending order ({} is not less than {}).",
            at + 1,
            computed(Some(low)),
            computed(Some(high))
        ),
    ))
}
