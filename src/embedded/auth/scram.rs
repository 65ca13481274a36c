//! The server's side of SCRAM (RFC 5802, RFC 7677), in two steps.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use serde::{Deserialize, Serialize};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::users::{Credential, Users};
use crate::mql::{Error, error::code};

/// A SCRAM mechanism.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Mechanism {
    /// With SHA-1; the password is MD5 of name and password, as old servers kept it.
    #[serde(rename = "SCRAM-SHA-1")]
    Sha1,
    /// With SHA-256.
    #[serde(rename = "SCRAM-SHA-256")]
    Sha256,
}

impl Mechanism {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Sha1, Self::Sha256];

    /// The one of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|m| m.name() == name)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "SCRAM-SHA-1",
            Self::Sha256 => "SCRAM-SHA-256",
        }
    }

    /// What is kept of a user's password. The iterations are the server's defaults.
    #[must_use]
    pub fn credential(self, user: &str, password: &str) -> Credential {
        let random = uuid::Uuid::new_v4();
        let more = uuid::Uuid::new_v4();
        let salt = [random.as_bytes().as_slice(), more.as_bytes()].concat();
        let (count, length) = match self {
            Self::Sha1 => (10_000, 16),
            Self::Sha256 => (15_000, 28),
        };
        let salt = salt.get(..length).unwrap_or_default();
        let salted = self.salted(user, password, salt, count);
        let stored = self.hash(&self.hmac(&salted, b"Client Key"));
        let server = self.hmac(&salted, b"Server Key");
        Credential::new(count, salt, &stored, &server)
    }

    fn salted(self, user: &str, password: &str, salt: &[u8], count: u32) -> Vec<u8> {
        match self {
            Self::Sha1 => {
                let digest = Md5::digest(format!("{user}:mongo:{password}"));
                let mut out = vec![0; 20];
                let password = hex::encode(digest);
                pbkdf2::pbkdf2_hmac::<Sha1>(password.as_bytes(), salt, count, &mut out);
                out
            }
            Self::Sha256 => {
                let mut out = vec![0; 32];
                pbkdf2::pbkdf2_hmac::<Sha256>(password.as_bytes(), salt, count, &mut out);
                out
            }
        }
    }

    fn hash(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => Sha1::digest(bytes).to_vec(),
            Self::Sha256 => Sha256::digest(bytes).to_vec(),
        }
    }

    fn hmac(self, key: &[u8], bytes: &[u8]) -> Vec<u8> {
        fn sign<M: Mac + KeyInit>(key: &[u8], bytes: &[u8]) -> Vec<u8> {
            // A key of any length is taken; the error cannot be.
            let Ok(mac) = <M as KeyInit>::new_from_slice(key) else {
                return Vec::new();
            };
            mac.chain_update(bytes).finalize().into_bytes().to_vec()
        }
        match self {
            Self::Sha1 => sign::<Hmac<Sha1>>(key, bytes),
            Self::Sha256 => sign::<Hmac<Sha256>>(key, bytes),
        }
    }
}

/// A login that is going on.
#[derive(Debug, Clone)]
pub struct Conversation {
    mechanism: Mechanism,
    /// The user's name.
    pub user: String,
    /// The user's database.
    pub db: String,
    credential: Credential,
    first_bare: String,
    server_first: String,
    nonce: String,
    proven: bool,
    /// Whether the client sends nothing more after its proof.
    pub skip_empty_exchange: bool,
}

/// What a step of a login came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What the client is told.
    pub payload: Vec<u8>,
    /// Whether the client has proven to know the password.
    pub proven: bool,
}

fn failed() -> Error {
    Error::new(code::AUTHENTICATION_FAILED, "Authentication failed.")
}

impl Conversation {
    /// The client's first message, and what it is answered.
    ///
    /// # Errors
    /// `Authentication failed.`, whatever the reason: it is nobody's business which.
    pub fn start(
        users: &Users,
        mechanism: Mechanism,
        db: &str,
        payload: &[u8],
    ) -> Result<(Self, Step), Error> {
        let text = std::str::from_utf8(payload).map_err(|_| failed())?;
        let bare = text.strip_prefix("n,").and_then(|t| t.split_once(','));
        let bare = bare.ok_or_else(failed)?.1;
        let user = field(bare, 'n').ok_or_else(failed)?;
        let user = user.replace("=2C", ",").replace("=3D", "=");
        let client_nonce = field(bare, 'r').ok_or_else(failed)?;
        let known = users.find(&user, db).ok_or_else(failed)?;
        let credential = known.credentials.get(&mechanism).ok_or_else(failed)?;
        let own = STANDARD.encode(uuid::Uuid::new_v4().as_bytes());
        let nonce = format!("{client_nonce}{own}");
        let count = credential.iteration_count;
        let server_first = format!("r={nonce},s={},i={count}", credential.salt);
        let step = Step {
            payload: server_first.clone().into_bytes(),
            proven: false,
        };
        let conversation = Self {
            mechanism,
            user,
            db: db.to_owned(),
            credential: credential.clone(),
            first_bare: bare.to_owned(),
            server_first,
            nonce,
            proven: false,
            skip_empty_exchange: false,
        };
        Ok((conversation, step))
    }

    /// The client's next message, and what it is answered. After the proof the client may send an empty one.
    ///
    /// # Errors
    /// `Authentication failed.`
    pub fn go_on(&mut self, payload: &[u8]) -> Result<Step, Error> {
        if self.proven {
            return match payload.is_empty() {
                true => Ok(Step {
                    payload: Vec::new(),
                    proven: true,
                }),
                false => Err(failed()),
            };
        }
        let text = std::str::from_utf8(payload).map_err(|_| failed())?;
        let (without_proof, proof) = text.rsplit_once(",p=").ok_or_else(failed)?;
        if field(without_proof, 'r') != Some(&self.nonce)
            || field(without_proof, 'c') != Some("biws")
        {
            return Err(failed());
        }
        let proof = STANDARD.decode(proof).map_err(|_| failed())?;
        let (stored, server) = self.credential.keys().ok_or_else(failed)?;
        let message = format!("{},{},{without_proof}", self.first_bare, self.server_first);
        let signature = self.mechanism.hmac(&stored, message.as_bytes());
        if proof.len() != signature.len() {
            return Err(failed());
        }
        let client_key: Vec<u8> = proof.iter().zip(&signature).map(|(a, b)| a ^ b).collect();
        if !same(&self.mechanism.hash(&client_key), &stored) {
            return Err(failed());
        }
        self.proven = true;
        let verifier = self.mechanism.hmac(&server, message.as_bytes());
        Ok(Step {
            payload: format!("v={}", STANDARD.encode(verifier)).into_bytes(),
            proven: true,
        })
    }
}

/// Whether two secrets are the same, in a time that does not say where they differ.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

fn field(message: &str, name: char) -> Option<&str> {
    message
        .split(',')
        .find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The client's side.
    fn log_in(mechanism: Mechanism, password: &str) -> Result<Step, Error> {
        let mut users = Users::default();
        users.set("us,er", "admin", "pencil");
        let bare = "n=us=2Cer,r=abc";
        let first = format!("n,,{bare}");
        let (mut conversation, step) =
            Conversation::start(&users, mechanism, "admin", first.as_bytes())?;
        let server_first = String::from_utf8(step.payload).unwrap();
        let nonce = field(&server_first, 'r').unwrap();
        let salt = STANDARD.decode(field(&server_first, 's').unwrap()).unwrap();
        let count = field(&server_first, 'i').unwrap().parse().unwrap();
        let without_proof = format!("c=biws,r={nonce}");
        let message = format!("{bare},{server_first},{without_proof}");
        let salted = mechanism.salted("us,er", password, &salt, count);
        let key = mechanism.hmac(&salted, b"Client Key");
        let signature = mechanism.hmac(&mechanism.hash(&key), message.as_bytes());
        let proof: Vec<u8> = key.iter().zip(&signature).map(|(a, b)| a ^ b).collect();
        let last = format!("{without_proof},p={}", STANDARD.encode(proof));
        conversation.go_on(last.as_bytes())
    }

    #[test]
    fn the_right_password_logs_in() {
        for mechanism in Mechanism::ALL {
            assert!(log_in(mechanism, "pencil").unwrap().proven);
            assert_eq!(log_in(mechanism, "pen").unwrap_err(), failed());
        }
    }

    #[test]
    fn a_file_keeps_users_and_no_password() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users.json");
        let mut users = Users::default();
        users.set("a", "admin", "secret");
        users.save(&path).unwrap();
        assert_eq!(Users::load(&path).unwrap(), users);
        assert!(!std::fs::read_to_string(&path).unwrap().contains("secret"));
    }
}
