//! What is asked of the server, as a command.

use bson::{Bson, Document, Timestamp, doc};

use super::check::{self, SpecFault};
use super::scope::Scope;
use super::{Abilities, Token};
use crate::stream::spec::{BeforeChange, FullDocument, Namespace, StreamSpec};

/// Operations that come with `showExpandedEvents` only.
const EXPANDED: [&str; 8] = [
    "create",
    "createIndexes",
    "dropIndexes",
    "modify",
    "shardCollection",
    "reshardCollection",
    "refineCollectionShardKey",
    "migrateChunkToNewShard",
];

/// Cuts an event over 16 MB into fragments; must be the last stage.
pub(super) const SPLIT: &str = "$changeStreamSplitLargeEvent";

/// Where a cursor begins.
#[derive(Debug, Clone, PartialEq)]
pub enum Start {
    /// With what happens from now on.
    Now,
    /// With what happened at this time, and later.
    Time(Timestamp),
    /// Behind this place.
    After(Token),
}

/// What is asked of the server for a stream, but for the place where it begins. Streams with equal
/// openings can share a cursor.
///
/// ```text
/// $changeStream ─▶ $match what is watched ─▶ $match operations ─▶ the stream's own stages
///               ─▶ $project what nobody looks at ─▶ $changeStreamSplitLargeEvent
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Opening {
    database: String,
    aggregate: Bson,
    /// `$changeStream`
    stage: Document,
    /// The stages behind it.
    pipeline: Vec<Document>,
}

impl Opening {
    /// What a stream asks of a server.
    ///
    /// # Errors
    /// [`SpecFault`].
    pub fn new(spec: &StreamSpec, can: Abilities) -> Result<Self, SpecFault> {
        check::check(spec)?;
        let scope = Scope::of(&spec.watch).ok_or(SpecFault::NothingToWatch)?;
        let (database, aggregate) = scope.target();
        Ok(Self {
            database: database.to_string(),
            aggregate,
            stage: stage(spec, &scope, can),
            pipeline: pipeline(spec, &scope, can),
        })
    }

    /// Whether events may come in fragments.
    pub(super) fn splits(&self) -> bool {
        self.pipeline.last().is_some_and(|s| s.contains_key(SPLIT))
    }

    /// What openings are compared by.
    pub(super) fn key(&self) -> Vec<u8> {
        self.explain(&Start::Now).to_vec().unwrap_or_default()
    }

    /// The database of the command.
    #[must_use]
    pub fn database(&self) -> &str {
        &self.database
    }

    /// The command that opens the stream at a place.
    ///
    /// `startAfter` takes every token, that of an invalidate event too, which `resumeAfter` does
    /// not (manual, "Resume a Change Stream"). A cursor that has no token yet is opened without a
    /// first batch: the reply's token is then in front of the first event, and not behind some.
    #[must_use]
    pub fn command(&self, start: &Start) -> Document {
        let mut stage = self.stage.clone();
        match start {
            Start::Now => {}
            Start::Time(time) => {
                stage.insert("startAtOperationTime", *time);
            }
            Start::After(token) => {
                stage.insert("startAfter", token.to_bson());
            }
        }
        let cursor = match start {
            Start::After(_) => Document::new(),
            _ => doc! { "batchSize": 0 },
        };
        let mut pipeline = vec![doc! { "$changeStream": stage }];
        pipeline.extend(self.pipeline.iter().cloned());
        doc! {
            "aggregate": self.aggregate.clone(),
            "pipeline": pipeline,
            "cursor": cursor,
            // The connection string may ask for another level, which change streams refuse.
            "readConcern": { "level": "majority" },
        }
    }

    /// `{ database, command }`, as it is sent.
    #[must_use]
    pub fn explain(&self, start: &Start) -> Document {
        doc! { "database": &self.database, "command": self.command(start) }
    }
}

fn stage(spec: &StreamSpec, scope: &Scope, can: Abilities) -> Document {
    let mut stage = Document::new();
    if scope.on == Namespace::Cluster {
        stage.insert("allChangesForCluster", true);
    }
    let wanted = match spec.full_document {
        FullDocument::Default => None,
        FullDocument::UpdateLookup => Some("updateLookup"),
        FullDocument::WhenAvailable => Some("whenAvailable"),
        FullDocument::Required => Some("required"),
    };
    // A lookup costs the server a read per update: none is made for a handler that does not look.
    if let Some(wanted) =
        wanted.filter(|_| looks_at(spec, "fullDocument", spec.needs.full_document))
    {
        stage.insert("fullDocument", wanted);
    }
    match spec.full_document_before_change {
        BeforeChange::Off => None,
        BeforeChange::WhenAvailable => stage.insert("fullDocumentBeforeChange", "whenAvailable"),
        BeforeChange::Required => stage.insert("fullDocumentBeforeChange", "required"),
    };
    let declared = spec.needs.operations.iter().flatten();
    if can.expanded_events && declared.into_iter().any(|o| EXPANDED.contains(&o.as_str())) {
        stage.insert("showExpandedEvents", true);
    }
    stage
}

fn pipeline(spec: &StreamSpec, scope: &Scope, can: Abilities) -> Vec<Document> {
    let mut stages = Vec::new();
    if let Some(narrowed) = &scope.narrowed {
        stages.push(doc! { "$match": narrowed.clone() });
    }
    if let Some(operations) = &spec.needs.operations {
        let mut wanted: Vec<&str> = operations.iter().map(String::as_str).collect();
        // The end of the cursor is told by an event, behind which the stream is opened again.
        if !wanted.contains(&"invalidate") {
            wanted.push("invalidate");
        }
        stages.push(doc! { "$match": { "operationType": { "$in": wanted } } });
    }
    stages.extend(spec.pipeline.iter().cloned());
    let mut unseen = Document::new();
    if !spec.needs.full_document {
        unseen.insert("fullDocument", 0);
    }
    if !spec.needs.update_description {
        unseen.insert("updateDescription", 0);
    }
    let split = can.splits_large_events && !spec.pipeline.iter().any(|s| s.contains_key(SPLIT));
    if !unseen.is_empty() {
        stages.push(doc! { "$project": unseen });
    }
    if split {
        stages.push(doc! { SPLIT: {} });
    }
    stages
}

/// Whether the handler, or a stage of the stream's own, looks at a field.
fn looks_at(spec: &StreamSpec, field: &str, handler: bool) -> bool {
    handler || spec.pipeline.iter().any(|stage| check::names(stage, field))
}
