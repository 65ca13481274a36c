//! `rhaiver attach`: handler files on live streams.
//!
//! ```text
//! FILE, DIR ─▶ folder (which files are handlers) ─▶ keeper (load, try again) ─▶ stream::Streams
//!                                                                             ├─▶ screen: notices
//!                                                                             └─▶ metrics, progress
//! ```
//!
//! The [`keeper`] holds what each file is now: a stream, or what is wrong with it. One file's
//! failure is told, and leaves the others alone; an edit has it tried again. The first signal to
//! end drains all streams within `--grace`, what is still going on then is interrupted, and its
//! events come again; a second signal ends at once. The default grace is under the ten seconds
//! that `docker stop` gives, so that leases are given back in any case.

mod explain;
mod file;
mod folder;
mod keeper;
mod loader;
mod overrides;
mod progress;

use std::sync::Arc;
use std::time::Duration;

pub use loader::Loader;
pub use overrides::{lost_history, metrics_address};

use super::args::{AttachArgs, Global, LogFormat};
use super::connection::connect;
use super::embedded::Embedded;
use super::host::{self, Signals};
use super::memory;
use super::metrics::{self, Health};
use super::notices::Weight;
use super::screen::Screen;
use crate::diag::{Diagnostic, Kind};
use crate::script::STACK;
use crate::stream::host::{HostOptions, Streams};
use file::KeeperConfig;
use keeper::Keeper;

/// How much longer than the grace the end may take, all told: an interrupted handler is gone within
/// a moment, and giving a lease back is one write.
const LAST_RESORT: Duration = Duration::from_secs(10);

/// Runs the command until it is told to stop.
pub fn attach(global: &Global, args: &AttachArgs) -> anyhow::Result<u8> {
    overrides::check(args)?;
    let runtime = host::runtime()?;
    let local = Embedded::unless_named(global)?;
    let result = runtime.block_on(run(global, args, local.clone()));
    runtime.shutdown_background();
    Embedded::close(local);
    match result {
        // In a log of JSON the failure is an entry already.
        Err(failure) if args.log_format == LogFormat::Json => {
            let screen = Screen::new(global, args.log_format, false);
            screen.say(Weight::Trouble, "rhaiver ends", Some(&failure));
            Ok(failure.kind.exit_code())
        }
        result => Ok(result?),
    }
}

async fn run(
    global: &Global,
    args: &AttachArgs,
    local: Option<Arc<Embedded>>,
) -> Result<u8, Diagnostic> {
    let mut signals = Signals::new()?;
    let cluster = tokio::select! {
        cluster = connect(global, local) => cluster?,
        () = signals.next() => return Ok(0),
    };
    let screen = Screen::new(global, args.log_format, args.events);
    let config = KeeperConfig::new(global, args, cluster.clone(), screen);
    if args.explain {
        return explain::explain(global, args, &config).await;
    }
    let options = HostOptions {
        lease: args.lease,
        stack: STACK,
    };
    let streams = Streams::new(tokio::runtime::Handle::current(), &cluster, options);
    let keeper = Arc::new(Keeper::new(config, streams.clone()));
    serve_metrics(args, keeper.clone(), screen).await?;
    progress::start(global, args, streams.clone());
    let most = args.limits.max_memory << 20;
    let failure = tokio::select! {
        failed = keeper.clone().run(&args.targets) => failed.err(),
        () = signals.next() => None,
        () = memory::exceeded(most) => Some(too_much_memory(args.limits.max_memory)),
    };
    let code = drain(&keeper, &streams, args.grace, signals, screen).await;
    progress::end();
    match failure {
        Some(failure) => Err(failure),
        None => Ok(code),
    }
}

fn too_much_memory(megabytes: u64) -> Diagnostic {
    let message = format!("the handlers hold more than {megabytes} MB of memory");
    Diagnostic::new(Kind::Script, message).hint("--max-memory MB allows for more")
}

/// Asks all streams to end, and waits until they have. Gives the exit code of the worst end.
async fn drain(
    keeper: &Keeper,
    streams: &Streams,
    grace: Duration,
    mut signals: Signals,
    screen: Screen,
) -> u8 {
    keeper.close();
    let ended = tokio::select! {
        ended = tokio::time::timeout(grace + LAST_RESORT, streams.drain(grace)) => ended,
        () = signals.next() => std::process::exit(i32::from(Kind::Interrupted.exit_code())),
    };
    let Ok(ended) = ended else {
        let late = "a handler does not end; its events come again at the next start";
        screen.say(Weight::Trouble, late, None);
        return Kind::Interrupted.exit_code();
    };
    let failures = ended.iter().filter_map(|(_, end)| end.as_ref().err());
    let codes = failures.map(|failure| failure.diagnostic().kind.exit_code());
    codes.max().unwrap_or(0)
}

async fn serve_metrics(
    args: &AttachArgs,
    keeper: Arc<Keeper>,
    screen: Screen,
) -> Result<(), Diagnostic> {
    let Some(address) = args.metrics else {
        return Ok(());
    };
    let health = Health {
        stalled_after: args.stalled_after,
    };
    let served = metrics::serve(address, keeper, health).await.map_err(|e| {
        Diagnostic::new(
            Kind::Usage,
            format!("cannot serve metrics on {address}: {e}"),
        )
        .hint("name another port with --metrics ADDR:PORT")
    })?;
    let told = format!("metrics on http://{served}/metrics");
    screen.say(Weight::News, &told, None);
    Ok(())
}
