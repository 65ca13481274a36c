const cities = ["Rome", "Oslo", "Bern"];
const docs = [];
for (let i = 0; i < 12; i++) {
  docs.push({ _id: i, city: cities[i % 3], price: (i * 7) % 50, tags: i % 2 === 0 ? ["even", "n" + i] : ["odd"] });
}
print(db.sales.insertMany(docs).acknowledged);
const [facets] = db.sales.aggregate([
  {
    $facet: {
      byCity: [{ $group: { _id: "$city", n: { $sum: 1 }, avg: { $avg: "$price" } } }, { $sort: { _id: 1 } }],
      byPrice: [{ $bucket: { groupBy: "$price", boundaries: [0, 20, 40, 60], default: "other", output: { count: { $sum: 1 } } } }],
      tags: [{ $unwind: "$tags" }, { $sortByCount: "$tags" }, { $match: { count: { $gt: 1 } } }, { $sort: { _id: 1 } }],
      total: [{ $count: "n" }],
    },
  },
]).toArray();
print(Object.keys(facets));
facets.byCity.forEach(({ _id, n, avg }) => print(`${_id}: ${n} sales, ${avg.toFixed(2)} on average`));
facets.byPrice.forEach((b) => print(b._id, b.count));
print(facets.tags);
print(facets.total[0].n, facets.total);
const top = db.sales.find().sort({ price: -1, _id: 1 }).limit(3).toArray();
print(top.map((d) => d.price), top.map((d) => d.city));
print(db.sales.aggregate([{ $sortByCount: "$city" }, { $sort: { _id: 1 } }]));
