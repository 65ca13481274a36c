try {
  db.k.insertMany([{ _id: 1 }, { _id: 2 }, { _id: 1 }, { _id: 3 }]);
} catch (e) {
  print(e.name);
  print(e.code);
  print(e.message);
  print(e.writeErrors.length);
  print(e.result.insertedCount);
}
print(db.k.find().map(d => d._id).toArray());
try {
  db.k.insertMany([{ _id: 1 }, { _id: 4 }, { _id: 2 }, { _id: 5 }], { ordered: false });
} catch (e) {
  print(e.code, e.writeErrors.length, e.insertedCount);
}
print(db.k.find().sort({ _id: 1 }).map(d => d._id).toArray());
