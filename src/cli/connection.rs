//! The server of a command that runs no scripts, or that connects before it does.

use std::future::Future;
use std::sync::Arc;

use super::args::Global;
use super::embedded::Embedded;
use super::host;
use crate::client::{self, ClientError, Cluster, ConnectError, LocalServer as _};
use crate::diag::{Diagnostic, Kind};

/// Connects as the command line says, does the work, and closes what was opened.
pub fn connected<T, F>(global: &Global, work: impl FnOnce(Cluster) -> F) -> anyhow::Result<T>
where
    F: Future<Output = anyhow::Result<T>>,
{
    let runtime = host::runtime()?;
    let local = Embedded::unless_named(global)?;
    let opener = local.clone();
    let result = runtime.block_on(async {
        let cluster = connect(global, opener).await?;
        work(cluster).await
    });
    runtime.shutdown_background();
    Embedded::close(local);
    result
}

/// Connects, and makes sure that a server answers.
pub async fn connect(global: &Global, local: Option<Arc<Embedded>>) -> Result<Cluster, Diagnostic> {
    let uri = match (&global.uri, local) {
        (None, Some(local)) => tokio::task::spawn_blocking(move || local.open())
            .await
            .map_err(bug)?
            .map_err(unconnected)?,
        (uri, _) => uri.clone().unwrap_or_default(),
    };
    let cluster = client::connect(&uri).await.map_err(unconnected)?;
    cluster.ping().await.map_err(unconnected)?;
    Ok(cluster)
}

fn unconnected(e: ConnectError) -> Diagnostic {
    let kind = match e {
        ConnectError::BadUri { .. } => Kind::Usage,
        ConnectError::Unavailable { .. } | ConnectError::Embedded { .. } => Kind::Unavailable,
    };
    let d = Diagnostic::new(kind, e.to_string());
    match e {
        ConnectError::Embedded { hint, .. } => d.hint(hint),
        _ => d,
    }
}

/// A failed operation, for people.
pub fn refused(e: ClientError) -> Diagnostic {
    let kind = match e.is_unavailable() {
        true => Kind::Unavailable,
        false => Kind::Script,
    };
    Diagnostic::new(kind, e.message).server_code(e.code, e.code_name)
}

/// A defect of ours, for people.
pub fn bug(error: impl std::fmt::Display) -> Diagnostic {
    Diagnostic::new(Kind::Bug, error.to_string())
}
