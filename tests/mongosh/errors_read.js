function attempt(title, action) {
  try {
    action();
    print(title + ": no error");
  } catch (e) {
    print(`${title}: [${e.name}] ${e.code} ${e.codeName}`);
    print("  " + e.message);
  }
}
db.c.insertOne({ _id: 1, a: 1, s: "x" });
attempt("unknown operator", () => db.c.find({ a: { $foo: 1 } }).toArray());
attempt("unknown top operator", () => db.c.findOne({ $foo: 1 }));
attempt("bad $in", () => db.c.find({ a: { $in: 1 } }).toArray());
attempt("bad regex", () => db.c.find({ s: { $regex: "(" } }).toArray());
attempt("mixed projection", () => db.c.find({}, { a: 1, s: 0 }).toArray());
attempt("bad sort", () => db.c.find().sort({ a: 5 }).toArray());
attempt("negative skip", () => db.c.find().skip(-1).toArray());
attempt("unknown stage", () => db.c.aggregate([{ $nope: {} }]).toArray());
attempt("two keys in a stage", () => db.c.aggregate([{ $match: {}, $limit: 1 }]).toArray());
attempt("group without _id", () => db.c.aggregate([{ $group: { n: { $sum: 1 } } }]).toArray());
attempt("unknown expression", () => db.c.aggregate([{ $project: { x: { $nope: 1 } } }]).toArray());
attempt("divide by zero", () => db.c.aggregate([{ $project: { x: { $divide: ["$a", 0] } } }]).toArray());
attempt("bad field path", () => db.c.aggregate([{ $project: { x: "$" } }]).toArray());
attempt("to int", () => db.c.aggregate([{ $project: { x: { $toInt: "$s" } } }]).toArray());
attempt("undefined variable", () => db.c.aggregate([{ $project: { x: "$$nope" } }]).toArray());
attempt("distinct of nothing", () => db.c.distinct(""));
attempt("count", () => db.c.countDocuments({ $where: 1 }));
// The server's message says what it was doing, which differs from run to run.
try {
  db.c.find({ $where: "sleep(300) || true" }).maxTimeMS(20).toArray();
} catch (e) {
  print("time limit", e.name, e.code, e.codeName);
}
