//! [`Streams`]: the streams of one process, and [`StreamHandle`]: one of them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::watch;

use super::counters::Counters;
use super::error::{AttachError, Ended, StreamError};
use super::job::Job;
use crate::client::Cluster;
use crate::stream::lane::depth::Depths;
use crate::stream::lease::TTL;
use crate::stream::observer::Observer;
use crate::stream::program::Program;
use crate::stream::source::Hub;
use crate::stream::status::StreamStatus;

/// What all streams of a process have alike.
#[derive(Debug, Clone)]
pub struct HostOptions {
    /// How long a lease holds without being renewed: a process that is gone is taken over from by
    /// others after that.
    pub lease: Duration,
    /// The stack of a lane's thread, in bytes.
    pub stack: usize,
}

impl Default for HostOptions {
    fn default() -> Self {
        Self {
            lease: TTL,
            stack: 16 << 20,
        }
    }
}

/// The streams of one process on one cluster. A clone is the same.
#[derive(Clone)]
pub struct Streams {
    inner: Arc<Inner>,
}

struct Inner {
    common: Arc<Common>,
    running: Mutex<BTreeMap<String, StreamHandle>>,
}

/// What streams share.
pub(super) struct Common {
    pub(super) runtime: Handle,
    pub(super) hub: Hub,
    pub(super) options: HostOptions,
    pub(super) depths: Arc<Depths>,
}

impl Streams {
    /// None yet.
    #[must_use]
    pub fn new(runtime: Handle, cluster: &Cluster, options: HostOptions) -> Self {
        let common = Common {
            runtime,
            hub: Hub::new(cluster.client()),
            options,
            depths: Arc::default(),
        };
        Self {
            inner: Arc::new(Inner {
                common: Arc::new(common),
                running: Mutex::default(),
            }),
        }
    }

    /// The source of these streams, for those who want to see what is asked of the server.
    #[must_use]
    pub fn hub(&self) -> &Hub {
        &self.inner.common.hub
    }

    /// Starts the stream of a program, which runs until it is asked to end or ends by itself;
    /// `observer` is told what happens to it. Returns at once: that it is open, or why it is not,
    /// comes as a notice.
    ///
    /// # Errors
    /// [`AttachError::Running`] where its name is taken.
    pub fn attach(
        &self,
        program: Arc<dyn Program>,
        observer: Arc<dyn Observer>,
    ) -> Result<StreamHandle, AttachError> {
        let version = program.current();
        let id = version.spec().id.clone();
        let mut running = self.running();
        if running.get(&id).is_some_and(|stream| !stream.is_over()) {
            return Err(AttachError::Running(id));
        }
        let (handle, end) = StreamHandle::new(Counters::new(&*version));
        running.insert(id, handle.clone());
        drop(running);
        let job = Job {
            common: self.inner.common.clone(),
            observer,
            counters: handle.counters.clone(),
            stop: handle.stop.subscribe(),
        };
        self.inner.common.runtime.spawn(async move {
            let ended = job.run(program).await;
            end.send_replace(Some(ended));
        });
        Ok(handle)
    }

    /// Asks a stream to end, as [`StreamHandle::stop`], and forgets it once it has; nothing where
    /// there is none of this name.
    pub fn detach(&self, id: &str, grace: Duration) -> Option<StreamHandle> {
        let handle = self.running().get(id).cloned()?;
        handle.stop(grace);
        let (streams, gone) = (self.clone(), handle.clone());
        self.inner.common.runtime.spawn(async move {
            let _ = gone.ended().await;
            let mut running = streams.running();
            if running.get(gone.id()).is_some_and(|other| other.is(&gone)) {
                running.remove(gone.id());
            }
        });
        Some(handle)
    }

    /// The stream of this name.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<StreamHandle> {
        self.running().get(id).cloned()
    }

    /// What each stream is at, by name; those that ended by themselves are among them until they are
    /// detached or attached again.
    #[must_use]
    pub fn list(&self) -> Vec<StreamStatus> {
        let running = self.running();
        running.values().map(StreamHandle::status).collect()
    }

    /// Asks all streams to end, and waits until they have: by name, how.
    pub async fn drain(&self, grace: Duration) -> Vec<(String, Result<Ended, StreamError>)> {
        let all: Vec<StreamHandle> = self.running().values().cloned().collect();
        for stream in &all {
            stream.stop(grace);
        }
        let mut ended = Vec::new();
        for stream in all {
            ended.push((stream.id().to_string(), stream.ended().await));
        }
        ended
    }

    fn running(&self) -> MutexGuard<'_, BTreeMap<String, StreamHandle>> {
        let running = self.inner.running.lock();
        running.unwrap_or_else(PoisonError::into_inner)
    }
}

/// A stream of this process. A clone is the same.
#[derive(Clone)]
pub struct StreamHandle {
    counters: Arc<Counters>,
    stop: Arc<watch::Sender<Option<Duration>>>,
    end: watch::Receiver<Option<Result<Ended, StreamError>>>,
}

type End = watch::Sender<Option<Result<Ended, StreamError>>>;

impl StreamHandle {
    fn new(counters: Counters) -> (Self, End) {
        let (send, end) = watch::channel(None);
        let handle = Self {
            counters: Arc::new(counters),
            stop: Arc::new(watch::Sender::new(None)),
            end,
        };
        (handle, send)
    }

    /// Its name.
    #[must_use]
    pub fn id(&self) -> &str {
        self.counters.id()
    }

    /// What it is at; cheap.
    #[must_use]
    pub fn status(&self) -> StreamStatus {
        self.counters.status()
    }

    /// Asks it to end: what handlers are at is finished and committed, for as long as `grace`; what
    /// still goes on then is interrupted, and its events come again at the next start. Returns at
    /// once; asked again, the shorter time counts.
    pub fn stop(&self, grace: Duration) {
        self.stop.send_if_modified(|asked| {
            let sooner = asked.is_none_or(|before| grace < before);
            if sooner {
                *asked = Some(grace);
            }
            sooner
        });
    }

    /// Waits until it has ended.
    ///
    /// # Errors
    /// Why it ended, where it was not asked to.
    pub async fn ended(&self) -> Result<Ended, StreamError> {
        let mut end = self.end.clone();
        match end.wait_for(Option::is_some).await {
            Ok(end) => end.clone().unwrap_or(Ok(Ended::default())),
            Err(_) => Err(StreamError::Bug("the stream's task ended".into())),
        }
    }

    /// Whether it has ended.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.end.borrow().is_some()
    }

    fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.stop, &other.stop)
    }
}
