db.src.insertMany([{ _id: 1, k: "a", v: 1 }, { _id: 2, k: "b", v: 2 }, { _id: 3, k: "a", v: 3 }]);
print(db.src.aggregate([{ $group: { _id: "$k", v: { $sum: "$v" } } }, { $out: "totals" }]).toArray());
printjson(db.totals.find().sort({ _id: 1 }).toArray());
db.src.insertOne({ _id: 4, k: "c", v: 4 });
db.src.aggregate([{ $group: { _id: "$k", v: { $sum: "$v" }, n: { $sum: 1 } } }, { $merge: { into: "totals", on: "_id", whenMatched: "merge", whenNotMatched: "insert" } }]);
printjson(db.totals.find().sort({ _id: 1 }).toArray());
print(db.getCollectionNames().sort());
