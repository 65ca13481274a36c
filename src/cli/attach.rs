//! `rhaiver attach`: a script's handler on a live stream.

use std::io::Write as _;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::args::{AttachArgs, Global};
use super::connection::{bug, connect};
use super::embedded::Embedded;
use super::host;
use super::screen::{OnScreen, Screen};
use crate::client::Cluster;
use crate::diag::{Diagnostic, Kind};
use crate::script::{Interrupt, STACK, ScriptHandler, ScriptHandlerConfig, Stop, Terminal};
use crate::stream::checkpoint;
use crate::stream::policy::{OnFailure, Policy};
use crate::stream::{self, Ended, StreamConfig, StreamError, Worker};

/// Runs the command until it is told to stop.
pub fn attach(global: &Global, args: &AttachArgs) -> anyhow::Result<u8> {
    check_watch(args)?;
    if !args.file.is_file() {
        let file = args.file.display();
        return Err(Diagnostic::new(Kind::Usage, format!("there is no script file {file}")).into());
    }
    let runtime = host::runtime()?;
    let local = Embedded::unless_named(global)?;
    let result = runtime.block_on(serve(global, args, local.clone()));
    runtime.shutdown_background();
    Embedded::close(local);
    let ended = result?;
    if !global.quiet {
        let _ = writeln!(
            std::io::stderr(),
            "detached: {} events handled",
            ended.handled
        );
    }
    Ok(0)
}

/// A stream that watches its own checkpoints would never come to rest.
fn check_watch(args: &AttachArgs) -> Result<(), Diagnostic> {
    if args.watch.collection.as_deref() != Some(checkpoint::COLLECTION) {
        return Ok(());
    }
    let message = format!(
        "{} holds the checkpoints of streams: it cannot be watched",
        args.watch
    );
    Err(Diagnostic::new(Kind::Usage, message))
}

async fn serve(
    global: &Global,
    args: &AttachArgs,
    local: Option<Arc<Embedded>>,
) -> Result<Ended, Diagnostic> {
    let cluster = connect(global, local).await?;
    let config = stream_config(global, args, &cluster);
    let interrupt = Interrupt::default();
    let stop = stop_signal(interrupt.clone());
    let handler = ScriptHandlerConfig {
        file: args.file.clone(),
        function: args.handler.clone(),
        runtime: tokio::runtime::Handle::current(),
        interrupt,
        cluster: cluster.clone(),
        database: config.database.clone(),
        limits: args.limits.limits(),
    };
    let terminal = Terminal {
        color: global.color.on_stdout(),
        quiet: global.quiet,
    };
    let made = Worker::spawn(STACK, move || {
        ScriptHandler::load(handler, Rc::new(terminal))
    })
    .await;
    let worker = made.map_err(bug)?.map_err(|d| *d)?;
    let screen = Screen::new(global, args.log_format, args.events);
    let observer = OnScreen::new(screen, &config.id, &config.watch.to_string());
    let result = stream::run(cluster.client(), config, &worker, observer, stop).await;
    // The handler's thread blocks on the driver: it must end before the runtime does.
    tokio::task::spawn_blocking(move || worker.join())
        .await
        .map_err(bug)?;
    result.map_err(diagnostic)
}

fn stream_config(global: &Global, args: &AttachArgs, cluster: &Cluster) -> StreamConfig {
    let mut watch = args.watch.clone();
    watch.update_lookup = args.full_document;
    let uri_database = || cluster.default_database().map(str::to_string);
    let database = global
        .db
        .clone()
        .or_else(|| watch.database.clone())
        .or_else(uri_database);
    let id = args.stream_id.clone().unwrap_or_else(|| {
        let stem = args
            .file
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        format!("{stem}:{watch}")
    });
    let on_failure = if args.stop_on_error {
        OnFailure::Stop
    } else {
        OnFailure::WaitForEdit
    };
    StreamConfig {
        id,
        watch,
        database: database.unwrap_or_else(|| "test".into()),
        policy: Policy { on_failure },
    }
}

/// How long the handler may go on with the event at hand once the stream was asked to end.
const GRACE: Duration = Duration::from_secs(2);

/// Turns true at Ctrl-C or SIGTERM: the stream finishes the event at hand. A handler that does not
/// come to an end (it waits for a server that is gone, it sleeps) is stopped after a while, and at
/// once by a second signal; its event comes again at the next start.
fn stop_signal(interrupt: Interrupt) -> watch::Receiver<bool> {
    let (send, receive) = watch::channel(false);
    tokio::spawn(async move {
        host::asked_to_stop().await;
        let _ = send.send(true);
        let _ = tokio::time::timeout(GRACE, host::asked_to_stop()).await;
        interrupt.raise(Stop::Shutdown);
        host::asked_to_stop().await;
        std::process::exit(i32::from(Kind::Interrupted.exit_code()));
    });
    receive
}

fn diagnostic(error: StreamError) -> Diagnostic {
    match error {
        StreamError::Handler(failure) => failure.diagnostic,
        StreamError::Client(e) => {
            let kind = if e.is_unavailable() { Kind::Unavailable } else { Kind::Script };
            Diagnostic::new(kind, e.message.clone()).server_code(e.code, e.code_name)
        }
        StreamError::HistoryLost(e) => Diagnostic::new(Kind::Script, format!("events were lost: {}", e.message))
            .server_code(e.code, e.code_name)
            .hint("remove the stream's document from resume_tokens to begin again with what happens from now on"),
        StreamError::Worker(e) => bug(e),
    }
}
