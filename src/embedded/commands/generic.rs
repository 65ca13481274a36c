//! The fields that every command may have: session, transaction, concerns, time limit, API version.

use std::time::Duration;

use bson::spec::BinarySubtype;
use bson::{Bson, RawDocument};

use super::concern::{ReadConcern, WriteConcern};
use super::fields::{long, missing, type_name, unknown};
use super::session::{NOBODY, SessionContext, SessionId};
use super::table::Command;
use crate::mql::{Error, Result, error::code};
use crate::value::raw::{RawFields, RawValue};

/// The generic fields of a command.
#[derive(Debug, Clone, Default)]
pub struct Generic {
    /// `lsid`, `txnNumber`, …
    pub session: Option<SessionContext>,
    /// `readConcern`
    pub read_concern: ReadConcern,
    /// `writeConcern`
    pub write_concern: WriteConcern,
    /// `maxTimeMS`
    pub max_time: Option<Duration>,
    /// `comment`
    pub comment: Option<Bson>,
    /// `apiStrict`
    pub api_strict: bool,
    /// `$clusterTime.clusterTime`
    pub cluster_time: Option<bson::Timestamp>,
}

/// The fields as they were found.
#[derive(Default)]
struct Found<'a> {
    lsid: Option<RawValue<'a>>,
    txn_number: Option<Bson>,
    autocommit: Option<Bson>,
    start_transaction: Option<Bson>,
    stmt_id: Option<Bson>,
    stmt_ids: Option<Bson>,
    api: [Option<Bson>; 3],
}

impl Generic {
    /// Reads them.
    ///
    /// # Errors
    /// In the server's words; in its order where several are wrong.
    pub fn parse(body: &RawDocument, command: &Command) -> Result<Self> {
        let mut generic = Self::default();
        let mut found = Found::default();
        let (mut read, mut write, mut time) = (None, None, None);
        for field in RawFields::of(body) {
            let (name, value) = field.map_err(invalid)?;
            let place = match name {
                b"lsid" => {
                    found.lsid = Some(value);
                    continue;
                }
                b"$clusterTime" => {
                    generic.cluster_time = raw_cluster_time(value)?;
                    continue;
                }
                b"txnNumber" => &mut found.txn_number,
                b"autocommit" => &mut found.autocommit,
                b"startTransaction" => &mut found.start_transaction,
                b"stmtId" => &mut found.stmt_id,
                b"stmtIds" => &mut found.stmt_ids,
                b"readConcern" => &mut read,
                b"writeConcern" => &mut write,
                b"maxTimeMS" => &mut time,
                b"comment" => &mut generic.comment,
                b"apiVersion" => &mut found.api[0],
                b"apiStrict" => &mut found.api[1],
                b"apiDeprecationErrors" => &mut found.api[2],
                _ => continue,
            };
            *place = Some(value.to_bson().map_err(invalid)?);
        }
        if found.api.iter().any(Option::is_some) {
            generic.api_strict = api(found.api.each_ref().map(Option::as_ref), command.name)?;
        }
        if found.lsid.is_some() || found.txn_number.is_some() || found.autocommit.is_some() {
            generic.session = session(&found, command)?;
        }
        if let Some(value) = time {
            generic.max_time = max_time(&value)?;
        }
        if let Some(value) = write {
            if !command.traits.writes {
                let what = "Command does not support writeConcern";
                return Err(Error::new(code::INVALID_OPTIONS, what));
            }
            generic.write_concern = WriteConcern::parse(&value)?;
        }
        if let Some(value) = read {
            generic.read_concern = ReadConcern::parse(&value)?;
        }
        generic.check_concerns(command)?;
        Ok(generic)
    }

    fn check_concerns(&self, command: &Command) -> Result<()> {
        let transaction = self.session.as_ref().filter(|s| s.in_transaction);
        let Some(transaction) = transaction else {
            if self.read_concern.given && !command.traits.read_concern {
                return Err(self.read_concern.not_supported(command.name));
            }
            return Ok(());
        };
        let ends = matches!(command.name, "commitTransaction" | "abortTransaction");
        if self.write_concern.given && !ends {
            return Err(Error::new(
                code::INVALID_OPTIONS,
                "writeConcern is not allowed within a multi-statement transaction",
            ));
        }
        if self.read_concern.given && !transaction.start_transaction {
            return Err(Error::new(
                code::INVALID_OPTIONS,
                "Only the first command in a transaction may specify a readConcern",
            ));
        }
        Ok(())
    }
}

fn invalid(e: impl std::fmt::Display) -> Error {
    Error::new(code::INVALID_BSON, e.to_string())
}

/// As drivers send it, without decoding it; what is wrong with another is said of the decoded value.
fn raw_cluster_time(value: RawValue<'_>) -> Result<Option<bson::Timestamp>> {
    let (mut time, mut is_signed) = (None, false);
    for (name, value) in value.document().into_iter().flat_map(fields) {
        match name {
            b"clusterTime" => _ = time.get_or_insert(value.timestamp()),
            b"signature" => is_signed = true,
            _ => {}
        }
    }
    match time.flatten() {
        Some(time) if is_signed => Ok(Some(time)),
        _ => cluster_time(&value.to_bson().map_err(invalid)?),
    }
}

/// The same of a session's id.
fn raw_session_id(value: RawValue<'_>) -> Result<SessionId> {
    let mut fields = value.document().into_iter().flat_map(fields);
    if let (Some((b"id", id)), None) = (fields.next(), fields.next())
        && let Some(id) = id.uuid()
    {
        return Ok(SessionId::of(id));
    }
    session_id(&value.to_bson().map_err(invalid)?)
}

fn fields(document: &RawDocument) -> impl Iterator<Item = (&[u8], RawValue<'_>)> {
    RawFields::of(document).flatten()
}

fn cluster_time(value: &Bson) -> Result<Option<bson::Timestamp>> {
    let Bson::Document(document) = value else {
        let what = "invalid parameter: expected an object ($clusterTime)";
        return Err(Error::new(10065, what));
    };
    let field = |name: &str| {
        document.get(name).ok_or_else(|| {
            let what = format!("Missing expected field \"{name}\"");
            Error::new(code::NO_SUCH_KEY, what)
        })
    };
    let time = field("clusterTime")?;
    field("signature")?;
    time.as_timestamp().map(Some).ok_or_else(|| {
        Error::type_mismatch(format!(
            "\"clusterTime\" had the wrong type. Expected timestamp, found {}",
            type_name(time)
        ))
    })
}

/// Checks the API version; whether it is strict.
fn api([version, strict, deprecation]: [Option<&Bson>; 3], command: &str) -> Result<bool> {
    let typed = |value: Option<&Bson>, name: &str| match value {
        None => Ok(false),
        Some(Bson::Boolean(b)) => Ok(*b),
        Some(other) => Err(mismatch("APIParametersFromClient", name, other, "bool")),
    };
    let version = match version {
        None => None,
        Some(Bson::String(version)) => Some(version.as_str()),
        Some(other) => {
            return Err(mismatch(
                "APIParametersFromClient",
                "apiVersion",
                other,
                "string",
            ));
        }
    };
    let strict = typed(strict, "apiStrict")?;
    let deprecation = typed(deprecation, "apiDeprecationErrors")?;
    if version.is_some() && deprecation && command == "testDeprecation" {
        return Err(Error::new(
            code::API_DEPRECATION_ERROR,
            format!(
                "Provided apiDeprecationErrors:true, but the command {command} is deprecated in API Version 1"
            ),
        ));
    }
    match version {
        None => Err(Error::new(
            4_886_600,
            "Provided apiStrict and/or apiDeprecationErrors without passing apiVersion",
        )),
        Some("1") if strict && !API_V1.contains(&command) => Err(Error::new(
            code::API_STRICT_ERROR,
            format!(
                "Provided apiStrict:true, but the command {command} is not in API Version 1. Information on supported commands and migrations in API Version 1 can be found at https://dochub.mongodb.org/core/manual-versioned-api"
            ),
        )),
        Some("1") => Ok(strict),
        Some(other) => Err(Error::new(
            code::API_VERSION_ERROR,
            format!("Cannot accept API version {other}"),
        )),
    }
}

/// The commands of API version 1.
pub const API_V1: &[&str] = &[
    "abortTransaction",
    "aggregate",
    "authenticate",
    "collMod",
    "commitTransaction",
    "count",
    "create",
    "createIndexes",
    "delete",
    "drop",
    "dropDatabase",
    "dropIndexes",
    "endSessions",
    "explain",
    "find",
    "findAndModify",
    "getMore",
    "hello",
    "insert",
    "killCursors",
    "listCollections",
    "listDatabases",
    "listIndexes",
    "ping",
    "refreshSessions",
    "saslContinue",
    "saslStart",
    "testDeprecation",
    "testDeprecationInVersion2",
    "testRemoval",
    "testVersions1And2",
    "update",
];

fn mismatch(name: &str, field: &str, got: &Bson, expected: &str) -> Error {
    let got = type_name(got);
    Error::type_mismatch(format!(
        "BSON field '{name}.{field}' is the wrong type '{got}', expected type '{expected}'"
    ))
}

fn session(found: &Found<'_>, command: &Command) -> Result<Option<SessionContext>> {
    let invalid = |what: &str| Error::new(code::INVALID_OPTIONS, what);
    let lsid = found.lsid.map(raw_session_id).transpose()?;
    let txn_number = match &found.txn_number {
        None => None,
        Some(Bson::Int64(n)) => Some(*n),
        Some(other) => return Err(mismatch("OperationSessionInfo", "txnNumber", other, "long")),
    };
    let flag = |value: &Option<Bson>, name: &str| match value {
        None => Ok(None),
        Some(Bson::Boolean(b)) => Ok(Some(*b)),
        Some(other) => Err(mismatch("OperationSessionInfo", name, other, "bool")),
    };
    let autocommit = flag(&found.autocommit, "autocommit")?;
    let start = flag(&found.start_transaction, "startTransaction")?;
    if txn_number.is_some() && lsid.is_none() {
        return Err(invalid(
            "Transaction number requires a session ID to also be specified",
        ));
    }
    if txn_number.is_some_and(|n| n < 0) {
        return Err(invalid("Transaction number cannot be negative"));
    }
    if autocommit.is_some() && txn_number.is_none() {
        return Err(invalid(
            "'autocommit' field requires a transaction number to also be specified",
        ));
    }
    if autocommit == Some(true) {
        return Err(invalid("Specifying autocommit=true is not allowed."));
    }
    match start {
        Some(_) if autocommit.is_none() => {
            return Err(invalid(
                "'startTransaction' field requires 'autocommit' field to also be specified",
            ));
        }
        Some(false) => {
            return Err(invalid("Specifying startTransaction=false is not allowed."));
        }
        _ => {}
    }
    let Some(lsid) = lsid else {
        return Ok(None);
    };
    let in_transaction = autocommit == Some(false);
    check_transaction(txn_number, in_transaction, command)?;
    Ok(Some(SessionContext {
        lsid,
        txn_number,
        in_transaction,
        start_transaction: start == Some(true),
        stmt_id: found.stmt_id.as_ref().and_then(long).map_or(0, clamp),
        stmt_ids: found.stmt_ids.as_ref().and_then(Bson::as_array).map(|ids| {
            let ids = ids.iter().filter_map(long);
            ids.map(clamp).collect()
        }),
    }))
}

fn clamp(n: i64) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

fn check_transaction(number: Option<i64>, in_transaction: bool, command: &Command) -> Result<()> {
    let name = command.name;
    const NEVER: [&str; 10] = [
        "buildInfo",
        "configureFailPoint",
        "connectionStatus",
        "getLastError",
        "getnonce",
        "hello",
        "isMaster",
        "listCommands",
        "ping",
        "whatsmyuri",
    ];
    if in_transaction && NEVER.contains(&name) {
        return Err(Error::new(
            code::OPERATION_NOT_SUPPORTED_IN_TRANSACTION,
            "This command is not supported in transactions",
        ));
    }
    if in_transaction && !command.traits.in_transaction {
        let more = match name {
            "count" => {
                " Please see http://dochub.mongodb.org/core/transaction-count for a recommended alternative."
            }
            _ => "",
        };
        return Err(Error::new(
            code::OPERATION_NOT_SUPPORTED_IN_TRANSACTION,
            format!("Cannot run '{name}' in a multi-document transaction.{more}"),
        ));
    }
    if number.is_some() && !in_transaction && !command.traits.retryable {
        return Err(Error::new(
            50768,
            format!(
                "txnNumber may only be provided for multi-document transactions and retryable write commands. autocommit:false was not provided, and {name} is not a retryable write command."
            ),
        ));
    }
    Ok(())
}

/// An `lsid`.
///
/// # Errors
/// When it is none.
pub fn session_id(value: &Bson) -> Result<SessionId> {
    named_session_id(value, "OperationSessionInfo.lsid")
}

/// The same where the server calls it otherwise (`endSessions`).
///
/// # Errors
/// When it is none.
pub fn named_session_id(value: &Bson, place: &str) -> Result<SessionId> {
    let Bson::Document(document) = value else {
        let got = type_name(value);
        return Err(Error::type_mismatch(format!(
            "BSON field '{place}' is the wrong type '{got}', expected type 'object'"
        )));
    };
    let mut id = None;
    let mut uid = NOBODY;
    for (name, value) in document {
        match (name.as_str(), value) {
            ("id", Bson::Binary(binary)) => {
                let is_uuid = binary.subtype == BinarySubtype::Uuid;
                let bytes = <[u8; 16]>::try_from(binary.bytes.as_slice());
                let bytes = bytes.ok().filter(|_| is_uuid);
                id = Some(bytes.ok_or_else(|| {
                    let got = u8::from(binary.subtype);
                    Error::type_mismatch(format!(
                        "BSON field '{place}.id' is the wrong binData type '{got}', expected type 'UUID'"
                    ))
                })?);
            }
            ("id", other) => return Err(mismatch(place, "id", other, "binData")),
            ("uid", Bson::Binary(binary)) => {
                if let Ok(bytes) = binary.bytes.as_slice().try_into() {
                    uid = bytes;
                }
            }
            ("uid" | "txnNumber" | "txnUUID", _) => {}
            (other, _) => return Err(unknown(place, other)),
        }
    }
    let id = id.ok_or_else(|| missing(place, "id"))?;
    Ok(SessionId { id, uid })
}

/// `maxTimeMS`; 0 is none.
fn max_time(value: &Bson) -> Result<Option<Duration>> {
    let bad = |what: String| Error::bad_value(what);
    let millis = match value {
        Bson::Int32(n) => i64::from(*n),
        Bson::Int64(n) => *n,
        Bson::Double(n) if n.fract() != 0.0 => {
            return Err(bad("maxTimeMS has non-integral value".to_owned()));
        }
        Bson::Double(_) | Bson::Decimal128(_) => long(value).unwrap_or(0),
        _ => return Err(bad("maxTimeMS must be a number".to_owned())),
    };
    match u64::try_from(millis) {
        Ok(0) => Ok(None),
        Ok(n) if n <= i32::MAX as u64 => Ok(Some(Duration::from_millis(n))),
        _ => Err(bad(format!("{millis} value for maxTimeMS is out of range"))),
    }
}
