//! All collections, as a value.

use std::ops::Bound;
use std::sync::Arc;

use bson::Uuid;
use imbl::OrdMap;

use super::{Collection, CollectionId, Namespace};

/// All collections and views at one moment.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    by_name: OrdMap<Namespace, Arc<Collection>>,
}

impl Catalog {
    /// The collection or view of that name.
    #[must_use]
    pub fn get(&self, ns: &Namespace) -> Option<&Arc<Collection>> {
        self.by_name.get(ns)
    }

    /// The collection of that UUID, in a database.
    #[must_use]
    pub fn by_uuid(&self, db: &str, uuid: Uuid) -> Option<&Arc<Collection>> {
        self.of_database(db).find(|c| c.uuid == uuid)
    }

    /// The collection of that number, if it has that name still or another.
    #[must_use]
    pub fn by_id(&self, id: CollectionId) -> Option<&Arc<Collection>> {
        self.by_name.values().find(|c| c.id == id)
    }

    /// All of a database, by name.
    pub fn of_database(&self, db: &str) -> impl Iterator<Item = &Arc<Collection>> {
        let start = Namespace::new(db, "");
        let db = start.db.clone();
        let range = self
            .by_name
            .range((Bound::Included(start), Bound::Unbounded));
        range.map(|(_, c)| c).take_while(move |c| c.ns.db == db)
    }

    /// All of them, by name.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Collection>> {
        self.by_name.values()
    }

    /// The names of the databases, in order.
    #[must_use]
    pub fn databases(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for ns in self.by_name.keys() {
            if names.last() != Some(&ns.db) {
                names.push(ns.db.clone());
            }
        }
        names
    }

    /// A database whose name differs from `db` in case only.
    #[must_use]
    pub fn database_of_other_case(&self, db: &str) -> Option<String> {
        let other = |name: &String| name != db && name.eq_ignore_ascii_case(db);
        self.databases().into_iter().find(other)
    }

    /// The same with one more collection, or another version of it.
    #[must_use]
    pub fn with(&self, collection: Arc<Collection>) -> Self {
        let by_name = self.by_name.update(collection.ns.clone(), collection);
        Self { by_name }
    }

    /// The same without a collection.
    #[must_use]
    pub fn without(&self, ns: &Namespace) -> Self {
        Self {
            by_name: self.by_name.without(ns),
        }
    }
}
