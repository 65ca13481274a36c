function attempt(title, action) {
  try {
    print(action());
  } catch (e) {
    print(`${title}: [${e.name}] ${e.code} ${e.codeName}: ${e.message}`);
  }
}
attempt("unknown command", () => db.runCommand({ nope: 1 }));
attempt("not for this database", () => db.runCommand({ listDatabases: 1 }));
attempt("collection exists", () => {
  db.createCollection("one");
  db.createCollection("one");
});
attempt("same options", () => db.createCollection("two", { capped: true, size: 4096 }));
attempt("bad name", () => db.createCollection("a..b"));
attempt("bad option type", () => db.createCollection("three", { capped: "yes" }));
attempt("capped without size", () => db.createCollection("three", { capped: true }));
attempt("rename missing", () => db.nothing.renameCollection("other"));
attempt("rename onto existing", () => db.one.renameCollection("two"));
attempt("drop missing", () => db.nothing.drop());
attempt("bad runCommand", () => db.runCommand({ find: 1 }));
attempt("collMod missing", () => db.runCommand({ collMod: "nothing" }));
attempt("kill missing", () => db.runCommand({ insert: "x", documents: [] }));
attempt("unknown field", () => db.runCommand({ ping: 1, bogus: 2 }));
