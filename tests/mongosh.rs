//! One script, the same output in mongosh and here: each `tests/mongosh/*.js` runs on a real
//! server, in an empty database of its name, and must print what mongosh printed (the `.out`
//! beside it, recorded by `tests/mongosh/record.sh`). `mongosh_on_embedded` does the same on the embedded
//! database.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::path::{Path, PathBuf};
use support::{on_embedded, run_file, shared};

/// Scripts that ask for what the embedded database refuses, and the word by which it does.
const REFUSED_ON_EMBEDDED: [(&str, &str); 14] = [
    ("bulk_api", "collation"),
    ("bulk_write_kinds", "collation"),
    ("collections", "timeseries"),
    ("counts", "collation"),
    ("cursor_options", "collation"),
    ("errors_read", "NotImplemented"),
    ("find_and_modify", "collation"),
    ("find_projection_sort", "collation"),
    ("index_management", "2dsphere"),
    ("indexes", "text"),
    ("map_reduce_where", "$where"),
    ("query_operators", "collation"),
    ("text_geo", "text"),
    ("write_results", "collation"),
];

fn refused(script: &Path) -> Option<&'static str> {
    let mut rows = REFUSED_ON_EMBEDDED.iter();
    rows.find(|(of, _)| on_embedded() && *of == name(script))
        .map(|(_, word)| *word)
}

#[test]
fn what_is_not_there_is_refused_by_name() {
    for script in scripts() {
        let Some(word) = refused(&script) else {
            continue;
        };
        let output = run_file(&shared().uri_of(name(&script)), &script, &[]);
        let said = output.stdout + &output.stderr;
        assert!(
            said.contains(word) && (said.contains("support") || said.contains("NotImplemented")),
            "{}: {said}",
            name(&script)
        );
    }
}

#[test]
fn scripts_print_what_mongosh_prints() {
    let mut scripts = scripts();
    scripts.retain(|script| refused(script).is_none());
    assert!(!scripts.is_empty());
    let failures: Vec<String> = scripts
        .iter()
        .filter_map(|script| difference(script))
        .collect();
    let count = format!("{} of {} scripts differ", failures.len(), scripts.len());
    assert!(failures.is_empty(), "{}\n{count}", failures.join("\n"));
}

/// All scripts, or those named in `MONGOSH_SCRIPTS` (names without extension, spaces between).
fn scripts() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mongosh");
    let wanted = std::env::var("MONGOSH_SCRIPTS").unwrap_or_default();
    let wanted: Vec<&str> = wanted.split_whitespace().collect();
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut scripts: Vec<PathBuf> = files
        .filter(|path| path.extension().is_some_and(|extension| extension == "js"))
        .filter(|path| wanted.is_empty() || wanted.contains(&name(path)))
        .collect();
    scripts.sort();
    scripts
}

fn name(script: &Path) -> &str {
    script.file_stem().unwrap().to_str().unwrap()
}

/// What differs between the recording and a run of this program, if anything.
fn difference(script: &Path) -> Option<String> {
    let recorded = std::fs::read_to_string(script.with_extension("out")).unwrap();
    let output = run_file(&shared().uri_of(name(script)), script, &[]);
    let printed = blank(&std::fs::read_to_string(script).unwrap(), &output.stdout);
    if printed == recorded && output.code == 0 {
        return None;
    }
    let mut report = format!("\n===== {}.js, exit code {}\n", name(script), output.code);
    report += &first_difference(&recorded, &printed);
    report += &output.stderr;
    Some(report)
}

/// The lines from the first one that differs on, a few of each side.
fn first_difference(recorded: &str, printed: &str) -> String {
    let (recorded, printed): (Vec<_>, Vec<_>) =
        (recorded.lines().collect(), printed.lines().collect());
    let same = recorded
        .iter()
        .zip(&printed)
        .take_while(|(a, b)| a == b)
        .count();
    let excerpt = |mark: &str, lines: &[&str]| -> String {
        lines
            .iter()
            .skip(same)
            .take(8)
            .map(|line| format!("{mark} {line}\n"))
            .collect()
    };
    format!(
        "line {}\n{}{}",
        same + 1,
        excerpt("-", &recorded),
        excerpt("+", &printed)
    )
}

/// Replaces what changes from run to run where the script's first line asks for it, as `record.sh`.
fn blank(script: &str, text: &str) -> String {
    let asked = script
        .lines()
        .next()
        .and_then(|line| line.strip_prefix("// blank:"));
    let words = asked.unwrap_or_default().split_whitespace();
    words.fold(text.to_owned(), |text, word| {
        let patterns = VOLATILE.iter().filter(|(of, ..)| *of == word);
        patterns.fold(text, |text, (_, pattern, replacement)| {
            let pattern = fancy_regex::Regex::new(pattern).unwrap();
            pattern.replace_all(&text, *replacement).into_owned()
        })
    })
}

const VOLATILE: [(&str, &str, &str); 5] = [
    (
        "ids",
        "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        "<uuid>",
    ),
    ("ids", "[0-9a-f]{24}", "<id>"),
    ("times", "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z", "<time>"),
    (
        "times",
        r"[A-Z][a-z]{2} [A-Z][a-z]{2} [0-9]{2} [0-9]{4} [0-9:]{8} GMT\+0000 \([^)]*\)",
        "<time>",
    ),
    (
        "times",
        r"Timestamp\(\{ t: [0-9]+, i: [0-9]+ \}\)",
        "Timestamp(<time>)",
    ),
];
