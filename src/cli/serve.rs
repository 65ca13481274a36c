//! `rhaiver serve`: the embedded database for mongosh, Compass and any driver.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::args::{Global, ServeArgs};
use super::{embedded, host};
use crate::diag::{Diagnostic, Kind};
use crate::embedded::auth::Users;
use crate::embedded::server::TlsFiles;
use crate::embedded::share::{Front, ShareOptions, Shared};

/// Serves until it is told to stop.
pub fn serve(global: &Global, args: &ServeArgs) -> anyhow::Result<u8> {
    if let (Some(name), Some(file)) = (&args.add_user, &args.auth_file) {
        return add_user(name, file);
    }
    let options = ShareOptions {
        test_commands: args.test_commands,
        front: front(args)?,
    };
    let place = embedded::place(global)?;
    let shared = Shared::open(&place, options).map_err(|e| embedded::refused(&e))?;
    if !global.quiet {
        announce(&shared)?;
    }
    host::runtime()?.block_on(host::asked_to_stop());
    drop(shared);
    Ok(0)
}

/// A line per address, for people and for programs that start this one on port 0.
fn announce(shared: &Shared) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    for address in shared.addresses() {
        writeln!(out, "serving mongodb://{address}/?directConnection=true")?;
    }
    out.flush()?;
    Ok(())
}

fn front(args: &ServeArgs) -> Result<Front, Diagnostic> {
    let mut addresses = Vec::new();
    for listen in &args.listen {
        addresses.extend(resolve(listen)?);
    }
    let open = addresses.iter().find(|address| !address.ip().is_loopback());
    if let (Some(address), None) = (open, &args.auth_file) {
        let message =
            format!("{address} can be reached from other machines, and no users are named");
        return Err(Diagnostic::new(Kind::Usage, message).hint(
            "add a user with `rhaiver serve --auth-file FILE --add-user NAME`, then serve with --auth-file FILE",
        ));
    }
    Ok(Front {
        addresses,
        users: args.auth_file.as_deref().map(users).transpose()?,
        users_file: args.auth_file.as_deref().map(absolute),
        tls: args
            .tls_certificate_key_file
            .as_deref()
            .map(|file| TlsFiles {
                certificate: absolute(file),
                key: absolute(file),
            }),
    })
}

/// A name may stand for several addresses: `localhost` for those of IPv4 and IPv6.
fn resolve(listen: &str) -> Result<Vec<SocketAddr>, Diagnostic> {
    let wrong = |why: String| {
        Diagnostic::new(Kind::Usage, format!("cannot listen on {listen}: {why}"))
            .hint("an address is written as 127.0.0.1:27017")
    };
    let found: Vec<_> = listen
        .to_socket_addrs()
        .map_err(|e| wrong(e.to_string()))?
        .collect();
    match found.first() {
        Some(_) => Ok(found),
        None => Err(wrong("the name has no address".into())),
    }
}

fn users(file: &Path) -> Result<Arc<Users>, Diagnostic> {
    let users = Users::load(file).map_err(|e| {
        Diagnostic::new(
            Kind::Usage,
            format!("the users in {} cannot be read: {e}", file.display()),
        )
        .hint("`rhaiver serve --auth-file FILE --add-user NAME` makes the file")
    })?;
    Ok(Arc::new(users))
}

/// Of another process's working folder nothing is known.
fn absolute(file: &Path) -> PathBuf {
    std::path::absolute(file).unwrap_or_else(|_| file.to_path_buf())
}

fn add_user(name: &str, file: &Path) -> anyhow::Result<u8> {
    let mut users = if file.exists() {
        Users::clone(&*self::users(file)?)
    } else {
        Users::default()
    };
    let mut input = std::io::stdin().lock();
    if std::io::stdin().is_terminal() {
        write!(std::io::stderr(), "Password of {name} (it is shown): ")?;
    }
    let mut password = String::new();
    input.read_line(&mut password)?;
    let password = password.trim_end_matches(['\n', '\r']);
    if password.is_empty() {
        let empty = Diagnostic::new(Kind::Usage, "a password has at least one character");
        return Err(empty.hint("give it on standard input, in one line").into());
    }
    users.set(name, "admin", password);
    users.save(file).map_err(|e| {
        Diagnostic::new(
            Kind::Usage,
            format!("{} cannot be written: {e}", file.display()),
        )
    })?;
    Ok(0)
}
