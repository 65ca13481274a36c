//! One index.

use std::sync::atomic::{AtomicI64, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use bson::{Bson, DateTime, Document};

use crate::mql::Env;
use crate::mql::matching::Matcher;

/// The number of an index in the store's keys; never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IndexId(pub u32);

/// How far an index is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexState {
    /// Writers keep it, queries may not use it yet.
    Building,
    /// Queries may use it.
    Ready,
}

/// One index.
#[derive(Debug)]
pub struct Index {
    /// Its number in the store.
    pub id: IndexId,
    /// Its name.
    pub name: String,
    /// What `listIndexes` shows: `{v: 2, key, name, …}`, in its order.
    pub spec: Document,
    /// The key's paths, and whether each ascends.
    pub fields: Vec<(String, bool)>,
    /// Whether no two documents may have one key. True of `_id_`, whose `spec` does not say so.
    pub unique: bool,
    /// Whether documents that have none of the fields are left out.
    pub sparse: bool,
    /// Whether the planner must not use it.
    pub hidden: bool,
    /// Which documents it holds, if not all.
    pub partial: Option<Document>,
    /// After how many seconds documents are removed.
    pub expire_after: Option<i64>,
    /// How far it is.
    pub state: IndexState,
    /// What all versions of the index share.
    pub live: Arc<IndexLive>,
    /// [`Index::partial`], parsed when it is first needed.
    filter: OnceLock<Option<Matcher>>,
}

/// What all versions of an index share.
#[derive(Debug)]
pub struct IndexLive {
    /// Which fields of the key (by bit) hold arrays in some document; bits are set before such a document
    /// can be seen, and never taken back.
    pub(crate) multikey: AtomicU64,
    /// The same as it is stored; bits that only a transaction has set are not there before its end.
    pub(crate) stored_multikey: AtomicU64,
    /// How often queries have used it (`$indexStats`).
    pub uses: AtomicI64,
    /// Since when that is counted.
    pub since: DateTime,
    /// How many percent of its build are done.
    pub percent: AtomicU8,
}

impl IndexLive {
    /// Of an index that is made now.
    #[must_use]
    pub fn new(since: DateTime) -> Self {
        Self {
            multikey: AtomicU64::new(0),
            stored_multikey: AtomicU64::new(0),
            uses: AtomicI64::new(0),
            since,
            percent: AtomicU8::new(0),
        }
    }
}

impl Index {
    /// An index of the specification that `listIndexes` shows, which has been checked.
    #[must_use]
    pub fn new(id: IndexId, spec: Document, state: IndexState, live: Arc<IndexLive>) -> Self {
        let name = spec.get_str("name").unwrap_or_default().to_owned();
        let key = spec.get_document("key").cloned().unwrap_or_default();
        let is = |option: &str| spec.get(option).is_some_and(truth);
        Self {
            id,
            fields: key
                .iter()
                .map(|(path, way)| (path.clone(), number(way) >= 0.0))
                .collect(),
            unique: is("unique") || name == "_id_",
            sparse: is("sparse"),
            hidden: is("hidden"),
            partial: spec.get_document("partialFilterExpression").ok().cloned(),
            expire_after: spec
                .get("expireAfterSeconds")
                .map(|seconds| seconds_of(number(seconds))),
            name,
            spec,
            state,
            live,
            filter: OnceLock::new(),
        }
    }

    /// Which documents it holds, if not all; within, nothing for a filter that cannot be parsed any more.
    #[must_use]
    pub fn partial_filter(&self) -> Option<Option<&Matcher>> {
        let source = self.partial.as_ref()?;
        let parse = || Matcher::parse(source, &Env::at(DateTime::from_millis(0))).ok();
        Some(self.filter.get_or_init(parse).as_ref())
    }

    /// Whether queries may use it.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.state == IndexState::Ready
    }

    /// Whether it is the one on `_id`.
    #[must_use]
    pub fn is_id(&self) -> bool {
        self.name == "_id_"
    }

    /// Which fields of the key (by bit) may hold arrays.
    #[must_use]
    pub fn multikey_fields(&self) -> u64 {
        self.live.multikey.load(Ordering::Acquire)
    }

    /// Whether a document may have several keys.
    #[must_use]
    pub fn is_multikey(&self) -> bool {
        self.multikey_fields() != 0
    }

    /// Counts a query that used it.
    pub fn count_use(&self) {
        self.live.uses.fetch_add(1, Ordering::Relaxed);
    }
}

fn number(value: &Bson) -> f64 {
    match value {
        Bson::Int32(n) => f64::from(*n),
        #[allow(clippy::cast_precision_loss)]
        Bson::Int64(n) => *n as f64,
        Bson::Double(n) => *n,
        Bson::Decimal128(n) => n.to_string().parse().unwrap_or(0.0),
        _ => 0.0,
    }
}

fn truth(value: &Bson) -> bool {
    match value {
        Bson::Boolean(b) => *b,
        other => number(other) != 0.0,
    }
}

#[allow(clippy::cast_possible_truncation)]
fn seconds_of(number: f64) -> i64 {
    number as i64
}
