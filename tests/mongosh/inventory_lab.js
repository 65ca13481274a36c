db.products.drop();
db.products.insertMany([
  { _id: "p1", name: "Laptop", price: 999.99, stock: 10, tags: ["tech", "work"] },
  { _id: "p2", name: "Mouse", price: 29.99, stock: 50, tags: ["tech"] },
  { _id: "p3", name: "Desk", price: 250, stock: 3, tags: ["work"] },
]);
var Inventory = {
  reserve: function (id, qty) {
    const product = db.products.findOne({ _id: id });
    if (!product) {
      print(`No product ${id}`);
      return null;
    }
    if (product.stock < qty) {
      print(`Only ${product.stock} of ${product.name} left`);
      return false;
    }
    const res = db.products.updateOne({ _id: id, stock: { $gte: qty } }, { $inc: { stock: -qty }, $currentDate: { touched: true } });
    return res.modifiedCount === 1;
  },
  lowStock(limit) {
    return db.products.find({ stock: { $lte: limit } }, { name: 1, stock: 1, _id: 0 }).sort({ stock: 1 }).toArray();
  },
  report: function () {
    var lines = [];
    db.products.find().sort({ _id: 1 }).forEach(function (p) {
      lines.push(p.name + ": " + p.stock + " x $" + p.price);
    });
    return lines.join("\n");
  },
};
print(Inventory.reserve("p1", 2), Inventory.reserve("p3", 5), Inventory.reserve("nope", 1));
print(Inventory.lowStock(9));
print(Inventory.report());
print(typeof db.products.findOne({ _id: "p1" }).touched, db.products.distinct("tags"));
var before = db.products.findOneAndUpdate({ _id: "p2" }, { $mul: { price: 2 } });
var after = db.products.findOneAndUpdate({ _id: "p2" }, { $set: { name: "Big mouse" } }, { returnDocument: "after", projection: { name: 1, price: 1 } });
print(before.price, after);
switch (after.name) {
  case "Mouse":
    print("old name");
    break;
  case "Big mouse":
    print("new name");
    break;
  default:
    print("?");
}
