//! Which collection: a database and a name.

use std::fmt;

/// A collection's full name. `{aggregate: 1}` has the name `$cmd.aggregate`, as on the server.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Namespace {
    /// The database.
    pub db: String,
    /// The collection, without the database.
    pub coll: String,
}

impl Namespace {
    /// A collection of a database.
    pub fn new(db: impl Into<String>, coll: impl Into<String>) -> Self {
        Self {
            db: db.into(),
            coll: coll.into(),
        }
    }

    /// What a pipeline without a collection (`{aggregate: 1}`) reads.
    pub fn collectionless(db: impl Into<String>) -> Self {
        Self::new(db, "$cmd.aggregate")
    }

    /// Whether it is the namespace of `{aggregate: 1}`.
    #[must_use]
    pub fn is_collectionless(&self) -> bool {
        self.coll == "$cmd.aggregate"
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.db, self.coll)
    }
}
