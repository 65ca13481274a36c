//! What the driver does, as log entries under the target `mongodb`.
//!
//! Commands are named and never shown: they may hold secrets.

use mongodb::event::EventHandler;
use mongodb::event::cmap::CmapEvent;
use mongodb::event::command::CommandEvent;
use mongodb::event::sdam::SdamEvent;
use mongodb::options::ClientOptions;
use tracing::{Level, debug};

use super::ClientError;

/// Lets the driver tell what it does, where anybody listens.
pub(super) fn install(options: &mut ClientOptions) {
    if !tracing::enabled!(target: "mongodb", Level::DEBUG) {
        return;
    }
    options.sdam_event_handler = Some(EventHandler::callback(topology));
    options.cmap_event_handler = Some(EventHandler::callback(pool));
    options.command_event_handler = Some(EventHandler::callback(command));
}

fn topology(event: SdamEvent) {
    match event {
        SdamEvent::ServerDescriptionChanged(e) => {
            let (was, is) = (
                e.previous_description.server_type(),
                e.new_description.server_type(),
            );
            debug!(target: "mongodb", server = %e.address, ?was, ?is, "server changed");
        }
        SdamEvent::ServerHeartbeatFailed(e) => {
            let why = ClientError::from(e.failure).message;
            debug!(target: "mongodb", server = %e.server_address, why, "heartbeat failed");
        }
        _ => {}
    }
}

fn pool(event: CmapEvent) {
    match event {
        CmapEvent::PoolCleared(e) => debug!(target: "mongodb", server = %e.address, "pool cleared"),
        CmapEvent::ConnectionReady(e) => {
            debug!(target: "mongodb", server = %e.address, id = e.connection_id, "connected");
        }
        CmapEvent::ConnectionClosed(e) => {
            let why = e.reason;
            debug!(target: "mongodb", server = %e.address, id = e.connection_id, ?why, "connection closed");
        }
        _ => {}
    }
}

fn command(event: CommandEvent) {
    match event {
        CommandEvent::Started(e) => {
            debug!(target: "mongodb", id = e.request_id, db = e.db, server = %e.connection.address, "{} sent", e.command_name);
        }
        CommandEvent::Succeeded(e) => {
            debug!(target: "mongodb", id = e.request_id, took = ?e.duration, "{} done", e.command_name);
        }
        CommandEvent::Failed(e) => {
            let why = ClientError::from(e.failure).message;
            debug!(target: "mongodb", id = e.request_id, took = ?e.duration, why, "{} failed", e.command_name);
        }
        _ => {}
    }
}
