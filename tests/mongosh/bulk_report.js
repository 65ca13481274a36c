const ops = [];
for (let i = 0; i < 5; i++) ops.push({ insertOne: { document: { _id: i, n: i } } });
ops.push({ updateOne: { filter: { _id: 1 }, update: { $set: { n: 10 } } } });
ops.push({ updateMany: { filter: { n: { $gte: 3 } }, update: { $inc: { n: 1 } } } });
ops.push({ replaceOne: { filter: { _id: 77 }, replacement: { z: 1 }, upsert: true } });
ops.push({ deleteOne: { filter: { _id: 0 } } });
const r = db.b.bulkWrite(ops);
print(r.insertedCount, r.matchedCount, r.modifiedCount, r.deletedCount, r.upsertedCount, r.upsertedIds);
print(r);
try {
  db.b.bulkWrite([{ insertOne: { document: { _id: 1 } } }, { insertOne: { document: { _id: 100 } } }], { ordered: false });
} catch (e) {
  print(e.name, e.code, e.result.insertedCount, e.writeErrors.length, e.writeErrors[0].index, e.writeErrors[0].code);
}
print(db.b.find().sort({ _id: 1 }).toArray());
const bulk = db.b.initializeUnorderedBulkOp();
bulk.find({ _id: 1 }).updateOne({ $set: { x: 1 } });
bulk.find({ _id: 2 }).delete();
bulk.insert({ _id: "new" });
const out = bulk.execute();
print(out.nInserted, out.nModified, out.nRemoved, out.insertedCount, out.ok);
