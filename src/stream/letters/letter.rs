//! [`DeadLetter`]: one of them, and its document.

use bson::oid::ObjectId;
use bson::{Bson, DateTime, Document, RawDocument, doc};

use crate::diag::Diagnostic;

/// The longest event that is kept whole: with what is said about it, it has to fit a document.
const WHOLE: usize = 15 << 20;

/// The longest message that is kept, in bytes: a script may throw a text of any length.
const LONGEST: usize = 64 << 10;

/// A message as it is kept.
pub(in crate::stream) fn short(message: &str) -> String {
    let mut end = message.len().min(LONGEST);
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    message.get(..end).unwrap_or_default().to_string()
}

/// Where a letter is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LetterState {
    /// It waits for a person.
    Dead,
    /// It waits, with later events of its document, for a handler that can do it.
    Blocked,
    /// A person asked for it to be delivered again.
    Redeliver,
}

impl LetterState {
    /// The state as the document has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dead => "dead",
            Self::Blocked => "blocked",
            Self::Redeliver => "redeliver",
        }
    }

    /// Reads it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Dead, Self::Blocked, Self::Redeliver]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

/// What an event failed with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LetterError {
    /// In words.
    pub message: String,
    /// The server's code, where a server refused.
    pub code: Option<i32>,
    /// Its name.
    pub code_name: Option<String>,
    /// The place in the script: `file:line:col`.
    pub at: Option<String>,
    /// What to do about it.
    pub hints: Vec<String>,
}

impl From<&Diagnostic> for LetterError {
    fn from(d: &Diagnostic) -> Self {
        Self {
            message: short(&d.message),
            code: d.code,
            code_name: d.code_name.clone(),
            at: d
                .excerpt
                .as_ref()
                .map(|e| format!("{}:{}:{}", e.source, e.line, e.column)),
            hints: d.hints.clone(),
        }
    }
}

impl LetterError {
    /// As a document.
    #[must_use]
    pub fn to_document(&self) -> Document {
        doc! {
            "message": &self.message,
            "code": self.code,
            "codeName": self.code_name.clone(),
            "at": self.at.clone(),
            "hints": self.hints.clone(),
        }
    }

    fn from_document(d: &Document) -> Self {
        let text = |name: &str| d.get_str(name).ok().map(str::to_string);
        let hints = d.get_array("hints").map(Vec::as_slice).unwrap_or_default();
        Self {
            message: text("message").unwrap_or_default(),
            code: d.get_i32("code").ok(),
            code_name: text("codeName"),
            at: text("at"),
            hints: hints
                .iter()
                .filter_map(|hint| hint.as_str().map(str::to_string))
                .collect(),
        }
    }
}

/// A dead letter.
#[derive(Debug, Clone, PartialEq)]
pub struct DeadLetter {
    /// Its `_id`; an ObjectId where rhaiver wrote it.
    pub id: Bson,
    /// The stream that it belongs to.
    pub stream: String,
    /// The `documentKey` of its event; nothing for an event without one.
    pub key: Option<Document>,
    /// `db.coll`, or `db`.
    pub namespace: String,
    /// The resume token of the event.
    pub token: Bson,
    /// The event.
    pub event: Document,
    /// What it failed with last.
    pub error: LetterError,
    /// How many times it was tried; 0 for one that only waits behind another.
    pub attempts: u32,
    /// The version that it failed with last.
    pub generation: String,
    /// Where it is in its life.
    pub state: LetterState,
    /// When it was put aside.
    pub created_at: DateTime,
    /// When it was tried, or changed, last.
    pub updated_at: DateTime,
}

impl DeadLetter {
    /// A letter for an event, as it is written.
    ///
    /// # Errors
    /// Where the event is no document.
    pub fn of(
        stream: &str,
        event: &RawDocument,
        error: LetterError,
        (attempts, generation): (u32, &str),
        state: LetterState,
    ) -> Result<Self, bson::error::Error> {
        let mut whole = Document::try_from(event)?;
        let now = DateTime::now();
        let mut letter = Self {
            id: Bson::ObjectId(ObjectId::new()),
            stream: stream.into(),
            key: whole.get_document("documentKey").ok().cloned(),
            namespace: namespace_of(event),
            token: whole.get("_id").cloned().unwrap_or(Bson::Null),
            event: Document::new(),
            error,
            attempts,
            generation: generation.into(),
            state,
            created_at: now,
            updated_at: now,
        };
        if event.as_bytes().len() > WHOLE {
            for field in [
                "fullDocument",
                "fullDocumentBeforeChange",
                "updateDescription",
            ] {
                whole.remove(field);
            }
            letter
                .error
                .hints
                .push("the event is too long to be kept: its documents are left out".to_string());
        }
        letter.event = whole;
        Ok(letter)
    }

    /// The document of the letter.
    #[must_use]
    pub fn to_document(&self) -> Document {
        doc! {
            "_id": self.id.clone(),
            "stream": &self.stream,
            "key": self.key.clone(),
            "namespace": &self.namespace,
            "token": self.token.clone(),
            "event": self.event.clone(),
            "error": self.error.to_document(),
            "attempts": i32::try_from(self.attempts).unwrap_or(i32::MAX),
            "generation": &self.generation,
            "state": self.state.as_str(),
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
        }
    }

    /// Reads a letter; what is missing is empty.
    #[must_use]
    pub fn from_document(d: Document) -> Self {
        let text = |name: &str| d.get_str(name).unwrap_or_default().to_string();
        let date = |name: &str| d.get_datetime(name).copied().unwrap_or(DateTime::MIN);
        let attempts = d.get_i32("attempts").unwrap_or(0);
        let error = d.get_document("error").map(LetterError::from_document);
        Self {
            id: d.get("_id").cloned().unwrap_or(Bson::Null),
            stream: text("stream"),
            key: d.get_document("key").ok().cloned(),
            namespace: text("namespace"),
            token: d.get("token").cloned().unwrap_or(Bson::Null),
            event: d.get_document("event").cloned().unwrap_or_default(),
            error: error.unwrap_or_default(),
            attempts: u32::try_from(attempts).unwrap_or(0),
            generation: text("generation"),
            state: LetterState::parse(&text("state")).unwrap_or(LetterState::Dead),
            created_at: date("createdAt"),
            updated_at: date("updatedAt"),
        }
    }
}

/// `db.coll` of an event, or `db` where it is of a whole database; empty where it is of none.
#[must_use]
pub fn namespace_of(event: &RawDocument) -> String {
    let Ok(ns) = event.get_document("ns") else {
        return String::new();
    };
    let database = ns.get_str("db").unwrap_or_default();
    match ns.get_str("coll") {
        Ok(collection) => format!("{database}.{collection}"),
        Err(_) => database.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::rawdoc;

    fn event() -> bson::RawDocumentBuf {
        rawdoc! {
            "_id": { "_data": "8265" },
            "operationType": "insert",
            "ns": { "db": "shop", "coll": "orders" },
            "documentKey": { "_id": 7 },
            "fullDocument": { "_id": 7, "total": 5.5 },
        }
    }

    #[test]
    fn a_letter_is_the_same_after_it_was_kept() {
        let error = LetterError {
            message: "not yet".into(),
            code: Some(121),
            code_name: Some("DocumentValidationFailure".into()),
            at: Some("h.rhai:3:5".into()),
            hints: vec!["mend it".into()],
        };
        let state = LetterState::Blocked;
        let letter = DeadLetter::of("s", &event(), error, (3, "abcd"), state).unwrap();
        assert_eq!(letter.namespace, "shop.orders");
        assert_eq!(letter.key, Some(doc! { "_id": 7 }));
        assert_eq!(letter.token, Bson::Document(doc! { "_data": "8265" }));
        assert_eq!(DeadLetter::from_document(letter.to_document()), letter);
    }

    #[test]
    fn a_letter_without_a_key_says_so() {
        let event = rawdoc! { "_id": { "_data": "8265" }, "operationType": "dropDatabase", "ns": { "db": "shop" } };
        let error = LetterError::default();
        let letter = DeadLetter::of("s", &event, error, (1, "g"), LetterState::Dead).unwrap();
        assert_eq!(
            (letter.key.as_ref(), letter.namespace.as_str()),
            (None, "shop")
        );
        assert_eq!(letter.to_document().get("key"), Some(&Bson::Null));
    }
}
