function attempt(title, action) {
  try {
    action();
    print(title + ": no error");
  } catch (e) {
    print(`${title}: [${e.name}] ${e.code} ${e.codeName}`);
    print("  " + e.message);
  }
}
db.acc.createIndex({ email: 1 }, { unique: true });
db.acc.insertOne({ _id: 1, email: "a@x.org", name: "Ann" });
attempt("duplicate _id", () => db.acc.insertOne({ _id: 1 }));
attempt("duplicate key", () => db.acc.insertOne({ _id: 2, email: "a@x.org" }));
attempt("update to duplicate", () => {
  db.acc.insertOne({ _id: 3, email: "c@x.org" });
  db.acc.updateOne({ _id: 3 }, { $set: { email: "a@x.org" } });
});
attempt("change _id", () => db.acc.updateOne({ _id: 1 }, { $set: { _id: 5 } }));
attempt("inc a string", () => db.acc.updateOne({ _id: 1 }, { $inc: { name: 1 } }));
attempt("push to a string", () => db.acc.updateOne({ _id: 1 }, { $push: { name: 1 } }));
attempt("unknown modifier", () => db.acc.updateOne({ _id: 1 }, { $nope: { a: 1 } }));
attempt("conflict", () => db.acc.updateOne({ _id: 1 }, { $set: { a: 1 }, $inc: { a: 1 } }));
attempt("replace _id", () => db.acc.replaceOne({ _id: 1 }, { _id: 9 }));
attempt("dollar in a replacement", () => db.acc.replaceOne({ _id: 1 }, { a: { $b: 1 } }));
attempt("empty $set", () => db.acc.updateOne({ _id: 1 }, { $set: {} }));
attempt("array _id", () => db.acc.insertOne({ _id: [1] }));
attempt("no upsert", () => db.acc.updateOne({ _id: 9 }, { $set: { a: 1 } }));
print(db.acc.find().sort({ _id: 1 }).toArray());
