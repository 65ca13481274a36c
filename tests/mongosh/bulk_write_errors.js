function show(title, action) {
  try {
    print(title, action());
  } catch (e) {
    print(`${title}: [${e.name}] ${e.code} ${e.message}`);
    print(e.writeErrors.length, e.insertedCount, e.matchedCount, e.modifiedCount, e.deletedCount, e.upsertedCount);
    print(e.insertedIds, e.upsertedIds);
    e.writeErrors.forEach((w) => {
      print(w.index, w.code, w.errmsg);
      print(w.err.op);
      if (w.err.errInfo != undefined) print(w.err.index, w.err.code, w.err.errInfo);
    });
    print(e.result.insertedCount, e.result.insertedIds, e.result.upsertedIds);
    print(Object.keys(e.result));
  }
}
db.c.insertOne({ _id: 3 });
show("ordered", () => db.c.insertMany([{ _id: 1 }, { _id: 2 }, { _id: 3 }, { _id: 4 }]));
show("unordered", () => db.c.insertMany([{ _id: 3, a: 1 }, { _id: 5 }, { _id: 1 }, { _id: 6 }], { ordered: false }));
show("bulk ordered", () => db.c.bulkWrite([
  { insertOne: { document: { _id: 7 } } },
  { updateOne: { filter: { _id: 8 }, update: { $set: { a: 1 } }, upsert: true } },
  { updateOne: { filter: { _id: 7 }, update: { $set: { a: 1 } } } },
  { updateOne: { filter: { _id: 7 }, update: { $inc: { _id: 1 } } } },
  { deleteOne: { filter: { _id: 7 } } },
]));
show("bulk unordered", () => db.c.bulkWrite([
  { insertOne: { document: { _id: 7 } } },
  { deleteOne: { filter: { _id: 5 } } },
  { updateOne: { filter: { _id: 8 }, update: { $unknown: { a: 1 } } } },
  { updateOne: { filter: { _id: 8 }, update: { $set: { a: 2 } } } },
  { updateMany: { filter: { _id: 9 }, update: { $set: { a: 2 } }, upsert: true } },
  { insertOne: { document: { _id: 7 } } },
  { insertOne: { document: { _id: 10 } } },
], { ordered: false }));
print(db.c.find().sort({ _id: 1 }).toArray());
db.createCollection("v", { validator: { $jsonSchema: { required: ["a"], properties: { a: { bsonType: "int" } } } } });
show("validation", () => db.v.insertMany([{ _id: 1, a: 1 }, { _id: 2 }, { _id: 3, a: 3 }]));
try {
  db.c.insertMany([{ _id: 1 }]);
} catch (e) {
  print(e.writeErrors[0].err.op._id, e.hasErrorLabel("x"));
}
show("write concern", () => db.c.insertMany([{ _id: 40 }], { writeConcern: { w: 9, wtimeout: 20 } }));
