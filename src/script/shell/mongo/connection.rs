//! The connection itself: connecting at first use, what was set on it, retryable writes.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use mongodb::bson::{Document, RawDocumentBuf, doc};
use mongodb::options::{Credential, ReadConcern, SelectionCriteria};

use crate::client::{self, Cluster, LocalServer};
use crate::script::error::{Fault, ScriptError};
use crate::script::host::Host;

/// What a person set on the connection (`setReadPref`, `setWriteConcern`, …).
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Where reads go; else the connection string's.
    pub selection: Option<SelectionCriteria>,
    /// How reads see writes; else the connection string's.
    pub read_concern: Option<ReadConcern>,
    /// How writes are acknowledged, as a command's field; else the connection string's.
    pub write_concern: Option<Document>,
}

/// A connection; connects at first use.
#[derive(Clone)]
pub struct Mongo(Rc<Inner>);

/// The connection that `db` uses now.
struct Current(RefCell<Mongo>);

struct Inner {
    /// The connection string; of the embedded database it is known once that is open.
    uri: OnceCell<String>,
    local: Option<Arc<dyn LocalServer>>,
    cluster: RefCell<Option<Cluster>>,
    /// Whether a user logged in whom the connection string does not name.
    logged_in: Cell<bool>,
    settings: RefCell<Settings>,
}

impl Mongo {
    /// A connection to `uri`.
    #[must_use]
    pub fn new(uri: Option<String>) -> Self {
        Self::with(uri, None)
    }

    fn with(uri: Option<String>, local: Option<Arc<dyn LocalServer>>) -> Self {
        Self(Rc::new(Inner {
            uri: uri.map(OnceCell::from).unwrap_or_default(),
            local,
            cluster: RefCell::default(),
            logged_in: Cell::default(),
            settings: RefCell::default(),
        }))
    }

    /// The connection that `db` uses now: the instance's own, unless a script switched.
    #[must_use]
    pub fn of(host: &Rc<Host>) -> Self {
        Self::current(host).0.borrow().clone()
    }

    /// Makes this the connection that `db` uses.
    pub fn make_current(&self, host: &Rc<Host>) {
        *Self::current(host).0.borrow_mut() = self.clone();
    }

    fn current(host: &Rc<Host>) -> Rc<Current> {
        host.slot(|| {
            let mongo = Self::with(host.uri().map(str::to_string), host.local().cloned());
            *mongo.0.cluster.borrow_mut() = host.cluster().cloned();
            Current(RefCell::new(mongo))
        })
    }

    /// Whether two values are the same connection.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// The cluster; connects where that has not happened yet.
    ///
    /// # Errors
    /// Where no server is named, the connection string is wrong, or nobody answers.
    pub fn cluster(&self, host: &Host) -> Result<Cluster, Fault> {
        if let Some(cluster) = self.0.cluster.borrow().as_ref() {
            return Ok(cluster.clone());
        }
        let uri = self.address()?;
        let cluster = host.wait(async {
            let cluster = client::connect(uri).await?;
            cluster.ping().await?;
            Ok::<_, client::ConnectError>(cluster)
        })??;
        *self.0.cluster.borrow_mut() = Some(cluster.clone());
        Ok(cluster)
    }

    /// The connection string; opens the embedded database where that is what it names.
    #[must_use]
    pub fn uri(&self) -> Option<&str> {
        self.address().ok()
    }

    fn address(&self) -> Result<&str, Fault> {
        if self.0.uri.get().is_none() {
            let local = self.0.local.as_ref().ok_or_else(no_server)?;
            let opened = local.open()?;
            return Ok(self.0.uri.get_or_init(|| opened));
        }
        Ok(self.0.uri.get().map_or("", String::as_str))
    }

    /// What was set on this connection.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.0.settings.borrow().clone()
    }

    /// Changes what is set on this connection.
    pub fn set(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.0.settings.borrow_mut());
    }

    /// Sends one write that the server does once even where it is sent twice.
    ///
    /// # Errors
    /// The last try's.
    pub fn retryable_write(
        &self,
        host: &Host,
        db: &mongodb::Database,
        command: RawDocumentBuf,
    ) -> Result<Document, Fault> {
        let cluster = self.cluster(host)?;
        if !cluster.retries_writes() {
            return host.run(db.run_raw_command(command));
        }
        let mut session = host.run(cluster.writes().take(db.client()))?;
        // Owned here and not by the future: an interrupt must not drop it.
        let sent = host.run(session.send(db, command));
        cluster.writes().put(session);
        sent
    }

    /// Logs a user in: connects anew as them. Sessions and cursors of before stay whose they were.
    ///
    /// # Errors
    /// Where the server refuses, or nobody answers.
    pub fn log_in(&self, host: &Host, credential: Credential) -> Result<(), Fault> {
        let uri = self.address()?;
        let cluster = host.wait(client::connect_as(uri, Some(credential)))??;
        let admin = cluster.client().database("admin");
        host.run(admin.run_command(doc! { "ping": 1 }))
            .map_err(in_the_servers_words)?;
        host.wait(cluster.ping())??;
        *self.0.cluster.borrow_mut() = Some(cluster);
        self.0.logged_in.set(true);
        Ok(())
    }

    /// Undoes [`Mongo::log_in`]; says whether there was one to undo.
    pub fn log_out(&self) -> bool {
        let was = self.0.logged_in.replace(false);
        if was {
            self.close();
        }
        was
    }

    /// Forgets the connection; the next use connects again.
    pub fn close(&self) {
        self.0.cluster.borrow_mut().take();
    }
}

/// The driver wraps what the server said of a login.
fn in_the_servers_words(fault: Fault) -> Fault {
    match fault {
        Fault::Script(mut e) if e.code == Some(18) => {
            e.message = "Authentication failed.".into();
            Fault::Script(e)
        }
        other => other,
    }
}

/// The error for a script that needs a server where none is named.
fn no_server() -> ScriptError {
    let mut error = ScriptError::new("MongoServerSelectionError", "no MongoDB server is named");
    error.unavailable = true;
    error.hint(
        "pass --uri 'mongodb://localhost:27017,localhost:27018,localhost:27019/?replicaSet=rs0' \
         (scripts/replica-set.sh start runs one), or set RHAIVER_URI",
    )
}
