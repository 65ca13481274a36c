//! Commands that MongoDB has and that are refused here, by name.

use crate::mql::{Error, error::code};

/// What MongoDB 6.0 has and this database has not: sharding, replication between nodes, users' management,
/// the server's own scripts and what goes with its storage engine.
const REFUSED: &[&str] = &[
    "_getUserCacheGeneration",
    "addShard",
    "appendOplogNote",
    "applyOps",
    "autoSplitVector",
    "balancerStart",
    "balancerStatus",
    "balancerStop",
    "checkShardingIndex",
    "cleanupOrphaned",
    "clearLog",
    "compact",
    "connPoolStats",
    "connPoolSync",
    "coordinateCommitTransaction",
    "createRole",
    "createUser",
    "dropAllRolesFromDatabase",
    "dropAllUsersFromDatabase",
    "dropConnections",
    "dropRole",
    "dropUser",
    "enableSharding",
    "filemd5",
    "flushRouterConfig",
    "fsyncUnlock",
    "geoSearch",
    "getDiagnosticData",
    "getShardMap",
    "getShardVersion",
    "grantPrivilegesToRole",
    "grantRolesToRole",
    "grantRolesToUser",
    "invalidateUserCache",
    "listShards",
    "lockInfo",
    "logApplicationMessage",
    "mapReduce",
    "mapreduce",
    "mergeChunks",
    "moveChunk",
    "movePrimary",
    "planCacheClearFilters",
    "planCacheListFilters",
    "planCacheSetFilter",
    "prepareTransaction",
    "reIndex",
    "removeShard",
    "replSetAbortPrimaryCatchUp",
    "replSetFreeze",
    "replSetHeartbeat",
    "replSetInitiate",
    "replSetMaintenance",
    "replSetReconfig",
    "replSetRequestVotes",
    "replSetResizeOplog",
    "replSetStepUp",
    "replSetSyncFrom",
    "replSetTest",
    "reshardCollection",
    "resync",
    "revokePrivilegesFromRole",
    "revokeRolesFromRole",
    "revokeRolesFromUser",
    "rotateCertificates",
    "setFeatureCompatibilityVersion",
    "setIndexCommitQuorum",
    "shardCollection",
    "shardConnPoolStats",
    "shutdown",
    "split",
    "splitVector",
    "stageDebug",
    "unsetSharding",
    "updateRole",
    "updateUser",
    "validateDBMetadata",
    "waitForFailPoint",
    "whatsmysni",
];

/// Their names.
pub fn names() -> impl Iterator<Item = &'static str> {
    REFUSED.iter().copied()
}

/// Whether MongoDB has a command of that name, and we refuse it.
#[must_use]
pub fn is_refused(name: &str) -> bool {
    REFUSED.contains(&name)
}

/// The error of a command that is not in the table.
#[must_use]
pub fn unknown(name: &str) -> Error {
    if is_refused(name) {
        let what = format!("the embedded database does not support the command '{name}'");
        return Error::new(code::NOT_IMPLEMENTED, what);
    }
    let what = format!("no such command: '{name}'");
    Error::new(code::COMMAND_NOT_FOUND, what)
}
