db.sales.insertMany([{ _id: 1, s: "a", q: 4 }, { _id: 2, s: "a", q: 6 }, { _id: 3, s: "b", q: 1 }, { _id: 4, s: "b", q: 9 }]);
print(db.sales.aggregate([
  { $setWindowFields: { partitionBy: "$s", sortBy: { _id: 1 }, output: { running: { $sum: "$q", window: { documents: ["unbounded", "current"] } } } } },
  { $sort: { _id: 1 } },
]).toArray());
db.staff.insertMany([{ _id: 1, name: "boss" }, { _id: 2, name: "mid", boss: 1 }, { _id: 3, name: "low", boss: 2 }]);
db.staff.aggregate([
  { $graphLookup: { from: "staff", startWith: "$boss", connectFromField: "boss", connectToField: "_id", as: "chain", depthField: "d" } },
  { $sort: { _id: 1 } },
]).forEach((d) => print(d.name, d.chain.map((c) => c.name).sort()));
print(db.sales.aggregate([{ $group: { _id: "$s", all: { $push: { id: "$_id", q: "$q" } }, first: { $first: "$q" }, sd: { $stdDevPop: "$q" } } }, { $sort: { _id: 1 } }]));
print(db.sales.aggregate([{ $project: { label: { $concat: ["$s", "-", { $toString: "$q" }] }, size: { $switch: { branches: [{ case: { $gt: ["$q", 5] }, then: "big" }], default: "small" } }, half: { $divide: ["$q", 2] }, d: { $cond: [{ $eq: ["$s", "a"] }, 1, "$$REMOVE"] } } }, { $sort: { _id: 1 } }]).toArray());
print(db.sales.aggregate([{ $bucketAuto: { groupBy: "$q", buckets: 2 } }]).toArray());
print(db.sales.aggregate([{ $unionWith: { coll: "staff", pipeline: [{ $project: { name: 1 } }] } }, { $count: "n" }]).next());
print(db.sales.aggregate([{ $replaceRoot: { newRoot: { $mergeObjects: ["$$ROOT", { k: 1 }] } } }, { $match: { _id: 4 } }]).toArray()[0]);
db.sales.aggregate([{ $group: { _id: "$s", n: { $sum: "$q" } } }, { $merge: { into: "totals" } }]);
db.sales.aggregate([{ $match: { q: { $gt: 5 } } }, { $out: "big" }]);
print(db.totals.find().sort({ _id: 1 }).toArray(), db.big.countDocuments());
