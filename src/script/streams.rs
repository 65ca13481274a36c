//! [`StreamHost`]: running streams from scripts.

use bson::Document;

use crate::diag::Diagnostic;

/// What runs streams for the scripts of a process; whoever joins the rooms implements it. Called on
/// a script's thread: it may block.
pub trait StreamHost: Send + Sync {
    /// Attaches a handler file. `fields` has its path as `file`, and fields of `STREAM` that win over
    /// the file's. Gives the stream's status, with its `id`.
    ///
    /// # Errors
    /// Where the file cannot be used, or its stream runs already.
    fn attach(&self, fields: &Document) -> Result<Document, Box<Diagnostic>>;

    /// Ends the stream of this id once it has finished what it is at; says whether there was one.
    ///
    /// # Errors
    /// What it failed with.
    fn detach(&self, id: &str) -> Result<bool, Box<Diagnostic>>;

    /// The status of each stream that this process runs.
    ///
    /// # Errors
    /// Where that cannot be said.
    fn streams(&self) -> Result<Vec<Document>, Box<Diagnostic>>;
}
