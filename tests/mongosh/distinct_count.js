for_each_region(["north", "south", "north", "east"]);
function for_each_region(regions) {
  regions.forEach((region, i) => db.sales.insertOne({ _id: i, region: region, amount: (i + 1) * 10, tags: ["t" + i, "all"] }));
}
print(db.sales.distinct("region"));
print(db.sales.distinct("tags", { region: "north" }));
print(db.sales.distinct("amount", { amount: { $gt: 15 } }));
print(db.sales.distinct("nothing"));
print(db.sales.countDocuments());
print(db.sales.countDocuments({ region: "north" }));
print(db.sales.countDocuments({}, { skip: 1, limit: 2 }));
print(db.sales.estimatedDocumentCount());
print(db.sales.find({ amount: { $gte: 20 } }).count());
print(db.sales.find().limit(2).size());
print(db.sales.find().skip(1).itcount());
