db.sales.insertMany([
  { _id: 1, item: "abc", price: 10, quantity: 2, date: ISODate("2014-03-01T08:00:00Z") },
  { _id: 2, item: "jkl", price: 20, quantity: 1, date: ISODate("2014-03-01T09:00:00Z") },
  { _id: 3, item: "xyz", price: 5, quantity: 10, date: ISODate("2014-03-15T09:00:00Z") },
  { _id: 4, item: "xyz", price: 5, quantity: 20, date: ISODate("2014-04-04T11:21:39.736Z") },
  { _id: 5, item: "abc", price: 10.5, quantity: 10, date: ISODate("2014-04-04T21:23:13.331Z") }
]);
printjson(db.sales.aggregate([
  { $group: { _id: "$item", total: { $sum: { $multiply: ["$price", "$quantity"] } }, n: { $sum: 1 }, avg: { $avg: "$quantity" } } },
  { $match: { total: { $gte: 100 } } },
  { $sort: { total: -1 } }
]).toArray());
db.sales.aggregate([
  { $group: { _id: { $dateToString: { format: "%Y-%m", date: "$date" } }, items: { $addToSet: "$item" }, first: { $first: "$_id" }, last: { $last: "$_id" } } },
  { $set: { items: { $sortArray: { input: "$items", sortBy: 1 } } } },
  { $sort: { _id: 1 } }
]).forEach(month => print(month));
printjson(db.sales.aggregate([{ $group: { _id: null, count: { $sum: 1 }, min: { $min: "$price" }, max: { $max: "$price" }, dev: { $stdDevPop: "$price" } } }]).toArray());
printjson(db.sales.aggregate({ $match: { item: "abc" } }, { $project: { _id: 0, item: 1, total: { $multiply: ["$price", "$quantity"] } } }).toArray());
printjson(db.sales.aggregate([{ $sortByCount: "$item" }, { $sort: { count: -1, _id: 1 } }]).toArray());
printjson(db.sales.aggregate([{ $count: "documents" }]).toArray());
print(db.sales.aggregate([{ $match: { item: "none" } }]).toArray());
