//! `--explain`: the settings of each stream, and what it asks of the server.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use bson::{Bson, Document, doc};

use super::file::{KeeperConfig, load};
use super::folder::Folder;
use crate::cli::args::{AttachArgs, Global};
use crate::cli::connection::refused;
use crate::diag::{Diagnostic, Kind, render};
use crate::script::ScriptVersion;
use crate::stream::source::{Hub, OpenError};
use crate::stream::{StreamSpec, Version as _};
use crate::value::inspect::{Node, Style, inspect};

/// Shows all streams, and ends; a file that is none is an error.
pub async fn explain(
    global: &Global,
    args: &AttachArgs,
    config: &Arc<KeeperConfig>,
) -> Result<u8, Diagnostic> {
    let hub = Hub::new(config.cluster().client());
    let color = global.color.on_stdout();
    let mut code = 0;
    for file in files(args) {
        let program = match load(config.clone(), file.clone(), false).await {
            Ok(program) => program,
            Err(failure) => {
                let _ = writeln!(std::io::stderr(), "{}", render(&failure, color));
                code = code.max(failure.kind.exit_code());
                continue;
            }
        };
        let version = program.version();
        let asked = hub.explain(version.spec()).await.map_err(refusal)?;
        let text = text(&file.display().to_string(), &version, asked, color);
        let _ = write!(std::io::stdout(), "{text}");
    }
    Ok(code)
}

fn files(args: &AttachArgs) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for target in &args.targets {
        match target.is_dir() {
            true => files.extend(Folder::new(target, args.handler.as_deref()).handlers()),
            false => files.push(target.clone()),
        }
    }
    files
}

fn text(file: &str, version: &ScriptVersion, asked: Document, color: bool) -> String {
    let style = Style::full().with_colors(color);
    let show = |d: Document| inspect(&Node::from(&Bson::Document(d)), &style);
    let spec = version.spec();
    let mut text = format!(
        "{}: {file}, generation {}\nsettings: {}\nlooks at: {}\nasked of the server: {}\n",
        spec.id,
        version.generation(),
        show(spec.to_document()),
        show(looks_at(spec)),
        show(asked),
    );
    for warning in version.warnings() {
        text.push_str(&format!("warning: {}\n", render(warning, color)));
    }
    text
}

/// What the handler's source says of its needs.
fn looks_at(spec: &StreamSpec) -> Document {
    let operations = match &spec.needs.operations {
        Some(operations) => Bson::from(operations.clone()),
        None => "all".into(),
    };
    doc! {
        "operations": operations,
        "fullDocument": spec.needs.full_document,
        "updateDescription": spec.needs.update_description,
    }
}

fn refusal(error: OpenError) -> Diagnostic {
    match error {
        OpenError::Client(e) => refused(e),
        other => Diagnostic::new(Kind::Script, other.to_string()),
    }
}
