//! The parts of a live stream that speak to a server, each by itself: the source and the lease.
//! On a real server and, in the binary with the second name, on the embedded database.
#![allow(missing_docs, clippy::unwrap_used)]

#[path = "../support/mod.rs"]
mod support;

mod failover;
mod lease;
mod source;

use mongodb::Client;

/// Runs with a client of the shared server, on a runtime with threads: parts have tasks of their
/// own.
fn with_client<F: Future<Output = ()>>(work: impl FnOnce(Client) -> F) {
    let uri = support::shared().uri();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let client = Client::with_uri_str(uri).await.unwrap();
        tokio::time::timeout(std::time::Duration::from_secs(60), work(client))
            .await
            .expect("the test hangs");
    });
}
