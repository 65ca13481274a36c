//! A full disk: an error to the writer, and nothing acknowledged is lost.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use mongodb::bson::{Document, doc};
use mongodb::error::ErrorKind;
use mongodb::{Client, Collection};
use support::{Embedded, block_on};

/// `OutOfDiskSpace`
const OUT_OF_DISK_SPACE: i32 = 14031;

/// No file of the store may be larger.
const KILOBYTES: usize = 12_000;

#[test]
fn a_full_disk_loses_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let server = Embedded::on_full_disk(folder.path(), KILOBYTES);
    let acknowledged = block_on(async {
        let documents = collection(&server).await;
        let acknowledged = fill(&documents).await;
        // It still reads, and says again what is wrong.
        assert_eq!(
            documents.count_documents(doc! {}).await.unwrap(),
            acknowledged
        );
        assert_eq!(
            refusal(&documents, acknowledged).await,
            Some(OUT_OF_DISK_SPACE)
        );
        acknowledged
    });
    server.kill();
    let server = Embedded::in_folder(folder.path());
    block_on(async {
        let documents = collection(&server).await;
        assert_eq!(
            documents.count_documents(doc! {}).await.unwrap(),
            acknowledged
        );
        assert_eq!(
            refusal(&documents, acknowledged).await,
            None,
            "there is space again"
        );
        let command = doc! { "validate": "documents", "full": true };
        let valid = documents
            .client()
            .database("full")
            .run_command(command)
            .await
            .unwrap();
        assert!(valid.get_bool("valid").unwrap(), "{valid}");
    });
    println!("{acknowledged} documents before the disk was full, none lost");
}

async fn collection(server: &Embedded) -> Collection<Document> {
    let uri = format!("{}&retryWrites=false", server.uri());
    let client = Client::with_uri_str(uri).await.unwrap();
    client.database("full").collection("documents")
}

/// Inserts until the disk is full; how many were acknowledged.
async fn fill(documents: &Collection<Document>) -> u64 {
    for n in 0.. {
        match refusal(documents, n).await {
            None => assert!(n < 100_000, "the disk is never full"),
            Some(code) => {
                assert_eq!(code, OUT_OF_DISK_SPACE);
                return n;
            }
        }
    }
    unreachable!("the disk is full before numbers end")
}

/// The code of the error with which an insert is refused.
async fn refusal(documents: &Collection<Document>, n: u64) -> Option<i32> {
    let document = doc! { "_id": i64::try_from(n).unwrap(), "text": "x".repeat(20_000) };
    let error = documents.insert_one(document).await.err()?;
    match *error.kind {
        ErrorKind::Command(ref e) => Some(e.code),
        ErrorKind::Write(mongodb::error::WriteFailure::WriteError(ref e)) => Some(e.code),
        ref other => panic!("{other}"),
    }
}
