//! Where the streams keep their own books: the database `rhaiver`.
//!
//! All of it is written with majority, and read from the primary: what the connection string says
//! of reads and writes is for scripts. A secondary may not know of a place yet, and a stream
//! without one would begin elsewhere; a place that a failover takes back would repeat effects.

use std::time::Duration;

use bson::Document;
use mongodb::error::Error;
use mongodb::options::{
    CollectionOptions, ReadConcern, ReadPreference, SelectionCriteria, WriteConcern,
};
use mongodb::{Client, Collection};

use crate::client::{ClientError, ErrorName};

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

/// How long a server may take over an entry. One that is frozen, or behind a cable that is cut,
/// says nothing for ever, and no network error tells.
const SILENCE: Duration = Duration::from_secs(10);

/// Waits for the server's answer, but not for ever.
pub(super) async fn soon<T>(
    answer: impl IntoFuture<Output = Result<T, Error>>,
) -> Result<T, ClientError> {
    match tokio::time::timeout(SILENCE, answer.into_future()).await {
        Ok(answered) => Ok(answered?),
        Err(_) => Err(ClientError {
            name: ErrorName::MongoNetworkError,
            message: "the server does not answer".into(),
            code: None,
            code_name: None,
            labels: Vec::new(),
            response: None,
        }),
    }
}

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
