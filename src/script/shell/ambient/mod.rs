//! [`Ambient`]: what a handler's operations belong to while it handles a batch of events.
//!
//! Between [`Ambient::enter`] and [`Ambient::leave`] every operation without a session of its own
//! goes into the scope's transaction, where there is one; [`super::target`] asks here before it
//! sends anything. A script cannot tell, but for what no transaction can do: [`allowed`] refuses
//! that by name.
//!
//! A scope that has failed for good is poisoned: what the server lost (a write conflict, a
//! failover), and what held writes fail with, cannot be caught by a script, since all of the batch
//! has to be done again.
//!
//! Where a scope may hold, writes whose results and errors nobody can see ([`holdable`]) are
//! collected ([`held`]) and sent together: before any other operation, and at the end.
//!
//! An error that a script catches has ended the transaction at the server; [`replay`] does in a new
//! one what was done before, and the script goes on.

mod allowed;
mod held;
mod holdable;
mod recovery;
mod replay;

use std::cell::RefCell;
use std::sync::Arc;

use bson::Document;
use mongodb::ClientSession;
use rhai::{EvalAltResult, Position};

use super::mongo::Mongo;
use super::session::SessionHandle;
use super::target::Target;
use crate::client::in_reply;
use crate::script::error::{Fault, ScriptError};
use crate::script::host::Host;
use allowed::Course;
use held::Held;
use replay::Log;

pub use held::{Kind, Write};
pub use holdable::Holdable;

/// The scope of one script instance; see the room's docs.
#[derive(Default)]
pub struct Ambient {
    open: RefCell<Option<Open>>,
    /// What the instance's sources tell.
    holdable: RefCell<Arc<Holdable>>,
}

/// A scope that was entered.
struct Open {
    /// The session of its transaction.
    session: Option<SessionHandle>,
    /// The connection that the session belongs to.
    mongo: Mongo,
    /// Whether anything was sent in the transaction.
    used: bool,
    /// Why all of the batch has to be done again.
    poison: Option<ScriptError>,
    /// Writes that are not sent yet; nothing where none may be held.
    held: Option<Held>,
    /// What was done in the transaction; nothing where the script catches no errors.
    log: Option<Log>,
    /// Whether the server has ended the transaction, for an error that the script may catch.
    broken: bool,
}

/// What a scope leaves behind.
#[derive(Default)]
pub struct Gone {
    /// Its session.
    pub session: Option<ClientSession>,
    /// Whether anything was sent in its transaction.
    pub used: bool,
    /// How many transactions took the place of the first one.
    pub replaced: u32,
    /// Why it failed as a whole.
    pub failure: Option<ScriptError>,
}

impl Ambient {
    /// Says what the sources of the instance tell.
    pub fn know(&self, holdable: Arc<Holdable>) {
        *self.holdable.borrow_mut() = holdable;
    }

    /// Begins a scope. Operations on `mongo` go into the transaction of `session`, which was
    /// started; with `hold`, writes may be held back.
    pub fn enter(&self, host: &Host, mongo: Mongo, session: Option<ClientSession>, hold: bool) {
        let catches = self.holdable.borrow().catches;
        let session = session.map(|session| SessionHandle::in_transaction_of(host, session));
        *self.open.borrow_mut() = Some(Open {
            log: (session.is_some() && catches).then(Log::default),
            session,
            mongo,
            used: false,
            poison: None,
            held: hold.then(Held::default),
            broken: false,
        });
    }

    /// Ends the scope: sends what was held back, unless what was done is undone with its
    /// transaction, since a handler `failed`.
    pub fn leave(&self, host: &Host, failed: bool) -> Gone {
        let undone = failed && self.in_transaction();
        if undone {
            self.with_open(|open| (open.held, open.broken) = (None, false));
        }
        let done = self.flush(host).and_then(|()| self.mend(host));
        if let Err(Fault::Script(error)) = done {
            self.poison(*error);
        }
        let Some(open) = self.open.borrow_mut().take() else {
            return Gone::default();
        };
        Gone {
            replaced: open.session.as_ref().map_or(0, SessionHandle::replaced),
            session: open.session.and_then(|handle| handle.take()),
            used: open.used,
            failure: open.poison,
        }
    }

    /// Why the scope failed as a whole, if it did.
    #[must_use]
    pub fn failure(&self) -> Option<ScriptError> {
        self.open.borrow().as_ref()?.poison.clone()
    }

    fn in_transaction(&self) -> bool {
        let open = self.open.borrow();
        open.as_ref().is_some_and(|open| open.session.is_some())
    }

    /// The scope's session, where `target` would be sent in it.
    fn session_for(&self, target: &Target) -> Option<SessionHandle> {
        let open = self.open.borrow();
        let open = open.as_ref()?;
        let session = open.session.as_ref()?;
        let fits = match &target.session {
            Some(own) => own.is(session),
            None => target.mongo.is(&open.mongo),
        };
        fits.then(|| session.clone())
    }

    /// Whether operations of `target` run in the scope's transaction.
    #[must_use]
    pub fn holds(&self, target: &Target) -> bool {
        self.session_for(target).is_some()
    }

    /// Holds a write back, where it may be; says whether it did. Its result is then what it would
    /// be for a write that succeeds.
    ///
    /// # Errors
    /// Where the scope has failed as a whole.
    pub fn hold(
        &self,
        host: &Host,
        (target, collection): (&Target, &str),
        at: Position,
        write: &Write<'_>,
    ) -> Result<bool, Fault> {
        if !self.may_hold(target, collection, at) {
            return Ok(false);
        }
        self.check_poison()?;
        let mut open = self.open.borrow_mut();
        let Some(held) = open.as_mut().and_then(|open| open.held.as_mut()) else {
            return Ok(false);
        };
        held.add(target, collection, write);
        let full = held.is_full();
        drop(open);
        if full {
            self.flush(host)?;
        }
        Ok(true)
    }

    /// Whether writes are held back at all.
    #[must_use]
    pub fn holds_back(&self) -> bool {
        let open = self.open.borrow();
        open.as_ref().is_some_and(|open| open.held.is_some())
    }

    fn may_hold(&self, target: &Target, collection: &str, at: Position) -> bool {
        let open = self.open.borrow();
        let Some(open) = open.as_ref() else {
            return false;
        };
        open.held.is_some()
            && target.session.is_none()
            && target.mongo.is(&open.mongo)
            && !allowed::is_internal(&target.database, collection)
            && self.holdable.borrow().contains(at)
    }

    /// Sends what is held back. What it fails with no script can catch: it belongs to another
    /// call.
    fn flush(&self, host: &Host) -> Result<(), Fault> {
        let held = self.open.borrow_mut().as_mut().and_then(|open| {
            let held = open.held.as_mut().filter(|held| !held.is_empty())?;
            Some(std::mem::take(held))
        });
        let Some(held) = held else { return Ok(()) };
        let sent = held.send(|target, command, list, repeatable| {
            let reply = target.write_list(host, command, list, repeatable)?;
            match in_reply(&reply) {
                Some(error) => Err(error.into()),
                None => Ok(()),
            }
        });
        let Err(fault) = sent else { return Ok(()) };
        self.poison(match fault {
            Fault::Script(error) => *error,
            // It was told to stop.
            Fault::Rhai(error) => ScriptError {
                labels: vec![TRANSIENT.into()],
                ..ScriptError::new("Error", error.to_string())
            },
        });
        Err(Fault::Rhai(ended()))
    }

    /// Makes ready for reading on from a cursor: sends what was held back, and begins a new
    /// transaction in place of one that has ended.
    ///
    /// # Errors
    /// Where the scope has failed as a whole.
    pub fn ready(&self, host: &Host) -> Result<(), Fault> {
        if self.open.borrow().is_none() {
            return Ok(());
        }
        self.check_poison()?;
        self.flush(host)?;
        self.mend(host)
    }

    /// The target that `command` is to be sent to. Sends first what was held back.
    ///
    /// # Errors
    /// Where it cannot run in the scope's transaction, or the scope has failed as a whole.
    pub fn place(&self, host: &Host, target: &Target, command: &Document) -> Result<Target, Fault> {
        let Some(has_transaction) = self.open.borrow().as_ref().map(|o| o.session.is_some()) else {
            return Ok(target.clone());
        };
        self.check_poison()?;
        self.flush(host)?;
        if !has_transaction {
            return Ok(target.clone());
        }
        let Some(session) = self.session_for(target) else {
            return elsewhere(target, command);
        };
        match allowed::course(&target.database, command)? {
            Course::Beside => Ok(Target {
                session: None,
                ..target.clone()
            }),
            Course::Inside => {
                self.mend(host)?;
                if let Some(open) = self.open.borrow_mut().as_mut() {
                    open.used = true;
                }
                Ok(Target {
                    session: Some(session),
                    ..target.clone()
                })
            }
        }
    }

    /// Refuses what no transaction can do, by its name, while one is the scope's.
    ///
    /// # Errors
    /// In a scope with a transaction.
    pub fn refuse(&self, what: &str) -> Result<(), Fault> {
        match self.open.borrow().as_ref() {
            Some(open) if open.session.is_some() => Err(allowed::refusal(what).into()),
            _ => Ok(()),
        }
    }

    /// Whether this is the session of the scope's transaction.
    fn is_scopes(&self, session: Option<&SessionHandle>) -> bool {
        let open = self.open.borrow();
        let own = open.as_ref().and_then(|open| open.session.as_ref());
        own.zip(session)
            .is_some_and(|(own, session)| own.is(session))
    }

    fn poison(&self, error: ScriptError) {
        if let Some(open) = self.open.borrow_mut().as_mut() {
            open.poison.get_or_insert(error);
        }
    }

    fn check_poison(&self) -> Result<(), Fault> {
        match self.open.borrow().as_ref() {
            Some(open) if open.poison.is_some() => Err(Fault::Rhai(ended())),
            _ => Ok(()),
        }
    }
}

const TRANSIENT: &str = "TransientTransactionError";

/// What a command does that goes to another connection, or has a session of its own.
fn elsewhere(target: &Target, command: &Document) -> Result<Target, Fault> {
    if !allowed::changes(command) {
        return Ok(target.clone());
    }
    let what = match target.session {
        Some(_) => "a write in a session of its own",
        None => "a write on another connection",
    };
    Err(allowed::refusal(what).into())
}

/// The error that no script can catch.
fn ended() -> Box<EvalAltResult> {
    Box::new(EvalAltResult::ErrorTerminated(
        "its transaction has ended".into(),
        Position::NONE,
    ))
}
