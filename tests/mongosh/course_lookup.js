db.customers.insertMany([
  { _id: 1, name: "Ada", city: "London" },
  { _id: 2, name: "Bob", city: "Paris" },
  { _id: 3, name: "Cyd", city: "London" },
]);
db.orders.insertMany([
  { _id: 1, customer: 1, items: [{ sku: "a", qty: 2, price: 10 }, { sku: "b", qty: 1, price: 5.5 }] },
  { _id: 2, customer: 2, items: [{ sku: "a", qty: 1, price: 10 }] },
  { _id: 3, customer: 1, items: [{ sku: "c", qty: 4, price: 2.25 }] },
]);
// The total of each customer, customers without orders included
db.customers.aggregate([
  { $lookup: { from: "orders", localField: "_id", foreignField: "customer", as: "orders" } },
  { $unwind: { path: "$orders", preserveNullAndEmptyArrays: true } },
  { $unwind: { path: "$orders.items", preserveNullAndEmptyArrays: true } },
  {
    $group: {
      _id: { id: "$_id", name: "$name" },
      total: { $sum: { $multiply: ["$orders.items.qty", "$orders.items.price"] } },
      skus: { $addToSet: "$orders.items.sku" },
    },
  },
  { $project: { _id: 0, name: "$_id.name", total: 1, n: { $size: "$skus" } } },
  { $sort: { total: -1, name: 1 } },
]).forEach((doc) => print(`${doc.name.padEnd(6)}|${String(doc.total).padStart(8)}|${doc.n}`));

const pipeline = [
  { $match: { customer: { $in: [1, 2] } } },
  {
    $lookup: {
      from: "customers",
      let: { id: "$customer" },
      pipeline: [{ $match: { $expr: { $eq: ["$_id", "$$id"] } } }, { $project: { name: 1, _id: 0 } }],
      as: "who",
    },
  },
  { $set: { who: { $first: "$who.name" } } },
  { $unset: "items" },
  { $sort: { _id: 1 } },
];
printjson(db.orders.aggregate(pipeline).toArray());
print(db.orders.aggregate(pipeline).map((o) => o.who).toArray().join(", "));
