db.products.insertMany([
  { _id: "p1", name: "Laptop", category: "tech", price: 999.99, stock: 10 },
  { _id: "p2", name: "Mouse", category: "tech", price: 29.99, stock: 50 },
  { _id: "p3", name: "Desk", category: "home", price: 150, stock: 0 }
]);
db.orders.insertMany([
  { _id: "o1", customer: "c1", date: ISODate("2024-01-05"), items: [{ p: "p1", n: 1 }, { p: "p2", n: 2 }], status: "paid" },
  { _id: "o2", customer: "c2", date: ISODate("2024-01-20"), items: [{ p: "p2", n: 5 }], status: "open" },
  { _id: "o3", customer: "c1", date: ISODate("2024-02-11"), items: [{ p: "p3", n: 1 }], status: "paid" }
]);
print("=== Revenue by customer ===");
db.orders.aggregate([
  { $match: { status: "paid" } },
  { $unwind: "$items" },
  { $lookup: { from: "products", localField: "items.p", foreignField: "_id", as: "product" } },
  { $unwind: "$product" },
  { $group: { _id: "$customer", revenue: { $sum: { $multiply: ["$items.n", "$product.price"] } }, orders: { $addToSet: "$_id" } } },
  { $project: { revenue: { $round: ["$revenue", 2] }, orders: { $size: "$orders" } } }
]).forEach(row => print(`${row._id.padEnd(6)} ${row.revenue.toFixed(2).padStart(10)} (${row.orders} orders)`));
print("=== Stock ===");
db.products.find().sort({ stock: 1 }).forEach(p => {
  let state = "in stock";
  if (p.stock === 0) {
    state = "sold out";
  } else if (p.stock < 20) {
    state = "low";
  }
  print(`${p.name}: ${p.stock} ${state}`);
});
print("=== Months ===");
const months = {};
db.orders.find().forEach(o => {
  const key = o.date.toISOString().slice(0, 7);
  if (months[key] === undefined) {
    months[key] = [];
  }
  months[key].push(o._id);
});
Object.keys(months).sort().forEach(m => print(m + ": " + months[m].join(", ")));
printjson(months);
