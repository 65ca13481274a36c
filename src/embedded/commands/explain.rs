//! `explain`

use bson::{Bson, Document, doc};

use super::context::CommandContext;
use super::count::Count;
use super::distinct::Distinct;
use super::fields::{Field, Fields, Kind};
use super::find::Find;
use super::request::Request;
use super::{aggregate, refused, table};
use crate::embedded::host::Reading;
use crate::embedded::query::Plan;
use crate::mql::error::code;
use crate::mql::stage::Namespace;
use crate::mql::{Error, Result};

const FIELDS: &[Field] = &[
    Field::required("explain", Kind::Document),
    Field::new("verbosity", Kind::String),
];

/// `explain`
pub fn run(cx: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    let fields = Fields::parse("explain", &request.body, FIELDS)?;
    let verbosity = fields.str("verbosity").unwrap_or("allPlansExecution");
    if !matches!(
        verbosity,
        "queryPlanner" | "executionStats" | "allPlansExecution"
    ) {
        return Err(Error::bad_value(format!(
            "Enumeration value '{verbosity}' for field 'explain.verbosity' is not a valid value."
        )));
    }
    let inner = fields.document("explain").cloned().unwrap_or_default();
    let inner = explained(request, inner)?;
    let verbosity = verbosity.to_owned();
    match inner.name.as_str() {
        "find" => find(cx, &inner, &verbosity),
        "count" => count(cx, &inner, &verbosity),
        "distinct" => distinct(cx, &inner, &verbosity),
        "aggregate" => aggregation(cx, &inner, &verbosity),
        name if table::find(name).is_some() || refused::is_refused(name) => Err(Error::new(
            code::ILLEGAL_OPERATION,
            format!("Cannot explain cmd: {name}"),
        )),
        name => Err(Error::new(
            code::COMMAND_NOT_FOUND,
            format!("Explain failed due to unknown command: {name}"),
        )),
    }
}

/// The command that is explained, as a request of its own.
fn explained(request: &Request, mut body: Document) -> Result<Request> {
    let name = body.keys().next().cloned().unwrap_or_default();
    body.insert("$db", &request.db);
    let raw = bson::RawDocumentBuf::try_from(&body)
        .map_err(|e| Error::new(code::INVALID_BSON, e.to_string()))?;
    Ok(Request {
        name,
        db: request.db.clone(),
        body,
        raw,
        sequences: request.sequences.clone(),
    })
}

fn find(cx: &mut CommandContext<'_>, inner: &Request, verbosity: &str) -> Result<Document> {
    let find = Find::parse(inner)?;
    let namespace = Namespace::new(&inner.db, inner.collection()?);
    let view = cx.operation.view()?;
    let collection = view.collection(&namespace).cloned();
    if collection.as_ref().is_some_and(|c| c.is_view()) {
        return pipeline(cx, inner, &namespace, find.pipeline()?, verbosity);
    }
    let env = find.env(cx)?;
    let plan = find.plan(collection.as_ref(), &env)?;
    planned(cx, inner, &namespace, plan, verbosity)
}

fn count(cx: &mut CommandContext<'_>, inner: &Request, verbosity: &str) -> Result<Document> {
    let count = Count::parse(inner)?;
    let view = cx.operation.view()?;
    let collection = view.collection(&count.namespace).cloned();
    if collection.as_ref().is_some_and(|c| c.is_view()) {
        return pipeline(cx, inner, &count.namespace, count.pipeline(), verbosity);
    }
    let env = cx.env.clone();
    let plan = count.plan(collection.as_ref(), &env)?;
    planned(cx, inner, &count.namespace, plan, verbosity)
}

fn distinct(cx: &mut CommandContext<'_>, inner: &Request, verbosity: &str) -> Result<Document> {
    let distinct = Distinct::parse(inner)?;
    let view = cx.operation.view()?;
    let collection = view.collection(&distinct.namespace).cloned();
    if collection.as_ref().is_some_and(|c| c.is_view()) {
        return pipeline(
            cx,
            inner,
            &distinct.namespace,
            distinct.pipeline(),
            verbosity,
        );
    }
    let env = cx.env.clone();
    let plan = distinct.plan(collection.as_ref(), &env)?;
    planned(cx, inner, &distinct.namespace, plan, verbosity)
}

/// Explains an aggregation.
///
/// # Errors
/// What is wrong with it.
pub fn aggregation(
    cx: &mut CommandContext<'_>,
    request: &Request,
    verbosity: &str,
) -> Result<Document> {
    if cx.operation.in_transaction() {
        return Err(Error::new(
            code::OPERATION_NOT_SUPPORTED_IN_TRANSACTION,
            "Operation not permitted in transaction :: caused by :: Explain for the aggregate command cannot run within a multi-document transaction",
        ));
    }
    let fields = aggregate::parse(request)?;
    let namespace = aggregate::namespace(request)?;
    let Some(stages) = fields.array("pipeline") else {
        return Err(Error::type_mismatch(
            "'pipeline' option must be specified as an array",
        ));
    };
    pipeline(cx, request, &namespace, stages.clone(), verbosity)
}

/// A pipeline: the plan alone where the source does all of it, else its stages one after the other.
fn pipeline(
    cx: &mut CommandContext<'_>,
    request: &Request,
    namespace: &Namespace,
    stages: Vec<Bson>,
    verbosity: &str,
) -> Result<Document> {
    let aggregation = aggregate::Aggregation::new(namespace.clone(), stages);
    let env = cx.env.clone();
    let parsed = aggregation.pipeline(cx, &env)?;
    let host = crate::embedded::host::EngineHost::new(
        cx.server.clone(),
        cx.operation.view()?,
        env.interrupt.clone(),
        false,
    );
    let cut = Reading::new(&host, namespace, &parsed, None).cut(&env)?;
    let Some(plan) = cut.plan else {
        let mut reply = doc! { "explainVersion": "1", "stages": cut.rest.specs() };
        reply.extend(about(cx, request));
        return Ok(reply);
    };
    if cut.rest.is_empty() {
        return planned(cx, request, &cut.namespace, plan, verbosity);
    }
    let source = plan_fields(cx, &cut.namespace, plan, verbosity)?;
    let mut shown = vec![doc! { "$cursor": source }];
    shown.extend(cut.rest.specs());
    let mut reply = doc! { "explainVersion": "1", "stages": shown };
    reply.extend(about(cx, request));
    Ok(reply)
}

fn planned(
    cx: &mut CommandContext<'_>,
    request: &Request,
    namespace: &Namespace,
    plan: Plan,
    verbosity: &str,
) -> Result<Document> {
    let mut reply = doc! { "explainVersion": "1" };
    reply.extend(plan_fields(cx, namespace, plan, verbosity)?);
    reply.extend(about(cx, request));
    Ok(reply)
}

fn plan_fields(
    cx: &mut CommandContext<'_>,
    namespace: &Namespace,
    plan: Plan,
    verbosity: &str,
) -> Result<Document> {
    let mut fields = doc! { "queryPlanner": {
        "namespace": namespace.to_string(),
        "indexFilterSet": false,
        "parsedQuery": plan.parsed_query(),
        "maxIndexedOrSolutionsReached": false,
        "maxIndexedAndSolutionsReached": false,
        "maxScansToExplodeReached": false,
        "winningPlan": plan.explain(),
        "rejectedPlans": plan.explain_rejected(),
    } };
    if verbosity != "queryPlanner" {
        let (view, env) = (cx.operation.view()?, cx.env.clone());
        let start = std::time::Instant::now();
        let measured = plan.measure(&view, &env)?;
        let millis = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        let mut stats = measured.to_document(millis);
        if verbosity == "allPlansExecution" {
            stats.insert("allPlansExecution", Bson::Array(Vec::new()));
        }
        fields.insert("executionStats", stats);
    }
    Ok(fields)
}

/// What every explanation ends with.
fn about(cx: &CommandContext<'_>, request: &Request) -> Document {
    let (host, port) = cx.server.host_and_port(&cx.connection.local);
    doc! {
        "command": shown_command(request),
        "serverInfo": {
            "host": host, "port": port, "version": "6.0.5",
            "gitVersion": super::diagnostic::GIT_VERSION,
        },
        "serverParameters": {
            "internalQueryFacetBufferSizeBytes": 104_857_600,
            "internalQueryFacetMaxOutputDocSizeBytes": 104_857_600,
            "internalLookupStageIntermediateDocumentMaxSizeBytes": 104_857_600,
            "internalDocumentSourceGroupMaxMemoryBytes": 104_857_600,
            "internalQueryMaxBlockingSortMemoryUsageBytes": 104_857_600,
            "internalQueryProhibitBlockingMergeOnMongoS": 0,
            "internalQueryMaxAddToSetBytes": 104_857_600,
            "internalDocumentSourceSetWindowFieldsMaxMemoryBytes": 104_857_600,
        },
    }
}

/// The command without what every command may have.
fn shown_command(request: &Request) -> Document {
    let hidden =
        |name: &str| name != "$db" && super::fields::GENERIC.contains(&name) && name != "comment";
    let fields = request.body.iter().filter(|(name, _)| !hidden(name));
    fields.map(|(k, v)| (k.clone(), v.clone())).collect()
}
