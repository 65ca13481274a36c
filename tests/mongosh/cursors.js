for_loop();
function for_loop() {
  let i = 0;
  while (i < 7) {
    db.n.insertOne({ _id: i, sq: i * i });
    i += 1;
  }
}
const cursor = db.n.find().sort({ _id: 1 });
print(cursor.hasNext());
print(cursor.next());
print(cursor.next().sq);
cursor.forEach(d => print(d._id));
print(cursor.hasNext());
const c2 = db.n.find({ _id: { $lt: 3 } });
while (c2.hasNext()) {
  const d = c2.next();
  print(`${d._id}: ${d.sq}`);
}
print(db.n.find().limit(3).toArray().length);
print(db.n.find().skip(5).toArray());
print(db.n.find().batchSize(2).map(d => d.sq).toArray());
print(db.n.find({}).sort({ _id: -1 }).limit(1).next());
print(db.n.find({ _id: 100 }).hasNext());
print(db.n.find({ _id: 100 }).tryNext());
const c3 = db.n.find().batchSize(3);
c3.next();
print(c3.objsLeftInBatch(), c3.isExhausted(), c3.isClosed());
c3.close();
try {
  db.n.find({ _id: -1 }).next().sq;
} catch (e) {
  print("no document");
}
print(db.n.find({ sq: { $gt: 10 } }).sort({ sq: 1 }).pretty().toArray());
print(db.n.aggregate([{ $match: { _id: { $gte: 5 } } }]).map(d => d._id).toArray());
