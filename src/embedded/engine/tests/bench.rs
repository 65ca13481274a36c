//! What the tests do with an engine.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bson::{Bson, Document, doc};

use crate::embedded::catalog::Namespace;
use crate::embedded::commands::{ReadConcern, SessionContext, SessionId};
use crate::embedded::engine::{
    DeleteStatement, Engine, EngineOptions, IndexSpec, InsertOptions, Inserted, Operation, Retry,
    Statement, Target, UpdateStatement, Updated,
};
use crate::embedded::storage::{Direction, Store};
use crate::mql::update::Update;
use crate::mql::{Interrupt, Result};

/// An engine with a clock that stands still.
#[derive(Clone)]
pub struct Bench {
    pub engine: Arc<Engine>,
    pub store: Store,
    pub now: Arc<AtomicI64>,
}

pub fn ns(name: &str) -> Namespace {
    Namespace::new("db", name)
}

impl Bench {
    pub fn new() -> Self {
        Self::over(Store::memory())
    }

    pub fn over(store: Store) -> Self {
        let now = Arc::new(AtomicI64::new(1_700_000_000_000));
        let clock = now.clone();
        let mut options = EngineOptions::new(store.clone());
        options.clock = Arc::new(move || clock.load(Ordering::Relaxed));
        options.background = false;
        let engine = Engine::open(options).unwrap();
        Self { engine, store, now }
    }

    /// The same store, opened again.
    pub fn reopened(&self) -> Self {
        Self::over(self.store.clone())
    }

    pub fn operation(&self) -> Operation {
        self.begin(None).unwrap()
    }

    pub fn begin(&self, session: Option<&SessionContext>) -> Result<Operation> {
        self.begin_command("update", session)
    }

    pub fn begin_command(
        &self,
        command: &str,
        session: Option<&SessionContext>,
    ) -> Result<Operation> {
        self.engine.begin(&Statement {
            command,
            db: "db",
            session,
            read_concern: &ReadConcern::default(),
            interrupt: &Interrupt::default(),
        })
    }

    pub fn insert(&self, coll: &str, documents: &[Document]) -> Inserted {
        insert(&mut self.operation(), coll, documents).unwrap()
    }

    pub fn update(&self, coll: &str, filter: Document, update: Document) -> Updated {
        super::bench::update(&mut self.operation(), coll, filter, update).unwrap()
    }

    pub fn index(&self, coll: &str, spec: Document) -> Result<()> {
        let spec = IndexSpec::parse(&spec, false)?;
        self.operation()
            .create_indexes(&ns(coll), &[spec])
            .map(|_| ())
    }

    /// All documents, in natural order.
    pub fn all(&self, coll: &str) -> Vec<Document> {
        all(&mut self.operation(), coll)
    }

    /// Fails unless data, indexes and counters agree.
    pub fn assert_consistent(&self, coll: &str) {
        let view = self.engine.view();
        let Some(collection) = view.collection(&ns(coll)) else {
            return;
        };
        let found = view.validate(collection, &Interrupt::default()).unwrap();
        let errors: Vec<String> = found.all_errors().collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
}

pub fn session(n: u8) -> SessionContext {
    SessionContext {
        lsid: SessionId::of([n; 16]),
        txn_number: None,
        in_transaction: false,
        start_transaction: false,
        stmt_id: 0,
        stmt_ids: None,
    }
}

/// A command that begins a transaction.
pub fn starting(n: u8, number: i64) -> SessionContext {
    SessionContext {
        start_transaction: true,
        ..continuing(n, number)
    }
}

/// A command in a transaction.
pub fn continuing(n: u8, number: i64) -> SessionContext {
    SessionContext {
        txn_number: Some(number),
        in_transaction: true,
        ..session(n)
    }
}

/// A write that may be retried.
pub fn retryable(n: u8, number: i64) -> SessionContext {
    SessionContext {
        txn_number: Some(number),
        ..session(n)
    }
}

pub fn insert(operation: &mut Operation, coll: &str, documents: &[Document]) -> Result<Inserted> {
    let raw = documents
        .iter()
        .map(|d| d.to_vec().unwrap().into())
        .collect();
    let options = InsertOptions {
        ordered: true,
        bypass_validation: false,
    };
    operation.insert(&ns(coll), raw, &options)
}

pub fn update(
    operation: &mut Operation,
    coll: &str,
    filter: Document,
    change: Document,
) -> Result<Updated> {
    run_update(operation, coll, filter, change, false, false)
}

pub fn run_update(
    operation: &mut Operation,
    coll: &str,
    filter: Document,
    change: Document,
    multi: bool,
    upsert: bool,
) -> Result<Updated> {
    let env = operation.env();
    let may_retry = operation
        .session
        .as_ref()
        .is_some_and(SessionContext::is_retryable_write);
    let statement = UpdateStatement {
        target: Target::parse(filter, None, None, &env)?,
        update: Update::parse(&Bson::Document(change), &[], &env)?,
        multi,
        upsert,
        supplied: None,
        bypass_validation: false,
        env,
        retry: may_retry.then_some(Retry {
            stmt: 0,
            keep: None,
        }),
    };
    operation.update(&ns(coll), &statement)
}

pub fn delete(operation: &mut Operation, coll: &str, filter: Document, multi: bool) -> Result<i64> {
    let env = operation.env();
    let target = Target::parse(filter, None, None, &env)?;
    let statement = DeleteStatement {
        target,
        multi,
        retry: None,
    };
    Ok(operation.delete(&ns(coll), &statement)?.n)
}

pub fn all(operation: &mut Operation, coll: &str) -> Vec<Document> {
    let view = operation.view().unwrap();
    let Some(collection) = view.collection(&ns(coll)).cloned() else {
        return Vec::new();
    };
    let records = view.records(&collection, Direction::Forward);
    records
        .map(|record| record.unwrap().to_document().unwrap())
        .collect()
}

/// The `_id`s of what a filter finds, through the planner.
pub fn find(operation: &mut Operation, coll: &str, filter: Document) -> Vec<Bson> {
    let env = operation.env();
    let view = operation.view().unwrap();
    let collection = view.collection(&ns(coll)).unwrap().clone();
    let target = Target::parse(filter, None, None, &env).unwrap();
    let found = target.search(&view, &collection).unwrap();
    found
        .map(|found| found.unwrap().document.get("_id").unwrap().clone())
        .collect()
}

pub fn ids(n: std::ops::Range<i32>) -> Vec<Document> {
    n.map(|id| doc! { "_id": id, "a": id }).collect()
}
