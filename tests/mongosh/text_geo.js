db.posts.insertMany([{ _id: 1, t: "coffee shop in town" }, { _id: 2, t: "tea house" }, { _id: 3, t: "coffee and coffee cake" }]);
db.posts.createIndex({ t: "text" });
print(db.posts.find({ $text: { $search: "coffee" } }).map(p => p._id).toArray().sort());
print(db.posts.find({ $text: { $search: "coffee -cake" } }).toArray());
printjson(db.posts.find({ $text: { $search: "coffee" } }, { score: { $meta: "textScore" } }).sort({ score: { $meta: "textScore" } }).toArray());
db.places.insertMany([
  { _id: "Central Park", loc: { type: "Point", coordinates: [-73.97, 40.77] } },
  { _id: "La Guardia", loc: { type: "Point", coordinates: [-73.88, 40.78] } }
]);
db.places.createIndex({ loc: "2dsphere" });
print(db.places.find({ loc: { $near: { $geometry: { type: "Point", coordinates: [-73.9667, 40.78] }, $maxDistance: 5000 } } }).map(p => p._id).toArray());
db.places.aggregate([{ $geoNear: { near: { type: "Point", coordinates: [-73.99, 40.73] }, distanceField: "dist" } }, { $project: { km: { $round: [{ $divide: ["$dist", 1000] }, 1] } } }]).forEach(p => print(p));
print(db.places.countDocuments({ loc: { $geoWithin: { $centerSphere: [[-73.93, 40.82], 5 / 3963.2] } } }));
