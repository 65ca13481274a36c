db.c.insertMany([{ _id: 1, a: 1, b: "x" }, { _id: 2, a: 2, b: "X" }, { _id: 3, a: 3, b: "y" }]);
db.c.createIndex({ a: 1 });
print(db.c.find({ a: { $gt: 0 } }).hint({ a: 1 }).toArray().length);
print(db.c.find({ a: { $gt: 0 } }).hint("a_1").toArray().length);
print(db.c.find().hint({ $natural: -1 }).map(d => d._id).toArray());
print(db.c.find().min({ a: 2 }).hint({ a: 1 }).map(d => d._id).toArray());
print(db.c.find().max({ a: 2 }).hint({ a: 1 }).map(d => d._id).toArray());
print(db.c.find({ a: 2 }).hint({ a: 1 }).returnKey(true).toArray());
print(db.c.find({ b: "x" }).collation({ locale: "en", strength: 1 }).toArray());
print(db.c.find().comment("a comment").maxTimeMS(1000).readConcern("majority").toArray().length);
print(db.c.find().sort({ b: 1, _id: 1 }).allowDiskUse().noCursorTimeout().map(d => d._id).toArray());
print(db.c.find({}, { _id: 1 }).showRecordId().toArray());
print(db.c.find({}, { _id: 1 }, { limit: 2, sort: { _id: -1 } }).toArray());
try {
  db.c.find().hint("nothing").toArray();
} catch (e) {
  print(e.name, e.code, e.codeName);
  print(e.message);
}
