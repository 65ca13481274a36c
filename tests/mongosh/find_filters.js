db.inventory.insertMany([
  { _id: 1, item: "journal", qty: 25, size: { h: 14, w: 21, uom: "cm" }, tags: ["blank", "red"], status: "A" },
  { _id: 2, item: "notebook", qty: 50, size: { h: 8.5, w: 11, uom: "in" }, tags: ["red", "plain"], status: "A" },
  { _id: 3, item: "paper", qty: 100, size: { h: 8.5, w: 11, uom: "in" }, tags: ["red", "blank", "plain"], status: "D" },
  { _id: 4, item: "planner", qty: 75, size: { h: 22.85, w: 30, uom: "cm" }, tags: ["blank", "red"], status: "D" },
  { _id: 5, item: "postcard", qty: 45, size: { h: 10, w: 15.25, uom: "cm" }, tags: ["blue"], status: "A" },
  { _id: 6, item: null }
]);
function show(title, filter) {
  const ids = db.inventory.find(filter).sort({ _id: 1 }).map(d => d._id).toArray();
  print(title + ": " + ids.join(","));
}
show("equality", { status: "D" });
show("in", { status: { $in: ["A", "D"] } });
show("and", { status: "A", qty: { $lt: 30 } });
show("or", { $or: [{ status: "D" }, { qty: { $lt: 30 } }] });
show("and or", { status: "A", $or: [{ qty: { $lt: 30 } }, { item: { $regex: "^p" } }] });
show("regex", { item: { $regex: "^P", $options: "i" } });
show("embedded", { size: { h: 14, w: 21, uom: "cm" } });
show("embedded order", { size: { w: 21, h: 14, uom: "cm" } });
show("dotted", { "size.uom": "in" });
show("array exact", { tags: ["red", "blank"] });
show("array all", { tags: { $all: ["red", "blank"] } });
show("array element", { tags: "red" });
show("array size", { tags: { $size: 3 } });
show("array index", { "tags.0": "blank" });
show("null", { item: null });
show("exists", { tags: { $exists: false } });
show("type", { item: { $type: 10 } });
show("not", { qty: { $not: { $gt: 40 } } });
show("nin", { status: { $nin: ["A"] } });
show("mod", { qty: { $mod: [50, 0] } });
show("expr", { $expr: { $gt: ["$qty", { $multiply: ["$size.h", 5] }] } });
show("nor", { $nor: [{ status: "A" }, { qty: 100 }] });
print(db.inventory.findOne({ status: "Z" }));
print(db.inventory.findOne({ _id: 1 }).size.uom);
