//! The users' file.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::scram::Mechanism;

/// The users of a server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Users {
    users: Vec<User>,
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The name.
    pub user: String,
    /// The database that the user logs in on.
    pub db: String,
    /// What the user proves to know, by mechanism.
    pub credentials: BTreeMap<Mechanism, Credential>,
}

/// What a server keeps of a password: enough to check a proof of it, not enough to make one.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Credential {
    /// How often the password was hashed.
    pub iteration_count: u32,
    /// The salt, base64.
    pub salt: String,
    /// Base64.
    pub stored_key: String,
    /// Base64.
    pub server_key: String,
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credential").finish_non_exhaustive()
    }
}

impl Users {
    /// Reads a file; a missing one is an error.
    ///
    /// # Errors
    /// When it cannot be read or is no users' file.
    pub fn load(path: &Path) -> io::Result<Self> {
        let text = std::fs::read(path)?;
        serde_json::from_slice(&text).map_err(|e| {
            let what = format!("{} is no file of users: {e}", path.display());
            io::Error::new(io::ErrorKind::InvalidData, what)
        })
    }

    /// Writes the file so that a crash leaves the old one or the new one, readable by its owner alone.
    ///
    /// # Errors
    /// What the disk says.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        use std::io::Write;
        use std::os::unix::fs::OpenOptionsExt;
        let text = serde_json::to_vec_pretty(self).map_err(io::Error::other)?;
        let new = path.with_extension("new");
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&new)?;
        file.write_all(&text)?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        std::fs::rename(&new, path)
    }

    /// Adds a user, or gives one a new password.
    pub fn set(&mut self, user: &str, db: &str, password: &str) {
        let credentials = Mechanism::ALL.map(|m| (m, m.credential(user, password)));
        self.users.retain(|u| u.user != user || u.db != db);
        self.users.push(User {
            user: user.to_owned(),
            db: db.to_owned(),
            credentials: credentials.into(),
        });
    }

    /// A user by name and database.
    #[must_use]
    pub fn find(&self, user: &str, db: &str) -> Option<&User> {
        self.users.iter().find(|u| u.user == user && u.db == db)
    }

    /// All users.
    #[must_use]
    pub fn all(&self) -> &[User] {
        &self.users
    }
}

impl Credential {
    pub(super) fn new(count: u32, salt: &[u8], stored_key: &[u8], server_key: &[u8]) -> Self {
        Self {
            iteration_count: count,
            salt: STANDARD.encode(salt),
            stored_key: STANDARD.encode(stored_key),
            server_key: STANDARD.encode(server_key),
        }
    }

    pub(super) fn keys(&self) -> Option<(Vec<u8>, Vec<u8>)> {
        let stored = STANDARD.decode(&self.stored_key).ok()?;
        let server = STANDARD.decode(&self.server_key).ok()?;
        Some((stored, server))
    }
}
