db.scores.insertMany([{ _id: 1, q: [10, 6, 7] }, { _id: 2, q: [1, 2] }]);
print(db.scores.updateMany({}, [
  { $set: { avg: { $avg: "$q" }, max: { $max: "$q" } } },
  { $set: { grade: { $switch: { branches: [{ case: { $gte: ["$avg", 7] }, then: "A" }], default: "F" } } } },
  { $unset: "max" }
]));
printjson(db.scores.find().toArray());
print(db.scores.findOneAndUpdate({ _id: 1 }, [{ $set: { q: { $concatArrays: ["$q", [8]] } } }], { returnDocument: "after" }));
