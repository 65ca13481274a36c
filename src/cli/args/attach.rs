//! `rhaiver attach`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use bson::Bson;
use clap::{Args, ValueEnum};

use super::{LimitArgs, parse_duration};
use crate::cli::attach::{lost_history, metrics_address};
use crate::stream::spec::Namespace;

/// `rhaiver attach`
#[derive(Debug, Clone, Args)]
#[command(after_long_help = ATTACH_HELP)]
pub struct AttachArgs {
    /// Handler files, and folders of them. Edit them while they run; a folder's new files are
    /// attached, removed ones detached, and files that are only imported are left alone
    #[arg(value_name = "FILE|DIR", required = true)]
    pub targets: Vec<PathBuf>,
    /// What to watch: a collection (shop.orders), a database (shop), or everything (*); several times
    /// for several
    #[arg(long, value_name = "DB.COLL", help_heading = STREAM, value_parser = namespace)]
    pub watch: Vec<String>,
    /// The name under which the stream's place, lease and dead letters are kept [default: FILE's
    /// name and what it watches]
    #[arg(long, value_name = "ID", help_heading = STREAM)]
    pub stream_id: Option<String>,
    /// The function that is called with every change [default: onInsert, onUpdate, …; onChange for
    /// the rest]
    #[arg(long, value_name = "FN", help_heading = STREAM)]
    pub handler: Option<String>,
    /// Give updates the whole document: updateLookup (as it is when it is looked up), whenAvailable,
    /// required
    #[arg(long, value_name = "MODE", help_heading = STREAM, num_args = 0..=1, require_equals = true,
        default_missing_value = "updateLookup", value_parser = ["updateLookup", "whenAvailable", "required"])]
    pub full_document: Option<String>,
    /// How many threads share the events; those of one document stay in order
    #[arg(long, value_name = "N", help_heading = STREAM)]
    pub lanes: Option<u32>,
    /// What is promised about effects on the same cluster [default: exactly-once]
    #[arg(long, value_name = "PROMISE", help_heading = STREAM, value_parser = ["exactly-once", "at-least-once"])]
    pub delivery: Option<String>,
    /// What is done about an event that cannot be handled [default: dead-letter]
    #[arg(long, value_name = "POLICY", help_heading = STREAM, value_parser = ["dead-letter", "block-key", "stop"])]
    pub on_failure: Option<String>,
    /// The same as --on-failure stop
    #[arg(long, help_heading = STREAM, conflicts_with = "on_failure")]
    pub stop_on_error: bool,
    /// What is done where the server lost the history since the stream's place: stop, restart-now,
    /// restart-at=TIME [default: stop]
    #[arg(long, value_name = "POLICY", help_heading = STREAM, value_parser = lost_history)]
    pub on_lost_history: Option<Bson>,
    /// How many events share a transaction at most [default: 1000]
    #[arg(long, value_name = "N", help_heading = STREAM)]
    pub batch: Option<u32>,
    /// How long this host's hold on a stream outlasts its end by force: another one takes over then
    #[arg(long, value_name = "TIME", help_heading = HOST, default_value = "6s", value_parser = parse_lease)]
    pub lease: Duration,
    /// How long events that were begun may take when the host is asked to end (Ctrl-C, SIGTERM)
    #[arg(long, value_name = "TIME", help_heading = HOST, default_value = "5s", value_parser = parse_duration)]
    pub grace: Duration,
    /// Serve /metrics (Prometheus), /healthz and /readyz here; a port alone is one of 127.0.0.1
    #[arg(long, value_name = "ADDR:PORT", help_heading = HOST, value_parser = metrics_address)]
    pub metrics: Option<SocketAddr>,
    /// After how long without progress a stream that has events counts as stalled for /healthz
    #[arg(long, value_name = "TIME", help_heading = HOST, default_value = "30s", value_parser = parse_duration)]
    pub stalled_after: Duration,
    /// Show the settings of each stream and what it asks of the server, and end
    #[arg(long, help_heading = HOST)]
    pub explain: bool,
    /// Print a line for each event
    #[arg(long, help_heading = HOST)]
    pub events: bool,
    /// How standard error tells what happens
    #[arg(long, value_enum, default_value_t = LogFormat::Text, value_name = "FORMAT", help_heading = HOST)]
    pub log_format: LogFormat,
    /// How much a handler may use
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// Headings of the help of `attach`.
const STREAM: &str = "The stream (each wins over the file's STREAM)";
const HOST: &str = "The host";

/// What `rhaiver attach --help` ends with.
const ATTACH_HELP: &str = "\
A handler file says what it listens to, and has a function for what happens:

    const STREAM = #{ id: \"order_notifications\", watch: \"shop.orders\" };

    fn onInsert(change) {
        db.notifications.insertOne(#{ orderId: change.documentKey._id });
    }

Examples:
    rhaiver attach scripts/order_notifications.rhai
    rhaiver attach scripts/ --metrics 9464
    rhaiver attach handler.rhai --watch shop.orders --handler handleOrder --lanes 4
    rhaiver attach handler.rhai --explain

What a stream failed with is kept: `rhaiver dead-letters list`, and after the handler was mended
`rhaiver dead-letters redeliver --all`. `rhaiver streams` tells how each stream does.

Exit codes: 0 asked to end, 1 a stream failed, 2 wrong usage, 3 no server, 130 stopped by a second
Ctrl-C, 70 a bug of rhaiver.";

/// What may be watched, as it was written.
fn namespace(text: &str) -> Result<String, String> {
    Namespace::parse(text).map(|_| text.to_string())
}

/// A lease is renewed each third of it, and a renewal takes its time.
fn parse_lease(text: &str) -> Result<Duration, String> {
    let lease = parse_duration(text)?;
    match lease >= Duration::from_secs(1) {
        true => Ok(lease),
        false => Err("a lease is 1s at least".into()),
    }
}

/// How standard error tells what happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// In lines for people.
    Text,
    /// In lines of JSON.
    Json,
}
