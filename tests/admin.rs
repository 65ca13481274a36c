//! Collections, indexes, users, settings and the server's own tongue, on a real replica set.
//! What is expected was printed by mongosh 2 on the same server version.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use support::{ReplicaSet, database, run_eval, shared};

/// What a script prints on a database of its own. `t(f)` prints a result or an error.
#[track_caller]
fn said(test: &str, script: &str) -> Vec<String> {
    said_on(&shared().uri_of(&database(test)), script)
}

#[track_caller]
fn said_on(uri: &str, script: &str) -> Vec<String> {
    let start = "const t = f => {
        try { print(f()); } catch (e) { print(`${e.name} ${e.codeName}: ${e.message}`); }
    };";
    let out = run_eval(uri, &format!("{start}\n{script}\nprint('end')")).ok();
    let lines: Vec<String> = out.lines().map(str::to_string).collect();
    let end = lines.iter().position(|l| l == "end").unwrap();
    lines[..end].to_vec()
}

#[test]
fn indexes() {
    let got = said(
        "indexes",
        "t(() => db.c.getIndexes());
         t(() => db.c.createIndex({ a: 1, b: -1, c: 'text' }));
         t(() => db.c.createIndex({ a: 1 }));
         t(() => db.c.createIndex({ a: 1 }, { unique: true }));
         t(() => db.c.createIndex({ a: 1 }, { uniqe: true }));
         t(() => db.c.createIndex({ d: 1 }, { name: 'foo', expireAfterSeconds: 10 }));
         t(() => db.c.createIndexes([{ e: 1 }, { f: 1 }], { sparse: true }, 'majority'));
         t(() => db.c.ensureIndex({ g: 1 }));
         t(() => db.c.getIndexKeys().length);
         t(() => EJSON.stringify(db.c.getIndexes()[3]));
         t(() => db.c.hideIndex('g_1').hidden_new);
         t(() => db.c.unhideIndex({ g: 1 }).hidden_old);
         t(() => db.c.unhideIndex({ zz: 1 }));
         t(() => db.c.dropIndex({ d: 1 }).nIndexesWas);
         t(() => db.c.dropIndex('zz'));
         t(() => db.c.dropIndex('*'));
         t(() => db.c.dropIndex(['a_1']));
         t(() => db.c.dropIndexes(['e_1', 'f_1']).nIndexesWas);
         t(() => db.c.dropIndexes().msg);
         t(() => db.c.getIndices().length);
         t(() => db.c.reIndex());",
    );
    let ns = got[0].rsplit(' ').next().unwrap().to_string();
    let db = ns.split('.').next().unwrap();
    let want = [
        &format!("MongoServerError NamespaceNotFound: ns does not exist: {ns}"),
        "a_1_b_-1_c_text",
        "a_1",
        "MongoServerError IndexKeySpecsConflict: An existing index has the same name as the requested index. When index names are not specified, they are auto generated and can cause conflicts. Please refer to our documentation. Requested index: { v: 2, unique: true, key: { a: 1 }, name: \"a_1\" }, existing index: { v: 2, key: { a: 1 }, name: \"a_1\" }",
        "MongoshInvalidInputError undefined: createIndex has no option `uniqe`",
        "foo",
        "[ 'e_1', 'f_1' ]",
        "[ 'g_1' ]",
        "7",
        "{\"v\":2,\"key\":{\"d\":1},\"name\":\"foo\",\"expireAfterSeconds\":10}",
        "true",
        "true",
        &format!("MongoServerError IndexNotFound: cannot find index {{ zz: 1 }} for ns {ns}"),
        "7",
        "MongoServerError IndexNotFound: index not found with name [zz]",
        "MongoshInvalidInputError undefined: [COMMON-10001] To drop indexes in the collection using '*', use db.collection.dropIndexes().",
        "MongoshInvalidInputError undefined: [COMMON-10001] The index to drop must be either the index name or the index specification document.",
        "6",
        "non-_id indexes dropped for collection",
        "1",
        &format!(
            "MongoServerError IllegalOperation: reIndex is only allowed on a standalone mongod instance. Cannot reIndex '{db}.c' while replication is active"
        ),
    ];
    assert_eq!(got, want);
}

#[test]
fn collections_begin_change_and_end() {
    let got = said(
        "life",
        "t(() => db.c.drop());
         t(() => db.c.exists());
         t(() => db.createCollection('log', { capped: true, size: 5000, max: 10 }));
         t(() => db.createCollection('log', { capped: true, size: 6000 }));
         t(() => db.createCollection('x', { cappd: true }));
         t(() => db.log.isCapped());
         t(() => EJSON.stringify(db.log.exists().options));
         t(() => db.createCollection('strict', { validator: { $jsonSchema: { required: ['a'] } },
                 validationLevel: 'strict', validationAction: 'error', collation: { locale: 'de' } }).ok);
         t(() => db.strict.insertOne({ b: 1 }));
         t(() => db.createCollection('days', { timeseries: { timeField: 't' }, expireAfterSeconds: 60 }).ok);
         t(() => db.createCollection('flat', { clusteredIndex: { key: { _id: 1 }, unique: true },
                 changeStreamPreAndPostImages: { enabled: true } }).ok);
         t(() => db.createView('found', 'log', [{ $match: { a: 1 } }]));
         t(() => db.log.insertMany([{ a: 1 }, { a: 2 }]).acknowledged);
         t(() => db.found.countDocuments());
         t(() => db.getCollectionNames().sort());
         t(() => db.getCollectionInfos({ name: 'found' }, { nameOnly: true }));
         t(() => db.log.renameCollection('journal'));
         t(() => db.log.renameCollection('other').ok);
         t(() => db.getCollection(''));
         t(() => db.journal.convertToCapped(8192).ok);
         t(() => db.journal.validate().nrecords);
         t(() => db.journal.validate({ full: true }).valid);
         t(() => db.journal.drop());
         t(() => db.gone.isCapped());
         t(() => db.dropDatabase().ok);
         t(() => db.getCollectionNames());",
    );
    let db = got[18..].iter().find(|l| l.contains(".gone not found"));
    let db = db.unwrap().split(' ').nth(3).unwrap().to_string();
    let db = db.split('.').next().unwrap();
    let want = [
        "false",
        "null",
        "{ ok: 1 }",
        &format!("MongoServerError NamespaceExists: Collection {db}.log already exists."),
        "MongoshInvalidInputError undefined: createCollection has no option `cappd`",
        "true",
        "{\"capped\":true,\"size\":5120,\"max\":10}",
        "1",
        "MongoServerError undefined: Document failed validation",
        "1",
        "1",
        "{ ok: 1 }",
        "true",
        "1",
        "[",
        "  'days',",
        "  'flat',",
        "  'found',",
        "  'log',",
        "  'strict',",
        "  'system.buckets.days',",
        "  'system.views'",
        "]",
        "[ { name: 'found', type: 'view' } ]",
        "{ ok: 1 }",
        &format!("MongoServerError NamespaceNotFound: Source collection {db}.log does not exist"),
        "MongoshInvalidInputError undefined: [COMMON-10001] Invalid collection name: ",
        "1",
        "2",
        "true",
        "true",
        &format!("MongoshRuntimeError undefined: collection {db}.gone not found"),
        "1",
        "[]",
    ];
    assert_eq!(got, want);
}

#[test]
fn sizes() {
    let got = said(
        "sizes",
        "t(() => db.c.stats());
         db.c.insertMany([{ _id: 1, a: 'x' }, { _id: 2 }]);
         const s = db.c.stats();
         t(() => Object.keys(s).filter(k => k != 'wiredTiger').join(' '));
         t(() => [s.ok, s.capped, s.sharded, s.count, s.size, s.avgObjSize, s.nindexes, s.scaleFactor].join(' '));
         t(() => db.c.stats(1024).size == s.size / 1024);
         t(() => Object.keys(db.c.stats({ indexDetails: true }).indexDetails).join(' '));
         t(() => Object.keys(db.c.stats({ indexDetails: true, indexDetailsKey: { _id: 1 } }).indexDetails).join(' '));
         t(() => db.c.stats({ indexDetailsKey: { _id: 1 }, indexDetailsName: '_id_' }));
         t(() => [db.c.dataSize(), db.c.totalSize() == db.c.storageSize() + db.c.totalIndexSize()].join(' '));
         t(() => db.c.latencyStats()[0].latencyStats.writes.ops.toString());
         t(() => [db.stats().objects, db.stats(1024).scaleFactor, db.stats({ scale: 2 }).scaleFactor].join(' '));
         t(() => Object.keys(db.printCollectionStats(1024).value).join(' '));
         t(() => db.printCollectionStats(0));
         t(() => db.c.getPlanCache());
         t(() => [db.c.getPlanCache().list(), db.c.getPlanCache().clear().ok,
                  db.c.getPlanCache().clearPlansByQuery({ a: 1 }, { a: 1 }, { b: -1, a: 1 }).ok].join(' '));
         t(() => db.c.runCommand('count', { query: { _id: 1 } }).n);
         t(() => db.c.runCommand('count', { count: 'c' }));",
    );
    assert!(got[0].starts_with("MongoServerError NamespaceNotFound: "));
    let want = [
        "ok capped sharded size count numOrphanDocs storageSize totalIndexSize totalSize indexSizes avgObjSize ns nindexes scaleFactor",
        "1 false false 2 37 18 1 1",
        "true",
        "_id_",
        "_id_",
        "MongoshInvalidInputError undefined: [COMMON-10001] Cannot filter indexDetails on both indexDetailsKey and indexDetailsName",
        "37 true",
        "1",
        "2 1024 2",
        "c",
        "MongoshInvalidInputError undefined: [COMMON-10001] scale has to be a number >=1, got 0",
        "PlanCache for collection c.",
        " 1 1",
        "1",
        "MongoshInvalidInputError undefined: [COMMON-10001] The \"commandName\" argument cannot be passed as an option to \"runCommand\".",
    ];
    assert_eq!(got[1..], want);
}

#[test]
fn users_and_roles() {
    let got = said(
        "users",
        "t(() => db.createUser({ user: 'ada', roles: [] }));
         t(() => db.createUser({ user: 'ada', pwd: 'x', roles: ['read'], customData: { n: 1 } }).ok);
         t(() => db.getUser('ada').roles[0].role);
         t(() => db.getUser('bob'));
         t(() => db.getUsers().users.length);
         t(() => db.updateUser('ada', { roles: [], customData: { n: 2 } }).ok);
         t(() => db.getUser('ada').customData);
         t(() => db.changeUserPassword('ada', 'y').ok);
         t(() => db.auth('ada', 'x'));
         t(() => db.auth({ user: 'ada', pwd: 'y', mechanism: 'SCRAM-SHA-256' }));
         t(() => db.runCommand('connectionStatus').authInfo.authenticatedUsers[0].user);
         t(() => db.logout());
         t(() => db.runCommand('connectionStatus').authInfo.authenticatedUsers);
         t(() => db.auth('ada'));
         t(() => db.grantRolesToUser('ada', ['readWrite']).ok);
         t(() => db.revokeRolesFromUser('ada', ['readWrite']).ok);
         t(() => db.dropUser('ada').ok);
         t(() => db.dropUser('ada').ok);
         t(() => db.createRole({ role: 'r' }));
         t(() => db.createRole({ role: 'r', privileges: [], roles: [] }).ok);
         t(() => db.grantPrivilegesToRole('r', [{ resource: { db: db.getName(), collection: '' }, actions: ['find'] }]).ok);
         t(() => db.getRole('r', { showPrivileges: true }).privileges[0].actions);
         t(() => db.grantRolesToRole('r', ['read']).ok);
         t(() => db.revokeRolesFromRole('r', ['read']).ok);
         t(() => db.revokePrivilegesFromRole('r', [{ resource: { db: db.getName(), collection: '' }, actions: ['find'] }]).ok);
         t(() => db.updateRole('r', { roles: ['read'] }).ok);
         t(() => [db.getRoles().roles.length, db.getRoles({ showBuiltinRoles: true }).roles.length]);
         t(() => db.dropRole('r').ok);
         t(() => [db.dropAllRoles().n, db.dropAllUsers().n]);
         t(() => db.createUser({ user: 'a', pwd: 'x', roles: [], passwordDigestor: 'me' }));",
    );
    let name = |line: &str| {
        line.split('@')
            .nth(1)
            .unwrap()
            .split('\'')
            .next()
            .unwrap()
            .to_string()
    };
    let db = name(&got[17]);
    let want = [
        "MongoshInvalidInputError undefined: [COMMON-10001] Missing required property: \"pwd\"",
        "1",
        "read",
        "null",
        "1",
        "1",
        "{ n: 2 }",
        "1",
        "MongoServerError AuthenticationFailed: Authentication failed.",
        "{ ok: 1 }",
        "ada",
        "{ ok: 1 }",
        "[]",
        "MongoshInvalidInputError undefined: [COMMON-10001] auth expects user document with at least 'user' and 'pwd' or 'mechanism' fields",
        "1",
        "1",
        "1",
        &format!("MongoServerError UserNotFound: User 'ada@{db}' not found"),
        "MongoshInvalidInputError undefined: [COMMON-10001] Missing required property: \"privileges\"",
        "1",
        "1",
        "[ 'find' ]",
        "1",
        "1",
        "1",
        "1",
        "[ 1, 7 ]",
        "1",
        "[ 0, 0 ]",
        "MongoshInvalidInputError undefined: [COMMON-10001] Invalid field: passwordDigestor must be 'client' or 'server', got me",
    ];
    assert_eq!(got, want);
}

#[test]
fn settings_of_a_connection() {
    let uri = shared().uri_of(&database("settings")) + "&serverSelectionTimeoutMS=500";
    let got = said_on(
        &uri,
        "const m = db.getMongo();
         t(() => [m.getReadPrefMode(), m.getReadConcern(), m.getWriteConcern(), m.getReadPrefTagSet()]);
         m.setReadPref('secondary', [{ dc: 'east' }]);
         t(() => m.getReadPref());
         t(() => db.c.findOne());
         t(() => m.setReadPref('nowhere'));
         m.setReadPref('primaryPreferred');
         m.setReadConcern('majority');
         m.setWriteConcern('majority', 1000, true);
         t(() => [m.getReadPrefMode(), m.getReadConcern(), m.getWriteConcern()]);
         t(() => [db.c.insertOne({ _id: 1 }).acknowledged, db.c.find().toArray()]);
         t(() => m.setWriteConcern({ w: 1 }, 5));
         t(() => m.setWriteConcern(-1));
         m.setWriteConcern({ w: 7, wtimeout: 50 });
         t(() => db.c.insertOne({ _id: 2 }));
         t(() => db.c.createIndex({ a: 1 }));
         t(() => m.getCollection('a.b.c').getFullName());
         t(() => m.getCollection('a'));
         t(() => m.getDB('a.b'));
         t(() => [m.use('zz'), m.use('zz'), db.getName()]);
         t(() => [m.getDBNames().includes('admin'), m.getDBs({ nameOnly: true, filter: { name: 'admin' } }).databases]);
         t(() => m.setCausalConsistency());
         t(() => m.convertShardKeyToHashed('o1'));
         t(() => m.bulkWrite([]));",
    );
    let text = got.join("\n");
    let want = [
        "[ 'primary', undefined, undefined, undefined ]",
        "{ mode: 'secondary', tags: [ { dc: 'east' } ] }",
        "Invalid read preference mode \"nowhere\"",
        "[\n  'primaryPreferred',\n  'majority',\n  { w: 'majority', wtimeout: 1000, j: true }\n]",
        "[ true, [ { _id: 1 } ] ]",
        "If concern is given as an object no other arguments must be specified",
        "w value must be equal to or greather than 0, got: -1",
        "\na.b.c\n",
        "Collection must be of the format <db>.<collection>",
        "Invalid database name: a.b",
        "[ 'switched to db zz', 'already on db zz', 'zz' ]",
        "[ true, [ { name: 'admin' } ] ]",
        "use startSession({causalConsistency: <>}) instead.",
        "Long('3771128122879016996')",
        "Mongo.bulkWrite is not supported here: it needs a server newer than 6.0",
    ];
    let mut rest = text.as_str();
    for want in want {
        let at = rest.find(want);
        assert!(at.is_some(), "{want}\nis not in\n{rest}");
        rest = &rest[at.unwrap() + want.len() - 1..];
    }
}

/// The server as a whole: its own set, since others would be disturbed.
#[test]
fn the_server_and_its_set() {
    let set = ReplicaSet::start(1);
    let got = said_on(
        &set.uri_of("server"),
        "t(() => [db.version() == db.serverBuildInfo().version, db.serverBits()]);
         t(() => [db.serverStatus({ metrics: 0 }).metrics, db.hostInfo().ok, db.serverCmdLineOpts().ok]);
         t(() => [db.hello().isWritablePrimary, db.isMaster().isWritablePrimary]);
         t(() => [db.setProfilingLevel(1, 50).was, db.getProfilingStatus().slowms, db.setProfilingLevel(0, { slowms: 100 }).was]);
         t(() => db.setProfilingLevel(7));
         t(() => [db.setLogLevel(1, 'storage.journal').ok, db.getLogComponents().storage.journal.verbosity]);
         t(() => db.commandHelp('dbStats'));
         t(() => db.listCommands().value.ping.secondaryOk);
         t(() => [db.currentOp().ok, db.currentOp(true).inprog.length > 0, db.currentOp({ $ownOps: true, op: 'nothing' }).inprog]);
         t(() => db.killOp(1).info);
         t(() => [db.fsyncLock().ok, db.fsyncUnlock().lockCount]);
         t(() => [db.runCommand('ping').ok, db.adminCommand('ping').ok, db.runCommand({ count: 'c' }, { readPreference: 'nearest' }).n]);
         t(() => db.runCommand({ nope: 1 }));
         t(() => [rs.conf().members.length, rs.config().version, rs.status().myState, rs.hello().ok, rs.isMaster().ismaster]);
         t(() => { const c = rs.conf(); c.members[0].priority = 2; return [rs.reconfig(c).ok, rs.conf().version, rs.conf().members[0].priority]; });
         t(() => rs.reconfigForPSASet(4, rs.conf()));
         t(() => rs.reconfigForPSASet(0, rs.conf()));
         t(() => rs.reconfig({}, { now: true }));
         t(() => Object.keys(rs.printReplicationInfo().value).length);
         t(() => rs.printSecondaryReplicationInfo().value);
         t(() => Object.keys(db.getReplicationInfo()));
         t(() => rs.freeze(0).ok);
         t(() => rs.add('nowhere.invalid:1').ok);
         t(() => db.sql('select 1'));
         t(() => sh.status());",
    );
    let text = got.join("\n");
    let want = [
        "[ true, 64 ]",
        "[ undefined, 1, 1 ]",
        "[ true, true ]",
        "[ 0, 50, 1 ]",
        "MongoshInvalidInputError undefined: [COMMON-10001] Input level 7 is out of range [0..2]",
        "[ 1, 1 ]",
        "Get stats on a database.",
        "true",
        "[ 1, true, [] ]",
        "attempting to kill op",
        "[ 1, Long('0') ]",
        "[ 1, 1, 0 ]",
        "MongoServerError CommandNotFound: no such command: 'nope'",
        "[ 1, ",
        "[ 1, ",
        "Node at index 4 does not exist in the new config",
        "Node at index 0 must have { votes: 0 } in the old config (actual: { votes: 1 })",
        "reconfig has no option `now`",
        "6\n{}\n",
        "'configuredLogSizeMB',\n  'logSizeMB',\n  'usedMB',\n  'timeDiff',\n  'timeDiffHours',\n  'tFirst',\n  'tLast',\n  'now'\n",
        "MongoServerError",
        "NewReplicaSetConfigurationIncompatible",
        "Database.sql is not supported here: it exists on Atlas Data Federation only",
        "sh.status is not supported here: it is of sharded clusters",
    ];
    let mut rest = text.as_str();
    for want in want {
        let at = rest.find(want);
        assert!(at.is_some(), "{want}\nis not in\n{rest}\n----\n{text}");
        rest = &rest[at.unwrap() + want.len() - 1..];
    }
}
