//! Options of sessions and transactions, from a script's words to the driver's.

use std::time::Duration;

use bson::{Bson, Document};
use mongodb::options::{SelectionCriteria, SessionOptions, TransactionOptions};

use crate::script::api::{Call, Options};
use crate::script::error::{Fault, ScriptError};
use crate::script::shell::cursor::read_preference;
use crate::script::shell::mongo::{Settings, read_concern, write_concern};

const OF_TRANSACTION: &[&str] = &[
    "readConcern",
    "writeConcern",
    "readPreference",
    "maxCommitTimeMS",
];

const OF_SESSION: &[&str] = &[
    "causalConsistency",
    "snapshot",
    "defaultTransactionOptions",
    "readConcern",
    "writeConcern",
    "readPreference",
    "maxCommitTimeMS",
];

/// The options of a transaction, in argument `i`; what it leaves open comes from the session, then
/// from what was set on the connection.
pub(super) fn of_transaction(
    call: &Call<'_>,
    i: usize,
    session: &Document,
    settings: Settings,
) -> Result<TransactionOptions, Fault> {
    let options = call.options(i, OF_TRANSACTION)?;
    let mut fields = Document::new();
    if let Ok(defaults) = session.get_document("defaultTransactionOptions") {
        fields.extend(defaults.clone());
    }
    options.copy_into(&mut fields, OF_TRANSACTION)?;
    let mut options = transaction(&fields)?;
    if options.read_concern.is_none() {
        options.read_concern = settings.read_concern;
    }
    if options.selection_criteria.is_none() {
        options.selection_criteria = settings.selection;
    }
    if let (None, Some(concern)) = (&options.write_concern, settings.write_concern) {
        options.write_concern = Some(write_concern(concern)?);
    }
    Ok(options)
}

fn transaction(fields: &Document) -> Result<TransactionOptions, Fault> {
    let mut options = TransactionOptions::default();
    if let Some(concern) = fields.get("readConcern") {
        options.read_concern = Some(read_concern(concern)?);
    }
    if let Some(concern) = fields.get("writeConcern") {
        let Bson::Document(concern) = concern else {
            let message = format!("the write concern {concern} is no document");
            return Err(ScriptError::argument(message).into());
        };
        options.write_concern = Some(write_concern(concern.clone())?);
    }
    if let Some(preference) = fields.get("readPreference") {
        let selection: SelectionCriteria = read_preference::from_option(preference.clone())?;
        options.selection_criteria = Some(selection);
    }
    options.max_commit_time = max_commit_time(fields)?;
    Ok(options)
}

fn max_commit_time(fields: &Document) -> Result<Option<Duration>, Fault> {
    let millis = match fields.get("maxCommitTimeMS") {
        None => return Ok(None),
        Some(Bson::Int32(n)) => u64::try_from(*n).ok(),
        Some(Bson::Int64(n)) => u64::try_from(*n).ok(),
        Some(_) => None,
    };
    match millis {
        Some(millis) => Ok(Some(Duration::from_millis(millis))),
        None => {
            Err(ScriptError::argument("maxCommitTimeMS must be a whole number, 0 or more").into())
        }
    }
}

/// The options of a session: for the driver, and as `getOptions` shows them (mongosh's form, where
/// the transactions' defaults are apart).
pub(super) fn of_session(call: &Call<'_>) -> Result<(SessionOptions, Document), Fault> {
    let given = call.options(0, OF_SESSION)?;
    let mut shown = Document::new();
    if let Some(defaults) = transaction_defaults(&given)? {
        transaction(&defaults)?; // what is wrong with them is said here, not at the transaction
        shown.insert("defaultTransactionOptions", defaults);
    }
    given.copy_into(&mut shown, &["causalConsistency", "snapshot"])?;
    let (causal, snapshot) = (given.flag("causalConsistency")?, given.flag("snapshot")?);
    if causal == Some(true) && snapshot == Some(true) {
        return Err(ScriptError::new(
            "MongoInvalidArgumentError",
            "Properties \"causalConsistency\" and \"snapshot\" are mutually exclusive",
        )
        .into());
    }
    let mut options = SessionOptions::default();
    options.causal_consistency = causal;
    options.snapshot = snapshot;
    Ok((options, shown))
}

fn transaction_defaults(given: &Options) -> Result<Option<Document>, Fault> {
    let mut defaults = given
        .document("defaultTransactionOptions")?
        .unwrap_or_default();
    given.copy_into(&mut defaults, OF_TRANSACTION)?;
    if let Some(name) = defaults
        .keys()
        .find(|k| !OF_TRANSACTION.contains(&k.as_str()))
    {
        return Err(
            ScriptError::argument(format!("a transaction has no option `{name}`"))
                .hint(format!("its options are {}", OF_TRANSACTION.join(", ")))
                .into(),
        );
    }
    Ok((!defaults.is_empty()).then_some(defaults))
}
