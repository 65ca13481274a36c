//! [`Plan`]: what a cursor will ask the server, while it can still be changed.

use std::rc::Rc;
use std::time::Duration;

use bson::{Bson, Document, doc};
use mongodb::options::{CursorType, SelectionCriteria};

use crate::script::error::{Fault, ScriptError};
use crate::script::shell::target::{CursorOptions, Target};

/// The question that a cursor's first read sends.
#[derive(Clone)]
pub struct Plan {
    /// Where it goes.
    pub target: Target,
    /// The command it becomes.
    pub kind: Kind,
    /// Options under the names of mongosh's methods and option documents.
    pub settings: Document,
    /// Where it reads; else the connection's preference.
    pub selection: Option<SelectionCriteria>,
}

/// The commands that reply with a cursor.
#[derive(Debug, Clone)]
pub enum Kind {
    /// `find`.
    Find {
        /// The collection.
        collection: Rc<str>,
        /// The filter, a document unless somebody wants the server's error for something else.
        filter: Document,
    },
    /// `aggregate` on a collection, or on the database.
    Aggregate {
        /// The collection; none for `db.aggregate`.
        collection: Option<Rc<str>>,
        /// The stages.
        pipeline: Vec<Bson>,
    },
    /// Any other command, as it is.
    Command(Document),
}

/// Fields of `find` that are copied as they are, in the order of the command's manual page.
const FIND: &[&str] = &[
    "sort",
    "projection",
    "hint",
    "skip",
    "singleBatch",
    "comment",
    "maxTimeMS",
    "readConcern",
    "max",
    "min",
    "returnKey",
    "showRecordId",
    "tailable",
    "oplogReplay",
    "noCursorTimeout",
    "awaitData",
    "allowPartialResults",
    "collation",
    "allowDiskUse",
    "let",
];

/// Fields of `aggregate` that are copied as they are.
const AGGREGATE: &[&str] = &[
    "allowDiskUse",
    "maxTimeMS",
    "bypassDocumentValidation",
    "readConcern",
    "collation",
    "hint",
    "comment",
    "writeConcern",
    "let",
];

impl Plan {
    /// A plan without options.
    #[must_use]
    pub fn new(target: Target, kind: Kind) -> Self {
        Self {
            target,
            kind,
            settings: Document::new(),
            selection: None,
        }
    }

    /// The command that opens the cursor.
    #[must_use]
    pub fn command(&self) -> Document {
        match &self.kind {
            Kind::Find { collection, filter } => self.find(collection, filter),
            Kind::Aggregate {
                collection,
                pipeline,
            } => self.aggregate(collection.as_deref(), pipeline),
            Kind::Command(command) => command.clone(),
        }
    }

    fn find(&self, collection: &str, filter: &Document) -> Document {
        let mut command = doc! { "find": collection, "filter": filter.clone() };
        self.copy(FIND, &mut command);
        let limit = self.number("limit");
        if let Some(limit) = limit {
            command.insert("limit", small(limit.abs()));
        }
        // A negative limit or batch size asks for one batch only.
        if limit.is_some_and(|n| n < 0) {
            command.insert("singleBatch", true);
        }
        match self.number("batchSize") {
            Some(size) if size < 0 => {
                command.insert("limit", small(size.abs()));
                command.insert("singleBatch", true);
            }
            // One more than the limit, so that the server need not keep the cursor open.
            Some(size) if limit == Some(size) && size > 0 => {
                command.insert("batchSize", small(size + 1));
            }
            Some(size) => {
                command.insert("batchSize", small(size));
            }
            None => {}
        }
        command
    }

    fn aggregate(&self, collection: Option<&str>, pipeline: &[Bson]) -> Document {
        let of = collection.map_or(Bson::Int32(1), Bson::from);
        let mut command = doc! { "aggregate": of, "pipeline": pipeline };
        self.copy(AGGREGATE, &mut command);
        let mut cursor = match self.settings.get("cursor") {
            Some(Bson::Document(given)) => given.clone(),
            _ => Document::new(),
        };
        if let Some(size) = self.number("batchSize").filter(|_| !writes(pipeline)) {
            cursor.insert("batchSize", small(size));
        }
        command.insert("cursor", cursor);
        command
    }

    fn copy(&self, names: &[&str], command: &mut Document) {
        for name in names {
            if let Some(value) = self.settings.get(name) {
                command.insert(*name, value.clone());
            }
        }
    }

    /// What `getMore` needs to know.
    #[must_use]
    pub fn cursor_options(&self) -> CursorOptions {
        let flag = |name| self.settings.get_bool(name).unwrap_or(false);
        CursorOptions {
            batch_size: self
                .number("batchSize")
                .filter(|n| *n != 0)
                .and_then(|n| u32::try_from(n.abs()).ok()),
            cursor_type: match (flag("tailable"), flag("awaitData")) {
                (true, true) => Some(CursorType::TailableAwait),
                (true, false) => Some(CursorType::Tailable),
                _ => None,
            },
            max_await: self
                .number("maxAwaitTimeMS")
                .and_then(|ms| u64::try_from(ms).ok())
                .map(Duration::from_millis),
            comment: self.settings.get("comment").cloned(),
            selection: self.selection.clone(),
        }
    }

    /// The `count` command for the same query, with its limit and skip.
    ///
    /// # Errors
    /// Where the cursor is not a `find`'s.
    pub fn count_command(&self) -> Result<Document, Fault> {
        let Kind::Find { collection, filter } = &self.kind else {
            return Err(ScriptError::unsupported("only a find's cursor can be counted").into());
        };
        let mut command = doc! { "count": collection.as_ref(), "query": filter.clone() };
        self.copy(
            &["limit", "skip", "hint", "maxTimeMS", "collation", "comment"],
            &mut command,
        );
        Ok(command)
    }

    /// The `explain` command for the same query.
    #[must_use]
    pub fn explain_command(&self, verbosity: &str) -> Document {
        let mut command = self.command();
        let mut explain = Document::new();
        // These belong to the outer command.
        let outer =
            ["readConcern", "maxTimeMS", "comment"].map(|name| (name, command.remove(name)));
        explain.insert("explain", command);
        explain.insert("verbosity", verbosity);
        for (name, value) in outer {
            if let Some(value) = value {
                explain.insert(name, value);
            }
        }
        explain
    }

    /// A setting as a whole number; a fraction is cut off, as mongosh and the server do.
    fn number(&self, name: &str) -> Option<i64> {
        match self.settings.get(name)? {
            Bson::Int32(n) => Some(i64::from(*n)),
            Bson::Int64(n) => Some(*n),
            #[allow(clippy::cast_possible_truncation)] // saturates, which is as large as it gets
            Bson::Double(n) => Some(*n as i64),
            _ => None,
        }
    }
}

/// Whether the pipeline ends in a stage that writes.
#[must_use]
pub fn writes(pipeline: &[Bson]) -> bool {
    let last = pipeline.last().and_then(Bson::as_document);
    last.and_then(|stage| stage.keys().next())
        .is_some_and(|name| name == "$out" || name == "$merge")
}

/// A number as BSON, int32 where it fits.
fn small(n: i64) -> Bson {
    i32::try_from(n).map_or(Bson::Int64(n), Bson::Int32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::shell::mongo::Mongo;

    fn plan(kind: Kind, settings: Document) -> Plan {
        let target = Target {
            mongo: Mongo::new(None),
            database: "d".into(),
            session: None,
        };
        Plan {
            settings,
            ..Plan::new(target, kind)
        }
    }

    fn find(settings: Document) -> Document {
        let kind = Kind::Find {
            collection: "c".into(),
            filter: doc! { "a": 1 },
        };
        plan(kind, settings).command()
    }

    #[test]
    fn limits_and_batch_sizes_are_what_the_server_takes() {
        let cases = [
            (doc! {}, doc! {}),
            (doc! { "limit": 5 }, doc! { "limit": 5 }),
            (
                doc! { "limit": -5 },
                doc! { "limit": 5, "singleBatch": true },
            ),
            (doc! { "limit": 2.5 }, doc! { "limit": 2 }),
            (doc! { "batchSize": 0 }, doc! { "batchSize": 0 }),
            (
                doc! { "batchSize": -3 },
                doc! { "limit": 3, "singleBatch": true },
            ),
            (
                doc! { "limit": 5, "batchSize": 5 },
                doc! { "limit": 5, "batchSize": 6 },
            ),
            (
                doc! { "projection": { "b": 1 }, "sort": { "b": 1 } },
                doc! { "sort": { "b": 1 }, "projection": { "b": 1 } },
            ),
        ];
        for (settings, want) in cases {
            let mut command = doc! { "find": "c", "filter": { "a": 1 } };
            command.extend(want);
            assert_eq!(find(settings.clone()), command, "{settings}");
        }
    }

    #[test]
    fn aggregations_that_write_have_no_batch_size() {
        let aggregate = |stage: Document| {
            let kind = Kind::Aggregate {
                collection: None,
                pipeline: vec![stage.into()],
            };
            plan(kind, doc! { "batchSize": 7 }).command()
        };
        let reads = aggregate(doc! { "$match": {} });
        assert_eq!(reads.get("aggregate"), Some(&Bson::Int32(1)));
        assert_eq!(
            reads.get_document("cursor").ok(),
            Some(&doc! { "batchSize": 7 })
        );
        let writes = aggregate(doc! { "$out": "o" });
        assert_eq!(writes.get_document("cursor").ok(), Some(&doc! {}));
    }

    #[test]
    fn what_belongs_to_explain_is_outside_of_the_explained_command() {
        let kind = Kind::Find {
            collection: "c".into(),
            filter: doc! {},
        };
        let settings = doc! { "limit": 1, "comment": "x", "readConcern": { "level": "local" } };
        assert_eq!(
            plan(kind, settings).explain_command("queryPlanner"),
            doc! {
                "explain": { "find": "c", "filter": {}, "limit": 1 },
                "verbosity": "queryPlanner",
                "readConcern": { "level": "local" },
                "comment": "x",
            }
        );
    }
}
