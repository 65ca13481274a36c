//! What is watched, as text.

use std::fmt;

use super::Namespace;

/// Databases whose changes no server tells.
const INTERNAL: [&str; 3] = ["admin", "config", "local"];

impl Namespace {
    /// Reads `db.coll`, `db` or `*`.
    ///
    /// # Errors
    /// Where it is none of them; the text says what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let namespace = match text.split_once('.') {
            _ if text == "*" => return Ok(Self::Cluster),
            _ if text.is_empty() => return Err("it is empty".into()),
            Some(("", _) | (_, "")) => return Err("a name is missing beside the dot".into()),
            Some((database, collection)) => Self::Collection(database.into(), collection.into()),
            None => Self::Database(text.into()),
        };
        match namespace.database() {
            Some(name) if name.contains(['/', '\\', ' ', '"', '$', '\0']) => {
                Err(format!("{name} is no name of a database"))
            }
            Some(name) if INTERNAL.contains(&name) => {
                Err(format!("no server tells the changes of {name}"))
            }
            _ => Ok(namespace),
        }
    }

    /// Its database; nothing for the whole cluster.
    #[must_use]
    pub fn database(&self) -> Option<&str> {
        match self {
            Self::Cluster => None,
            Self::Database(database) | Self::Collection(database, _) => Some(database),
        }
    }

    /// Whether everything that `other` watches is watched by this.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Cluster, _) => true,
            (Self::Database(mine), _) => other.database() == Some(mine),
            (Self::Collection(..), _) => self == other,
        }
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cluster => f.write_str("*"),
            Self::Database(database) => f.write_str(database),
            Self::Collection(database, collection) => write!(f, "{database}.{collection}"),
        }
    }
}
