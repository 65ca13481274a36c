//! The options of the command line as fields of `STREAM`, which win over the file's.

use std::net::{Ipv4Addr, SocketAddr, ToSocketAddrs as _};
use std::path::Path;

use bson::{Bson, DateTime, Document, doc};

use crate::cli::args::{AttachArgs, Global};
use crate::diag::{Diagnostic, Kind};

/// The fields that the command line gives.
pub fn fields(global: &Global, args: &AttachArgs) -> Document {
    let mut fields = Document::new();
    let mut set = |name: &str, value: Option<Bson>| {
        if let Some(value) = value {
            fields.insert(name, value);
        }
    };
    let text = |value: &Option<String>| value.clone().map(Bson::String);
    let number = |value: Option<u32>| value.map(|n| Bson::Int64(n.into()));
    set("id", text(&args.stream_id));
    set(
        "watch",
        match args.watch.as_slice() {
            [] => None,
            [one] => Some(one.as_str().into()),
            several => Some(several.to_vec().into()),
        },
    );
    set("database", text(&global.db));
    set("handler", text(&args.handler));
    set("fullDocument", text(&args.full_document));
    set("lanes", number(args.lanes));
    set("delivery", text(&args.delivery));
    let stop = args.stop_on_error.then(|| Bson::from("stop"));
    set("onFailure", stop.or_else(|| text(&args.on_failure)));
    set("onLostHistory", args.on_lost_history.clone());
    set("batch", number(args.batch));
    fields
}

/// Refuses what cannot be meant.
pub fn check(args: &AttachArgs) -> Result<(), Diagnostic> {
    let usage = |message: String| Diagnostic::new(Kind::Usage, message);
    for target in &args.targets {
        if !target.exists() {
            let shown = target.display();
            return Err(usage(format!("there is no script file {shown}")));
        }
    }
    if args.stream_id.is_some() && !is_single(&args.targets) {
        let message = "--stream-id names one stream, and several files are given";
        return Err(usage(message.into())
            .hint("give each file its own `id`: const STREAM = #{ id: \"orders\", … };"));
    }
    Ok(())
}

/// Whether one file is all that is attached.
pub fn is_single(targets: &[impl AsRef<Path>]) -> bool {
    matches!(targets, [one] if !one.as_ref().is_dir())
}

/// Reads `stop`, `restart-now` or `restart-at=TIME`.
///
/// # Errors
/// Where it is none of them; the text says what is wrong.
pub fn lost_history(text: &str) -> Result<Bson, String> {
    match text.split_once('=') {
        None if matches!(text, "stop" | "restart-now") => Ok(text.into()),
        Some(("restart-at", time)) => {
            let at = DateTime::parse_rfc3339_str(time)
                .map_err(|_| format!("{time} is no time: write 2026-05-01T00:00:00Z"))?;
            Ok(doc! { "restartAt": at }.into())
        }
        _ => Err("write stop, restart-now, or restart-at=2026-05-01T00:00:00Z".into()),
    }
}

/// Reads `PORT`, `:PORT`, `ADDR:PORT` or `NAME:PORT`; without an address it is the loopback's.
///
/// # Errors
/// Where it is none of them; the text says what is wrong.
pub fn metrics_address(text: &str) -> Result<SocketAddr, String> {
    if let Ok(port) = text.strip_prefix(':').unwrap_or(text).parse::<u16>() {
        return Ok((Ipv4Addr::LOCALHOST, port).into());
    }
    let mut found = text
        .to_socket_addrs()
        .map_err(|e| format!("{e}: write 9464, or 0.0.0.0:9464 for other machines"))?;
    found.next().ok_or_else(|| format!("{text} has no address"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_alone_is_one_of_the_loopback() {
        for (text, want) in [
            ("9464", "127.0.0.1:9464"),
            (":0", "127.0.0.1:0"),
            ("0.0.0.0:9464", "0.0.0.0:9464"),
            ("[::1]:9464", "[::1]:9464"),
        ] {
            assert_eq!(metrics_address(text).unwrap().to_string(), want);
        }
        assert!(metrics_address("nowhere").is_err());
    }

    #[test]
    fn a_policy_for_lost_history_is_a_word_or_a_time() {
        assert_eq!(lost_history("restart-now"), Ok("restart-now".into()));
        let at = lost_history("restart-at=2026-05-01T00:00:00Z").unwrap();
        assert!(at.as_document().unwrap().get_datetime("restartAt").is_ok());
        for wrong in ["restart", "restart-at", "restart-at=soon", "stop=1"] {
            assert!(lost_history(wrong).is_err(), "{wrong}");
        }
    }
}
