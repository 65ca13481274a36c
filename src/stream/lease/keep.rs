//! Holding a lease: renewing it, writing into its document, giving it up.

use std::time::{Duration, Instant};

use bson::{Bson, Document, doc};

use super::take::expires;
use super::{EndState, Lease};
use crate::client::ClientError;
use crate::stream::bookkeeping::{self, STREAMS, soon};
use crate::stream::registry::{Progress, fields};

/// Renews the lease again and again; its time is thirds: one to wait, and two to try.
pub(super) async fn keep(lease: Lease, progress: impl Fn() -> Progress) {
    let mut lost = lease.lost();
    let mut pause = lease.0.ttl / 3;
    loop {
        tokio::select! {
            biased;
            _ = lost.wait_for(|lost| *lost) => return,
            () = tokio::time::sleep(pause) => {}
        }
        // One that was paused past its time must not come back, though nobody may have taken it.
        if Instant::now() >= lease.until() {
            lease.lose("it could not be renewed in time");
            return;
        }
        let now = progress();
        let renewed = tokio::time::timeout(lease.0.ttl / 3, lease.renew(&now)).await;
        pause = match renewed {
            Ok(Ok(true)) => lease.0.ttl / 3,
            Ok(Ok(false)) => {
                // Another has it, or the answer came too late: whoever waits for that is told.
                lease.lose("it could not be renewed in time");
                return;
            }
            Ok(Err(error)) => {
                tracing::debug!("the lease cannot be renewed: {error}");
                lease.0.ttl / 20
            }
            Err(_) => Duration::ZERO,
        };
    }
}

/// Renews it once.
pub(super) async fn renew(lease: &Lease, progress: &Progress) -> Result<bool, ClientError> {
    let mut set = doc! { "expires": expires(lease.0.ttl), "updatedAt": "$$NOW" };
    set.extend(fields::progress(progress));
    let asked = Instant::now();
    let held = write(lease, set).await?;
    if held && !*lease.0.lost.borrow() {
        lease.renewed(asked);
    }
    Ok(held && lease.holds())
}

/// Writes down the sessions that the next owner is to kill.
pub(super) async fn use_sessions(lease: &Lease, lsids: &[Document]) -> Result<(), ClientError> {
    let ids: Vec<Bson> = lsids.iter().filter_map(|l| l.get("id").cloned()).collect();
    write(lease, doc! { "sessions": { "$literal": ids } }).await?;
    Ok(())
}

/// Gives it up.
pub(super) async fn release(
    lease: &Lease,
    how: EndState,
    progress: &Progress,
) -> Result<(), ClientError> {
    // Before it is given up in the database: nothing is committed under it from here on.
    lease.lose("it was released");
    let state = match how {
        EndState::Stopped => "stopped",
        EndState::Failed => "failed",
    };
    let mut set = doc! {
        "state": state, "owner": null, "lease": null,
        "expires": "$$NOW", "updatedAt": "$$NOW", "sessions": [],
    };
    set.extend(fields::progress(progress));
    write(lease, set).await?;
    Ok(())
}

/// Writes into the document of the lease if it is still this one's; says whether it is.
async fn write(lease: &Lease, set: Document) -> Result<bool, ClientError> {
    let inner = &lease.0;
    let streams = bookkeeping::collection(&inner.client, STREAMS);
    let mine = doc! { "_id": &inner.stream, "lease": inner.nonce, "epoch": inner.epoch };
    let written = soon(streams.update_one(mine, vec![doc! { "$set": set }])).await?;
    if written.matched_count == 0 {
        lease.lose("another has it");
        return Ok(false);
    }
    Ok(true)
}
