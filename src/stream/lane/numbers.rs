//! [`Numbers`]: which transaction a session is at.

use bson::Bson;
use mongodb::ClientSession;

use crate::stream::source::TransactionId;

/// The numbers of a session's transactions. The driver does not tell them, but each transaction's
/// is the last one's plus one; the first is read off the session as it is printed. Where that fails,
/// effects of the lane are not known for such.
#[derive(Debug, Clone, Copy)]
pub(super) struct Numbers {
    session: [u8; 16],
    last: Option<i64>,
}

impl Numbers {
    /// Those of a session that has no transaction open.
    pub(super) fn of(session: &ClientSession) -> Self {
        let id = match session.id().get("id") {
            Some(Bson::Binary(id)) => id.bytes.as_slice().try_into().ok(),
            _ => None,
        };
        let printed = format!("{session:?}");
        Self {
            session: id.unwrap_or_default(),
            last: id.and_then(|_: [u8; 16]| number_in(&printed)),
        }
    }

    /// Another transaction was started.
    pub(super) fn started(&mut self) {
        self.last = self.last.map(|last| last + 1);
    }

    /// The transaction that was started last.
    pub(super) fn current(&self) -> Option<TransactionId> {
        let session = self.session;
        self.last.map(|number| TransactionId { session, number })
    }
}

fn number_in(printed: &str) -> Option<i64> {
    let (_, rest) = printed.split_once("txn_number: ")?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_transaction_is_read_off_the_session() {
        assert_eq!(
            number_in("ServerSession { dirty: false, txn_number: 17 }"),
            Some(17)
        );
        assert_eq!(number_in("ServerSession { .. }"), None);
    }

    #[tokio::test]
    async fn the_driver_prints_the_number() {
        let client = mongodb::Client::with_uri_str("mongodb://localhost:1/")
            .await
            .unwrap();
        let session = client.start_session().await;
        if let Ok(session) = session {
            assert!(Numbers::of(&session).last.is_some());
        }
    }
}
