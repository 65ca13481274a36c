//! The table of all commands, sorted by name.

use bson::{Document, RawDocumentBuf};

use super::context::CommandContext;
use super::request::Request;
use super::{
    aggregate, coll_mod, convert_to_capped, count, create, create_indexes, current_op, delete,
    diagnostic, distinct, drop, drop_indexes, explain, fail_point, find, find_and_modify, get_more,
    hello, insert, introduce, kill_cursors, list, rename_collection, sasl, sessions, transaction,
    update,
};
use crate::mql::Result;

/// A command's function. Its document lacks `ok`, `$clusterTime` and `operationTime`.
pub type Handler = fn(&mut CommandContext<'_>, &Request) -> Result<Document>;

/// A command's function that answers in bytes, for replies that hold stored documents.
pub type RawHandler = fn(&mut CommandContext<'_>, &Request) -> Result<RawDocumentBuf>;

/// How a command runs.
#[derive(Debug, Clone, Copy)]
pub enum Run {
    /// It answers a document.
    Document(Handler),
    /// It answers bytes.
    Raw(RawHandler),
}

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Command {
    /// Its name.
    pub name: &'static str,
    /// How it runs.
    pub run: Run,
    /// What the dispatcher must know of it.
    pub traits: Traits,
}

/// What the dispatcher must know of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Traits {
    /// Whether it may run before authentication.
    pub without_login: bool,
    /// Whether it must run on the database `admin`.
    pub admin_only: bool,
    /// Whether it may run in a transaction.
    pub in_transaction: bool,
    /// Whether it writes (takes a write concern).
    pub writes: bool,
    /// Whether it is a write that may be retried.
    pub retryable: bool,
    /// Whether it takes a read concern.
    pub read_concern: bool,
    /// Whether its `maxTimeMS` is a time to wait and not a limit.
    pub time_is_wait: bool,
    /// Whether it is there only for tests.
    pub test_only: bool,
}

/// A command with no special traits.
pub const PLAIN: Traits = Traits {
    without_login: false,
    admin_only: false,
    in_transaction: false,
    writes: false,
    retryable: false,
    read_concern: false,
    time_is_wait: false,
    test_only: false,
};

const fn row(name: &'static str, run: Handler, traits: Traits) -> Command {
    Command {
        name,
        run: Run::Document(run),
        traits,
    }
}

const fn raw(name: &'static str, run: RawHandler, traits: Traits) -> Command {
    Command {
        name,
        run: Run::Raw(run),
        traits,
    }
}

/// All commands, sorted by name.
#[rustfmt::skip]
pub const COMMANDS: &[Command] = &[
    row("abortTransaction", transaction::abort, ENDING),
    raw("aggregate", aggregate::run, AGGREGATE),
    row("availableQueryOptions", diagnostic::available_query_options, PLAIN),
    row("buildInfo", diagnostic::build_info, OPEN),
    row("buildinfo", diagnostic::build_info, OPEN),
    row("cloneCollectionAsCapped", convert_to_capped::clone, DDL),
    row("collMod", coll_mod::modify, DDL),
    row("collStats", diagnostic::coll_stats, PLAIN),
    row("collstats", diagnostic::coll_stats, PLAIN),
    row("commitTransaction", transaction::commit, ENDING),
    row("configureFailPoint", fail_point::configure, FAIL_POINT),
    row("connectionStatus", diagnostic::connection_status, OPEN),
    row("convertToCapped", convert_to_capped::convert, DDL),
    row("count", count::run, READ_ALONE),
    row("create", create::create, DDL_IN_TRANSACTION),
    row("createIndexes", create_indexes::create, DDL_IN_TRANSACTION),
    row("currentOp", current_op::run, ADMIN),
    row("dataSize", diagnostic::data_size, PLAIN),
    row("datasize", diagnostic::data_size, PLAIN),
    row("dbHash", diagnostic::db_hash, PLAIN),
    row("dbStats", diagnostic::db_stats, PLAIN),
    row("dbhash", diagnostic::db_hash, PLAIN),
    row("dbstats", diagnostic::db_stats, PLAIN),
    raw("delete", delete::delete, WRITE),
    row("deleteIndexes", drop_indexes::drop, DDL),
    row("distinct", distinct::run, READ),
    row("drop", drop::drop, DDL),
    row("dropDatabase", drop::drop_database, DDL),
    row("dropIndexes", drop_indexes::drop, DDL),
    row("endSessions", sessions::end, PLAIN),
    row("explain", explain::run, READ_ALONE),
    row("features", diagnostic::features, OPEN),
    raw("find", find::run, READ),
    row("findAndModify", find_and_modify::find_and_modify, WRITE),
    row("findandmodify", find_and_modify::find_and_modify, WRITE),
    row("fsync", diagnostic::fsync, ADMIN),
    row("getCmdLineOpts", diagnostic::get_cmd_line_opts, ADMIN),
    row("getDefaultRWConcern", diagnostic::default_concern, ADMIN),
    row("getLastError", diagnostic::get_last_error, PLAIN),
    row("getLog", diagnostic::get_log, ADMIN),
    raw("getMore", get_more::run, GET_MORE),
    row("getParameter", diagnostic::get_parameter, ADMIN),
    row("getlasterror", diagnostic::get_last_error, PLAIN),
    row("getnonce", diagnostic::get_nonce, OPEN),
    row("hello", hello::hello, OPEN),
    row("hostInfo", diagnostic::host_info, PLAIN),
    raw("insert", insert::insert, WRITE),
    row("isMaster", hello::is_master, OPEN),
    row("ismaster", hello::is_master, OPEN),
    row("killAllSessions", sessions::kill_all_sessions, PLAIN),
    row("killAllSessionsByPattern", sessions::kill_all_sessions, PLAIN),
    row("killCursors", kill_cursors::run, IN_TRANSACTION),
    row("killOp", current_op::kill, ADMIN),
    row("killSessions", sessions::kill, PLAIN),
    raw("listCollections", list::collections, PLAIN),
    row("listCommands", diagnostic::list_commands, OPEN),
    row("listDatabases", list::databases, ADMIN),
    raw("listIndexes", list::indexes, PLAIN),
    row("logRotate", diagnostic::log_rotate, ADMIN),
    row("logout", sasl::logout, OPEN),
    row("ping", diagnostic::ping, OPEN),
    row("planCacheClear", diagnostic::plan_cache_clear, PLAIN),
    row("profile", diagnostic::profile, PLAIN),
    row("refreshSessions", sessions::refresh, PLAIN),
    row("renameCollection", rename_collection::rename, ADMIN_DDL),
    row("replSetGetConfig", diagnostic::get_config, ADMIN),
    row("replSetGetStatus", diagnostic::get_status, ADMIN),
    row("replSetStepDown", diagnostic::step_down, ADMIN),
    row(introduce::NAME, introduce::introduce, OPEN),
    row("rolesInfo", diagnostic::roles_info, PLAIN),
    row("saslContinue", sasl::go_on, OPEN),
    row("saslStart", sasl::start, OPEN),
    row("serverStatus", diagnostic::server_status, PLAIN),
    row("setParameter", diagnostic::set_parameter, ADMIN),
    row("sleep", diagnostic::sleep, FAIL_POINT),
    row("startSession", sessions::start, PLAIN),
    row("testDeprecation", diagnostic::test_version, TEST),
    row("testDeprecationInVersion2", diagnostic::test_version, TEST),
    row("testRemoval", diagnostic::test_version, TEST),
    row("testVersion2", diagnostic::test_version, TEST),
    row("testVersions1And2", diagnostic::test_version, TEST),
    row("top", diagnostic::top, ADMIN),
    raw("update", update::update, WRITE),
    row("usersInfo", diagnostic::list_users, PLAIN),
    row("validate", diagnostic::validate, PLAIN),
    row("whatsmyuri", diagnostic::whats_my_uri, OPEN),
];

/// A write of documents.
const WRITE: Traits = Traits {
    in_transaction: true,
    writes: true,
    retryable: true,
    ..PLAIN
};

/// A change of what there is.
const DDL: Traits = Traits {
    writes: true,
    ..PLAIN
};

/// A change of what there is that a transaction may make.
const DDL_IN_TRANSACTION: Traits = Traits {
    in_transaction: true,
    ..DDL
};

/// A change of what there is that names databases itself.
const ADMIN_DDL: Traits = Traits {
    admin_only: true,
    ..DDL
};

/// The end of a transaction.
const ENDING: Traits = Traits {
    admin_only: true,
    in_transaction: true,
    writes: true,
    ..PLAIN
};

/// May run before authentication.
pub const OPEN: Traits = Traits {
    without_login: true,
    ..PLAIN
};

/// Reads.
pub const READ: Traits = Traits {
    in_transaction: true,
    read_concern: true,
    ..PLAIN
};

/// A read that cannot run in a transaction.
const READ_ALONE: Traits = Traits {
    in_transaction: false,
    ..READ
};

/// Reads, and writes where its last stage does.
const AGGREGATE: Traits = Traits {
    writes: true,
    ..READ
};

/// May run in a transaction.
const IN_TRANSACTION: Traits = Traits {
    in_transaction: true,
    ..PLAIN
};

/// Its time limit is how long it waits.
const GET_MORE: Traits = Traits {
    time_is_wait: true,
    // Clients of a snapshot session send it along; the cursor has its own.
    read_concern: true,
    ..IN_TRANSACTION
};

/// Only on `admin`.
pub const ADMIN: Traits = Traits {
    admin_only: true,
    ..PLAIN
};

/// Only for tests.
const TEST: Traits = Traits {
    test_only: true,
    ..PLAIN
};

/// Only for tests, only on `admin`.
const FAIL_POINT: Traits = Traits {
    admin_only: true,
    test_only: true,
    ..PLAIN
};

/// The command of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Command> {
    let place = COMMANDS.binary_search_by(|c| c.name.cmp(name)).ok()?;
    COMMANDS.get(place)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_is_sorted() {
        let names: Vec<_> = super::COMMANDS.iter().map(|c| c.name).collect();
        assert!(names.is_sorted(), "{names:?}");
    }
}
