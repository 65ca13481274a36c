const bulk = db.items.initializeUnorderedBulkOp();
bulk.insert({ _id: 1, status: "A", qty: 5 });
bulk.insert({ _id: 2, status: "A", qty: 7 });
bulk.insert({ _id: 3, status: "P", qty: 1 });
const first = bulk.execute();
print(first.insertedCount);
const ordered = db.items.initializeOrderedBulkOp();
ordered.find({ status: "A" }).update({ $set: { points: 0 } });
ordered.find({ _id: 1 }).updateOne({ $inc: { qty: 100 } });
ordered.find({ _id: 50 }).upsert().updateOne({ $set: { made: "by upsert" } });
ordered.find({ _id: 2 }).replaceOne({ status: "R" });
ordered.find({ _id: 3 }).deleteOne();
const second = ordered.execute();
print(second);
printjson(db.items.find().sort({ _id: 1 }).toArray());
const dup = db.items.initializeOrderedBulkOp();
dup.insert({ _id: 1 });
try {
  dup.execute();
} catch (e) {
  print(e.code, e.message);
}
