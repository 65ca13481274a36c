//! Small commands of administration.

use std::time::{Duration, Instant};

use bson::{DateTime, Document, doc};

use super::super::context::CommandContext;
use super::super::fields::long;
use super::super::request::Request;
use crate::mql::{Error, Result};

/// `fsync`: what was written is on disk. Locking is refused, since nothing here would be still then.
pub fn fsync(cx: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    if request
        .body()
        .get("lock")
        .is_some_and(super::super::fields::truth)
    {
        return Err(Error::new(
            crate::mql::error::code::NOT_IMPLEMENTED,
            "the embedded database does not support fsync with { lock: true }",
        ));
    }
    let store = cx.engine.store();
    store.wait_durable(store.snapshot().seq())?;
    Ok(doc! { "numFiles": 1 })
}

/// `getDefaultRWConcern`
pub fn default_concern(cx: &mut CommandContext<'_>, _: &Request) -> Result<Document> {
    let now = DateTime::from_millis(cx.engine.now_millis());
    Ok(doc! {
        "defaultReadConcern": { "level": "local" },
        "defaultWriteConcern": { "w": "majority", "wtimeout": 0 },
        "defaultWriteConcernSource": "implicit",
        "defaultReadConcernSource": "implicit",
        "localUpdateWallClockTime": now,
    })
}

/// `getLastError`, which 6.0 has and refuses.
pub fn get_last_error(_: &mut CommandContext<'_>, _: &Request) -> Result<Document> {
    Err(Error::new(
        5_739_000,
        "getLastError command is not supported",
    ))
}

/// `logRotate`: logs go where the process's do.
pub fn log_rotate(_: &mut CommandContext<'_>, _: &Request) -> Result<Document> {
    Ok(Document::new())
}

/// `planCacheClear`: plans are chosen anew for every query.
pub fn plan_cache_clear(_: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    request.collection()?;
    Ok(Document::new())
}

/// `sleep`, for tests.
pub fn sleep(cx: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    let number = |name: &str| request.body().get(name).and_then(long).unwrap_or(0);
    let millis = number("secs") * 1000 + number("millis") + number("seconds") * 1000;
    let until = Instant::now() + Duration::from_millis(u64::try_from(millis).unwrap_or(0));
    loop {
        cx.env.interrupt.check()?;
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(Document::new());
        }
        std::thread::sleep(left.min(Duration::from_millis(10)));
    }
}

/// `testDeprecation`, `testVersion2` and the like: they say which API version they were asked in.
pub fn test_version(_: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    let fields = request
        .body()
        .iter()
        .filter(|(name, _)| name.starts_with("api"));
    Ok(fields.map(|(k, v)| (k.clone(), v.clone())).collect())
}
