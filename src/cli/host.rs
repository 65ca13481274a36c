//! What every command that runs scripts needs: the runtime, the script's thread, Ctrl-C.

use std::time::Duration;

use anyhow::Context;
use tokio::runtime::{Builder, Runtime};

use crate::diag::{Diagnostic, Kind};
use crate::script::{Interrupt, STACK, Stop};

/// The runtime that drives the driver: two threads are enough, since scripts block on their own.
pub fn runtime() -> anyhow::Result<Runtime> {
    Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("rhaiver-io")
        .enable_all()
        .build()
        .context("cannot start the runtime")
}

/// The flag that stops the script: raised by Ctrl-C, by SIGTERM, and when `timeout` has passed.
pub fn interrupt(runtime: &Runtime, timeout: Option<Duration>) -> Interrupt {
    let interrupt = Interrupt::default();
    let flag = interrupt.clone();
    runtime.spawn(async move {
        let stop = tokio::select! {
            _ = tokio::signal::ctrl_c() => Stop::User,
            () = terminated() => Stop::Shutdown,
            () = elapsed(timeout) => Stop::Timeout,
        };
        flag.raise(stop);
        // A second Ctrl-C ends what does not listen.
        let _ = tokio::signal::ctrl_c().await;
        std::process::exit(i32::from(Kind::Interrupted.exit_code()));
    });
    interrupt
}

/// The flag of a shell: Ctrl-C stops what runs, and the shell clears the flag before the next
/// input.
pub fn repeated_interrupt(runtime: &Runtime) -> Interrupt {
    let interrupt = Interrupt::default();
    let flag = interrupt.clone();
    runtime.spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            flag.raise(Stop::User);
        }
    });
    interrupt
}

/// Waits for Ctrl-C or SIGTERM.
pub async fn asked_to_stop() {
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated() => {}
    }
}

/// The signals that ask a program to end: Ctrl-C and SIGTERM. None that comes while nobody waits is
/// missed.
pub struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    /// Listens from now on.
    ///
    /// # Errors
    /// Where the system does not let it.
    #[cfg(unix)]
    pub fn new() -> Result<Self, Diagnostic> {
        use tokio::signal::unix::{SignalKind, signal};
        let listen =
            |kind| signal(kind).map_err(|e| Diagnostic::new(Kind::Bug, format!("no signals: {e}")));
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
        })
    }

    /// Waits for the next one.
    #[cfg(unix)]
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    /// Listens from now on.
    ///
    /// # Errors
    /// None here.
    #[cfg(not(unix))]
    pub fn new() -> Result<Self, Diagnostic> {
        Ok(Self {})
    }

    /// Waits for the next one.
    #[cfg(not(unix))]
    pub async fn next(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}

async fn elapsed(timeout: Option<Duration>) {
    match timeout {
        Some(time) => tokio::time::sleep(time).await,
        None => std::future::pending().await,
    }
}

async fn terminated() {
    #[cfg(unix)]
    if let Ok(mut signal) =
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
    {
        signal.recv().await;
        return;
    }
    std::future::pending().await
}

/// Runs a script's work on a thread of its own, with room for deep calls, and waits for it.
///
/// # Errors
/// A panic inside is a defect of rhaiver: it becomes a diagnostic that says so.
pub fn on_script_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Diagnostic> {
    let thread = std::thread::Builder::new()
        .name("script".into())
        .stack_size(STACK)
        .spawn(work);
    let joined = thread
        .map_err(|e| Diagnostic::new(Kind::Bug, format!("cannot start the script's thread: {e}")))?
        .join();
    joined.map_err(|panic| Diagnostic::panicked(&*panic))
}
