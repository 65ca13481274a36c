//! Listening sockets, and the threads that take connections from them.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;

use super::options::Listen;
use super::socket::Socket;

/// A listening socket.
#[derive(Debug)]
pub enum Listener {
    /// TCP
    Tcp(TcpListener),
    /// A unix socket at a path.
    Unix(UnixListener, PathBuf),
}

/// Where a server listens, once it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// TCP, with the port that was taken.
    Tcp(SocketAddr),
    /// A unix socket.
    Unix(PathBuf),
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => path.display().fmt(f),
        }
    }
}

/// What ends a listener, wherever it is and whatever became of its path.
#[derive(Debug)]
pub struct Closer(OwnedFd);

impl Closer {
    /// Whoever waits for a connection there comes back. Only Linux does that: others need [`Address::knock`].
    pub fn close(&self) {
        let _ = rustix::net::shutdown(&self.0, rustix::net::Shutdown::Both);
    }
}

/// A connection that was taken: its socket, the address the client connected to, the client's own.
pub struct Accepted {
    pub socket: Socket,
    pub local: String,
    pub remote: String,
    pub is_tcp: bool,
}

impl Listener {
    /// Begins to listen.
    pub fn bind(listen: &Listen) -> io::Result<Self> {
        match listen {
            Listen::Tcp(address) => TcpListener::bind(address).map(Self::Tcp),
            Listen::Unix(path) => {
                match std::fs::remove_file(path) {
                    Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
                    _ => {}
                }
                let listener = UnixListener::bind(path)?;
                Ok(Self::Unix(listener, path.clone()))
            }
        }
    }

    /// What ends it.
    pub fn closer(&self) -> io::Result<Closer> {
        let socket = match self {
            Self::Tcp(listener) => listener.as_fd(),
            Self::Unix(listener, _) => listener.as_fd(),
        };
        socket.try_clone_to_owned().map(Closer)
    }

    /// Where it listens.
    pub fn address(&self) -> io::Result<Address> {
        match self {
            Self::Tcp(listener) => listener.local_addr().map(Address::Tcp),
            Self::Unix(_, path) => Ok(Address::Unix(path.clone())),
        }
    }

    /// Waits for a connection.
    pub fn accept(&self) -> io::Result<Accepted> {
        match self {
            Self::Tcp(listener) => {
                let (stream, remote) = listener.accept()?;
                stream.set_nodelay(true)?;
                let local = stream.local_addr()?.to_string();
                Ok(Accepted {
                    socket: Socket::Tcp(stream),
                    local,
                    remote: remote.to_string(),
                    is_tcp: true,
                })
            }
            Self::Unix(listener, path) => {
                let (stream, _) = listener.accept()?;
                Ok(Accepted {
                    socket: Socket::Unix(stream),
                    local: path.display().to_string(),
                    remote: "anonymous unix socket".to_owned(),
                    is_tcp: false,
                })
            }
        }
    }
}

impl Address {
    /// Connects to it and goes away: wakes the thread that waits for connections there.
    pub fn knock(&self) {
        match self {
            Self::Tcp(address) => {
                let mut address = *address;
                if address.ip().is_unspecified() {
                    address.set_ip(match address.is_ipv4() {
                        true => std::net::Ipv4Addr::LOCALHOST.into(),
                        false => std::net::Ipv6Addr::LOCALHOST.into(),
                    });
                }
                let _ = TcpStream::connect_timeout(&address, std::time::Duration::from_secs(1));
            }
            Self::Unix(path) => {
                let _ = UnixStream::connect(path);
                let _ = std::fs::remove_file(path);
            }
        }
    }
}
