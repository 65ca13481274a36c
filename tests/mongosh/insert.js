print(db.orders.insertOne({ _id: 1, item: "pen", qty: 10 }));
print(db.orders.insertMany([{ _id: 2, item: "book" }, { _id: "three", item: "cup", tags: ["a", "b"] }]));
const result = db.orders.insertOne({ _id: { year: 2024, nr: 7 }, total: 12.5 });
print(result.acknowledged, result.insertedId, result.insertedId.nr);
const many = db.orders.insertMany([{ _id: 10 }, { _id: 11 }], { ordered: false });
printjson(many.insertedIds);
print(Object.keys(many.insertedIds).length);
db.orders.find().sort({ _id: 1 }).forEach(printjson);
print(db.orders.countDocuments());
