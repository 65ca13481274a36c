db.createCollection("orders");
const stream = db.orders.watch([{ $match: { operationType: { $in: ["insert", "update", "delete"] } } }], { fullDocument: "updateLookup" });
db.orders.insertOne({ _id: 1, status: "new", total: 10 });
db.orders.updateOne({ _id: 1 }, { $set: { status: "paid" }, $unset: { total: 1 } });
db.orders.deleteOne({ _id: 1 });
const seen = [];
let change;
while (seen.length < 3) {
  change = stream.tryNext();
  if (!change) continue;
  seen.push(change.operationType);
  print(change.operationType, change.ns.coll, change.documentKey);
  if (change.updateDescription) print(change.updateDescription);
  if (change.fullDocument) print(change.fullDocument);
}
print(seen.join(" > "), typeof change._id._data);
const token = change._id;
stream.close();
print(stream.isClosed());
db.orders.insertOne({ _id: 2, status: "again" });
const resumed = db.orders.watch([], { resumeAfter: token });
let next = null;
while (next === null) next = resumed.tryNext();
print(next.operationType, next.fullDocument);
resumed.close();
