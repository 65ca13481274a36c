//! The front of a guest: TCP connections passed on to the owner's socket, with a word of whose they are.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use bson::{Document, RawDocumentBuf, doc};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tracing::{debug, warn};

use super::ShareOptions;
use crate::embedded::commands::introduce;
use crate::embedded::server::tls;
use crate::embedded::wire::reply::{self, Tail};

/// An answer to an introduction is no longer than this.
const LONGEST_ANSWER: usize = 64 * 1024;

/// Passes connections on until it is dropped.
#[derive(Debug)]
pub struct Proxy {
    addresses: Vec<SocketAddr>,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

/// What all its connections need.
struct Way {
    socket: PathBuf,
    users: Option<PathBuf>,
    test_commands: bool,
    tls: Option<TlsAcceptor>,
}

impl Proxy {
    /// Listens on the front's addresses.
    ///
    /// # Errors
    /// When an address cannot be listened on, or a TLS file is unusable.
    pub fn start(socket: &Path, options: &ShareOptions) -> io::Result<Self> {
        let front = &options.front;
        let config = front.tls.as_ref().map(tls::configure).transpose()?;
        let way = Arc::new(Way {
            socket: socket.to_path_buf(),
            users: front.users_file.clone(),
            test_commands: options.test_commands,
            tls: config.map(TlsAcceptor::from),
        });
        let listeners = front.addresses.iter().map(TcpListener::bind);
        let listeners = listeners.collect::<io::Result<Vec<_>>>()?;
        let addresses = listeners
            .iter()
            .map(TcpListener::local_addr)
            .collect::<io::Result<_>>()?;
        let (stop, stopped) = watch::channel(false);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let run = move || runtime.block_on(serve(listeners, way, stopped));
        let thread = std::thread::Builder::new()
            .name("rhaiver-proxy".into())
            .spawn(run)?;
        Ok(Self {
            addresses,
            stop,
            thread: Some(thread),
        })
    }

    /// Where it listens.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn serve(listeners: Vec<TcpListener>, way: Arc<Way>, mut stopped: watch::Receiver<bool>) {
    let mut tasks = tokio::task::JoinSet::new();
    for listener in listeners {
        let listener = listener
            .set_nonblocking(true)
            .and_then(|()| tokio::net::TcpListener::from_std(listener));
        match listener {
            Ok(listener) => drop(tasks.spawn(accept(listener, way.clone()))),
            Err(e) => warn!("cannot listen: {e}"),
        }
    }
    let _ = stopped.wait_for(|stopped| *stopped).await;
    // Listeners and connections end with their tasks.
    tasks.shutdown().await;
}

async fn accept(listener: tokio::net::TcpListener, way: Arc<Way>) {
    let mut connections = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((client, remote)) => {
                    let way = way.clone();
                    connections.spawn(async move {
                        if let Err(e) = way.pass(client, remote).await {
                            debug!("the connection of {remote} ended: {e}");
                        }
                    });
                }
                Err(e) => {
                    warn!("cannot take a connection: {e}");
                    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

impl Way {
    async fn pass(&self, client: TcpStream, remote: SocketAddr) -> io::Result<()> {
        client.set_nodelay(true)?;
        let local = client.local_addr()?;
        let mut owner = UnixStream::connect(&self.socket).await?;
        self.introduce(&mut owner, local, remote).await?;
        match &self.tls {
            Some(acceptor) => join(acceptor.accept(client).await?, owner).await,
            None => join(client, owner).await,
        }
    }

    async fn introduce(
        &self,
        owner: &mut UnixStream,
        local: SocketAddr,
        remote: SocketAddr,
    ) -> io::Result<()> {
        let mut body =
            doc! { introduce::NAME: 1, "local": local.to_string(), "remote": remote.to_string() };
        if let Some(users) = &self.users {
            body.insert("users", users.display().to_string());
        }
        body.insert("testCommands", self.test_commands);
        body.insert("$db", "admin");
        let body = RawDocumentBuf::try_from(&body).map_err(io::Error::other)?;
        let mut message = Vec::new();
        reply::message(&mut message, (0, 0), false, &body, Tail::default());
        owner.write_all(&message).await?;
        let answer = answer(owner).await?;
        match answer.get_f64("ok") {
            Ok(1.0) => Ok(()),
            _ => Err(io::Error::other(
                answer.get_str("errmsg").unwrap_or("no answer").to_owned(),
            )),
        }
    }
}

/// The document of an OP_MSG.
async fn answer(owner: &mut UnixStream) -> io::Result<Document> {
    /// Message header, flags, and the kind of the first section.
    const HEAD: usize = 16 + 4 + 1;
    let length = owner.read_i32_le().await?;
    let rest = usize::try_from(length).unwrap_or(0).saturating_sub(4);
    if !(HEAD - 4..LONGEST_ANSWER).contains(&rest) {
        return Err(io::Error::other("no answer to the introduction"));
    }
    let mut bytes = vec![0; rest];
    owner.read_exact(&mut bytes).await?;
    Document::from_reader(bytes.get(HEAD - 4..).unwrap_or_default()).map_err(io::Error::other)
}

async fn join(
    mut client: impl AsyncRead + AsyncWrite + Unpin,
    mut owner: UnixStream,
) -> io::Result<()> {
    copy_bidirectional(&mut client, &mut owner).await.map(drop)
}
