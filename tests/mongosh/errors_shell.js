function attempt(title, action) {
  try {
    print(action());
  } catch (e) {
    print(`${title}: [${e.name}] ${e.code}: ${e.message}`);
  }
}
// The words of these are not the server's, and differ; that they are refused does not.
function refused(title, action) {
  try {
    print(title + ": " + action());
  } catch (e) {
    print(title + ": refused");
  }
}
refused("insertOne without a document", () => db.c.insertOne());
refused("insertMany of a document", () => db.c.insertMany({ a: 1 }));
attempt("insertMany of nothing", () => db.c.insertMany([]));
refused("updateOne without an update", () => db.c.updateOne({ _id: 1 }));
attempt("updateOne with a replacement", () => db.c.updateOne({ _id: 1 }, { a: 1 }));
attempt("replaceOne with operators", () => db.c.replaceOne({ _id: 1 }, { $set: { a: 1 } }));
refused("deleteOne without a filter", () => db.c.deleteOne());
refused("deleteMany without a filter", () => db.c.deleteMany());
attempt("bulkWrite of nothing", () => db.c.bulkWrite([]));
refused("bulkWrite of an unknown operation", () => db.c.bulkWrite([{ nope: {} }]));
refused("createIndex without keys", () => db.c.createIndex());
refused("distinct without a field", () => db.c.distinct());
attempt("findOneAndUpdate with a replacement", () => db.c.findOneAndUpdate({}, { a: 1 }));
attempt("findOneAndReplace with operators", () => db.c.findOneAndReplace({}, { $set: { a: 1 } }));
refused("aggregate of a string", () => db.c.aggregate("x").toArray());
refused("ObjectId of nonsense", () => ObjectId("nope"));
refused("getCollection without a name", () => db.getCollection(""));
refused("getSiblingDB of a bad name", () => db.getSiblingDB("a b"));
