db.orders.insertMany([
  { _id: 1, customer: "c1", lines: [{ sku: "a", n: 2 }, { sku: "b", n: 1 }] },
  { _id: 2, customer: "c2", lines: [{ sku: "b", n: 5 }] },
  { _id: 3, customer: "c9", lines: [] }
]);
db.customers.insertMany([{ _id: "c1", name: "Ann" }, { _id: "c2", name: "Bob" }]);
db.products.insertMany([{ _id: "a", price: 1.5 }, { _id: "b", price: NumberDecimal("2.25") }]);
printjson(db.orders.aggregate([
  { $lookup: { from: "customers", localField: "customer", foreignField: "_id", as: "who" } },
  { $set: { who: { $arrayElemAt: ["$who.name", 0] } } },
  { $project: { lines: 0 } },
  { $sort: { _id: 1 } }
]).toArray());
printjson(db.orders.aggregate([
  { $unwind: "$lines" },
  { $lookup: { from: "products", localField: "lines.sku", foreignField: "_id", as: "p" } },
  { $unwind: { path: "$p", preserveNullAndEmptyArrays: true } },
  { $group: { _id: "$customer", total: { $sum: { $multiply: ["$lines.n", "$p.price"] } } } },
  { $sort: { _id: 1 } }
]).toArray());
printjson(db.orders.aggregate([
  { $unwind: { path: "$lines", includeArrayIndex: "i", preserveNullAndEmptyArrays: true } },
  { $sort: { _id: 1, i: 1 } }
]).toArray());
printjson(db.customers.aggregate([
  { $lookup: { from: "orders", let: { c: "$_id" }, pipeline: [{ $match: { $expr: { $eq: ["$customer", "$$c"] } } }, { $project: { n: { $size: "$lines" } } }], as: "orders" } },
  { $sort: { _id: 1 } }
]).toArray());
