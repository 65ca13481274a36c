//! A connection's stream of bytes: TCP or unix socket, plain or in TLS.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use super::patience::{Patience, Turns, Wait};

/// A connected socket. Shared by the thread that serves it and those who watch or close it.
#[derive(Debug)]
pub enum Socket {
    /// TCP
    Tcp(TcpStream),
    /// A unix socket.
    Unix(UnixStream),
}

impl Socket {
    /// Ends reading (and, with `Both`, writing): whoever is blocked in it comes back.
    pub fn shutdown(&self, how: Shutdown) {
        let _ = match self {
            Self::Tcp(s) => s.shutdown(how),
            Self::Unix(s) => s.shutdown(how),
        };
    }

    /// Whether the other side is gone. Looks without waiting and without taking bytes.
    pub fn is_hung_up(&self) -> bool {
        use rustix::net::{RecvFlags, recv};
        let mut byte = [0_u8; 1];
        let flags = RecvFlags::PEEK | RecvFlags::DONTWAIT;
        match recv(self.as_fd(), &mut byte, flags) {
            Ok((_, n)) => n == 0,
            Err(e) => e != rustix::io::Errno::AGAIN && e != rustix::io::Errno::INTR,
        }
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Tcp(s) => s.as_fd(),
            Self::Unix(s) => s.as_fd(),
        }
    }
}

/// The same as the connection's thread reads and writes it.
#[derive(Debug)]
pub struct SharedSocket {
    socket: Arc<Socket>,
    patience: Patience,
}

impl SharedSocket {
    /// Nothing has been read yet.
    pub fn new(socket: Arc<Socket>, turns: Arc<Turns>) -> Self {
        let patience = Patience::new(turns);
        Self { socket, patience }
    }
}

impl Read for SharedSocket {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        use rustix::net::{RecvFlags, recv};
        let socket = &*self.socket;
        self.patience.read(|wait| {
            let flags = match wait {
                Wait::Not => RecvFlags::DONTWAIT,
                Wait::ForBytes => RecvFlags::empty(),
            };
            Ok(recv(socket, &mut *buf, flags)?.1)
        })
    }
}

impl Write for SharedSocket {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        use rustix::net::{SendFlags, send};
        let socket = &*self.socket;
        self.patience.write(|wait| {
            let flags = match wait {
                Wait::Not => SendFlags::DONTWAIT,
                Wait::ForBytes => SendFlags::empty(),
            };
            Ok(send(socket, buf, flags)?)
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A connection's stream of bytes.
pub enum Transport {
    /// As they are.
    Plain(SharedSocket),
    /// In TLS.
    Tls(Box<rustls::StreamOwned<rustls::ServerConnection, SharedSocket>>),
}

impl Read for Transport {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(s) => s.read(buf),
            Self::Tls(s) => s.read(buf),
        }
    }
}

impl Write for Transport {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(s) => s.write(buf),
            Self::Tls(s) => s.write(buf),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(_) => Ok(()),
            Self::Tls(s) => s.flush(),
        }
    }
}
