//! [`Host`]: what every native function of one script instance can reach.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use rhai::{EvalAltResult, Position};
use tokio::runtime::Handle;

use super::error::{Fault, RhaiError};
use super::interrupt::{Interrupt, Stop};
use super::output::Output;
use super::snapshot::Snapshot;
use super::streams::StreamHost;
use crate::client::{Cluster, LocalServer};

/// What a script instance is given by whoever runs it.
pub struct HostConfig {
    /// The runtime that drives the driver.
    pub runtime: Handle,
    /// How the script is stopped.
    pub interrupt: Interrupt,
    /// Where it prints.
    pub output: Rc<dyn Output>,
    /// The connection string, if any was named.
    pub uri: Option<String>,
    /// The embedded database, where no connection string was named.
    pub local: Option<Arc<dyn LocalServer>>,
    /// The connection, where there is one already; else it is made from `uri` at first use.
    pub cluster: Option<Cluster>,
    /// The database that `db` starts as; else the connection string's, else `test`.
    pub database: Option<String>,
    /// The script's arguments.
    pub args: Vec<String>,
    /// The folder that imports may not leave.
    pub root: PathBuf,
    /// Whether a person sits at a prompt.
    pub interactive: bool,
    /// What is read instead of files.
    pub snapshot: Arc<Snapshot>,
    /// What runs streams for `attach`, `detach` and `streams`, if they can be run here.
    pub streams: Option<Arc<dyn StreamHost>>,
}

impl HostConfig {
    /// An instance without a server, arguments or a person, whose root is the current folder.
    #[must_use]
    pub fn new(runtime: Handle, output: Rc<dyn Output>) -> Self {
        Self {
            runtime,
            interrupt: Interrupt::default(),
            output,
            uri: None,
            local: None,
            cluster: None,
            database: None,
            args: Vec::new(),
            root: std::env::current_dir().unwrap_or_default(),
            interactive: false,
            snapshot: Arc::default(),
            streams: None,
        }
    }
}

/// The host of one script instance; lives on the instance's thread.
pub struct Host {
    runtime: Handle,
    interrupt: Interrupt,
    output: Rc<dyn Output>,
    uri: Option<String>,
    local: Option<Arc<dyn LocalServer>>,
    cluster: Option<Cluster>,
    database: RefCell<Option<String>>,
    args: Vec<String>,
    root: PathBuf,
    snapshot: Arc<Snapshot>,
    streams: Option<Arc<dyn StreamHost>>,
    interactive: bool,
    /// The exit code of `quit(n)`, once called.
    exit: Cell<Option<u8>>,
    slots: RefCell<Slots>,
}

/// One value per type, for parts of the surface that keep something per instance.
type Slots = std::collections::HashMap<std::any::TypeId, Rc<dyn std::any::Any>>;

impl Host {
    /// The host for one script instance.
    #[must_use]
    pub fn new(config: HostConfig) -> Rc<Self> {
        Rc::new(Self {
            runtime: config.runtime,
            interrupt: config.interrupt,
            output: config.output,
            uri: config.uri,
            local: config.local,
            cluster: config.cluster,
            database: RefCell::new(config.database),
            args: config.args,
            root: config.root,
            snapshot: config.snapshot,
            streams: config.streams,
            interactive: config.interactive,
            exit: Cell::new(None),
            slots: RefCell::default(),
        })
    }

    /// Blocks the script's thread on the driver, until it is done or the script is stopped.
    ///
    /// # Errors
    /// Rhai's own "terminated", which no script can catch.
    pub fn wait<F: Future>(&self, future: F) -> Result<F::Output, Fault> {
        if let Some(stop) = self.interrupt.raised() {
            return Err(Fault::Rhai(terminated(stop)));
        }
        let interrupt = self.interrupt.clone();
        self.runtime.block_on(async move {
            tokio::select! {
                biased;
                stop = interrupt.wait() => Err(Fault::Rhai(terminated(stop))),
                done = future => Ok(done),
            }
        })
    }

    /// The same for an operation of the driver's.
    ///
    /// # Errors
    /// The driver's, or "terminated".
    pub fn run<T>(
        &self,
        future: impl IntoFuture<Output = Result<T, mongodb::error::Error>>,
    ) -> Result<T, Fault> {
        Ok(self.wait(future.into_future())??)
    }

    /// The runtime that drives the driver.
    #[must_use]
    pub fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// How this instance is stopped.
    #[must_use]
    pub fn interrupt(&self) -> &Interrupt {
        &self.interrupt
    }

    /// Where this instance prints.
    #[must_use]
    pub fn output(&self) -> &dyn Output {
        self.output.as_ref()
    }

    /// The connection string, if any was named.
    #[must_use]
    pub fn uri(&self) -> Option<&str> {
        self.uri.as_deref()
    }

    /// The embedded database, where no connection string was named.
    #[must_use]
    pub fn local(&self) -> Option<&Arc<dyn LocalServer>> {
        self.local.as_ref()
    }

    /// The connection that this instance was given.
    #[must_use]
    pub fn cluster(&self) -> Option<&Cluster> {
        self.cluster.as_ref()
    }

    /// The database that `use` or `--db` named.
    #[must_use]
    pub fn database(&self) -> Option<String> {
        self.database.borrow().clone()
    }

    /// Makes `name` the database that `db` means.
    pub fn use_database(&self, name: &str) {
        *self.database.borrow_mut() = Some(name.to_string());
    }

    /// The script's arguments.
    #[must_use]
    pub fn args(&self) -> &[String] {
        &self.args
    }

    /// The folder that imports and `load` may not leave.
    #[must_use]
    pub fn root(&self) -> &std::path::Path {
        &self.root
    }

    /// What is read instead of files.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.clone()
    }

    /// What runs streams, if they can be run here.
    #[must_use]
    pub fn streams(&self) -> Option<&dyn StreamHost> {
        self.streams.as_deref()
    }

    /// Whether a person sits at a prompt.
    #[must_use]
    pub fn interactive(&self) -> bool {
        self.interactive
    }

    /// Remembers that the script asked to end the program with `code`.
    pub fn quit(&self, code: u8) {
        self.exit.set(Some(code));
    }

    /// The exit code that the script asked for.
    #[must_use]
    pub fn exit_code(&self) -> Option<u8> {
        self.exit.get()
    }

    /// The instance's one `T`, made at first use.
    pub fn slot<T: 'static>(&self, make: impl FnOnce() -> T) -> Rc<T> {
        let key = std::any::TypeId::of::<T>();
        let found = self.slots.borrow().get(&key).cloned();
        let slot = found.unwrap_or_else(|| {
            let made: Rc<dyn std::any::Any> = Rc::new(make());
            self.slots.borrow_mut().insert(key, made.clone());
            made
        });
        // The key is the type, so the value is of that type.
        slot.downcast::<T>()
            .unwrap_or_else(|_| unreachable!("slots are keyed by type"))
    }
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host")
            .field("root", &self.root)
            .finish_non_exhaustive()
    }
}

/// Rhai's error for a stopped script; its token says why.
#[must_use]
pub fn terminated(stop: Stop) -> RhaiError {
    let token = match stop {
        Stop::User => "interrupted",
        Stop::Timeout => "timed out",
        Stop::Shutdown => "shut down",
        Stop::Memory => "out of memory",
    };
    Box::new(EvalAltResult::ErrorTerminated(token.into(), Position::NONE))
}
