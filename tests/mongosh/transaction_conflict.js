db.c.insertOne({ _id: 1, n: 0 });
const s1 = db.getMongo().startSession();
const s2 = db.getMongo().startSession();
const c1 = s1.getDatabase("transaction_conflict").getCollection("c");
const c2 = s2.getDatabase("transaction_conflict").getCollection("c");
s1.startTransaction();
s2.startTransaction();
c1.updateOne({ _id: 1 }, { $inc: { n: 1 } });
try {
  c2.updateOne({ _id: 1 }, { $inc: { n: 10 } });
} catch (e) {
  print(e.code, e.codeName);
  print(e.message);
  print(e.errorLabels);
}
s1.commitTransaction();
try {
  s2.commitTransaction();
} catch (e) {
  print(e.code, e.codeName);
}
print(db.c.findOne());
s1.endSession();
s2.endSession();
