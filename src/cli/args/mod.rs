//! The command line's grammar.

mod attach;
mod books;

pub use attach::{AttachArgs, LogFormat};
pub use books::{DeadLettersArgs, DeadLettersCommand, Selection, StreamsArgs, StreamsCommand};

use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Script the reactions to MongoDB changes in Rhai.
#[derive(Debug, Parser)]
#[command(name = "rhaiver", version, about, disable_help_subcommand = true)]
pub struct Cli {
    /// What to do; without a command, the shell opens.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
}

/// Options that every command takes.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// The server: mongodb://host:port,…/?replicaSet=NAME
    #[arg(
        long,
        global = true,
        env = "RHAIVER_URI",
        hide_env_values = true,
        value_name = "URI"
    )]
    pub uri: Option<String>,
    /// Where the embedded database keeps its data when no server is named: a folder, or :memory: [default: the
    /// user's data directory]
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<String>,
    /// The database that `db` means [default: the URI's, else test]
    #[arg(long, global = true, value_name = "NAME")]
    pub db: Option<String>,
    /// Print no warnings and no banner
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Log more: -v what rhaiver does, -vv details, -vvv the driver's too
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// When to colour
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    fn on(self, terminal: bool) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()),
        }
    }

    /// Whether to colour standard output.
    pub fn on_stdout(self) -> bool {
        self.on(std::io::stdout().is_terminal())
    }

    /// Whether to colour standard error.
    pub fn on_stderr(self) -> bool {
        self.on(std::io::stderr().is_terminal())
    }
}

/// What rhaiver can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a script file, or code from the command line
    Run(RunArgs),
    /// Run handler files on live streams of changes
    Attach(Box<AttachArgs>),
    /// List the streams that are known: state, owner, place, lag, counts, last error
    Streams(StreamsArgs),
    /// List, show, deliver again or discard the events that no handler could handle
    DeadLetters(DeadLettersArgs),
    /// Serve the embedded database to mongosh, Compass and any driver
    Serve(ServeArgs),
}

/// `rhaiver serve`
#[derive(Debug, Clone, Args)]
pub struct ServeArgs {
    /// Where to listen; may be given several times. Anything but the loopback asks for --auth-file
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:27017")]
    pub listen: Vec<String>,
    /// Who may connect: users with salted passwords (SCRAM-SHA-256 and SCRAM-SHA-1)
    #[arg(long, value_name = "FILE")]
    pub auth_file: Option<PathBuf>,
    /// Add a user to --auth-file, or change their password (read from standard input), and end
    #[arg(long, value_name = "NAME", requires = "auth_file")]
    pub add_user: Option<String>,
    /// Speak TLS with this certificate and its private key (PEM, both in one file)
    #[arg(long, value_name = "FILE")]
    pub tls_certificate_key_file: Option<PathBuf>,
    /// Take the commands with which drivers' test suites make a server fail
    #[arg(long)]
    pub test_commands: bool,
}

/// `rhaiver run`
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The script, or - for standard input; then the script's arguments
    #[arg(value_name = "FILE", required_unless_present = "eval")]
    pub file: Option<PathBuf>,
    /// Arguments that the script sees as `args`
    #[arg(
        value_name = "ARGS",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    pub args: Vec<String>,
    /// Run this code and print its result; may be given several times
    #[arg(long, value_name = "CODE")]
    pub eval: Vec<String>,
    /// Print the result of --eval as EJSON
    #[arg(long, value_name = "FORMAT", num_args = 0..=1, require_equals = true, default_missing_value = "canonical", value_enum)]
    pub json: Option<Json>,
    /// Stop the script after this time: 500ms, 30s, 5m
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub timeout: Option<Duration>,
    /// How much a script may use
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// How many megabytes a script's process may hold, unless `--max-memory` says otherwise.
pub const DEFAULT_MEMORY: u64 = 4096;

/// Limits of scripts.
#[derive(Debug, Clone, Args)]
pub struct LimitArgs {
    /// Nested function calls a script may make
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub max_call_depth: u16,
    /// Bytes one string may have; 0 for 256 MB. A limit makes large arrays slow to fill
    #[arg(long, value_name = "BYTES", default_value_t = 0)]
    pub max_string: usize,
    /// Megabytes of memory the whole process may hold
    #[arg(long, value_name = "MB", default_value_t = DEFAULT_MEMORY)]
    pub max_memory: u64,
    /// Items one array may have; 0 for no limit. A limit makes large arrays slow to fill
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub max_array: usize,
}

impl LimitArgs {
    /// As the engine takes them.
    pub fn limits(&self) -> crate::script::Limits {
        crate::script::Limits {
            call_depth: self.max_call_depth.into(),
            string: self.max_string,
            array: self.max_array,
            ..crate::script::Limits::default()
        }
    }
}

/// How `--json` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Json {
    /// With every type written out.
    Canonical,
    /// With plain numbers and dates.
    Relaxed,
}

fn parse_duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = &text[digits.len()..];
    let n: f64 = digits
        .parse()
        .map_err(|_| format!("{text} is no time: write 500ms, 30s or 5m"))?;
    let seconds = match unit {
        "ms" => n / 1000.0,
        "" | "s" => n,
        "m" => n * 60.0,
        "h" => n * 3600.0,
        _ => return Err(format!("{unit} is no unit of time: write 500ms, 30s or 5m")),
    };
    Duration::try_from_secs_f64(seconds).map_err(|e| e.to_string())
}
