//! Commands to a server in its own protocol, so that a reply is seen as it came: the driver makes errors of
//! some and leaves out fields.

use std::io::{Read, Write};
use std::net::TcpStream;

use mongodb::bson::{Document, doc};

const OP_MSG: i32 = 2013;
/// Header, flags and the kind of the one section.
const HEAD: usize = 16 + 4 + 1;

/// One connection.
pub struct Wire {
    stream: TcpStream,
    request: i32,
}

impl Wire {
    /// Connects to `host:port`.
    pub fn connect(address: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        let mut wire = Self { stream, request: 0 };
        wire.run("admin", doc! { "hello": 1 });
        wire
    }

    /// The reply to a command, whether it was refused or not.
    pub fn run(&mut self, database: &str, mut command: Document) -> Document {
        command.insert("$db", database);
        let body = command.to_vec().unwrap();
        self.request += 1;
        let mut message = Vec::with_capacity(HEAD + body.len());
        for number in [(HEAD + body.len()) as i32, self.request, 0, OP_MSG, 0] {
            message.extend(number.to_le_bytes());
        }
        message.push(0);
        message.extend(body);
        self.stream.write_all(&message).unwrap();
        self.reply()
    }

    fn reply(&mut self) -> Document {
        let mut length = [0; 4];
        self.stream.read_exact(&mut length).unwrap();
        let mut rest = vec![0; i32::from_le_bytes(length) as usize - 4];
        self.stream.read_exact(&mut rest).unwrap();
        Document::from_reader(&rest[HEAD - 4..]).unwrap()
    }
}
