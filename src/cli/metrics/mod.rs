//! `--metrics ADDR`: what streams are at, over HTTP, for machines that watch.
//!
//! - `/metrics`: Prometheus' text format ([`exposition`]), taken from the streams at each request;
//! - `/healthz`: 200 while every stream does what it is there for, else 503 and why ([`health`]);
//! - `/readyz`: 200 once every stream is open, or stands by for one that is.
//!
//! The server holds nothing and decides nothing: it asks [`Watched`], and it is as slow as whoever
//! reads from it, with a bound on how many may.

mod exposition;
mod health;
mod server;

pub use health::Health;
pub use server::serve;

use crate::stream::StreamStatus;

/// What is told about.
pub trait Watched: Send + Sync + 'static {
    /// The streams of this process.
    fn streams(&self) -> Vec<StreamStatus>;

    /// Files that should be streams and are not, with what is wrong with each.
    fn broken(&self) -> Vec<(String, String)>;
}
