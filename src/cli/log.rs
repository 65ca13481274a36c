//! `-v`: what goes on, on standard error.

use tracing_subscriber::EnvFilter;

use super::args::Global;

/// Starts logging as much as was asked for: `-v` what rhaiver does, `-vv` its details, `-vvv` the
/// driver's events too. Nothing that is logged holds credentials or documents.
pub fn start(global: &Global) {
    let filter = match global.verbose {
        0 => return,
        1 => "rhaiver=info",
        2 => "rhaiver=debug",
        _ => "rhaiver=trace,mongodb=debug",
    };
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(std::io::stderr)
        .with_ansi(global.color.on_stderr())
        .log_internal_errors(false)
        .init();
}
