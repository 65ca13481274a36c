//! [`Ambient`]: what a handler's operations belong to while it handles a batch of events.
//!
//! Between [`Ambient::enter`] and [`Ambient::leave`] every operation without a session of its own
//! goes into the scope's transaction, where there is one; [`super::target`] asks here before it
//! sends anything. A script cannot tell, but for what no transaction can do: [`allowed`] refuses
//! that by name.
//!
//! A scope that has failed for good is poisoned: what the server lost (a write conflict, a
//! failover) cannot be caught by a script, since all of the batch has to be done again.

mod allowed;

use std::cell::RefCell;

use bson::Document;
use mongodb::ClientSession;
use rhai::{EvalAltResult, Position};

use super::mongo::Mongo;
use super::session::SessionHandle;
use super::target::Target;
use crate::client::labels_of;
use crate::script::error::{Fault, ScriptError};
use crate::script::host::Host;
use allowed::Course;

/// The scope of one script instance; see the room's docs.
#[derive(Default)]
pub struct Ambient(RefCell<Option<Open>>);

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
}

/// What a scope leaves behind.
pub struct Gone {
    /// Its session.
    pub session: Option<ClientSession>,
    /// Whether anything was sent in its transaction.
    pub used: bool,
    /// Why it failed as a whole.
    pub failure: Option<ScriptError>,
}

impl Ambient {
    /// Begins a scope. Operations on `mongo` go into the transaction of `session`, which was
    /// started.
    pub fn enter(&self, host: &Host, mongo: Mongo, session: Option<ClientSession>) {
        let session = session.map(|session| SessionHandle::in_transaction_of(host, session));
        *self.0.borrow_mut() = Some(Open {
            session,
            mongo,
            used: false,
            poison: None,
        });
    }

    /// Ends the scope.
    pub fn leave(&self) -> Gone {
        let Some(open) = self.0.borrow_mut().take() else {
            return Gone {
                session: None,
                used: false,
                failure: None,
            };
        };
        Gone {
            session: open.session.and_then(|handle| handle.take()),
            used: open.used,
            failure: open.poison,
        }
    }

    /// Why the scope failed as a whole, if it did.
    #[must_use]
    pub fn failure(&self) -> Option<ScriptError> {
        self.0.borrow().as_ref()?.poison.clone()
    }

    /// The scope's session, where `target` would be sent in it.
    fn session_for(&self, target: &Target) -> Option<SessionHandle> {
        let open = self.0.borrow();
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

    /// The target that `command` is to be sent to.
    ///
    /// # Errors
    /// Where it cannot run in the scope's transaction, or the scope has failed as a whole.
    pub fn place(&self, target: &Target, command: &Document) -> Result<Target, Fault> {
        let Some(has_transaction) = self.0.borrow().as_ref().map(|o| o.session.is_some()) else {
            return Ok(target.clone());
        };
        self.check_poison()?;
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
                if let Some(open) = self.0.borrow_mut().as_mut() {
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
        match self.0.borrow().as_ref() {
            Some(open) if open.session.is_some() => Err(allowed::refusal(what).into()),
            _ => Ok(()),
        }
    }

    /// Whether this is the session of the scope's transaction.
    fn is_scopes(&self, session: Option<&SessionHandle>) -> bool {
        let open = self.0.borrow();
        let own = open.as_ref().and_then(|open| open.session.as_ref());
        own.zip(session)
            .is_some_and(|(own, session)| own.is(session))
    }

    /// Looks at what sending in `session` came to. What the batch cannot survive ends the script,
    /// which cannot catch it.
    ///
    /// # Errors
    /// The result's own, or the one that ends the script.
    pub fn judge<T>(
        &self,
        session: Option<&SessionHandle>,
        result: Result<T, Fault>,
    ) -> Result<T, Fault> {
        let Err(Fault::Script(error)) = &result else {
            return result;
        };
        if !self.is_scopes(session) || !is_lost(error) {
            return result;
        }
        self.poison((**error).clone());
        Err(Fault::Rhai(ended()))
    }

    /// The same for the reply to a write, which may hold errors itself.
    ///
    /// # Errors
    /// As [`Ambient::judge`].
    pub fn judge_write(
        &self,
        session: Option<&SessionHandle>,
        result: Result<Document, Fault>,
    ) -> Result<Document, Fault> {
        let reply = self.judge(session, result)?;
        let lost = labels_of(&reply).iter().any(|l| l == TRANSIENT);
        if lost && self.is_scopes(session) {
            let error = crate::client::in_reply(&reply).map(ScriptError::from);
            self.poison(error.unwrap_or_default());
            return Err(Fault::Rhai(ended()));
        }
        Ok(reply)
    }

    fn poison(&self, error: ScriptError) {
        if let Some(open) = self.0.borrow_mut().as_mut() {
            open.poison.get_or_insert(error);
        }
    }

    fn check_poison(&self) -> Result<(), Fault> {
        match self.0.borrow().as_ref() {
            Some(open) if open.poison.is_some() => Err(Fault::Rhai(ended())),
            _ => Ok(()),
        }
    }
}

const TRANSIENT: &str = "TransientTransactionError";

/// Whether the transaction is gone for reasons that are not the script's.
fn is_lost(error: &ScriptError) -> bool {
    error.unavailable || error.labels.iter().any(|label| label == TRANSIENT)
}

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
