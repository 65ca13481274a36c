db.c.insertMany([{ _id: 1, k: "a", v: 1 }, { _id: 2, k: "b", v: 2 }, { _id: 3, k: "a", v: 3 }]);
print(db.c.find({ $where: "this.v > 1" }).map(d => d._id).toArray());
print(db.c.aggregate([{ $project: { f: { $function: { body: "function(v) { return v * 2; }", args: ["$v"], lang: "js" } } } }]).toArray());
