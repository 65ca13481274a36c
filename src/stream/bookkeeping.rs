//! Where the streams keep their own books: the database `rhaiver`.
//!
//! All of it is written with majority, and read from the primary: what the connection string says
//! of reads and writes is for scripts. A secondary may not know of a place yet, and a stream
//! without one would begin elsewhere; a place that a failover takes back would repeat effects.

use bson::Document;
use mongodb::options::{
    CollectionOptions, ReadConcern, ReadPreference, SelectionCriteria, WriteConcern,
};
use mongodb::{Client, Collection};

/// The database of the books.
pub const DATABASE: &str = "rhaiver";

/// One document a stream: who runs it, and how it does. See [`super::registry`].
pub const STREAMS: &str = "streams";

/// The checkpoint of each lane of each stream.
pub const LANES: &str = "lanes";

/// Events that were given up, or wait for a handler to be mended.
pub const DEAD_LETTERS: &str = "dead_letters";

/// What was lost. See [`super::gap`].
pub const GAPS: &str = "gaps";

/// The mirror of a stream's place in the handler's own database, as the lab reads it.
pub const RESUME_TOKENS: &str = "resume_tokens";

/// A collection of the books.
#[must_use]
pub fn collection(client: &Client, name: &str) -> Collection<Document> {
    collection_of(client, DATABASE, name)
}

/// The mirror of places in `database`.
#[must_use]
pub fn resume_tokens(client: &Client, database: &str) -> Collection<Document> {
    collection_of(client, database, RESUME_TOKENS)
}

fn collection_of(client: &Client, database: &str, name: &str) -> Collection<Document> {
    let mut options = CollectionOptions::default();
    options.selection_criteria = Some(SelectionCriteria::ReadPreference(ReadPreference::Primary));
    options.read_concern = Some(ReadConcern::majority());
    options.write_concern = Some(WriteConcern::majority());
    client
        .database(database)
        .collection_with_options(name, options)
}
