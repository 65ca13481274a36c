//! Going on behind lost history, where the stream's policy is to.

use std::sync::Arc;

use bson::{DateTime, Timestamp};

use super::batch::token_of;
use super::cursor::{self, pause};
use super::hub::Hub;
use super::listener::Listener;
use super::reader::{Opened, Reader};
use super::{Item, Opening, Start, Token, headroom, lost};
use crate::client::ClientError;
use crate::stream::gap::{self, Action, Ask, Gap};

/// What became of a stream whose history is lost.
pub(super) enum Outcome {
    /// It is to stop.
    Stop(Box<Gap>),
    /// It goes on at a new place.
    GoOn(Box<Gap>, Option<Token>, Box<Opened>),
}

/// Records what was lost behind `from`, and opens the stream anew where its policy says.
pub(super) async fn go_on(
    hub: &Hub,
    opening: &Opening,
    ask: &Ask,
    from: Option<&Token>,
    error: ClientError,
) -> Result<Outcome, ClientError> {
    let gap = |action, to_time| Gap {
        stream: ask.stream.clone(),
        from: from.cloned(),
        from_time: from.and_then(Token::cluster_time),
        to_time,
        reason: error.clone(),
        action,
        at: DateTime::now(),
    };
    let Some((action, start)) = ask.restart() else {
        let oldest = headroom::oldest(hub.client()).await;
        let gap = Box::new(gap(Action::Stop, oldest));
        gap::record(hub.client(), &gap).await?;
        return Ok(Outcome::Stop(gap));
    };
    match begin(hub, opening, &start).await {
        Ok((token, opened)) => {
            let to = time_of(&start).or_else(|| token.as_ref().and_then(Token::cluster_time));
            let gap = Box::new(gap(action, to));
            gap::record(hub.client(), &gap).await?;
            Ok(Outcome::GoOn(gap, token, Box::new(opened)))
        }
        // The history of the time to restart at is gone, too.
        Err(error) if lost::is_lost(&error) => {
            let oldest = headroom::oldest(hub.client()).await;
            let gap = Box::new(gap(Action::Stop, oldest));
            gap::record(hub.client(), &gap).await?;
            Ok(Outcome::Stop(gap))
        }
        Err(error) => Err(error),
    }
}

fn time_of(start: &Start) -> Option<Timestamp> {
    match start {
        Start::Time(time) => Some(*time),
        _ => None,
    }
}

/// Opens a stream at a place that is no token, and gives the token of that place.
pub(super) async fn begin(
    hub: &Hub,
    opening: &Opening,
    start: &Start,
) -> Result<(Option<Token>, Opened), ClientError> {
    let (cursor, first) = cursor::open_first(hub.client(), opening, start).await?;
    let token = first.as_ref().and_then(token_of);
    if !matches!(start, Start::Time(_)) {
        return Ok((token, (cursor, first)));
    }
    // Whether the history of a time is there is only found out by reading it.
    let Some(token) = token else {
        return Ok((None, (cursor, first)));
    };
    let behind = Start::After(token.clone());
    drop(cursor);
    let opened = cursor::open_first(hub.client(), opening, &behind).await?;
    Ok((Some(token), opened))
}

/// The same in a task, for a stream that is under way.
pub(super) async fn recover(
    hub: Hub,
    opening: Arc<Opening>,
    mut listener: Listener,
    error: ClientError,
) {
    let mut attempts = 0;
    loop {
        let from = listener.last.clone();
        let ask = listener.ask.clone();
        let outcome = go_on(&hub, &opening, &ask, from.as_ref(), error.clone()).await;
        let failed = match outcome {
            Ok(Outcome::Stop(gap)) => {
                let _ = listener.give(Item::Lost(gap)).await;
                return;
            }
            Ok(Outcome::GoOn(gap, token, opened)) => {
                listener.last.clone_from(&token);
                if listener.give(Item::Gap { gap, token }).await.is_ok() {
                    Reader::spawn(&hub, opening, listener, Some(*opened), false);
                }
                return;
            }
            Err(failed) => failed,
        };
        attempts += 1;
        let again_in = pause(attempts);
        let told = Item::Interrupted {
            reason: failed.message,
            again_in,
        };
        if listener.give(told).await.is_err() {
            return;
        }
        tokio::time::sleep(again_in).await;
    }
}
