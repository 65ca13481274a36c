//! Which cursor has what a stream watches, and what of it is left out again.

use bson::{Document, doc};

use crate::stream::bookkeeping;
use crate::stream::spec::Namespace;

/// What one cursor is opened on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scope {
    /// The smallest namespace that has all that is watched.
    pub on: Namespace,
    /// What is taken of it, where that is less.
    pub narrowed: Option<Document>,
}

impl Scope {
    /// The scope of what is watched; nothing where that is nothing.
    pub fn of(watch: &[Namespace]) -> Option<Self> {
        let watched = without_covered(watch);
        match watched.as_slice() {
            [] => None,
            [one] => Some(Self::whole(one)),
            several => Some(Self::several(several)),
        }
    }

    fn whole(namespace: &Namespace) -> Self {
        // The books of the streams change with every event: a stream that saw them would never
        // come to rest.
        let narrowed = match namespace {
            Namespace::Collection(..) => None,
            Namespace::Database(_) => {
                Some(doc! { "ns.coll": { "$ne": bookkeeping::RESUME_TOKENS } })
            }
            // Two fields, and no `$nor`: 6.0 cannot optimize that one.
            Namespace::Cluster => Some(doc! {
                "ns.db": { "$ne": bookkeeping::DATABASE },
                "ns.coll": { "$ne": bookkeeping::RESUME_TOKENS },
            }),
        };
        Self {
            on: namespace.clone(),
            narrowed,
        }
    }

    fn several(watched: &[Namespace]) -> Self {
        let mut databases = watched.iter().filter_map(database_of);
        let first = databases.next().unwrap_or_default();
        let on = match databases.all(|database| database == first) {
            true => Namespace::Database(first.to_string()),
            false => Namespace::Cluster,
        };
        // The end of a database stream belongs to no namespace.
        let mut any = vec![doc! { "operationType": "invalidate" }];
        for namespace in watched {
            match namespace {
                Namespace::Collection(database, collection) => {
                    any.push(doc! { "ns.db": database, "ns.coll": collection });
                    any.push(doc! { "to.db": database, "to.coll": collection });
                }
                Namespace::Database(database) => any.push(doc! {
                    "ns.db": database,
                    "ns.coll": { "$ne": bookkeeping::RESUME_TOKENS },
                }),
                Namespace::Cluster => {}
            }
        }
        Self {
            on,
            narrowed: Some(doc! { "$or": any }),
        }
    }

    /// The database that the cursor is opened in, and its `aggregate` field.
    pub fn target(&self) -> (&str, bson::Bson) {
        match &self.on {
            Namespace::Cluster => ("admin", 1.into()),
            Namespace::Database(database) => (database, 1.into()),
            Namespace::Collection(database, collection) => (database, collection.as_str().into()),
        }
    }
}

fn database_of(namespace: &Namespace) -> Option<&str> {
    match namespace {
        Namespace::Cluster => None,
        Namespace::Database(database) | Namespace::Collection(database, _) => Some(database),
    }
}

/// Each namespace once, and none that another has in it.
fn without_covered(watch: &[Namespace]) -> Vec<Namespace> {
    if watch.contains(&Namespace::Cluster) {
        return vec![Namespace::Cluster];
    }
    let mut kept: Vec<Namespace> = Vec::new();
    for namespace in watch {
        let covered = match namespace {
            Namespace::Collection(database, _) => {
                watch.contains(&Namespace::Database(database.clone()))
            }
            _ => false,
        };
        if !covered && !kept.contains(namespace) {
            kept.push(namespace.clone());
        }
    }
    kept
}
