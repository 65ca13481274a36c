db.orders.insertMany([{ _id: 1, item: "a", qty: 5, secret: 1 }, { _id: 2, item: "b", qty: 50, secret: 2 }]);
print(db.createView("large", "orders", [{ $match: { qty: { $gt: 10 } } }, { $project: { secret: 0 } }]));
print(db.large.find().toArray());
print(db.large.countDocuments(), db.large.find({ item: "a" }).toArray().length);
print(db.large.aggregate([{ $group: { _id: null, q: { $sum: "$qty" } } }]).toArray());
db.orders.insertOne({ _id: 3, item: "c", qty: 11 });
print(db.large.find().sort({ _id: -1 }).map(d => d.item).toArray());
try {
  db.large.insertOne({ _id: 4 });
} catch (e) {
  print(e.code, e.message);
}
printjson(db.getCollectionInfos({ name: "large" })[0].options);
print(db.large.drop());
