db.items.insertOne({ _id: 1, name: "lamp", price: 20, stock: 5, tags: ["home"], dims: { w: 10, h: 30 }, old: true });
function step(update) {
  const r = db.items.updateOne({ _id: 1 }, update);
  print(`matched ${r.matchedCount} modified ${r.modifiedCount}`);
  printjson(db.items.findOne({ _id: 1 }));
}
step({ $set: { price: 22.5, "dims.d": 5 } });
step({ $inc: { stock: -2, sold: 2 } });
step({ $mul: { price: 2 } });
step({ $unset: { old: "" } });
step({ $rename: { name: "title" } });
step({ $min: { stock: 1 }, $max: { price: 100 } });
step({ $push: { tags: "light" } });
step({ $push: { tags: { $each: ["z", "a"], $sort: 1, $slice: 3 } } });
step({ $addToSet: { tags: "a" } });
step({ $addToSet: { tags: { $each: ["b", "c"] } } });
step({ $pull: { tags: "b" } });
step({ $pullAll: { tags: ["a", "c"] } });
step({ $pop: { tags: 1 } });
step({ $bit: { stock: { or: 8 } } });
step({ $set: { tags: [] } });
step({ $set: { tags: [] } });
