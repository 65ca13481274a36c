//! `-v` and `--log-format`: what goes on, on standard error.

use tracing_subscriber::EnvFilter;

use super::args::{Cli, Command, LogFormat};
use super::stderr::LogWriter;

/// Starts logging as much as was asked for: `-v` what rhaiver does, `-vv` its details, `-vvv` the
/// driver's events too. Nothing that is logged holds credentials or documents. With
/// `--log-format json` the notices of streams are entries of the same log.
pub fn start(cli: &Cli) {
    let format = match &cli.command {
        Some(Command::Attach(args)) => args.log_format,
        _ => LogFormat::Text,
    };
    let filter = match (cli.global.verbose, format) {
        (0, LogFormat::Text) => return,
        (0, LogFormat::Json) => "rhaiver::attach=info",
        (1, _) => "rhaiver=info",
        (2, _) => "rhaiver=debug",
        _ => "rhaiver=trace,mongodb=debug",
    };
    let log = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(LogWriter)
        .log_internal_errors(false);
    match format {
        LogFormat::Text => log.with_ansi(cli.global.color.on_stderr()).init(),
        LogFormat::Json => log.json().flatten_event(true).with_ansi(false).init(),
    }
}
