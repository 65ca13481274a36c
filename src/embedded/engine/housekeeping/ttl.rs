//! Removing documents whose time is over.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bson::{Bson, DateTime, Document, doc};

use crate::embedded::catalog::{Collection, Index};
use crate::embedded::engine::{DeleteStatement, Engine, Target};
use crate::mql::{Env, Result};

impl Engine {
    /// Removes all documents whose time is over.
    ///
    /// # Errors
    /// What the disk says.
    pub fn expire_documents(self: &Arc<Self>) -> Result<()> {
        let catalog = self.catalog();
        let expiring = |c: &&Arc<Collection>| c.indexes.iter().any(|i| i.expire_after.is_some());
        for collection in catalog.all().filter(expiring) {
            for index in collection.ready_indexes().filter(|i| i.fields.len() == 1) {
                if let Some(seconds) = index.expire_after {
                    self.expire(collection, index, seconds)?;
                }
            }
        }
        self.housekeeper.ttl_passes.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn expire(
        self: &Arc<Self>,
        collection: &Collection,
        index: &Index,
        seconds: i64,
    ) -> Result<()> {
        let Some((path, _)) = index.fields.first() else {
            return Ok(());
        };
        let before = self
            .now_millis()
            .saturating_sub(seconds.saturating_mul(1000));
        let filter: Document = doc! { path: { "$lte": DateTime::from_millis(before) } };
        let interrupt = self.housekeeper.interrupt.clone();
        let mut env = Env::at(DateTime::from_millis(self.now_millis()));
        env.interrupt = interrupt.clone();
        let hint = (!index.hidden).then(|| Bson::String(index.name.clone()));
        let statement = DeleteStatement {
            target: Target::parse(filter, hint, None, &env)?,
            multi: true,
            retry: None,
        };
        let mut operation = self.own_operation(&interrupt);
        let deleted = operation.delete(&collection.ns, &statement)?;
        let n = u64::try_from(deleted.n).unwrap_or(0);
        self.housekeeper.ttl_deleted.fetch_add(n, Ordering::Relaxed);
        Ok(())
    }

    /// `ttlMonitorSleepSecs`.
    #[must_use]
    pub fn ttl_interval(&self) -> Duration {
        Duration::from_secs(self.housekeeper.ttl_seconds.load(Ordering::Relaxed))
    }

    /// Sets `ttlMonitorSleepSecs`; zero stops the monitor.
    pub fn set_ttl_interval(&self, interval: Duration) {
        self.housekeeper
            .ttl_seconds
            .store(interval.as_secs(), Ordering::Relaxed);
    }

    /// How many times the TTL monitor has run, and how many documents it has removed.
    #[must_use]
    pub fn ttl_counts(&self) -> (u64, u64) {
        let house = &self.housekeeper;
        (
            house.ttl_passes.load(Ordering::Relaxed),
            house.ttl_deleted.load(Ordering::Relaxed),
        )
    }
}
