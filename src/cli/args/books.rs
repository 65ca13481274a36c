//! `rhaiver streams` and `rhaiver dead-letters`.

use clap::{Args, Subcommand};

use crate::cli::dead_letters::query;

/// `rhaiver streams`
#[derive(Debug, Clone, Args)]
pub struct StreamsArgs {
    /// Print an array of documents (relaxed EJSON), one a line
    #[arg(long)]
    pub json: bool,
    /// What else than listing them.
    #[command(subcommand)]
    pub command: Option<StreamsCommand>,
}

/// What else can be done about streams.
#[derive(Debug, Clone, Subcommand)]
pub enum StreamsCommand {
    /// Forget where a stream was, so that it begins anew; its dead letters stay
    Forget {
        /// The stream's name
        #[arg(value_name = "ID")]
        id: String,
    },
}

/// `rhaiver dead-letters`
#[derive(Debug, Clone, Args)]
pub struct DeadLettersArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: DeadLettersCommand,
}

/// What can be done about dead letters.
#[derive(Debug, Clone, Subcommand)]
pub enum DeadLettersCommand {
    /// List them, one a line, by stream and in the order of their events
    List {
        /// Those of this stream
        #[arg(long, value_name = "ID")]
        stream: Option<String>,
        /// Those that a query matches: '{"error.code": 121}'
        #[arg(long, value_name = "EJSON", value_parser = query)]
        filter: Option<bson::Document>,
        /// So many at most; 0 for all
        #[arg(long, value_name = "N", default_value_t = 1000)]
        limit: u32,
        /// Print an array of documents (relaxed EJSON), one a line
        #[arg(long)]
        json: bool,
    },
    /// Show one whole: event, error, attempts, generation
    Show {
        /// Its _id
        #[arg(value_name = "ID")]
        id: bson::oid::ObjectId,
        /// As relaxed EJSON
        #[arg(long)]
        json: bool,
    },
    /// Have them delivered again, by the process that runs their stream, in order for each document
    Redeliver(Selection),
    /// Remove them: their events are never handled
    Discard(Selection),
}

/// Which dead letters are meant.
#[derive(Debug, Clone, Args)]
#[group(required = true, multiple = true)]
pub struct Selection {
    /// Their _ids
    #[arg(value_name = "ID")]
    pub ids: Vec<bson::oid::ObjectId>,
    /// Those of this stream
    #[arg(long, value_name = "ID")]
    pub stream: Option<String>,
    /// Those that a query matches: '{"error.code": 121}'
    #[arg(long, value_name = "EJSON", value_parser = query)]
    pub filter: Option<bson::Document>,
    /// All of them
    #[arg(long, conflicts_with_all = ["ids", "stream", "filter"])]
    pub all: bool,
}
