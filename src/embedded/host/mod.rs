//! What pipelines ask of this database: the [`Host`] of their stages.
//!
//! One host serves one command and the cursor that it leaves: it reads from one [`View`], so that `$lookup`
//! and `$unionWith` see the moment that the pipeline's own collection is read at. What `$out` and `$merge`
//! write goes through operations of its own, since they never run in a transaction.

mod oplog;
mod out;
mod read;
mod stats;

use std::sync::{Arc, Mutex, PoisonError, Weak};

use bson::Document;

pub use oplog::is_oplog;
pub use read::Reading;
pub use stats::{collection_stats, history_stats, index_size, int, storage_size};

use crate::embedded::change_stream;
use crate::embedded::commands::ReadConcern;
use crate::embedded::cursor::Progress;
use crate::embedded::engine::{Engine, Operation, Statement, Target, UpdateStatement, View};
use crate::embedded::server::Shared;
use crate::mql::stage::{BoxStream, Host, Kind, MergeUpdate, Namespace, OutWriter, Pipeline};
use crate::mql::update::Update;
use crate::mql::{Env, Error, Interrupt, Result};

/// The host of one command.
pub struct EngineHost {
    me: Weak<EngineHost>,
    server: Arc<Shared>,
    view: View,
    interrupt: Interrupt,
    bypass_validation: bool,
    progress: Mutex<Option<Arc<dyn Progress>>>,
}

impl EngineHost {
    /// A host that reads from a view.
    #[must_use]
    pub fn new(
        server: Arc<Shared>,
        view: View,
        interrupt: Interrupt,
        bypass_validation: bool,
    ) -> Arc<Self> {
        Arc::new_cyclic(|me| Self {
            me: me.clone(),
            server,
            view,
            interrupt,
            bypass_validation,
            progress: Mutex::new(None),
        })
    }

    /// What it reads from.
    #[must_use]
    pub fn view(&self) -> &View {
        &self.view
    }

    /// How far the change stream has come that a pipeline opened.
    #[must_use]
    pub fn progress(&self) -> Option<Arc<dyn Progress>> {
        let progress = self.progress.lock();
        progress.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Says how far a change stream has come.
    pub fn set_progress(&self, progress: Arc<dyn Progress>) {
        let place = self.progress.lock();
        *place.unwrap_or_else(PoisonError::into_inner) = Some(progress);
    }

    fn engine(&self) -> &Arc<Engine> {
        &self.server.engine
    }

    fn shared(&self) -> Arc<dyn Host> {
        match self.me.upgrade() {
            Some(me) => me,
            // The host is asked, so somebody holds it.
            None => Arc::new(Nobody),
        }
    }

    fn operation(&self, db: &str) -> Result<Operation> {
        self.engine().begin(&Statement {
            command: "aggregate",
            db,
            session: None,
            read_concern: &ReadConcern::default(),
            interrupt: &self.interrupt,
        })
    }
}

/// A host of nothing.
struct Nobody;

impl Host for Nobody {
    fn open(&self, _: &Namespace, _: &Pipeline, _: &Env) -> Result<BoxStream> {
        Ok(crate::mql::stage::empty())
    }
}

impl Host for EngineHost {
    fn open(&self, namespace: &Namespace, pipeline: &Pipeline, env: &Env) -> Result<BoxStream> {
        let reading = Reading::new(self, namespace, pipeline, None);
        reading.stream(env)
    }

    fn has_index_on(&self, namespace: &Namespace, path: &str) -> bool {
        let Some(collection) = self.view.collection(namespace) else {
            return false;
        };
        collection.ready_indexes().any(|index| {
            let first = index.fields.first().is_some_and(|(name, _)| name == path);
            first && !index.hidden && !index.sparse && index.partial.is_none()
        })
    }

    fn kind(&self, namespace: &Namespace) -> Result<Kind> {
        Ok(match self.view.collection(namespace) {
            None => Kind::Missing,
            Some(found) if found.is_view() => Kind::View,
            Some(found) if found.capped.is_some() => Kind::Capped,
            Some(_) => Kind::Collection,
        })
    }

    fn has_unique_index(&self, namespace: &Namespace, fields: &[String]) -> Result<bool> {
        let Some(collection) = self.view.collection(namespace) else {
            return Ok(fields.len() == 1 && fields.first().is_some_and(|f| f == "_id"));
        };
        Ok(collection.ready_indexes().any(|index| {
            let whole = index.partial.is_none() && index.unique;
            let same = index.fields.len() == fields.len()
                && index.fields.iter().all(|(name, _)| fields.contains(name));
            whole && same
        }))
    }

    fn insert(&self, namespace: &Namespace, documents: Vec<Document>) -> Result<()> {
        out::insert(self, namespace, documents)
    }

    fn update(&self, namespace: &Namespace, update: MergeUpdate) -> Result<u64> {
        let mut operation = self.operation(&namespace.db)?;
        let mut env = operation.env();
        env.variables = update
            .variables
            .into_iter()
            .map(|(name, value)| (name.into(), value))
            .collect();
        let statement = UpdateStatement {
            target: Target::parse(update.filter, None, None, &env)?,
            update: Update::parse(&update.update, &[], &env)?,
            multi: false,
            upsert: update.upsert,
            supplied: update.supplied,
            bypass_validation: self.bypass_validation,
            env,
            retry: None,
        };
        let done = operation.update(namespace, &statement)?;
        Ok(u64::try_from(done.matched).unwrap_or(0))
    }

    fn replace_collection(&self, target: &Namespace) -> Result<Box<dyn OutWriter>> {
        out::replace(self, target)
    }

    fn change_stream(
        &self,
        namespace: &Namespace,
        spec: &Document,
        _env: &Env,
    ) -> Result<BoxStream> {
        let (stream, progress) = change_stream::open(self.engine(), namespace, spec)?;
        self.set_progress(progress);
        Ok(stream)
    }

    fn coll_stats(&self, namespace: &Namespace, spec: &Document) -> Result<Document> {
        stats::for_stage(&self.server, &self.view, namespace, spec)
    }

    fn index_stats(&self, namespace: &Namespace) -> Result<Vec<Document>> {
        Ok(stats::index_stats(&self.server, &self.view, namespace))
    }

    fn current_op(&self, spec: &Document) -> Result<Vec<Document>> {
        crate::embedded::commands::current_op::documents(&self.server, spec)
    }

    fn list_sessions(&self, spec: &Document, _local: bool) -> Result<Vec<Document>> {
        let users = spec
            .get_array("users")
            .ok()
            .filter(|users| !users.is_empty());
        let users: Option<Vec<_>> = users.map(|users| users.iter().map(user_digest).collect());
        let sessions = self.engine().sessions();
        let sessions = sessions.iter().filter(|session| {
            let id = session.id.to_document();
            let uid = id.get_binary_generic("uid").ok();
            users
                .as_ref()
                .is_none_or(|users| uid.is_some_and(|uid| users.contains(uid)))
        });
        let shown = sessions.map(|session| {
            let last = bson::DateTime::from_millis(session.last_use);
            bson::doc! { "_id": session.id.to_document(), "lastUse": last }
        });
        Ok(shown.collect())
    }
}

/// How a session's id names a user: the digest of `name@database`.
fn user_digest(user: &bson::Bson) -> Vec<u8> {
    use sha2::{Digest as _, Sha256};
    let field = |name| user.as_document().and_then(|user| user.get_str(name).ok());
    let (name, db) = (
        field("user").unwrap_or_default(),
        field("db").unwrap_or_default(),
    );
    let full = match (name, db) {
        ("", "") => String::new(),
        _ => format!("{name}@{db}"),
    };
    Sha256::digest(full.as_bytes()).to_vec()
}

/// An error of a place where nothing can go wrong.
pub(super) fn internal(what: impl std::fmt::Display) -> Error {
    Error::new(crate::mql::error::code::INTERNAL_ERROR, what.to_string())
}
