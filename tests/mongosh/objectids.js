const a = ObjectId("65a1b2c3d4e5f60718293a4b");
const b = ObjectId("65a1b2c3d4e5f60718293a4c");
db.o.insertMany([{ _id: a, next: b }, { _id: b }]);
print(db.o.findOne({ _id: a }));
print(db.o.findOne({ _id: db.o.findOne({ _id: a }).next }));
print(db.o.countDocuments({ _id: { $gt: a } }));
print(a.equals(b), a.equals(a), a.toString() === "65a1b2c3d4e5f60718293a4b");
print(db.o.find().map(d => d._id.toString()).toArray());
print(db.o.distinct("_id"));
const fresh = ObjectId();
print(fresh.toString().length, fresh.getTimestamp() <= new Date());
print(new ObjectId("65a1b2c3d4e5f60718293a4b"));
print([a, b].map(id => id.toString().slice(-2)));
try {
  ObjectId("xyz");
} catch (e) {
  print(e.message);
}
