db.chars.insertMany([{ _id: 1, name: "Brisbane", level: 12 }, { _id: 2, name: "Eldon", level: 4 }]);
print(db.chars.bulkWrite([
  { insertOne: { document: { _id: 3, name: "Meldane", level: 3 } } },
  { insertOne: { document: { _id: 4, name: "Dithras", level: 3 } } },
  { updateOne: { filter: { name: "Eldon" }, update: { $set: { status: "Critical" } } } },
  { updateMany: { filter: { level: 3 }, update: { $inc: { level: 1 } } } },
  { deleteOne: { filter: { name: "Brisbane" } } },
  { replaceOne: { filter: { name: "Meldane" }, replacement: { name: "Tanys", level: 9 } } },
  { updateOne: { filter: { _id: 77 }, update: { $set: { a: 1 } }, upsert: true } },
  { deleteMany: { filter: { level: { $gt: 100 } } } }
]));
printjson(db.chars.find().sort({ _id: 1 }).toArray());
const r = db.chars.bulkWrite([{ insertOne: { document: { _id: 8 } } }], { ordered: false });
print(r.insertedCount, r.matchedCount, r.modifiedCount, r.deletedCount, r.upsertedCount, r.insertedIds);
try {
  db.chars.bulkWrite([
    { insertOne: { document: { _id: 20 } } },
    { insertOne: { document: { _id: 20 } } },
    { insertOne: { document: { _id: 21 } } }
  ]);
} catch (e) {
  print(e.name, e.code);
  print(e.message);
  print(e.result.insertedCount, e.writeErrors.length, e.writeErrors[0].index, e.writeErrors[0].code);
}
print(db.chars.countDocuments({ _id: { $gte: 20 } }));
try {
  db.chars.bulkWrite([
    { insertOne: { document: { _id: 20 } } },
    { insertOne: { document: { _id: 21 } } },
    { insertOne: { document: { _id: 3 } } },
    { insertOne: { document: { _id: 22 } } }
  ], { ordered: false });
} catch (e) {
  print(e.writeErrors.map(w => `${w.index}: ${w.errmsg}`).join("\n"));
}
print(db.chars.countDocuments({ _id: { $gte: 20 } }));
