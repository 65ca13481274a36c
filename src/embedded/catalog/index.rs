//! One index.

use std::sync::atomic::{AtomicI64, AtomicU8, AtomicU64, Ordering};

use bson::{DateTime, Document};

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
    pub live: std::sync::Arc<IndexLive>,
}

/// What all versions of an index share.
#[derive(Debug)]
pub struct IndexLive {
    /// Which fields of the key (by bit) hold arrays in some document; bits are set before such a document
    /// can be seen, and never taken back.
    pub(crate) multikey: AtomicU64,
    /// How often queries have used it (`$indexStats`).
    pub uses: AtomicI64,
    /// Since when that is counted.
    pub since: DateTime,
    /// How many percent of its build are done.
    pub percent: AtomicU8,
}

impl Index {
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
