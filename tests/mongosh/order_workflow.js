// blank: ids times
var Inventory = {
  reserve: function(items) {
    var missing = [];
    items.forEach(function(item) {
      var product = db.products.findOne({ _id: item.productId });
      if (product === null || product.stock < item.quantity) {
        missing.push(item.productId);
      }
    });
    return missing;
  },
  take: function(items) {
    items.forEach(item => db.products.updateOne({ _id: item.productId }, { $inc: { stock: -item.quantity } }));
  }
};
var Orders = {
  place: function(id, customer, items) {
    print(`Placing ${id} for ${customer}`);
    var missing = Inventory.reserve(items);
    if (missing.length > 0) {
      print("  missing: " + missing.join(", "));
      return this.record(id, customer, items, "rejected");
    }
    Inventory.take(items);
    return this.record(id, customer, items, "accepted");
  },
  record: function(id, customer, items, status) {
    db.orders.insertOne({ _id: id, customer: customer, items: items, status: status, at: new Date() });
    db.log.insertOne({ order: id, status: status, at: new Date() });
    return status;
  }
};
db.products.insertMany([{ _id: "pen", stock: 5 }, { _id: "ink", stock: 1 }]);
print(Orders.place("o1", "ann", [{ productId: "pen", quantity: 2 }]));
print(Orders.place("o2", "bob", [{ productId: "pen", quantity: 2 }, { productId: "ink", quantity: 2 }]));
print(Orders.place("o3", "cem", [{ productId: "pen", quantity: 3 }, { productId: "ink", quantity: 1 }]));
db.orders.find().forEach(printjson);
db.log.find().sort({ at: 1 }).forEach(entry => print(entry));
print(db.products.find().toArray());
print("checked at " + new Date());
