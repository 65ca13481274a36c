//! What is kept about streams, as people see it and change it from outside of the process that
//! runs them: the collections of the database [`DATABASE`].
//!
//! Reads go to the primary with majority read concern, writes wait for the majority: what is told
//! is not taken back by a failover. Nothing here touches what a running stream decides by (its
//! lease, its lanes), with one exception: [`forget`] removes a stream that nobody runs.

mod letters;
mod streams;

pub use letters::{Chosen, discard, list, redeliver, streams_of};
pub use streams::{ForgetError, forget, streams, time_of};

use std::time::Duration;

use mongodb::bson::Document;
use mongodb::options::{
    Acknowledgment, CollectionOptions, ReadConcern, ReadPreference, SelectionCriteria, WriteConcern,
};
use mongodb::{Client, Collection};

/// The database of what is kept about streams.
pub const DATABASE: &str = "rhaiver";

/// How long a write may wait for the majority.
const MAJORITY_WITHIN: Duration = Duration::from_secs(30);

/// A collection of [`DATABASE`], whatever the connection string says of reads and writes.
fn collection(client: &Client, database: &str, name: &str) -> Collection<Document> {
    let mut options = CollectionOptions::default();
    options.selection_criteria = Some(SelectionCriteria::ReadPreference(ReadPreference::Primary));
    options.read_concern = Some(ReadConcern::majority());
    let mut concern = WriteConcern::from(Acknowledgment::Majority);
    concern.w_timeout = Some(MAJORITY_WITHIN);
    options.write_concern = Some(concern);
    client
        .database(database)
        .collection_with_options(name, options)
}
