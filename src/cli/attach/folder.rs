//! Which files of a folder are handlers.
//!
//! A handler declares a stream (`const STREAM`) or has a function that streams call (`fn onInsert`,
//! `fn onChange`, …, or the one that `--handler` names). Every other file is there to be imported.
//! Folders are looked at again and again, by names, times and lengths; only files that changed are
//! read. What is inside of folders inside is not looked at.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use fancy_regex::Regex;

/// A file as its folder shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
}

impl Stamp {
    /// How a file is now; nothing where it is not there.
    pub fn of(file: &Path) -> Option<Self> {
        let seen = std::fs::metadata(file).ok()?;
        Some(Self {
            modified: seen.modified().ok(),
            length: seen.len(),
        })
    }
}

/// A folder that is watched.
pub struct Folder {
    path: PathBuf,
    handler: Regex,
    /// What is known of its files.
    known: HashMap<PathBuf, (Stamp, bool)>,
}

impl Folder {
    /// A folder; `function` is what `--handler` names.
    pub fn new(path: &Path, function: Option<&str>) -> Self {
        Self {
            path: path.to_path_buf(),
            handler: pattern(function),
            known: HashMap::new(),
        }
    }

    /// The handlers that are there now, by name.
    pub fn handlers(&mut self) -> Vec<PathBuf> {
        let mut now = HashMap::new();
        let entries = std::fs::read_dir(&self.path)
            .into_iter()
            .flatten()
            .flatten();
        for file in entries
            .map(|entry| entry.path())
            .filter(|path| is_script(path))
        {
            let Some(stamp) = Stamp::of(&file) else {
                continue;
            };
            let known = self.known.get(&file).filter(|(then, _)| *then == stamp);
            let is_handler = match known {
                Some((_, is_handler)) => *is_handler,
                None => self.is_handler(&file),
            };
            now.insert(file, (stamp, is_handler));
        }
        self.known = now;
        let handlers = self.known.iter().filter(|(_, (_, is_handler))| *is_handler);
        let mut handlers: Vec<PathBuf> = handlers.map(|(file, _)| file.clone()).collect();
        handlers.sort();
        handlers
    }

    fn is_handler(&self, file: &Path) -> bool {
        let text = std::fs::read(file).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        self.handler.is_match(&*text).unwrap_or(false)
    }
}

/// Editors put their own files beside those that are edited (`.name.rhai.swp`, `.#name.rhai`).
fn is_script(path: &Path) -> bool {
    let hidden = path
        .file_name()
        .is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
    !hidden && path.extension().is_some_and(|ext| ext == "rhai") && path.is_file()
}

/// At the start of a line, so that a comment that shows a handler makes none.
fn pattern(function: Option<&str>) -> Regex {
    const OWN: &str = r"(?m)^\s*(?:export\s+)?const\s+STREAM\b|^\s*fn\s+on[A-Z]\w*\s*\(\s*\w+\s*\)";
    let pattern = match function {
        Some(name) => format!(r"{OWN}|^\s*fn\s+{}\s*\(", fancy_regex::escape(name)),
        None => OWN.to_string(),
    };
    // A name that makes no pattern is none of a function either.
    Regex::new(&pattern).unwrap_or_else(|_| never())
}

fn never() -> Regex {
    #[allow(clippy::unwrap_used)] // a constant, and tested
    Regex::new(r"(?!)").unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handlers_are_told_from_libraries() {
        let cases = [
            ("const STREAM = #{ watch: \"a.b\" };", true),
            ("export const STREAM = #{};", true),
            ("fn onInsert(change) { }", true),
            ("  fn onChange( change ) { }", true),
            ("fn notify(user) { }", false),
            ("export const OrderProcessor = #{ };", false),
            ("// fn onChange(change) { }", false),
            ("fn onlyOnce(x) { }", false),
            ("let STREAM = 1;", false),
        ];
        let pattern = pattern(None);
        for (text, want) in cases {
            assert_eq!(pattern.is_match(text).unwrap(), want, "{text}");
        }
        let named = super::pattern(Some("handleOrder"));
        assert!(named.is_match("fn handleOrder(change) {").unwrap());
        assert!(!never().is_match("x").unwrap());
    }

    #[test]
    fn a_folder_is_looked_at_again() {
        let place = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(place.path().join(name), text).unwrap();
        let mut folder = Folder::new(place.path(), None);
        write("lib.rhai", "fn help() { }");
        write("b.rhai", "fn onInsert(change) { }");
        write(".b.rhai", "fn onInsert(change) { }");
        write("notes.txt", "fn onInsert(change) { }");
        let names = |folder: &mut Folder| -> Vec<String> {
            let found = folder.handlers();
            let name = |file: &PathBuf| file.file_name().unwrap().to_string_lossy().into_owned();
            found.iter().map(name).collect()
        };
        assert_eq!(names(&mut folder), ["b.rhai"]);
        write("a.rhai", "const STREAM = #{};");
        write(
            "lib.rhai",
            "fn help() { } fn onDelete(c) { }\nfn onDelete(change) { }",
        );
        assert_eq!(names(&mut folder), ["a.rhai", "b.rhai", "lib.rhai"]);
        std::fs::remove_file(place.path().join("b.rhai")).unwrap();
        assert_eq!(names(&mut folder), ["a.rhai", "lib.rhai"]);
    }
}
