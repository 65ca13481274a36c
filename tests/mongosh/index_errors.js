// blank: ids
function attempt(title, action) {
  try {
    action();
    print(title + ": fine");
  } catch (e) {
    print(`${title}: ${e.name} ${e.code} ${e.codeName}: ${e.message}`);
  }
}
db.u.insertMany([{ _id: 1, k: 1, a: [1], b: [1] }, { _id: 2, k: 1 }]);
attempt("unique on duplicates", () => db.u.createIndex({ k: 1 }, { unique: true }));
attempt("bad direction", () => db.u.createIndex({ k: "sideways" }));
attempt("empty", () => db.u.createIndex({}));
attempt("zero", () => db.u.createIndex({ k: 0 }));
attempt("parallel arrays", () => db.u.createIndex({ a: 1, b: 1 }));
db.u.createIndex({ m: 1 });
attempt("other options", () => db.u.createIndex({ m: 1 }, { unique: true }));
attempt("other name", () => db.u.createIndex({ m: 1 }, { name: "mm" }));
attempt("drop missing", () => db.u.dropIndex("nothing"));
attempt("drop _id", () => db.u.dropIndex("_id_"));
attempt("missing collection", () => db.nowhere.dropIndex("x"));
