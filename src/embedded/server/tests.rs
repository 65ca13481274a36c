//! The server over real sockets.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use bson::{Document, doc};

use super::{Address, Listen, Server, ServerHandle, ServerOptions};
use crate::embedded::engine::{Engine, EngineOptions};
use crate::embedded::storage::Store;

fn start(listeners: Vec<Listen>) -> ServerHandle {
    let mut options = EngineOptions::new(Store::memory());
    options.background = false;
    let engine = Engine::open(options).unwrap();
    let options = ServerOptions {
        listeners,
        ..ServerOptions::default()
    };
    Server::start(engine, options).unwrap()
}

fn local() -> Listen {
    Listen::Tcp(([127, 0, 0, 1], 0).into())
}

fn tcp(server: &ServerHandle) -> TcpStream {
    let Some(Address::Tcp(address)) = server.addresses().first() else {
        panic!("no TCP address");
    };
    let stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    stream
}

fn message(body: &Document) -> Vec<u8> {
    let body = body.to_vec().unwrap();
    let length = i32::try_from(body.len() + 21).unwrap();
    let mut bytes = Vec::new();
    for n in [length, 1, 0, 2013, 0] {
        bytes.extend(n.to_le_bytes());
    }
    bytes.push(0);
    bytes.extend(body);
    bytes
}

fn answer(stream: &mut impl Read) -> Document {
    let mut header = [0; 16];
    stream.read_exact(&mut header).unwrap();
    let length = i32::from_le_bytes(header[..4].try_into().unwrap());
    let mut rest = vec![0; usize::try_from(length).unwrap() - 16];
    stream.read_exact(&mut rest).unwrap();
    Document::from_reader(&rest[5..]).unwrap()
}

fn ping(stream: &mut (impl Read + Write)) {
    let ping = doc! { "ping": 1, "$db": "admin" };
    stream.write_all(&message(&ping)).unwrap();
    assert_eq!(answer(stream).get_f64("ok").unwrap(), 1.0);
}

#[test]
fn answers_on_every_address() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let server = start(vec![local(), Listen::Unix(path.clone())]);
    ping(&mut tcp(&server));
    let mut stream = UnixStream::connect(&path).unwrap();
    ping(&mut stream);
    stream
        .write_all(&message(&doc! { "hello": 1, "$db": "admin" }))
        .unwrap();
    let hello = answer(&mut stream);
    assert_eq!(hello.get_str("me").unwrap(), path.display().to_string());
    server.shutdown();
    assert!(!path.exists());
}

#[test]
fn stops_also_when_its_folder_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(vec![Listen::Unix(folder.path().join("socket"))]);
    drop(folder);
    let (stopped, is_stopped) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        server.shutdown();
        stopped.send(()).unwrap();
    });
    is_stopped.recv_timeout(Duration::from_secs(20)).unwrap();
}

#[test]
fn hostile_bytes_close_their_connection_and_disturb_nobody() {
    let server = start(vec![local()]);
    let mut other = tcp(&server);
    let good = message(&doc! { "find": "c", "$db": "d", "filter": { "a": [1, { "b": "x" }] } });
    for place in 0..good.len() {
        for byte in [0, 0x7f, 0xff] {
            let mut bytes = good.clone();
            bytes[place] = byte;
            let mut stream = tcp(&server);
            stream.write_all(&bytes).unwrap();
            stream.shutdown(std::net::Shutdown::Write).unwrap();
            let mut rest = Vec::new();
            let _ = stream.read_to_end(&mut rest);
        }
    }
    ping(&mut other);
}

#[test]
fn shutting_down_waits_for_nobody_who_only_waits() {
    let server = start(vec![local()]);
    let mut idle = tcp(&server);
    ping(&mut idle);
    let mut waiting = tcp(&server);
    let hello = doc! { "hello": 1, "$db": "admin" };
    waiting.write_all(&message(&hello)).unwrap();
    let version = answer(&mut waiting);
    let version = version.get_document("topologyVersion").unwrap();
    let wait = doc! {
        "hello": 1, "$db": "admin", "topologyVersion": version.clone(), "maxAwaitTimeMS": 60_000,
    };
    waiting.write_all(&message(&wait)).unwrap();
    std::thread::sleep(Duration::from_millis(50));
    let began = Instant::now();
    server.shutdown();
    assert!(
        began.elapsed() < Duration::from_secs(3),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(answer(&mut waiting).get_i32("code").unwrap(), 91);
}
