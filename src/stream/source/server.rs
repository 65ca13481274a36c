//! What the server can, as far as openings depend on it.

use bson::{Bson, doc};
use mongodb::Client;

use crate::client::ClientError;

/// What a server can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Abilities {
    /// `$changeStreamSplitLargeEvent`: an event over 16 MB comes in fragments (6.0.9 and 7.0).
    pub splits_large_events: bool,
    /// `showExpandedEvents`: `create`, `createIndexes`, `modify` and the like (6.0).
    pub expanded_events: bool,
}

impl Abilities {
    /// Asks the server.
    ///
    /// # Errors
    /// The server's.
    pub async fn ask(client: &Client) -> Result<Self, ClientError> {
        let admin = client.database("admin");
        let ask = admin.run_command(doc! { "buildInfo": 1 });
        let info = ask.await.map_err(ClientError::from)?;
        let parts = info.get_array("versionArray").map(Vec::as_slice);
        Ok(Self::of_version(parts.unwrap_or_default()))
    }

    fn of_version(parts: &[Bson]) -> Self {
        let part = |n: usize| parts.get(n).and_then(Bson::as_i32).unwrap_or(0);
        let version = (part(0), part(1), part(2));
        Self {
            // 6.0.9, but no 6.1 to 6.3.
            splits_large_events: version >= (7, 0, 0) || ((6, 0, 9)..(6, 1, 0)).contains(&version),
            expanded_events: version >= (6, 0, 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Abilities;
    use bson::bson;

    #[test]
    fn abilities_follow_from_the_version() {
        for (version, splits, expands) in [
            ([5, 0, 22, 0], false, false),
            ([6, 0, 5, 0], false, true),
            ([6, 0, 9, 0], true, true),
            ([6, 3, 1, 0], false, true),
            ([7, 0, 0, 0], true, true),
            ([8, 2, 1, 0], true, true),
        ] {
            let parts: Vec<_> = version.iter().map(|n| bson!(*n)).collect();
            let can = Abilities::of_version(&parts);
            assert_eq!(can.splits_large_events, splits, "{version:?}");
            assert_eq!(can.expanded_events, expands, "{version:?}");
        }
    }
}
