//! One collection or view.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use bson::{Bson, Document, Uuid};

use super::{Index, Namespace};
use crate::mql::matching::Matcher;
use crate::mql::{Env, Result};

/// The number of a collection in the store's keys; never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CollectionId(pub u32);

/// One collection or view. It never changes: a `collMod` makes another one.
#[derive(Debug, Clone)]
pub struct Collection {
    /// Its number in the store.
    pub id: CollectionId,
    /// Its name.
    pub ns: Namespace,
    /// The UUID by which clients and the oplog know it; a view has one too, which nobody sees.
    pub uuid: Uuid,
    /// Whether it holds documents or is a view.
    pub kind: Kind,
    /// What `listCollections` shows as `options`, in its order.
    pub options: Document,
    /// The bounds of a capped collection.
    pub capped: Option<Capped>,
    /// What documents must be like.
    pub validator: Option<Arc<Validator>>,
    /// Whether changes keep the documents before and after them (`changeStreamPreAndPostImages`).
    pub pre_images: bool,
    /// Its indexes, `_id_` first; those that are being built too.
    pub indexes: Vec<Arc<Index>>,
    /// The counters that all versions of the collection share.
    pub live: Arc<Live>,
}

/// Whether a name is a collection's or a view's.
#[derive(Debug, Clone)]
pub enum Kind {
    /// It holds documents.
    Collection,
    /// It is a pipeline over another one.
    View(Arc<ViewSpec>),
}

/// A view's definition.
#[derive(Debug, Clone, PartialEq)]
pub struct ViewSpec {
    /// The collection or view that it reads, in the same database.
    pub on: String,
    /// What it makes of it.
    pub pipeline: Vec<Document>,
    /// Its collation, if it has another than the simple one.
    pub collation: Option<Document>,
}

/// The bounds of a capped collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capped {
    /// How many bytes of documents it holds at most.
    pub size: i64,
    /// How many documents it holds at most; 0 for any number.
    pub max: i64,
}

/// What the documents of a collection must be like.
#[derive(Debug)]
pub struct Validator {
    /// As it was given.
    pub source: Document,
    /// The same, parsed.
    pub matcher: Matcher,

    /// Which documents are looked at.
    pub level: ValidationLevel,
    /// What becomes of those that do not match.
    pub action: ValidationAction,
}

/// Which documents a validator looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValidationLevel {
    /// None.
    Off,
    /// All.
    Strict,
    /// Inserted ones, and updated ones that matched before.
    Moderate,
}

/// What becomes of documents that do not match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValidationAction {
    /// They are refused.
    Error,
    /// They are logged.
    Warn,
}

/// What all versions of a collection share.
#[derive(Debug, Default)]
pub struct Live {
    /// The last record id that was given out.
    last_record: AtomicU64,
    /// How many documents there are.
    pub(crate) count: AtomicI64,
    /// How many bytes they have.
    pub(crate) size: AtomicI64,
}

impl Live {
    /// Begins where a stored collection ends.
    pub(crate) fn starting_at(last_record: u64, count: i64, size: i64) -> Self {
        Self {
            last_record: AtomicU64::new(last_record),
            count: AtomicI64::new(count),
            size: AtomicI64::new(size),
        }
    }

    /// A record id that is greater than all before.
    pub(crate) fn next_record(&self) -> u64 {
        self.last_record.fetch_add(1, Ordering::Relaxed) + 1
    }
}

impl Collection {
    /// A collection or view of the options that `listCollections` shows.
    ///
    /// # Errors
    /// What is wrong with the validator.
    pub fn new(
        id: CollectionId,
        ns: Namespace,
        uuid: Uuid,
        options: Document,
        indexes: Vec<Arc<Index>>,
        live: Arc<Live>,
    ) -> Result<Self> {
        let options = in_order(options);
        let images = options.get_document("changeStreamPreAndPostImages");
        let pre_images = images.is_ok_and(|images| images.get_bool("enabled").unwrap_or(false));
        Ok(Self {
            id,
            kind: kind(&options),
            capped: capped(&options),
            validator: Validator::of(&options)?.map(Arc::new),
            pre_images,
            ns,
            uuid,
            options,
            indexes,
            live,
        })
    }

    /// The same with other options.
    ///
    /// # Errors
    /// What is wrong with the validator.
    pub fn with_options(&self, options: Document) -> Result<Self> {
        let (indexes, live) = (self.indexes.clone(), self.live.clone());
        Self::new(self.id, self.ns.clone(), self.uuid, options, indexes, live)
    }

    /// The same with other indexes.
    #[must_use]
    pub fn with_indexes(&self, indexes: Vec<Arc<Index>>) -> Self {
        Self {
            indexes,
            ..self.clone()
        }
    }

    /// The same by another name.
    #[must_use]
    pub fn renamed(&self, ns: Namespace) -> Self {
        Self { ns, ..self.clone() }
    }

    /// Whether it is a view.
    #[must_use]
    pub fn is_view(&self) -> bool {
        matches!(self.kind, Kind::View(_))
    }

    /// The definition of a view.
    #[must_use]
    pub fn view(&self) -> Option<&Arc<ViewSpec>> {
        match &self.kind {
            Kind::View(spec) => Some(spec),
            Kind::Collection => None,
        }
    }

    /// The index of that name.
    #[must_use]
    pub fn index(&self, name: &str) -> Option<&Arc<Index>> {
        self.indexes.iter().find(|index| index.name == name)
    }

    /// The index on `_id`.
    #[must_use]
    pub fn id_index(&self) -> Option<&Arc<Index>> {
        self.indexes.first()
    }

    /// The indexes that queries may use: built ones. Hidden ones are among them, since a planner says so.
    pub fn ready_indexes(&self) -> impl Iterator<Item = &Arc<Index>> {
        self.indexes.iter().filter(|index| index.is_ready())
    }
}

/// Options in the order in which the server shows them, whatever the order in which they were set.
const ORDER: &[&str] = &[
    "capped",
    "size",
    "max",
    "recordPreImages",
    "changeStreamPreAndPostImages",
    "storageEngine",
    "indexOptionDefaults",
    "validator",
    "validationLevel",
    "validationAction",
    "viewOn",
    "pipeline",
];

fn in_order(mut options: Document) -> Document {
    let known = ORDER
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), options.remove(name)?)));
    let mut sorted: Document = known.collect();
    sorted.extend(options);
    sorted
}

fn kind(options: &Document) -> Kind {
    let Ok(on) = options.get_str("viewOn") else {
        return Kind::Collection;
    };
    let stages = options
        .get_array("pipeline")
        .map(Vec::as_slice)
        .unwrap_or_default();
    Kind::View(Arc::new(ViewSpec {
        on: on.to_owned(),
        pipeline: stages
            .iter()
            .filter_map(Bson::as_document)
            .cloned()
            .collect(),
        collation: options.get_document("collation").ok().cloned(),
    }))
}

fn capped(options: &Document) -> Option<Capped> {
    options.get_bool("capped").ok().filter(|capped| *capped)?;
    let number = |name: &str| options.get(name).and_then(whole).unwrap_or(0);
    Some(Capped {
        size: number("size"),
        max: number("max"),
    })
}

fn whole(value: &Bson) -> Option<i64> {
    match value {
        Bson::Int32(n) => Some(i64::from(*n)),
        Bson::Int64(n) => Some(*n),
        _ => None,
    }
}

impl Validator {
    /// The validator of a collection's options.
    ///
    /// # Errors
    /// What is wrong with its filter.
    pub fn of(options: &Document) -> Result<Option<Self>> {
        let Ok(source) = options.get_document("validator") else {
            return Ok(None);
        };
        if source.is_empty() {
            return Ok(None);
        }
        let level = match options.get_str("validationLevel") {
            Ok("off") => ValidationLevel::Off,
            Ok("moderate") => ValidationLevel::Moderate,
            _ => ValidationLevel::Strict,
        };
        let action = match options.get_str("validationAction") {
            Ok("warn") => ValidationAction::Warn,
            _ => ValidationAction::Error,
        };
        let matcher = Matcher::parse_validator(source, &Env::at(bson::DateTime::now()))?;
        Ok(Some(Self {
            source: source.clone(),
            matcher,
            level,
            action,
        }))
    }
}
