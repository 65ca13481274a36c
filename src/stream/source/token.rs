//! A place in the history of a cluster.

use std::cmp::Ordering;

use bson::{Bson, Document, RawDocument, RawDocumentBuf, Timestamp};

/// A resume token, kept as the server gave it. Tokens of one cluster are ordered by their `_data`,
/// which is hexadecimal text made for that (manual, "Resume Tokens from `_data`").
#[derive(Clone)]
pub struct Token(RawDocumentBuf);

impl Token {
    /// A token from its document.
    #[must_use]
    pub fn new(token: &RawDocument) -> Self {
        Self(token.to_owned())
    }

    /// A token as it is kept in a checkpoint; nothing where the value is none.
    #[must_use]
    pub fn from_bson(value: &Bson) -> Option<Self> {
        let document = value.as_document()?;
        document.get_str("_data").ok()?;
        Some(Self(RawDocumentBuf::try_from(document).ok()?))
    }

    /// The token as it is kept in a checkpoint.
    #[must_use]
    pub fn to_bson(&self) -> Bson {
        let document = Document::try_from(self.0.as_ref());
        document.map_or(Bson::Null, Bson::Document)
    }

    /// `_data`, by which tokens are compared.
    #[must_use]
    pub fn hex(&self) -> &str {
        self.0.get_str("_data").unwrap_or_default()
    }

    /// The cluster time that the token begins with: that of its event, or that up to which there
    /// is none.
    #[must_use]
    pub fn cluster_time(&self) -> Option<Timestamp> {
        // 82 is the type of a timestamp; its seconds and its count follow, greatest byte first.
        let text = self.hex().strip_prefix("82")?;
        let number = |from, to| u32::from_str_radix(text.get(from..to)?, 16).ok();
        Some(Timestamp {
            time: number(0, 8)?,
            increment: number(8, 16)?,
        })
    }

    /// Whether this place is behind `other`.
    #[must_use]
    pub fn is_after(&self, other: &Self) -> bool {
        self.hex() > other.hex()
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Token({})", self.hex())
    }
}

impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.hex())
    }
}

impl PartialEq for Token {
    fn eq(&self, other: &Self) -> bool {
        self.hex() == other.hex()
    }
}

impl Eq for Token {}

impl PartialOrd for Token {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Token {
    fn cmp(&self, other: &Self) -> Ordering {
        self.hex().cmp(other.hex())
    }
}
