//! [`ReplicaSet`]: the global `rs`, for the set that `db` is on.
//!
//! Commands and texts as in mongosh 2.

use std::any::TypeId;
use std::rc::Rc;

use bson::{Bson, Document, doc};
use rhai::{Dynamic, Engine};

use super::database::{Db, info_in_words, secondaries_in_words};
use super::invalid;
use super::mongo::Mongo;
use super::report::{Kind, Report};
use super::target::Target;
use crate::client::redact;
use crate::methods;
use crate::script::api::{self, Call, Class, Method, Receiver};
use crate::script::convert::document_from;
use crate::script::error::{Fault, Outcome, ScriptError};
use crate::script::host::Host;
use crate::script::inspect::Shown;
use crate::value::inspect::Node;

/// The replica set that `db` is on.
#[derive(Clone)]
pub struct ReplicaSet(Rc<Host>);

impl Shown for ReplicaSet {
    fn node(&self) -> Node {
        let mongo = Mongo::of(&self.0);
        let uri = mongo.uri().map(redact).unwrap_or_default();
        let db = Db::current(&self.0).name();
        Node::Raw(format!("ReplicaSet class connected to {uri} via db {db}"))
    }
}

static CLASS: Class = Class {
    name: "ReplicaSet",
    docs: "The replica set that db is on.",
    receiver: Receiver::Value(TypeId::of::<ReplicaSet>),
    methods: METHODS,
};

const METHODS: &[Method] = methods! {
    /// The members and how they are doing.
    ///
    /// ```js
    /// rs.status().members
    /// ```
    status("") => status;
    /// The set's configuration.
    ///
    /// ```js
    /// rs.conf().settings
    /// ```
    conf("") => config;
    /// The set's configuration.
    ///
    /// ```js
    /// rs.config().version
    /// ```
    config("") => config;
    /// The server's role in the set, its limits and its time.
    ///
    /// ```js
    /// rs.hello().primary
    /// ```
    hello("") => hello;
    /// The same as hello, under its old name and with the old fields.
    ///
    /// ```js
    /// rs.isMaster().ismaster
    /// ```
    isMaster("") => is_master;
    /// Makes a replica set of a server that was started for one.
    ///
    /// ```js no_run
    /// rs.initiate({ _id: "rs0", members: [{ _id: 0, host: "localhost:27017" }] })
    /// ```
    initiate("config?") => initiate;
    /// Gives the set another configuration; its version is counted up.
    ///
    /// ```js no_run
    /// let config = rs.conf();
    /// config.members[1].priority = 2;
    /// rs.reconfig(config)
    /// ```
    reconfig("config, options?") => reconfig;
    /// Gives a set of primary, secondary and arbiter another configuration, in two steps that keep
    /// majority writes safe.
    ///
    /// ```js no_run
    /// rs.reconfigForPSASet(1, config)
    /// ```
    reconfigForPSASet("newMemberIndex, config, options?") => reconfig_for_psa_set;
    /// Adds a member, by its address or its configuration; true adds it as an arbiter.
    ///
    /// ```js no_run
    /// rs.add("localhost:27020")
    /// ```
    add("hostport, arbiter?") => add;
    /// Adds an arbiter.
    ///
    /// ```js no_run
    /// rs.addArb("localhost:27020")
    /// ```
    addArb("hostname") => add_arb;
    /// Removes a member.
    ///
    /// ```js no_run
    /// rs.remove("localhost:27020")
    /// ```
    remove("hostname") => remove;
    /// Keeps the member from becoming primary for some seconds.
    ///
    /// ```js no_run
    /// rs.freeze(60)
    /// ```
    freeze("seconds") => freeze;
    /// Makes the primary a secondary for some seconds, 60 where nothing is said.
    ///
    /// ```js no_run
    /// rs.stepDown(60, 10)
    /// ```
    stepDown("stepdownSecs?, catchUpSecs?") => step_down;
    /// Makes the member copy from another one for now.
    ///
    /// ```js no_run
    /// rs.syncFrom("localhost:27018")
    /// ```
    syncFrom("host") => sync_from;
    /// The size of the oplog and the time that it spans, in words.
    ///
    /// ```js
    /// rs.printReplicationInfo()
    /// ```
    printReplicationInfo("") => print_replication_info;
    /// How far each secondary is behind, in words.
    ///
    /// ```js
    /// rs.printSecondaryReplicationInfo()
    /// ```
    printSecondaryReplicationInfo("") => print_secondary_replication_info;
};

/// Registers the class and the value `rs`.
pub fn register(engine: &mut Engine, host: &Rc<Host>) {
    engine.register_type_with_name::<ReplicaSet>("ReplicaSet");
    crate::script::inspect::register::<ReplicaSet>();
    api::register(engine, host, &CLASS);
    api::variable(host, "rs", Dynamic::from(ReplicaSet(host.clone())));
}

fn admin(call: &Call<'_>) -> Target {
    Db::target_named(call.host, "admin")
}

fn reply(reply: Document) -> Outcome {
    Ok(Dynamic::from(document_from(reply)))
}

/// Sends a command that only reads, where the read preference says.
fn ask(call: &Call<'_>, command: Document) -> Result<Document, Fault> {
    admin(call).read_as_is(call.host, command)
}

/// Sends a command to the primary.
fn send(call: &Call<'_>, command: Document) -> Outcome {
    reply(admin(call).command(call.host, command)?)
}

fn current_config(call: &Call<'_>) -> Result<Document, Fault> {
    match ask(call, doc! { "replSetGetConfig": 1 })?.remove("config") {
        Some(Bson::Document(config)) => Ok(config),
        _ => Err(ScriptError::new(
            "MongoshRuntimeError",
            "Documented returned from command replSetGetConfig does not contain 'config'",
        )
        .into()),
    }
}

fn status(call: &mut Call<'_>) -> Outcome {
    reply(ask(call, doc! { "replSetGetStatus": 1 })?)
}

fn config(call: &mut Call<'_>) -> Outcome {
    reply(current_config(call)?)
}

fn hello(call: &mut Call<'_>) -> Outcome {
    reply(ask(call, doc! { "hello": 1 })?)
}

fn is_master(call: &mut Call<'_>) -> Outcome {
    let mut found = ask(call, doc! { "isMaster": 1 })?;
    let primary = found.get("ismaster").cloned();
    found.insert("isWritablePrimary", primary);
    reply(found)
}

fn initiate(call: &mut Call<'_>) -> Outcome {
    let config = match call.given(0) {
        Some(_) => call.document(0)?,
        None => Document::new(),
    };
    send(call, doc! { "replSetInitiate": config })
}

fn reconfig(call: &mut Call<'_>) -> Outcome {
    let config = call.document(0)?;
    let options = reconfig_options(call, 1)?;
    apply(call, config, &options)
}

fn reconfig_options(call: &Call<'_>, i: usize) -> Result<Document, Fault> {
    const KNOWN: &[&str] = &["force", "maxTimeMS"];
    let mut fields = Document::new();
    call.options(i, KNOWN)?.copy_into(&mut fields, KNOWN)?;
    Ok(fields)
}

/// Sends a configuration as the successor of the current one.
fn apply(call: &Call<'_>, mut config: Document, options: &Document) -> Outcome {
    let now = current_config(call)?;
    config.insert("version", version(&now) + 1);
    if let (false, Some(protocol)) = (
        config.contains_key("protocolVersion"),
        now.get("protocolVersion"),
    ) {
        config.insert("protocolVersion", protocol.clone());
    }
    let mut command = doc! { "replSetReconfig": config };
    command.extend(options.clone());
    send(call, command)
}

fn version(config: &Document) -> i32 {
    config.get_i32("version").unwrap_or_default()
}

fn reconfig_for_psa_set(call: &mut Call<'_>) -> Outcome {
    let index = call.int(0)?;
    let mut config = call.document(1)?;
    let options = reconfig_options(call, 2)?;
    let say = |text: String| call.host.output().line(&text);
    let member = member(&mut config, index)?;
    may_vote(index, member, &current_config(call)?, &say)?;
    let priority = member.get("priority").cloned();
    say(format!(
        "Running first reconfig to give member at index {index} {{ votes: 1, priority: 0 }}"
    ));
    member.insert("priority", 0);
    let first = apply(call, config.clone(), &options)?;
    let Some(priority) = priority.filter(|p| !matches!(p, Bson::Int32(0))) else {
        say("No second reconfig necessary because .priority = 0".into());
        return Ok(first);
    };
    say(format!(
        "Running second reconfig to give member at index {index} {{ priority: {priority} }}"
    ));
    self::member(&mut config, index)?.insert("priority", priority);
    let second = apply(call, config, &options);
    if second.is_err() {
        say("Second reconfig did not succeed, giving up".into());
    }
    second
}

/// The member at an index of a configuration.
fn member(config: &mut Document, index: i64) -> Result<&mut Document, Fault> {
    let members = config.get_array_mut("members").ok();
    let place = usize::try_from(index).ok();
    let found = members
        .zip(place)
        .and_then(|(members, i)| members.get_mut(i)?.as_document_mut());
    found.ok_or_else(|| {
        invalid(format!(
            "Node at index {index} does not exist in the new config"
        ))
        .into()
    })
}

/// Checks that a member gets its vote now, and had none before.
fn may_vote(
    index: i64,
    member: &Document,
    old: &Document,
    say: &impl Fn(String),
) -> Result<(), Fault> {
    let votes = |m: &Document| m.get("votes").cloned().unwrap_or(Bson::Int32(0));
    let wrong = |want: i32, which: &str, got: Bson| {
        invalid(format!(
            "Node at index {index} must have {{ votes: {want} }} in the {which} config \
             (actual: {{ votes: {got} }})"
        ))
    };
    if votes(member) != Bson::Int32(1) {
        return Err(wrong(1, "new", votes(member)).into());
    }
    let before = || members(old).filter_map(Bson::as_document);
    match before().find(|m| m.get("_id") == member.get("_id")) {
        Some(old) if votes(old) != Bson::Int32(0) => Err(wrong(0, "old", votes(old)).into()),
        Some(_) => Ok(()),
        None => {
            if before().any(|m| m.get("host") == member.get("host")) {
                say(format!(
                    "Warning: Node at index {index} has {{ host: \"{}\" }}, which is also present \
                     in the old config, but with a different _id field.",
                    member.get_str("host").unwrap_or_default()
                ));
            }
            Ok(())
        }
    }
}

fn members(config: &Document) -> impl Iterator<Item = &Bson> {
    config.get_array("members").into_iter().flatten()
}

fn add(call: &mut Call<'_>) -> Outcome {
    let arbiter = call.opt_bool(1)?.unwrap_or(false);
    match call.bson(0)? {
        Bson::String(host) if arbiter => {
            add_member(call, doc! { "host": host, "arbiterOnly": true })
        }
        Bson::String(host) => add_member(call, doc! { "host": host }),
        Bson::Document(_) if arbiter => {
            Err(call.expected(0, "the host and port of an arbiter as a string"))
        }
        Bson::Document(member) => add_member(call, member),
        _ => Err(call.expected(0, "a string or a document")),
    }
}

fn add_arb(call: &mut Call<'_>) -> Outcome {
    add_member(call, doc! { "host": call.string(0)?, "arbiterOnly": true })
}

/// Adds a member; without an `_id` it gets the next free one.
fn add_member(call: &Call<'_>, given: Document) -> Outcome {
    let mut config = current_config(call)?;
    let ids = members(&config).filter_map(|m| m.as_document()?.get_i32("_id").ok());
    let next = ids.max().unwrap_or(-1) + 1;
    let mut member = doc! { "_id": given.get("_id").cloned().unwrap_or(Bson::Int32(next)) };
    member.extend(given);
    let version = version(&config) + 1;
    config.insert("version", version);
    if let Ok(members) = config.get_array_mut("members") {
        members.push(member.into());
    }
    send(call, doc! { "replSetReconfig": config })
}

fn remove(call: &mut Call<'_>) -> Outcome {
    let host = call.string(0)?;
    let mut config = current_config(call)?;
    let is_it = |m: &Bson| {
        m.as_document()
            .is_some_and(|m| m.get_str("host").is_ok_and(|h| h == host))
    };
    if !members(&config).any(is_it) {
        let all: Vec<String> = members(&config).map(Bson::to_string).collect();
        return Err(invalid(format!(
            "Couldn't find {host} in [{}]. Is {host} a member of this replset?",
            all.join(",")
        ))
        .into());
    }
    let version = version(&config) + 1;
    config.insert("version", version);
    if let Ok(members) = config.get_array_mut("members") {
        members.retain(|m| !is_it(m));
    }
    send(call, doc! { "replSetReconfig": config })
}

fn freeze(call: &mut Call<'_>) -> Outcome {
    call.float(0)?;
    send(call, doc! { "replSetFreeze": call.bson(0)? })
}

fn step_down(call: &mut Call<'_>) -> Outcome {
    let seconds = match call.given(0) {
        None => Bson::Int32(60),
        Some(_) => {
            call.float(0)?;
            call.bson(0)?
        }
    };
    let mut command = doc! { "replSetStepDown": seconds };
    if call.given(1).is_some() {
        call.float(1)?;
        command.insert("secondaryCatchUpPeriodSecs", call.bson(1)?);
    }
    send(call, command)
}

fn sync_from(call: &mut Call<'_>) -> Outcome {
    send(call, doc! { "replSetSyncFrom": call.string(0)? })
}

fn print_replication_info(call: &mut Call<'_>) -> Outcome {
    Report::outcome(Kind::Stats, info_in_words(call, &admin(call))?)
}

fn print_secondary_replication_info(call: &mut Call<'_>) -> Outcome {
    Report::outcome(Kind::Stats, secondaries_in_words(call, &admin(call))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(member: Document, old: Document) -> String {
        let said = std::cell::RefCell::new(String::new());
        let old = doc! { "members": [old] };
        let say = |text: String| said.replace(text).clear();
        match may_vote(1, &member, &old, &say) {
            Ok(()) => said.into_inner(),
            Err(Fault::Script(e)) => e.message,
            Err(Fault::Rhai(e)) => e.to_string(),
        }
    }

    #[test]
    fn a_member_gets_its_vote_where_it_had_none() {
        let new = doc! { "_id": 1, "host": "b", "votes": 1 };
        assert_eq!(outcome(new.clone(), doc! { "_id": 1, "votes": 0 }), "");
        let said = outcome(new.clone(), doc! { "_id": 1, "votes": 1 });
        assert!(said.contains("must have { votes: 0 } in the old config"));
        let said = outcome(new, doc! { "_id": 7, "host": "b" });
        assert!(said.starts_with("Warning: Node at index 1"));
        let said = outcome(doc! { "_id": 1, "votes": 0 }, doc! {});
        assert!(said.contains("must have { votes: 1 } in the new config (actual: { votes: 0 })"));
    }
}
