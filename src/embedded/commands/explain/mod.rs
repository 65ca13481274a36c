//! `explain`: what a command would do.
//!
//! The command inside is read as the command itself reads it, so that it is refused in the same words; its
//! plan then says what it is ([`plan`]), and with `executionStats` what it did when it was run to its end.
//! Writes are not executed: the documents that they mean are found.

mod plan;
mod read;
mod write;

use bson::{Document, doc};

pub use read::aggregation;

use super::context::CommandContext;
use super::fields::{Field, Fields, GENERIC, Kind};
use super::request::Request;
use super::{refused, table};
use crate::mql::error::code;
use crate::mql::{Error, Result};

const FIELDS: &[Field] = &[
    Field::required("explain", Kind::Document),
    Field::new("verbosity", Kind::String),
];

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// The plan.
    QueryPlanner,
    /// And what it did.
    ExecutionStats,
    /// And what others would have done.
    AllPlans,
}

impl Verbosity {
    fn parse(text: Option<&str>) -> Result<Self> {
        match text {
            Some("queryPlanner") => Ok(Self::QueryPlanner),
            Some("executionStats") => Ok(Self::ExecutionStats),
            None | Some("allPlansExecution") => Ok(Self::AllPlans),
            Some(other) => Err(Error::bad_value(format!(
                "Enumeration value '{other}' for field 'explain.verbosity' is not a valid value."
            ))),
        }
    }
}

/// `explain`
pub fn run(cx: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    let fields = Fields::parse("explain", request.body(), FIELDS)?;
    let verbosity = Verbosity::parse(fields.str("verbosity"))?;
    let inner = fields.document("explain").cloned().unwrap_or_default();
    let inner = explained(request, inner)?;
    match inner.name.as_str() {
        "find" => read::find(cx, &inner, verbosity),
        "count" => read::count(cx, &inner, verbosity),
        "distinct" => read::distinct(cx, &inner, verbosity),
        "aggregate" => aggregation(cx, &inner, verbosity),
        "update" => write::update(cx, &inner, verbosity),
        "delete" => write::delete(cx, &inner, verbosity),
        "findAndModify" | "findandmodify" => write::find_and_modify(cx, &inner, verbosity),
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
    let sequences = request.sequences.clone();
    Ok(Request::new(name, request.db.clone(), body, raw, sequences))
}

/// The command without what every command may have.
fn shown_command(request: &Request) -> Document {
    let hidden = |name: &str| name != "$db" && GENERIC.contains(&name) && name != "comment";
    let fields = request.body().iter().filter(|(name, _)| !hidden(name));
    let mut shown: Document = fields.map(|(k, v)| (k.clone(), v.clone())).collect();
    // Of this command the server shows no database.
    if matches!(request.name.as_str(), "findAndModify" | "findandmodify") {
        shown.insert("$db", "");
    }
    shown
}

/// The server's name and its limits, with which every explanation ends.
fn about(cx: &CommandContext<'_>) -> Document {
    let (host, port) = cx.server.host_and_port(&cx.connection.local);
    doc! {
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
