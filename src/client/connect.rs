//! Connecting to a cluster.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use mongodb::bson::doc;
use mongodb::options::{ClientOptions, Credential};
use tracing::info;

use super::retry::WriteSessions;
use super::{ClientError, redact};

/// How long the first contact may take unless the connection string says otherwise
/// (`serverSelectionTimeoutMS`). Later operations wait the driver's 30 s, so that they outlast an
/// election.
const FIRST_CONTACT: Duration = Duration::from_secs(8);

/// A connection string that cannot be used, or a cluster that does not answer.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The connection string is wrong.
    #[error("the connection string {uri} cannot be used: {reason}")]
    BadUri {
        /// The string without its secrets.
        uri: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No server answered in time.
    #[error("no MongoDB server answers at {uri}: {reason}")]
    Unavailable {
        /// The connection string without its secrets.
        uri: String,
        /// What the driver saw.
        reason: String,
    },
    /// The embedded database cannot be opened.
    #[error("{reason}")]
    Embedded {
        /// Why.
        reason: String,
        /// What to do next.
        hint: String,
    },
}

/// A server inside this process, or one that it shares with others, that is opened when it is needed.
pub trait LocalServer: Send + Sync {
    /// Opens it unless that has happened; its connection string.
    ///
    /// # Errors
    /// [`ConnectError::Embedded`] where it cannot be opened.
    fn open(&self) -> Result<String, ConnectError>;

    /// What it is, for people: `the embedded database in /home/ada/.local/share/rhaiver`.
    fn describe(&self) -> String;
}

/// A cluster that the driver knows how to reach.
#[derive(Debug, Clone)]
pub struct Cluster {
    client: mongodb::Client,
    uri: String,
    default_database: Option<String>,
    first_contact: Duration,
    writes: WriteSessions,
    retry_writes: bool,
    retry_reads: bool,
    /// Whether its servers know transaction numbers, once one has said so.
    knows_numbers: Arc<OnceLock<bool>>,
}

/// Prepares the connection; nothing is sent before the first operation or [`Cluster::ping`].
///
/// # Errors
/// [`ConnectError::BadUri`] where the string is wrong.
pub async fn connect(uri: &str) -> Result<Cluster, ConnectError> {
    connect_as(uri, None).await
}

/// The same with other credentials than the connection string's.
///
/// # Errors
/// As [`connect`].
pub async fn connect_as(
    uri: &str,
    credential: Option<Credential>,
) -> Result<Cluster, ConnectError> {
    let bad = |reason: String| ConnectError::BadUri {
        uri: redact(uri),
        reason,
    };
    let mut options = ClientOptions::parse(uri)
        .await
        .map_err(|e| bad(ClientError::from(e).message))?;
    if credential.is_some() {
        options.credential = credential;
    }
    options.app_name.get_or_insert_with(|| "rhaiver".into());
    super::log::install(&mut options);
    info!(uri = redact(uri), "connecting");
    let first_contact = options.server_selection_timeout.unwrap_or(FIRST_CONTACT);
    let default_database = options.default_database.clone();
    let (retry_writes, retry_reads) = (options.retry_writes, options.retry_reads);
    let client =
        mongodb::Client::with_options(options).map_err(|e| bad(ClientError::from(e).message))?;
    Ok(Cluster {
        client,
        uri: uri.to_string(),
        default_database,
        first_contact,
        writes: WriteSessions::default(),
        retry_writes: retry_writes.unwrap_or(true),
        retry_reads: retry_reads.unwrap_or(true),
        knows_numbers: Arc::default(),
    })
}

impl Cluster {
    /// The driver's client.
    #[must_use]
    pub fn client(&self) -> &mongodb::Client {
        &self.client
    }

    /// The sessions for write commands.
    #[must_use]
    pub fn writes(&self) -> &WriteSessions {
        &self.writes
    }

    /// Whether a write may be sent once more under its transaction number: the connection string
    /// does not say no (`retryWrites=false`), and the server is no standalone one.
    #[must_use]
    pub fn retries_writes(&self) -> bool {
        self.retry_writes && self.knows_numbers.get().copied().unwrap_or(true)
    }

    /// Whether a read may be sent once more: the connection string does not say no
    /// (`retryReads=false`).
    #[must_use]
    pub fn retries_reads(&self) -> bool {
        self.retry_reads
    }

    /// The connection string as it was given; see [`redact`] before showing it.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// The database that the connection string names.
    #[must_use]
    pub fn default_database(&self) -> Option<&str> {
        self.default_database.as_deref()
    }

    /// Makes sure that a server answers, sooner than an operation would give up.
    ///
    /// # Errors
    /// [`ConnectError::Unavailable`] where none does.
    pub async fn ping(&self) -> Result<(), ConnectError> {
        let unavailable = |reason: String| ConnectError::Unavailable {
            uri: redact(&self.uri),
            reason,
        };
        let hello = self.client.database("admin");
        let hello = hello.run_command(doc! { "hello": 1 });
        match tokio::time::timeout(self.first_contact, hello.into_future()).await {
            Ok(Ok(reply)) => {
                let is_router = reply.get_str("msg").is_ok_and(|msg| msg == "isdbgrid");
                let known = is_router || reply.contains_key("setName");
                self.knows_numbers.get_or_init(|| known);
                Ok(())
            }
            Ok(Err(e)) => {
                let e = ClientError::from(e);
                // A server that answers with a refusal (not authorized, say) is there.
                if e.code.is_some() {
                    Ok(())
                } else {
                    Err(unavailable(e.message))
                }
            }
            Err(_) => Err(unavailable(format!(
                "none within {} s",
                self.first_contact.as_secs()
            ))),
        }
    }
}
