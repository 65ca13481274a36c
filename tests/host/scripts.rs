//! Streams that scripts attach, and the handler that says itself what it listens to.

use super::support::{Attached, Shop, rhaiver, run, run_eval, shared, wait};

const NOTES: &str =
    "fn onInsert(change) { print(`order ${change.documentKey._id}`); db.notes.insertOne(#{}); }";

#[test]
fn a_script_runs_streams_beside_itself() {
    let shop = Shop::new("beside");
    shop.write("", NOTES);
    let (id, file) = (shop.id(), shop.handler());
    let file = file.display();
    let code = format!(
        "let stream = attach('{file}');
         print(stream.id == '{id}', stream.state);
         db.orders.insertOne({{ _id: 1 }});
         while (db.notes.countDocuments() < 1) sleep(20);
         print(streams().map(s => s.id == '{id}'));
         try {{ attach('{file}') }} catch (e) {{ print(e.name) }}
         try {{ attach({{ file: '{file}', lanes: 0 }}) }} catch (e) {{ print(e.message) }}
         print(detach('{id}'), detach('{id}'), streams().length);"
    );
    let output = run_eval(&shared().uri_of(id), &code);
    let stderr = output.stderr.clone();
    let printed = output.ok();
    for line in [
        "true running\n",
        &format!("[{id}] order 1\n"),
        "[ true ]\n",
        "StreamError\n",
        "`lanes` must be 1 or more, got 0\n",
        "true false 0\n",
    ] {
        assert!(printed.contains(line), "{line:?} is missing in\n{printed}");
    }
    assert!(stderr.contains("detached: 1 events handled"), "{stderr}");
}

#[test]
fn a_script_that_ends_drains_its_streams() {
    let shop = Shop::new("drained");
    shop.write(
        "",
        "fn onInsert(change) { print(\"begun\"); sleep(500); db.notes.insertOne(#{}); }",
    );
    let file = shop.handler();
    let (host, script) = (
        shop.folder().join("host.rhai"),
        "for i in 0..200 { sleep(10); }",
    );
    let code = format!("attach(\"{}\"); print(\"open\"); {script}", file.display());
    std::fs::write(&host, code).unwrap();
    let mut command = rhaiver();
    command.args(["run", "--uri", &shared().uri()]).arg(&host);
    std::thread::scope(|scope| {
        let running = scope.spawn(|| run(command));
        wait("the stream", || {
            shop.stream().contains_key("token").then_some(())
        });
        shop.insert(1..=1);
        let printed = running.join().unwrap().ok();
        assert!(printed.contains("begun"), "{printed}");
    });
    assert_eq!(shop.notes(mongodb::bson::doc! {}).len(), 1);
}

/// The first thing that a newcomer does: a handler in one terminal, a shell in another, no server.
#[test]
fn a_handler_and_a_shell_share_the_embedded_database() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let args = ["scripts/order_notifications.rhai"];
    let host = Attached::launch(&["--data", data], folder.path(), &args);
    host.wait_for("[order_notifications] watching ecommerce.orders");
    let code = "db.orders.insertOne({ _id: 'o1', customerId: 'cust1' });
                db.orders.updateOne({ _id: 'o1' }, { $set: { status: 'paid' } });
                while (db.notifications.countDocuments() < 2) sleep(20);
                print(db.notifications.distinct('type'));";
    let mut command = rhaiver();
    command.args([
        "run",
        "--data",
        data,
        "--db",
        "ecommerce",
        "--timeout",
        "60s",
    ]);
    command.args(["--eval", code]);
    let printed = run(command).ok();
    assert!(
        printed.contains("[ 'order_created', 'status_update' ]"),
        "{printed}"
    );
    assert_eq!(host.stop(), Some(0));
}
