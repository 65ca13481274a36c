//! The built program: its command line, its exit codes, and that no script can crash it.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use support::{Output, rhaiver, run, run_with_input, shared};

fn rhaiver_run(args: &[&str]) -> Output {
    let mut command = rhaiver();
    command.arg("run").args(args);
    run(command)
}

fn eval(code: &str) -> Output {
    rhaiver_run(&["--timeout", "60s", "--eval", code])
}

/// As mongosh does.
#[test]
fn the_result_of_the_last_eval_is_printed() {
    let printed = rhaiver_run(&[
        "--eval",
        "let a = 2",
        "--eval",
        "a + 1",
        "--eval",
        "({ b: [a] })",
    ])
    .ok();
    assert_eq!(printed, "{ b: [ 2 ] }\n");
}

#[test]
fn json_prints_ejson() {
    let value = "({ n: NumberLong(5), d: 1.5 })";
    let squeeze = |text: String| text.split_whitespace().collect::<String>();
    let canonical = squeeze(rhaiver_run(&["--json", "--eval", value]).ok());
    assert_eq!(
        canonical,
        r#"{"n":{"$numberLong":"5"},"d":{"$numberDouble":"1.5"}}"#
    );
    let relaxed = squeeze(rhaiver_run(&["--json=relaxed", "--eval", value]).ok());
    assert_eq!(relaxed, r#"{"n":5,"d":1.5}"#);
}

#[test]
fn a_script_sees_its_arguments_and_standard_input_is_a_script() {
    let mut command = rhaiver();
    command.args(["run", "-", "one", "--two"]);
    let printed = run_with_input(command, "print(args);\nprint('from', 'stdin')").ok();
    assert_eq!(printed, "[ 'one', '--two' ]\nfrom stdin\n");
}

#[test]
fn exit_codes_say_what_failed() {
    let uri = "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200";
    let cases: [(&[&str], i32); 9] = [
        (&["--eval", "1"], 0),
        (&["--eval", "throw 'x'"], 1),
        (&["--eval", "let = 5"], 1),
        (&["--eval", "exit(7)"], 7),
        (&["--eval", "quit()"], 0),
        (&["--no-such-option"], 2),
        (&["no-such-file.rhai"], 2),
        (&["--uri", uri, "--eval", "db.x.findOne()"], 3),
        // No folder for the embedded database.
        (&["--data", "Cargo.toml", "--eval", "db.x.findOne()"], 3),
    ];
    for (args, code) in cases {
        let output = rhaiver_run(args);
        assert_eq!(output.code, code, "{args:?}\n{}", output.stderr);
        assert_eq!(
            output.stderr.is_empty(),
            matches!(code, 0 | 7),
            "{args:?}\n{}",
            output.stderr
        );
    }
}

#[test]
fn no_secret_reaches_the_screen() {
    let uri = "mongodb://ada:s3cret@127.0.0.1:1/?serverSelectionTimeoutMS=200";
    for code in [
        "db.x.findOne()",
        "print(db.getMongo().getURI())",
        "db.getMongo()",
    ] {
        let output = rhaiver_run(&["-vvv", "--uri", uri, "--eval", code]);
        assert!(
            !output.stdout.contains("s3cret") && !output.stderr.contains("s3cret"),
            "{output:?}"
        );
    }
}

#[test]
fn an_error_shows_its_place_its_calls_and_a_hint() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("lib.rhai"),
        "fn total(order) {\n    order.items.summ()\n}\n",
    )
    .unwrap();
    let main = folder.path().join("main.rhai");
    std::fs::write(
        &main,
        "import \"lib\" as lib;\n\nlib::total({ items: [1, 2] });\n",
    )
    .unwrap();
    let output = rhaiver_run(&[main.to_str().unwrap()]);
    assert_eq!(output.code, 1);
    for part in [
        "lib.rhai:2:17",
        "order.items.summ()",
        "^^^^",
        "main.rhai:3:",
        "total",
    ] {
        assert!(
            output.stderr.contains(part),
            "{part:?} is missing in\n{}",
            output.stderr
        );
    }
}

#[test]
fn a_misspelt_method_gets_the_right_name() {
    for (code, name) in [
        ("db.orders.insertOn({})", "insertOne"),
        ("db.orders.fnid()", "find"),
        ("db.orders.find().srot({})", "sort"),
        ("db.getCollectionName()", "getCollectionNames"),
        ("Math.maxx(1)", "max"),
        ("pritn(1)", "print"),
    ] {
        let output = rhaiver_run(&["--uri", &shared().uri(), "--eval", code]);
        let hint = format!("did you mean `{name}`?");
        assert!(output.stderr.contains(&hint), "{code}: {}", output.stderr);
    }
}

/// Nothing that a script holds ends the process in another way than with its own exit code.
#[test]
fn no_script_crashes_the_process() {
    let scripts = [
        "fn f(n) { f(n + 1) } f(0)",
        "let f = |n, g| g.call(n + 1, g); f.call(0, f)",
        "let o = { f: |n| this.f(n + 1) }; o.f(0)",
        "fn f(n) { [1].forEach(|x| f(n + 1)) } f(0)",
        "fn f(n) { [2, 1].sort(|a, b| f(n + 1)) } f(0)",
        "let d = {}; while true { d = { d: d } }",
        "let s = 'x'; while true { s += s }",
        "'x'.repeat(10000000000)",
        "'x'.padStart(10000000000)",
        "new Array(10000000000)",
        "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'.match(/^(a|a)+$/).x",
        "JSON.parse('['.repeat(1000000))",
        "EJSON.parse('{\"a\":'.repeat(1000000))",
        "[3, 1, 2].sort((a, b) => { throw 'no' })",
        "ObjectId('xyz')",
        "new Date(NaN).toISOString()",
        "9223372036854775807 * 9223372036854775807 + nope",
        "[][9223372036854775807].x",
        "'é'.substring(-5, 99)[7].x",
        "Timestamp(-1, 5000000000)",
        "BinData(300, '!!')",
    ];
    for script in scripts {
        let output = eval(script);
        assert_eq!(output.code, 1, "{script}\n{}", output.stderr);
        assert!(
            output.stderr.starts_with("error: "),
            "{script}\n{}",
            output.stderr
        );
        assert!(
            !output.stderr.contains("bug in rhaiver"),
            "{script}\n{}",
            output.stderr
        );
    }
}

#[test]
fn no_file_crashes_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let deep = 100_000;
    let files: [(&str, Vec<u8>); 8] = [
        (
            "parentheses",
            [b"(".repeat(deep), b"1".to_vec(), b")".repeat(deep)].concat(),
        ),
        ("brackets", b"[".repeat(deep)),
        ("objects", b"{a:".repeat(deep)),
        ("blocks", b"{".repeat(deep)),
        ("negations", [b"!".repeat(deep), b"true".to_vec()].concat()),
        ("templates", b"`${".repeat(deep)),
        ("latin1", b"print(\"\xff\")".to_vec()),
        ("nul", b"let x\0 = 5;".to_vec()),
    ];
    for (name, text) in files {
        let file = folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        let output = rhaiver_run(&[file.to_str().unwrap()]);
        assert_eq!(output.code, 1, "{name}: {}", output.stderr);
    }
    let large = folder.path().join("large");
    std::fs::write(
        &large,
        format!("let s = \"{}\"; print(s.length)", "x".repeat(10_000_000)),
    )
    .unwrap();
    assert_eq!(rhaiver_run(&[large.to_str().unwrap()]).ok(), "10000000\n");
    let many = folder.path().join("many");
    std::fs::write(
        &many,
        format!("let a = [{}]; print(a.length)", "1,".repeat(1_000_000)),
    )
    .unwrap();
    assert_eq!(rhaiver_run(&[many.to_str().unwrap()]).ok(), "1000000\n");
}

#[test]
fn imports_stay_inside_of_the_project_and_cycles_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().join("project");
    std::fs::create_dir_all(project.join(".git")).unwrap();
    std::fs::write(folder.path().join("secret.rhai"), "fn secret() { 42 }").unwrap();
    std::os::unix::fs::symlink(folder.path().join("secret.rhai"), project.join("link.rhai"))
        .unwrap();
    std::fs::write(project.join("a.rhai"), "import \"b\" as b;").unwrap();
    std::fs::write(project.join("b.rhai"), "import \"a\" as a;").unwrap();
    let cases = [
        ("import \"../secret\" as s;", "outside the project's root"),
        ("import \"link\" as s;", "outside the project's root"),
        (
            "import \"/etc/hostname\" as s;",
            "absolute paths are not allowed",
        ),
        ("import \"none\" as s;", "there is no file"),
        ("import \"a\" as a;", "cycle"),
    ];
    for (code, why) in cases {
        let main = project.join("main.rhai");
        std::fs::write(&main, code).unwrap();
        let output = rhaiver_run(&[main.to_str().unwrap()]);
        assert_eq!(output.code, 1, "{code}");
        assert!(output.stderr.contains(why), "{code}: {}", output.stderr);
    }
}

#[test]
fn a_time_limit_ends_what_waits_and_what_runs() {
    let uri = shared().uri();
    let scripts = [
        "while true {}",
        "sleep(600000)",
        "[3, 1, 2].sort((a, b) => { while true {} })",
        "try { while true {} } catch (e) { print('caught') }",
        "db.getSiblingDB('timeout').c.watch().next()",
    ];
    for script in scripts {
        let output = rhaiver_run(&["--uri", &uri, "--timeout", "300ms", "--eval", script]);
        assert_eq!(output.code, 1, "{script}: {}", output.stderr);
        assert!(
            output.stderr.contains("timed out"),
            "{script}: {}",
            output.stderr
        );
        assert_eq!(output.stdout, "", "{script}");
    }
}

#[test]
fn a_script_that_grows_without_end_is_stopped() {
    for script in [
        "let s = 'x'; while true { s = `${s}${s}` }",
        "let a = []; while true { a.push('0123456789'.repeat(1000)) }",
        "let m = new Map(); let i = 0; while true { i += 1; m.set(i, 'x'.repeat(10000)) }",
    ] {
        let output = rhaiver_run(&["--max-memory", "300", "--timeout", "60s", "--eval", script]);
        assert_eq!(output.code, 1, "{script}: {}", output.stderr);
        assert!(
            output.stderr.contains("out of memory"),
            "{script}: {}",
            output.stderr
        );
    }
}

#[test]
fn ctrl_c_ends_a_script_that_waits() {
    let mut command = rhaiver();
    command.args(["run", "--eval", "print('ready'); sleep(600000)"]);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut first)
        .unwrap();
    assert_eq!(first, "ready\n");
    let pid = child.id().to_string();
    assert!(
        std::process::Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert!(String::from_utf8_lossy(&output.stderr).contains("interrupted"));
}

/// The shell on a pipe: lines are gathered until they are complete, results are echoed, variables,
/// functions and closures last.
#[test]
fn the_shell_keeps_what_lines_define() {
    let mut command = rhaiver();
    let uri = shared().uri();
    command.args(["--uri", &uri, "--db", "shell"]);
    let input = "let x = 5\n\
        fn double(n) {\n  n * 2\n}\n\
        let add = |n| n + x;\n\
        double(x)\n\
        [1, 2].map(add)\n\
        ({ a: 1,\n  b: 2 })\n\
        db.t.drop()\n\
        for i in 0..25 { db.t.insertOne({ _id: i }); }\n\
        db.t.find().map(d => d._id)\n\
        it\n\
        use other\n\
        db\n\
        nope\n\
        x\n\
        exit(3)\n";
    let output = run_with_input(command, input);
    assert_eq!(output.code, 3, "{}", output.stderr);
    assert!(
        output.stderr.contains("there is no variable `nope`"),
        "{}",
        output.stderr
    );
    for part in [
        "10\n[ 6, 7 ]\n{ a: 1, b: 2 }\n",
        "Type \"it\" for more",
        "switched to db other\nother\n5\n",
    ] {
        assert!(
            output.stdout.contains(part),
            "{part:?} is missing in\n{}",
            output.stdout
        );
    }
}
