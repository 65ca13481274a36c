//! A client that speaks just enough.

use std::io::{Read, Write};
use std::net::TcpStream;

use bson::{Document, doc};

use crate::embedded::engine::{Engine, EngineOptions};
use crate::embedded::server::{Address, Listen, Server, ServerHandle, ServerOptions};
use crate::embedded::storage::Store;

/// A server on an empty database in memory, and one connection to it.
pub struct Client {
    socket: TcpStream,
    _server: ServerHandle,
}

impl Client {
    pub fn new() -> Self {
        let mut options = EngineOptions::new(Store::memory());
        options.background = false;
        let engine = Engine::open(options).unwrap();
        let any: std::net::SocketAddr = ([127, 0, 0, 1], 0).into();
        let options = ServerOptions {
            listeners: vec![Listen::Tcp(any)],
            test_commands: true,
            ..ServerOptions::default()
        };
        let server = Server::start(engine, options).unwrap();
        let address = server.addresses().iter().find_map(|address| match address {
            Address::Tcp(address) => Some(*address),
            _ => None,
        });
        let socket = TcpStream::connect(address.unwrap()).unwrap();
        Self {
            socket,
            _server: server,
        }
    }

    /// Sends a command and waits for its reply.
    pub fn run(&mut self, db: &str, mut command: Document) -> Document {
        command.insert("$db", db);
        let body = command.to_vec().unwrap();
        let length = i32::try_from(16 + 5 + body.len()).unwrap();
        let mut message = Vec::new();
        for number in [length, 1, 0, 2013, 0] {
            message.extend(number.to_le_bytes());
        }
        message.push(0);
        message.extend(body);
        self.socket.write_all(&message).unwrap();
        let mut header = [0; 16];
        self.socket.read_exact(&mut header).unwrap();
        let length = i32::from_le_bytes(header[..4].try_into().unwrap());
        let mut rest = vec![0; usize::try_from(length).unwrap() - 16];
        self.socket.read_exact(&mut rest).unwrap();
        Document::from_reader(&rest[5..]).unwrap()
    }

    /// Sends a command that opens a cursor, and reads it to the end.
    pub fn drain(&mut self, db: &str, command: Document) -> Result<Vec<bson::Bson>, Document> {
        let mut reply = self.run(db, command);
        let mut documents = Vec::new();
        loop {
            let Ok(cursor) = reply.get_document("cursor") else {
                return Err(reply);
            };
            let batch = cursor
                .get_array("firstBatch")
                .or_else(|_| cursor.get_array("nextBatch"));
            documents.extend(batch.unwrap().iter().cloned());
            let id = cursor.get_i64("id").unwrap();
            if id == 0 {
                return Ok(documents);
            }
            let name = cursor.get_str("ns").unwrap();
            let name = name.split_once('.').unwrap().1.to_owned();
            reply = self.run(db, doc! { "getMore": id, "collection": name });
        }
    }
}
