//! `aggregate`

use std::sync::Arc;

use bson::{Bson, RawDocumentBuf};

use super::ReadConcernLevel;
use super::context::CommandContext;
use super::fields::{Field, Fields, Kind, type_name};
use super::open::Opening;
use super::request::{Request, check_collection_name};
use super::sources::{ChangeSource, RowSource, Shape, StreamSource};
use super::{collation, explain, variables};
use crate::embedded::cursor::Source;
use crate::embedded::host::{EngineHost, Reading};
use crate::embedded::query::Hint;
use crate::mql::error::code;
use crate::mql::stage::{BoxStream, Namespace, Pipeline};
use crate::mql::{Env, Error, Result};

/// What an error while reading begins with.
const CONTEXT: &str = "PlanExecutor error during aggregation";

pub(super) const FIELDS: &[Field] = &[
    Field::required("pipeline", Kind::Any),
    Field::new("cursor", Kind::Any),
    Field::new("explain", Kind::Any),
    Field::new("allowDiskUse", Kind::StrictBoolean),
    Field::new("bypassDocumentValidation", Kind::SafeBoolean),
    Field::new("collation", Kind::Document),
    Field::new("hint", Kind::Any),
    Field::new("let", Kind::Document),
    Field::new("needsMerge", Kind::Boolean),
    Field::new("fromMongos", Kind::Boolean),
    Field::new("isMapReduceCommand", Kind::Boolean),
    Field::new("runtimeConstants", Kind::Document),
    Field::new("legacyRuntimeConstants", Kind::Document),
    Field::new("exchange", Kind::Document),
    Field::new("requestReshardingResumeToken", Kind::Boolean),
    Field::new("collectionUUID", Kind::Uuid),
    Field::new("encryptionInformation", Kind::Document),
    Field::new("use44SortKeys", Kind::Boolean),
    Field::new("useNewUpsert", Kind::Boolean),
];

const CURSOR: &[Field] = &[Field::new("batchSize", Kind::SafeLong)];

/// An aggregation that was read, or what a `find`, `count` or `distinct` on a view becomes.
pub struct Aggregation {
    /// What it reads.
    pub namespace: Namespace,
    stages: Vec<Bson>,
    /// How many documents the first batch has.
    pub batch_size: Option<u64>,
    /// Whether the first batch is all.
    pub single: bool,
    /// The index to use.
    pub hint: Option<Hint>,
    /// What an error while reading begins with.
    pub context: &'static str,
    bypass_validation: bool,
}

/// `aggregate`
pub fn run(cx: &mut CommandContext<'_>, request: &Request) -> Result<RawDocumentBuf> {
    let fields = parse(request)?;
    let namespace = namespace(request)?;
    let explained = fields.bool("explain");
    let Some(Bson::Array(stages)) = fields.get("pipeline") else {
        return Err(Error::type_mismatch(
            "'pipeline' option must be specified as an array",
        ));
    };
    let mut aggregation = Aggregation::new(namespace, stages.clone());
    aggregation.batch_size = batch_size(&fields, explained)?;
    aggregation.hint = fields.get("hint").map_or(Ok(None), Hint::parse)?;
    aggregation.bypass_validation = fields.bool("bypassDocumentValidation");
    collation::check(fields.document("collation"))?;
    check_concern(cx, stages)?;
    if cx.api_strict {
        check_api(stages)?;
    }
    let env = env(cx, &fields)?;
    if explained {
        let reply = explain::aggregation(cx, request, explain::Verbosity::QueryPlanner)?;
        return RawDocumentBuf::try_from(&reply)
            .map_err(|e| Error::new(code::INTERNAL_ERROR, e.to_string()));
    }
    aggregation.open(cx, request, env)
}

/// What is written cannot be read as linearizable; a change stream reads what a majority has.
fn check_concern(cx: &CommandContext<'_>, stages: &[Bson]) -> Result<()> {
    let name = |stage: Option<&Bson>| {
        let stage = stage.and_then(Bson::as_document);
        stage.and_then(|stage| stage.keys().next().cloned())
    };
    let level = cx.read_concern.level;
    let first = name(stages.first()).unwrap_or_default();
    if first == "$changeStream"
        && cx.read_concern.level_given
        && level != ReadConcernLevel::Majority
    {
        let why = format!(
            "Aggregation stage $changeStream cannot run with a readConcern other than 'majority'. Current readConcern: {}",
            level.name()
        );
        return Err(cx.read_concern.refused("aggregate", &why));
    }
    match name(stages.last()).as_deref() {
        Some(name @ ("$out" | "$merge")) if level == ReadConcernLevel::Linearizable => {
            let why = format!("{name} cannot be used with a 'linearizable' read concern level");
            Err(cx.read_concern.refused("aggregate", &why))
        }
        _ => Ok(()),
    }
}

/// Stages that are not in API version 1.
fn check_api(stages: &[Bson]) -> Result<()> {
    const OUTSIDE: [&str; 6] = [
        "$currentOp",
        "$indexStats",
        "$listLocalSessions",
        "$listSessions",
        "$planCacheStats",
        "$search",
    ];
    let names = stages.iter().filter_map(Bson::as_document);
    let mut names = names.filter_map(|stage| stage.keys().next());
    match names.find(|name| OUTSIDE.contains(&name.as_str())) {
        Some(name) => Err(Error::new(
            code::API_STRICT_ERROR,
            format!("{name} is not allowed with 'apiStrict: true' in API Version 1"),
        )),
        None => Ok(()),
    }
}

/// Checks the fields.
pub(super) fn parse(request: &Request) -> Result<Fields<'_>> {
    let fields = Fields::parse("aggregate", request.body(), FIELDS)?;
    if let Some(Bson::Array(stages)) = fields.get("pipeline")
        && stages.iter().any(|stage| stage.as_document().is_none())
    {
        return Err(Error::type_mismatch(
            "Each element of the 'pipeline' array must be an object",
        ));
    }
    match fields.get("explain") {
        None | Some(Bson::Boolean(_)) => Ok(fields),
        Some(_) => Err(Error::type_mismatch("explain must be a boolean")),
    }
}

/// The environment: variables, and whether it may use the disk.
pub(super) fn env(cx: &CommandContext<'_>, fields: &Fields<'_>) -> Result<Env> {
    let mut env = cx.env.clone();
    env.allow_disk_use = fields.get("allowDiskUse").is_none_or(super::fields::truth);
    variables::declare(env, fields.document("let"))
}

/// What the command reads: a collection, or nothing (`{aggregate: 1}`).
pub(super) fn namespace(request: &Request) -> Result<Namespace> {
    match request.body().get("aggregate") {
        Some(Bson::String(name)) => {
            check_collection_name(&request.db, name)?;
            Ok(Namespace::new(&request.db, name))
        }
        Some(number @ (Bson::Int32(_) | Bson::Int64(_) | Bson::Double(_))) => {
            let one = match number {
                Bson::Double(n) => *n == 1.0,
                other => super::fields::long(other) == Some(1),
            };
            match one {
                true => Ok(Namespace::collectionless(&request.db)),
                false => Err(Error::failed_to_parse(
                    "Invalid command format: the 'aggregate' field must specify a collection name or 1",
                )),
            }
        }
        other => Err(Error::type_mismatch(format!(
            "collection name has invalid type: {}",
            other.map_or("missing", type_name)
        ))),
    }
}

fn batch_size(fields: &Fields<'_>, explained: bool) -> Result<Option<u64>> {
    match fields.get("cursor") {
        Some(Bson::Document(cursor)) => {
            if let Some(first) = cursor.keys().next().filter(|k| *k != "batchSize") {
                return Err(super::fields::unknown("cursor", first));
            }
            Fields::parse("cursor", cursor, CURSOR)?.non_negative("batchSize")
        }
        Some(_) => Err(Error::type_mismatch(
            "cursor field must be missing or an object",
        )),
        None if explained || fields.get("explain").is_some() => Ok(None),
        None => Err(Error::failed_to_parse(
            "The 'cursor' option is required, except for aggregate with the explain argument",
        )),
    }
}

impl Aggregation {
    /// A pipeline over a namespace.
    #[must_use]
    pub fn new(namespace: Namespace, stages: Vec<Bson>) -> Self {
        Self {
            namespace,
            stages,
            batch_size: None,
            single: false,
            hint: None,
            context: CONTEXT,
            bypass_validation: false,
        }
    }

    /// Parses the pipeline.
    ///
    /// # Errors
    /// What is wrong with it, or not allowed in a transaction.
    pub fn pipeline(&self, cx: &CommandContext<'_>, env: &Env) -> Result<Pipeline> {
        if self.namespace.is_collectionless() && self.stages.is_empty() {
            return Err(Error::new(
                code::INVALID_NAMESPACE,
                "{aggregate: 1} is not valid for an empty pipeline.",
            ));
        }
        let pipeline = Pipeline::parse(&self.stages, &self.namespace, env)?;
        if cx.operation.in_transaction() {
            self.check_transaction(&pipeline)?;
        }
        Ok(pipeline)
    }

    fn check_transaction(&self, pipeline: &Pipeline) -> Result<()> {
        const REFUSED: [&str; 6] = [
            "$changeStream",
            "$collStats",
            "$currentOp",
            "$indexStats",
            "$listLocalSessions",
            "$listSessions",
        ];
        let last = self.stages.last().and_then(Bson::as_document);
        let last = last.and_then(|d| d.keys().next().map(String::as_str));
        let first = pipeline.first_stage().filter(|name| REFUSED.contains(name));
        let writes = last.filter(|name| matches!(*name, "$out" | "$merge"));
        match first.or(writes) {
            Some(name) => Err(Error::new(
                code::OPERATION_NOT_SUPPORTED_IN_TRANSACTION,
                format!("{name} cannot be used in a transaction"),
            )),
            None => Ok(()),
        }
    }

    fn host(&self, cx: &mut CommandContext<'_>, env: &Env) -> Result<Arc<EngineHost>> {
        let view = cx.operation.view()?;
        Ok(EngineHost::new(
            cx.server.clone(),
            view,
            env.interrupt.clone(),
            self.bypass_validation,
        ))
    }

    /// Its documents.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn stream(&self, cx: &mut CommandContext<'_>, env: &Env) -> Result<BoxStream> {
        let pipeline = self.pipeline(cx, env)?;
        let host = self.host(cx, env)?;
        cx.settle |= pipeline.writes().is_some();
        let reading = Reading::new(&host, &self.namespace, &pipeline, self.hint.clone());
        reading.stream(env)
    }

    /// Runs it and opens a cursor.
    ///
    /// # Errors
    /// What is wrong with it, or what reading says.
    pub fn open(
        &self,
        cx: &mut CommandContext<'_>,
        request: &Request,
        env: Env,
    ) -> Result<RawDocumentBuf> {
        let source = self.source(cx, &env)?;
        let (source, change_stream) = source;
        let mut opening = Opening::new(self.namespace.clone(), source, self.context);
        opening.batch_size = self.batch_size;
        opening.single = self.single;
        opening.change_stream = change_stream;
        opening.tailable = change_stream;
        opening.await_data = change_stream;
        opening.open(cx, request)
    }

    fn source(&self, cx: &mut CommandContext<'_>, env: &Env) -> Result<(Box<dyn Source>, bool)> {
        let pipeline = self.pipeline(cx, env)?;
        let host = self.host(cx, env)?;
        cx.settle |= pipeline.writes().is_some();
        let reading = Reading::new(&host, &self.namespace, &pipeline, self.hint.clone());
        let mut cut = reading.cut(env)?;
        if let Some(rows) = cut.rows(&host, env)? {
            let shape = Shape {
                projection: None,
                return_key: false,
                record_id: false,
                env: env.clone(),
            };
            return Ok((
                Box::new(RowSource {
                    rows,
                    shape,
                    left: None,
                }),
                false,
            ));
        }
        let stream = cut.stream(&host, env)?;
        match host.progress() {
            Some(progress) => Ok((Box::new(ChangeSource { stream, progress }), true)),
            None => Ok((Box::new(StreamSource { stream }), false)),
        }
    }
}
