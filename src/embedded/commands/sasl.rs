//! Logging in and out: `saslStart`, `saslContinue`, `logout`.

use bson::spec::BinarySubtype;
use bson::{Binary, Bson, Document, doc};

use super::context::CommandContext;
use super::request::Request;
use crate::embedded::auth::{Conversation, Mechanism, Step};
use crate::mql::{Error, Result, error::code};

/// A connection has one login at a time.
const CONVERSATION: i32 = 1;

/// `saslStart`
pub fn start(cx: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    begin(cx, request.body(), &request.db)
}

/// Begins a login; also for hello's `speculativeAuthenticate`.
pub fn begin(cx: &mut CommandContext<'_>, body: &Document, db: &str) -> Result<Document> {
    let name = body.get_str("mechanism").unwrap_or_default();
    let Some(mechanism) = Mechanism::named(name) else {
        return Err(Error::new(
            334,
            format!("Received authentication for mechanism {name} which is not enabled"),
        ));
    };
    let failed = || Error::new(code::AUTHENTICATION_FAILED, "Authentication failed.");
    let users = cx.connection.users.clone().ok_or_else(failed)?;
    let payload = payload(body)?;
    let (conversation, step) = Conversation::start(&users, mechanism, db, &payload)?;
    cx.connection.login = Some(conversation);
    Ok(answer(step, false))
}

/// `saslContinue`
pub fn go_on(cx: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    let Some(mut login) = cx.connection.login.take() else {
        let what = "No SASL session state found";
        return Err(Error::new(code::PROTOCOL_ERROR, what));
    };
    if request
        .body()
        .get("conversationId")
        .and_then(super::fields::long)
        != Some(i64::from(CONVERSATION))
    {
        let what = "sasl: Mismatched conversation id";
        return Err(Error::new(code::PROTOCOL_ERROR, what));
    }
    let payload = payload(request.body())?;
    // The exchange that some clients end with an empty message is not over with the proof.
    let last = login.skip_empty_exchange || payload.is_empty();
    let step = login.go_on(&payload).inspect_err(|_| {
        tracing::warn!(client = %cx.connection.remote, "authentication failed");
    })?;
    if step.proven {
        cx.connection.user = Some((login.user.clone(), login.db.clone()));
    }
    cx.connection.login = Some(login);
    let done = step.proven && last;
    Ok(answer(step, done))
}

/// `logout`
pub fn logout(cx: &mut CommandContext<'_>, _: &Request) -> Result<Document> {
    cx.connection.user = None;
    cx.connection.login = None;
    Ok(Document::new())
}

fn payload(body: &Document) -> Result<Vec<u8>> {
    match body.get("payload") {
        Some(Bson::Binary(binary)) => Ok(binary.bytes.clone()),
        Some(Bson::String(text)) => {
            use base64::Engine as _;
            let decoded = base64::engine::general_purpose::STANDARD.decode(text);
            decoded.map_err(|e| Error::new(code::FAILED_TO_PARSE, e.to_string()))
        }
        _ => Err(Error::new(
            40414,
            "BSON field 'saslStart.payload' is missing but a required field",
        )),
    }
}

fn answer(step: Step, done: bool) -> Document {
    let payload = Binary {
        subtype: BinarySubtype::Generic,
        bytes: step.payload,
    };
    doc! { "conversationId": CONVERSATION, "done": done, "payload": payload }
}
