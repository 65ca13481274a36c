//! What a change stream watches.

use super::super::engine::oplog::OpKind;
use super::operation::Operation;
use crate::mql::stage::Namespace;

/// What a change stream watches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Scope {
    Collection(Namespace),
    Database(String),
    Cluster,
}

/// The databases of the server itself.
const INTERNAL: [&str; 3] = ["admin", "config", "local"];

impl Scope {
    pub(super) fn of(ns: &Namespace, cluster: bool) -> Scope {
        if cluster {
            Scope::Cluster
        } else if ns.is_collectionless() {
            Scope::Database(ns.db.clone())
        } else {
            Scope::Collection(ns.clone())
        }
    }

    /// Whether a change of a document there is watched; views are documents of `system.views`, which those
    /// see who ask for more events.
    pub(super) fn watches(&self, db: &str, coll: &str, views: bool) -> bool {
        let shown = !coll.starts_with("system.") || views && coll == "system.views";
        match self {
            Scope::Collection(ns) => ns.db == db && ns.coll == coll,
            Scope::Database(name) => name == db && shown,
            Scope::Cluster => !INTERNAL.contains(&db) && shown,
        }
    }

    /// Whether a command is watched.
    pub(super) fn watches_command(&self, operation: &Operation) -> bool {
        let ns = &operation.ns;
        match operation.command() {
            "dropDatabase" => self.watches_database(&ns.db),
            "renameCollection" => operation.renamed().is_some_and(|(to, from)| {
                self.watches(&from.db, &from.coll, false) || self.watches(&to.db, &to.coll, false)
            }),
            _ => self.watches(&ns.db, &ns.coll, false),
        }
    }

    fn watches_database(&self, db: &str) -> bool {
        match self {
            Scope::Collection(ns) => ns.db == db,
            Scope::Database(name) => name == db,
            Scope::Cluster => !INTERNAL.contains(&db),
        }
    }

    /// Whether nothing can come after it: what is watched is not there any more.
    pub(super) fn is_ended_by(&self, operation: &Operation) -> bool {
        if operation.kind != OpKind::Command {
            return false;
        }
        match (self, operation.command()) {
            (Scope::Cluster, _) => false,
            (Scope::Collection(_), "drop" | "renameCollection") => true,
            (_, command) => command == "dropDatabase",
        }
    }
}
