for (let i = 1; i <= 7; i++) db.n.insertOne({ _id: i, sq: i * i });
const cursor = db.n.find({ _id: { $gt: 2 } }).sort({ _id: 1 });
let sum = 0;
while (cursor.hasNext()) {
  const doc = cursor.next();
  sum += doc.sq;
  if (doc._id % 2) continue;
  print(doc);
}
print(sum, cursor.hasNext());
const again = db.n.find().batchSize(2);
let first = again.next();
print(first._id, again.objsLeftInBatch());
print(db.n.find().skip(2).limit(2).map((d) => d.sq).toArray());
for (const { _id, sq } of db.n.find({ _id: { $lt: 4 } })) print(_id, sq);
db.n.find({ _id: 1 }).forEach(printjson);
db.n.find({ _id: { $in: [1, 2] } }).forEach(function (d) { print(JSON.stringify(d)); });
const ids = [];
db.n.find({}, { _id: 1 }).forEach((d) => ids.push(d._id));
print(ids.length, ids.indexOf(4), ids.includes(8));
print(db.n.find().sort({ _id: -1 }).limit(1).next().sq, db.n.find().count(), db.n.find().itcount());
print(db.n.find({ _id: 99 }).hasNext(), db.n.find({ _id: 99 }).toArray(), db.n.findOne({ _id: 99 }));
const page = (n, size) => db.n.find().sort({ _id: 1 }).skip((n - 1) * size).limit(size).toArray().map((d) => d._id);
let p = 1, found;
do {
  found = page(p, 3);
  print(`page ${p}: ${found}`);
  p++;
} while (found.length === 3);
print(db.n.find().tryNext()._id);
