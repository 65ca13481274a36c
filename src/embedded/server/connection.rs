//! One connection: its thread reads a message, runs the command, writes the answer.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use super::input::{Input, ReadError};
use super::listener::Accepted;
use super::operations::{Operations, Slot};
use super::patience::Turns;
use super::shared::Shared;
use super::socket::{SharedSocket, Socket, Transport};
use crate::embedded::commands::dispatch::{self, Answer};
use crate::embedded::commands::{ConnectionInfo, Request};
use crate::embedded::wire::{Compressor, Header, Message, OpCode, WireError, compress, reply};

/// The stack of a connection's thread: enough for the deepest document through every layer. Only what is
/// used of it takes memory.
pub const STACK: usize = 8 * 1024 * 1024;

/// What an output buffer keeps between answers.
const KEEP: usize = 256 * 1024;

static NEXT_REPLY: AtomicI32 = AtomicI32::new(1);

/// A connection.
struct Connection {
    shared: Arc<Shared>,
    slot: Arc<Slot>,
    info: ConnectionInfo,
    transport: Transport,
    output: Vec<u8>,
}

/// Whether a connection goes on after a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    GoOn,
    Close,
}

/// Serves a connection in a thread of its own.
pub fn serve(accepted: Accepted, shared: &Arc<Shared>, tls: Option<Arc<rustls::ServerConfig>>) {
    if shared.operations.connections().0 >= shared.options.max_connections {
        tracing::warn!("too many connections; one is refused");
        return;
    }
    let socket = Arc::new(accepted.socket);
    let slot = shared
        .operations
        .connect(socket.clone(), accepted.remote.clone());
    let mut info = ConnectionInfo::new(slot.id, accepted.local, accepted.remote);
    // The socket of a data directory is the user's alone: nobody has to log in there.
    info.users = shared.options.auth.clone().filter(|_| accepted.is_tcp);
    info.test_commands = shared.options.test_commands;
    info.may_introduce = !accepted.is_tcp;
    let for_thread = (shared.clone(), slot.clone());
    let spawned = super::spawn("connection", move || {
        let (shared, slot) = for_thread;
        let gone = Gone(shared.clone(), slot.clone());
        if let Some(transport) = transport(socket, shared.turns.clone(), tls) {
            let connection = Connection {
                shared,
                slot,
                info,
                transport,
                output: Vec::new(),
            };
            connection.run();
        }
        drop(gone);
    });
    if let Err(e) = spawned {
        tracing::warn!(error = %e, "cannot start a connection's thread");
        shared.operations.disconnect(&slot);
    }
}

/// Takes the connection out of the registry, also when its thread panics.
struct Gone(Arc<Shared>, Arc<Slot>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.1.socket.shutdown(std::net::Shutdown::Both);
        self.0.operations.disconnect(&self.1);
    }
}

fn transport(
    socket: Arc<Socket>,
    turns: Arc<Turns>,
    tls: Option<Arc<rustls::ServerConfig>>,
) -> Option<Transport> {
    let stream = SharedSocket::new(socket, turns);
    let Some(config) = tls else {
        return Some(Transport::Plain(stream));
    };
    match rustls::ServerConnection::new(config) {
        Ok(tls) => {
            let stream = rustls::StreamOwned::new(tls, stream);
            Some(Transport::Tls(Box::new(stream)))
        }
        Err(e) => {
            tracing::warn!(error = %e, "cannot begin TLS");
            None
        }
    }
}

impl Connection {
    fn run(mut self) {
        let mut input = Input::new();
        tracing::debug!(connection = self.info.id, client = %self.info.remote, "connected");
        loop {
            match input.message(&mut self.transport) {
                Ok(Some((header, bytes))) => match self.message(header, bytes) {
                    Ok(Then::GoOn) if !self.shared.topology.is_stopping() => {}
                    Ok(_) => break,
                    Err(e) => {
                        self.refuse(&e);
                        break;
                    }
                },
                Ok(None) => break,
                Err(e) => {
                    self.refuse(&e);
                    break;
                }
            }
        }
        tracing::debug!(connection = self.info.id, "disconnected");
        dispatch::disconnected(&self.shared, &self.info);
    }

    fn refuse(&self, e: &ReadError) {
        match e {
            ReadError::Wire(e) => {
                tracing::warn!(connection = self.info.id, client = %self.info.remote, error = %e, "closed");
            }
            ReadError::Io(e) => {
                tracing::debug!(connection = self.info.id, error = %e, "closed");
            }
        }
    }

    fn message(&mut self, header: Header, bytes: &[u8]) -> Result<Then, ReadError> {
        let (head, payload) = bytes.split_at_checked(16).unwrap_or_default();
        match header.op_code {
            OpCode::Message => {
                let message = Message::parse(head, payload)?;
                self.answer(header, &message, None)
            }
            OpCode::Query => {
                let message = Message::parse_query(payload)?;
                self.answer(header, &message, None)
            }
            OpCode::Compressed => {
                let opened = compress::open(payload)?;
                let message = match opened.op_code {
                    OpCode::Query => Message::parse_query(&opened.payload)?,
                    _ => Message::parse(&rebuilt(head, &opened), &opened.payload)?,
                };
                self.answer(header, &message, Some(opened.compressor))
            }
        }
    }

    /// Runs a message's command, as often as its answers go on.
    fn answer(
        &mut self,
        header: Header,
        message: &Message<'_>,
        compressor: Option<Compressor>,
    ) -> Result<Then, ReadError> {
        let request = match Request::read(message) {
            Ok(request) => Arc::new(request),
            Err(e) => return Err(WireError::Bson(e.message).into()),
        };
        let compressor = compressor.filter(|_| dispatch::may_compress(&request.name));
        let mut answers_to = header.request_id;
        let mut again = false;
        loop {
            let flags = dispatch::Flags {
                takes_many: message.takes_many_answers(),
                again,
            };
            let answer = dispatch::run(&self.shared, &self.slot, &mut self.info, &request, flags);
            Operations::end(&self.slot);
            let (body, tail, more) = match answer {
                Answer::Close => return Ok(Then::Close),
                _ if !message.wants_answer() => return Ok(Then::GoOn),
                Answer::Reply { body, tail, more } => (body, tail, more),
            };
            let id = NEXT_REPLY.fetch_add(1, Ordering::Relaxed);
            let ids = (id, answers_to);
            if message.legacy.is_some() {
                reply::legacy(&mut self.output, ids, &body, tail);
                self.write(header.length, compressor)?;
            } else if compressor.is_none() && body.as_bytes().len() > KEEP {
                let (before, behind) = reply::around(ids, more, &body, tail);
                self.write_parts(header.length, &[&before, reply::fields(&body), &behind])?;
            } else {
                reply::message(&mut self.output, ids, more, &body, tail);
                self.write(header.length, compressor)?;
            }
            if !more || self.shared.topology.is_stopping() {
                return Ok(Then::GoOn);
            }
            (answers_to, again) = (id, true);
        }
    }

    /// Writes a large message from where its parts are.
    fn write_parts(&mut self, came: usize, parts: &[&[u8]]) -> std::io::Result<()> {
        let length = parts.iter().map(|part| part.len()).sum();
        self.shared.counters.message(came, length);
        for part in parts {
            self.transport.write_all(part)?;
        }
        self.transport.flush()
    }

    fn write(&mut self, came: usize, compressor: Option<Compressor>) -> std::io::Result<()> {
        if let Some(by) = compressor {
            self.output = compress::close(std::mem::take(&mut self.output), by);
        }
        self.shared.counters.message(came, self.output.len());
        self.transport.write_all(&self.output)?;
        self.transport.flush()?;
        if self.output.capacity() > KEEP {
            self.output = Vec::new();
        }
        Ok(())
    }
}

/// The header that a compressed message had: its checksum includes it.
fn rebuilt(head: &[u8], opened: &compress::Uncompressed) -> Vec<u8> {
    let length = i32::try_from(opened.payload.len() + 16).unwrap_or(i32::MAX);
    let mut bytes = length.to_le_bytes().to_vec();
    bytes.extend(head.get(4..12).unwrap_or_default());
    bytes.extend(opened.op_number.to_le_bytes());
    bytes
}
