db.art.insertMany([
  { _id: 1, title: "The Pillars", artist: "Grosz", year: 1926, price: 199.99 },
  { _id: 2, title: "Melancholy III", artist: "Munch", year: 1902, price: 280 },
  { _id: 3, title: "Dancer", artist: "Miro", year: 1925, price: 76.04 },
  { _id: 4, title: "The Great Wave", artist: "Hokusai", price: 167.3 },
  { _id: 5, title: "Composition VII", artist: "Kandinsky", year: 1913, price: 385 }
]);
printjson(db.art.aggregate([{ $bucket: { groupBy: "$year", boundaries: [1900, 1910, 1920, 1930], default: "unknown", output: { count: { $sum: 1 }, titles: { $push: "$title" } } } }]).toArray());
printjson(db.art.aggregate([{ $bucketAuto: { groupBy: "$price", buckets: 2 } }]).toArray());
printjson(db.art.aggregate([{ $facet: { cheap: [{ $match: { price: { $lt: 100 } } }, { $project: { title: 1 } }], count: [{ $count: "n" }] } }]).toArray());
printjson(db.art.aggregate([{ $sort: { _id: 1 } }, { $limit: 2 }, { $replaceWith: { t: "$title", n: "$_id" } }]).toArray());
printjson(db.art.aggregate([{ $match: { _id: 1 } }, { $addFields: { tags: ["x", "y"], old: { $lt: ["$year", 1950] } } }, { $unset: ["price", "artist"] }]).toArray());
printjson(db.art.aggregate([{ $setWindowFields: { sortBy: { price: 1 }, output: { rank: { $rank: {} }, running: { $sum: "$price", window: { documents: ["unbounded", "current"] } } } } }, { $project: { title: 1, rank: 1, running: { $round: ["$running", 2] } } }]).toArray());
printjson(db.art.aggregate([{ $match: { _id: { $lte: 2 } } }, { $unionWith: { coll: "art", pipeline: [{ $match: { _id: 5 } }] } }, { $project: { title: 1 } }, { $sort: { _id: 1 } }]).toArray());
printjson(db.aggregate([{ $documents: [{ x: 1 }, { x: 2 }] }, { $match: { x: { $gt: 1 } } }]).toArray());
