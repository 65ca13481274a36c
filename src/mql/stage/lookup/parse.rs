//! Reading a `$lookup`.

use std::sync::Arc;

use bson::{Bson, Document};

use super::super::pipeline::{ParseContext, Pipeline};
use super::super::place::Inside;
use super::super::table::{self, Stages};
use super::super::union_with::begins_with_documents;
use super::super::{Namespace, fields};
use super::{Fields, Lookup};
use crate::mql::error::code;
use crate::mql::expr::{Expr, path};
use crate::mql::path::Path;
use crate::mql::{Env, Error, Result, text};

/// What the server checks before it parses any stage.
pub(in crate::mql::stage) fn lite(value: &Bson) -> Result<()> {
    let Bson::Document(spec) = value else {
        return Err(Error::failed_to_parse(format!(
            "the $lookup stage specification must be an object, but found {}",
            text::type_name(value)
        )));
    };
    let stages = match (spec.get("from"), spec.get("pipeline")) {
        (None, None) => {
            return Err(Error::failed_to_parse(
                "must specify 'pipeline' when 'from' is empty",
            ));
        }
        (None, Some(pipeline)) => {
            let stages = as_stages(pipeline)?;
            if !begins_with_documents(stages) {
                return Err(Error::failed_to_parse(
                    "$lookup stage without explicit collection must have a pipeline with $documents as first stage",
                ));
            }
            stages
        }
        (Some(_), Some(pipeline)) => as_stages(pipeline)?,
        (Some(_), None) => return Ok(()),
    };
    table::check_names(stages)
}

/// The collection that `from` names.
pub(in crate::mql::stage) fn from_namespace(
    stage: &str,
    from: &Bson,
    db: &str,
) -> Result<Namespace> {
    match from {
        Bson::String(coll) if coll.is_empty() => Err(Error::new(
            code::INVALID_NAMESPACE,
            format!("invalid {stage} namespace: {db}."),
        )),
        Bson::String(coll) => Ok(Namespace::new(db, coll)),
        Bson::Document(spec) => {
            let part = |name| spec.get_str(name).unwrap_or_default();
            match (part("db"), part("coll")) {
                ("local", "oplog.rs") => Ok(Namespace::new("local", "oplog.rs")),
                (db, coll) => Err(Error::failed_to_parse(format!(
                    "{stage} with syntax {{from: {{db:<>, coll:<>}},..}} is not supported for db: {db} and coll: {coll}"
                ))),
            }
        }
        other => Err(Error::failed_to_parse(format!(
            "{stage} 'from' field must be a string, but found {}",
            text::type_name(other)
        ))),
    }
}

fn as_stages(value: &Bson) -> Result<&[Bson]> {
    let Bson::Array(stages) = value else {
        return Err(Error::type_mismatch(
            "'pipeline' option must be specified as an array",
        ));
    };
    match stages
        .iter()
        .all(|stage| matches!(stage, Bson::Document(_)))
    {
        true => Ok(stages),
        false => Err(Error::type_mismatch(
            "Each element of the 'pipeline' array must be an object",
        )),
    }
}

/// The options, as they are found.
#[derive(Default)]
struct Options<'a> {
    from: Option<Namespace>,
    local: Option<&'a str>,
    foreign: Option<&'a str>,
    as_field: Option<&'a str>,
    variables: Option<&'a Document>,
    pipeline: Option<&'a [Bson]>,
}

impl<'a> Options<'a> {
    fn read(spec: &'a Document, db: &str) -> Result<Self> {
        let mut options = Self::default();
        for (name, value) in spec {
            match name.as_str() {
                "pipeline" => options.pipeline = Some(as_stages(value)?),
                "let" => {
                    options.variables = Some(value.as_document().ok_or_else(|| {
                        Error::failed_to_parse(format!(
                            "$lookup argument '{}' must be an object, is type {}",
                            text::field("let", value),
                            text::type_name(value)
                        ))
                    })?);
                }
                "from" => options.from = Some(from_namespace("$lookup", value, db)?),
                _ => options.read_text(name, value)?,
            }
        }
        Ok(options)
    }

    fn read_text(&mut self, name: &str, value: &'a Bson) -> Result<()> {
        let Bson::String(text) = value else {
            return Err(Error::failed_to_parse(format!(
                "$lookup argument '{name}' must be a string, found {}: {}",
                text::field(name, value),
                text::type_name(value)
            )));
        };
        let place = match name {
            "as" => &mut self.as_field,
            "localField" => &mut self.local,
            "foreignField" => &mut self.foreign,
            _ => {
                return Err(Error::failed_to_parse(format!(
                    "unknown argument to $lookup: {name}"
                )));
            }
        };
        // An empty text is as good as none.
        *place = Some(text.as_str()).filter(|text| !text.is_empty());
        Ok(())
    }
}

pub(in crate::mql::stage) fn parse(value: &Bson, cx: &ParseContext<'_>) -> Result<Stages> {
    let nothing = Document::new();
    let spec = value.as_document().unwrap_or(&nothing);
    let options = Options::read(spec, &cx.namespace.db)?;
    let Some(as_field) = options.as_field else {
        return Err(Error::failed_to_parse(
            "must specify 'as' field for a $lookup",
        ));
    };
    let both = options.local.zip(options.foreign);
    let some = options.local.is_some() || options.foreign.is_some();
    if (both.is_none() && some) || (both.is_none() && options.pipeline.is_none()) {
        return Err(Error::failed_to_parse(
            "$lookup requires either 'pipeline' or both 'localField' and 'foreignField' to be specified",
        ));
    }
    if options.variables.is_some() && options.pipeline.is_none() {
        return Err(Error::failed_to_parse(
            "$lookup with a 'let' argument must also specify 'pipeline'",
        ));
    }
    path::check(as_field)?;
    let fields = match both {
        Some((local, foreign)) => {
            path::check(local)?;
            path::check(foreign)?;
            Some(Fields {
                local: Path::new(local),
                foreign: Path::new(foreign),
            })
        }
        None => None,
    };
    let from = options
        .from
        .unwrap_or_else(|| Namespace::collectionless(&cx.namespace.db));
    let variables = variables(options.variables, cx.env)?;
    let (pipeline, late) = sub_pipeline(&from, &variables, options.pipeline.unwrap_or(&[]), cx)?;
    Ok(vec![Arc::new(Lookup {
        from,
        fields,
        variables,
        pipeline,
        late,
        as_path: fields::split(as_field),
        unwind: None,
        appends: false,
    })])
}

fn variables(spec: Option<&Document>, env: &Env) -> Result<Vec<(Arc<str>, Expr)>> {
    let fields = spec.into_iter().flatten();
    let parsed = fields.map(|(name, value)| {
        check_variable(name)?;
        // Constant parts are not computed here: the server finds what is wrong with them at the first document.
        Ok((Arc::from(name.as_str()), Expr::parse_only(value, env)?))
    });
    parsed.collect()
}

fn check_variable(name: &str) -> Result<()> {
    crate::mql::expr::check_declared(name)
}

fn sub_pipeline(
    from: &Namespace,
    variables: &[(Arc<str>, Expr)],
    stages: &[Bson],
    cx: &ParseContext<'_>,
) -> Result<(Pipeline, Option<Error>)> {
    let mut env = cx.env.clone();
    for (name, _) in variables {
        env = env.with_variable(name, None);
    }
    let outer = ParseContext {
        env: &env,
        ..cx.clone()
    };
    let inner = outer.inside(Inside::Lookup, cx.depth + 1, from.clone());
    match Pipeline::parse_sub(stages, &inner) {
        Ok(pipeline) => Ok((pipeline, None)),
        Err(mut late) if late.optimizing => {
            late.optimizing = false;
            let none = Pipeline::parse_sub(&[], &inner)?;
            Ok((none, Some(late)))
        }
        Err(e) => Err(e),
    }
}
