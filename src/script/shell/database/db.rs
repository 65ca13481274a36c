//! The value `db`.

use std::rc::Rc;

use crate::script::host::Host;
use crate::script::shell::collection::Collection;
use crate::script::shell::mongo::Mongo;
use crate::script::shell::target::Target;

/// A database of a connection, in a session or not.
#[derive(Clone)]
pub struct Db(Target);

impl Db {
    /// What `db` means now.
    #[must_use]
    pub fn current(host: &Rc<Host>) -> Self {
        Self(Self::target_named(host, &current_name(host)))
    }

    /// A database of a connection.
    #[must_use]
    pub fn new(target: Target) -> Self {
        Self(target)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> Rc<str> {
        self.0.database.clone()
    }

    /// Where its commands go.
    #[must_use]
    pub fn target(&self) -> Target {
        self.0.clone()
    }

    /// Where commands on a database of the connection that `db` uses go.
    #[must_use]
    pub fn target_named(host: &Rc<Host>, name: &str) -> Target {
        Target {
            mongo: Mongo::of(host),
            database: name.into(),
            session: None,
        }
    }

    /// A collection of it.
    #[must_use]
    pub fn collection(&self, name: &str) -> Collection {
        Collection::new(self.target(), name)
    }
}

/// What `db` means: what `use` or `--db` said, else the connection string's database, else `test`.
pub fn current_name(host: &Rc<Host>) -> String {
    host.database()
        .or_else(|| uri_database(host.uri()?))
        .unwrap_or_else(|| "test".into())
}

/// The database in a connection string, without connecting (names may be percent-encoded there,
/// but a database's may hold no character that needs it).
fn uri_database(uri: &str) -> Option<String> {
    let rest = uri.split_once("://")?.1;
    let path = rest.split('?').next()?.rsplit_once('/')?.1;
    (!path.is_empty()).then(|| path.to_string())
}
