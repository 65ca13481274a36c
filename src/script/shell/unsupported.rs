//! Names of mongosh's that this program does not serve, with the reason.
//!
//! They are a table of their own, so that "not supported here" and "no such method" are different
//! errors.

use std::any::TypeId;
use std::rc::Rc;

use rhai::{Dynamic, Engine, NativeCallContext};

use super::collection::Collection;
use super::database::Db;
use super::mongo::Mongo;
use super::plan_cache::PlanCache;
use super::replica_set::ReplicaSet;
use super::session::Session;
use crate::script::api;
use crate::script::error::{RhaiError, ScriptError};
use crate::script::host::Host;

/// Why something is not served.
#[derive(Debug, Clone, Copy)]
enum Reason {
    Sharding,
    Encryption,
    Search,
    Streams,
    DataLake,
    Newer,
    /// Gone from MongoDB, with what took its place.
    Gone(&'static str),
}

impl Reason {
    fn text(self) -> String {
        match self {
            Self::Sharding => "it is of sharded clusters, and this program serves replica sets",
            Self::Encryption => "this program does no client-side encryption",
            Self::Search => "search indexes exist on MongoDB Atlas only",
            Self::Streams => "stream processors exist on MongoDB Atlas only",
            Self::DataLake => "it exists on Atlas Data Federation only",
            Self::Newer => "it needs a server newer than 6.0",
            Self::Gone(instead) => return format!("it was removed from MongoDB; use {instead}"),
        }
        .to_string()
    }
}

type Row = (
    fn() -> TypeId,
    &'static str,
    Reason,
    &'static [&'static str],
);

const TABLE: &[Row] = {
    use Reason as R;
    const DB: fn() -> TypeId = TypeId::of::<Db>;
    const COLLECTION: fn() -> TypeId = TypeId::of::<Collection>;
    const MONGO: fn() -> TypeId = TypeId::of::<Mongo>;
    const CACHE: fn() -> TypeId = TypeId::of::<PlanCache>;
    const RS: fn() -> TypeId = TypeId::of::<ReplicaSet>;
    &[
        (
            DB,
            "Database",
            R::Sharding,
            &["checkMetadataConsistency", "printShardingStatus"],
        ),
        (
            DB,
            "Database",
            R::Encryption,
            &["createEncryptedCollection"],
        ),
        (DB, "Database", R::DataLake, &["sql"]),
        (
            DB,
            "Database",
            R::Gone("$merge or $out"),
            &["cloneCollection"],
        ),
        (
            DB,
            "Database",
            R::Gone("mongodump and mongorestore"),
            &["cloneDatabase", "copyDatabase"],
        ),
        (
            DB,
            "Database",
            R::Gone("a write concern"),
            &["getLastError", "getLastErrorObj"],
        ),
        (
            DB,
            "Database",
            R::Gone("db.printSecondaryReplicationInfo"),
            &["printSlaveReplicationInfo"],
        ),
        (
            DB,
            "Database",
            R::Gone("setReadPref of db.getMongo()"),
            &["setSecondaryOk", "setSlaveOk"],
        ),
        (
            COLLECTION,
            "Collection",
            R::Sharding,
            &[
                "analyzeShardKey",
                "checkMetadataConsistency",
                "configureQueryAnalyzer",
                "getShardDistribution",
                "getShardLocation",
                "getShardVersion",
            ],
        ),
        (
            COLLECTION,
            "Collection",
            R::Encryption,
            &["compactStructuredEncryptionData"],
        ),
        (
            COLLECTION,
            "Collection",
            R::Search,
            &[
                "createSearchIndex",
                "createSearchIndexes",
                "dropSearchIndex",
                "getSearchIndexes",
                "updateSearchIndex",
            ],
        ),
        (MONGO, "Mongo", R::Newer, &["bulkWrite"]),
        (
            MONGO,
            "Mongo",
            R::Encryption,
            &["getClientEncryption", "getKeyVault"],
        ),
        (
            MONGO,
            "Mongo",
            R::Gone("setReadPref"),
            &["setSecondaryOk", "setSlaveOk"],
        ),
        (TypeId::of::<Session>, "Session", R::Newer, &["bulkWrite"]),
        (
            CACHE,
            "PlanCache",
            R::Gone("list"),
            &["getPlansByQuery", "listQueryShapes"],
        ),
        (
            RS,
            "ReplicaSet",
            R::Gone("rs.printSecondaryReplicationInfo"),
            &["printSlaveReplicationInfo"],
        ),
        (
            RS,
            "ReplicaSet",
            R::Gone("setReadPref of db.getMongo()"),
            &["secondaryOk", "slaveOk"],
        ),
        (TypeId::of::<Shards>, "sh", R::Sharding, SHARDS),
        (TypeId::of::<Streams>, "sp", R::Streams, STREAMS),
    ]
};

/// Why a method of mongosh's class is not served here, where that is known.
#[must_use]
pub fn reason(class: &str, method: &str) -> Option<String> {
    let row = TABLE
        .iter()
        .find(|(_, of, _, names)| *of == class && names.contains(&method))?;
    Some(row.2.text())
}

/// The value `sh`.
#[derive(Clone, Copy)]
struct Shards;

/// The value `sp`.
#[derive(Clone, Copy)]
struct Streams;

const SHARDS: &[&str] = &[
    "abortMoveCollection",
    "abortReshardCollection",
    "abortUnshardCollection",
    "addShard",
    "addShardTag",
    "addShardToZone",
    "addTagRange",
    "balancerCollectionStatus",
    "checkMetadataConsistency",
    "commitReshardCollection",
    "disableAutoMerger",
    "disableAutoSplit",
    "disableBalancing",
    "disableMigrations",
    "enableAutoMerger",
    "enableAutoSplit",
    "enableBalancing",
    "enableMigrations",
    "enableSharding",
    "getBalancerState",
    "getShardedDataDistribution",
    "getTransitionToDedicatedConfigServerStatus",
    "isAutoMergerEnabled",
    "isBalancerRunning",
    "isConfigShardEnabled",
    "listShards",
    "moveChunk",
    "moveCollection",
    "moveRange",
    "removeRangeFromZone",
    "removeShardFromZone",
    "removeShardTag",
    "removeTagRange",
    "reshardCollection",
    "setBalancerState",
    "shardAndDistributeCollection",
    "shardCollection",
    "shardDrainingStatus",
    "splitAt",
    "splitFind",
    "startAutoMerger",
    "startBalancer",
    "status",
    "stopAutoMerger",
    "stopBalancer",
    "unshardCollection",
    "updateZoneKeyRange",
];

const STREAMS: &[&str] = &[
    "createStreamProcessor",
    "getProcessor",
    "listConnections",
    "listStreamProcessors",
    "listWorkspaceDefaults",
    "process",
];

/// The most arguments that one of these takes in mongosh.
const MOST: usize = 6;

/// Makes each of the names an error that says why it is not served.
pub fn register(engine: &mut Engine, host: &Rc<Host>) {
    engine.register_type_with_name::<Shards>("sh");
    engine.register_type_with_name::<Streams>("sp");
    api::variable(host, "sh", Dynamic::from(Shards));
    api::variable(host, "sp", Dynamic::from(Streams));
    for (of, class, reason, names) in TABLE {
        for name in *names {
            refuse(engine, of(), class, *reason, name);
        }
    }
}

fn refuse(
    engine: &mut Engine,
    of: TypeId,
    class: &'static str,
    reason: Reason,
    name: &'static str,
) {
    for count in 0..=MOST {
        let mut types = vec![of];
        types.resize(1 + count, TypeId::of::<Dynamic>());
        engine.register_raw_fn(
            name,
            types,
            move |ctx: NativeCallContext<'_>, _| -> Result<Dynamic, RhaiError> {
                let error = not_served(class, name, reason);
                Err(error.into_rhai(ctx.call_position()))
            },
        );
    }
}

fn not_served(class: &str, name: &str, reason: Reason) -> ScriptError {
    let reason = reason.text();
    ScriptError::unsupported(format!("{class}.{name} is not supported here: {reason}"))
}
