//! Where a stream was: the resume token, in the form of the lab's `resume_tokens`.
//!
//! `{ _id: streamId, token, lastUpdated }` in the collection `resume_tokens` of the handler's
//! database, so that the lab's `ChangeStreamManager` and a person in a shell read it too.

use bson::{Bson, DateTime, Document, doc};
use mongodb::Collection;
use mongodb::error::Error;
use mongodb::options::{
    Acknowledgment, CollectionOptions, ReadConcern, ReadPreference, SelectionCriteria, WriteConcern,
};

/// The collection of checkpoints.
pub const COLLECTION: &str = "resume_tokens";

/// The checkpoint of one stream.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    tokens: Collection<Document>,
    id: String,
}

impl Checkpoint {
    /// The checkpoint of stream `id` in a database.
    ///
    /// What the connection string says of reads is for scripts: a secondary may not know of a
    /// checkpoint yet, and a stream without one would begin with what happens from now on. Nor
    /// may a checkpoint go unacknowledged.
    #[must_use]
    pub fn new(database: &mongodb::Database, id: &str) -> Self {
        let primary = SelectionCriteria::ReadPreference(ReadPreference::Primary);
        let mut options = CollectionOptions::default();
        options.selection_criteria = Some(primary);
        options.read_concern = Some(ReadConcern::local());
        let unheard = |concern: &&WriteConcern| concern.w == Some(Acknowledgment::Nodes(0));
        if database.write_concern().filter(unheard).is_some() {
            options.write_concern = Some(WriteConcern::nodes(1));
        }
        Self {
            tokens: database.collection_with_options(COLLECTION, options),
            id: id.to_string(),
        }
    }

    /// The token to resume after, if the stream ran before.
    ///
    /// # Errors
    /// The server's.
    pub async fn load(&self) -> Result<Option<Bson>, Error> {
        let found = self.tokens.find_one(doc! { "_id": &self.id }).await?;
        Ok(found
            .and_then(|mut d| d.remove("token"))
            .filter(|t| *t != Bson::Null))
    }

    /// Moves the checkpoint behind an event.
    ///
    /// # Errors
    /// The server's.
    pub async fn store(&self, token: &Bson) -> Result<(), Error> {
        let document =
            doc! { "_id": &self.id, "token": token.clone(), "lastUpdated": DateTime::now() };
        self.tokens
            .replace_one(doc! { "_id": &self.id }, document)
            .upsert(true)
            .await?;
        Ok(())
    }
}
