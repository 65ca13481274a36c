//! `attach`, `detach` and `streams` of scripts and the shell: streams beside a script, with the
//! same runtime as `rhaiver attach`. They end with the script.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bson::{Document, doc};
use tokio::runtime::Handle;

use super::args::{Global, LogFormat};
use super::attach::Loader;
use super::connection::connect;
use super::embedded::Embedded;
use super::screen::{OnScreen, Screen};
use crate::diag::{Diagnostic, Kind};
use crate::script::{Interrupt, Limits, STACK, StreamHost};
use crate::stream::host::{AttachError, HostOptions, StreamHandle, Streams};
use crate::stream::{State, StreamStatus, Version as _};

/// How long what handlers are at may take once a stream is to end.
const GRACE: Duration = Duration::from_secs(5);

/// How often it is looked whether a stream is open.
const LOOK: Duration = Duration::from_millis(10);

/// The streams of a script; connected at the first one.
pub struct ScriptStreams {
    global: Global,
    limits: Limits,
    runtime: Handle,
    local: Option<Arc<Embedded>>,
    interrupt: Interrupt,
    running: Mutex<Option<Running>>,
}

#[derive(Clone)]
struct Running {
    loader: Loader,
    streams: Streams,
}

impl ScriptStreams {
    /// None yet. `interrupt` is the script's.
    pub fn new(
        global: &Global,
        limits: Limits,
        runtime: Handle,
        local: Option<Arc<Embedded>>,
        interrupt: Interrupt,
    ) -> Arc<Self> {
        Arc::new(Self {
            global: global.clone(),
            limits,
            runtime,
            local,
            interrupt,
            running: Mutex::default(),
        })
    }

    /// Ends all streams, what they are at first. Not from within the runtime.
    pub fn close(&self) {
        let running = self
            .running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(running) = running {
            running
                .loader
                .interrupt
                .raise(crate::script::Stop::Shutdown);
            let _ = self.runtime.block_on(running.streams.drain(GRACE));
        }
    }

    fn running(&self) -> Option<Running> {
        self.running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn connected(&self) -> Result<Running, Box<Diagnostic>> {
        if let Some(running) = self.running() {
            return Ok(running);
        }
        let made = self.runtime.block_on(async {
            let cluster = connect(&self.global, self.local.clone()).await?;
            let options = HostOptions {
                stack: STACK,
                ..HostOptions::default()
            };
            let streams = Streams::new(Handle::current(), &cluster, options);
            // Not the script's own interrupt: Ctrl-C at a shell's prompt ends no stream.
            let interrupt = Interrupt::default();
            let loader = Loader::new(&self.global, cluster, self.limits, interrupt);
            Ok::<_, Diagnostic>(Running { loader, streams })
        })?;
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(running.get_or_insert(made).clone())
    }

    /// Waits until a stream is open, or stands by: what a script does next is seen by it.
    fn wait_until_open(&self, handle: &StreamHandle) -> Result<(), Box<Diagnostic>> {
        while handle.status().state == State::Starting && !handle.is_over() {
            if self.interrupt.raised().is_some() {
                handle.stop(Duration::ZERO);
                let message = format!("the stream {} was not open yet", handle.id());
                return Err(Box::new(Diagnostic::new(Kind::Interrupted, message)));
            }
            std::thread::sleep(LOOK);
        }
        match handle.is_over() {
            true => self.ended(handle),
            false => Ok(()),
        }
    }

    fn ended(&self, handle: &StreamHandle) -> Result<(), Box<Diagnostic>> {
        let ended = self.runtime.block_on(handle.ended());
        ended.map(drop).map_err(|e| Box::new(e.diagnostic()))
    }
}

impl StreamHost for ScriptStreams {
    fn attach(&self, fields: &Document) -> Result<Document, Box<Diagnostic>> {
        let mut fields = fields.clone();
        let file = match fields.remove("file") {
            Some(bson::Bson::String(file)) => PathBuf::from(file),
            _ => return Err(Box::new(Diagnostic::new(Kind::Usage, "no file is named"))),
        };
        let Running { loader, streams } = self.connected()?;
        let program = loader.load(file, fields, false)?;
        let version = program.version();
        let spec = version.spec();
        let watch: Vec<String> = spec.watch.iter().map(ToString::to_string).collect();
        let screen = Screen::new(&self.global, LogFormat::Text, false);
        let observer = OnScreen::new(screen, &spec.id, &watch.join(", "), false);
        let handle = streams
            .attach(Arc::new(program), observer)
            .map_err(|e| Box::new(taken(&e)))?;
        self.wait_until_open(&handle)?;
        Ok(document(&handle.status()))
    }

    fn detach(&self, id: &str) -> Result<bool, Box<Diagnostic>> {
        let Some(running) = self.running() else {
            return Ok(false);
        };
        let Some(handle) = running.streams.detach(id, GRACE) else {
            return Ok(false);
        };
        let ended = self.ended(&handle);
        // It is forgotten by a task of its own.
        while running.streams.get(id).is_some_and(|known| known.is_over()) {
            std::thread::sleep(LOOK);
        }
        ended.map(|()| true)
    }

    fn streams(&self) -> Result<Vec<Document>, Box<Diagnostic>> {
        let running = self.running();
        let streams = running.map(|running| running.streams.list());
        Ok(streams.unwrap_or_default().iter().map(document).collect())
    }
}

/// Why a program was not attached, for people.
pub fn taken(e: &AttachError) -> Diagnostic {
    let AttachError::Running(_) = e;
    Diagnostic::new(Kind::Usage, e.to_string())
        .hint("two files with one id are one stream: give one of them another `id`")
}

/// What a stream is at, under the names that `rhaiver streams --json` has.
fn document(status: &StreamStatus) -> Document {
    let watch: Vec<String> = status.watch.iter().map(ToString::to_string).collect();
    let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let millis = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    let error = status.last_error.as_ref().map(|error| {
        doc! { "message": &error.message, "at": bson::DateTime::from_system_time(error.at) }
    });
    doc! {
        "id": &status.id,
        "state": status.state.as_str(),
        "leased": status.lease,
        "epoch": status.epoch,
        "watch": watch,
        "delivery": status.delivery.as_str(),
        "lanes": i64::from(status.lanes),
        "generation": &status.generation,
        "lag": status.lag.map(millis),
        "handled": count(status.events),
        "failed": count(status.failed),
        "retried": count(status.retried),
        "deadLetters": count(status.dead_letters),
        "lastError": error,
    }
}
