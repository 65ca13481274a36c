const schema = {
  $jsonSchema: {
    bsonType: "object",
    required: ["name", "price", "category"],
    properties: {
      name: { bsonType: "string", minLength: 2 },
      price: { bsonType: ["double", "int", "decimal"], minimum: 0 },
      category: { enum: ["book", "toy"] },
      tags: { bsonType: "array", items: { bsonType: "string" } },
    },
  },
};
print(db.createCollection("goods", { validator: schema, validationLevel: "strict", validationAction: "error" }).ok);
const attempts = [
  { name: "Dune", price: 9.99, category: "book" },
  { name: "X", price: 1, category: "toy" },
  { name: "Ball", price: -1, category: "toy" },
  { name: "Car", price: NumberDecimal("3.50"), category: "vehicle" },
  { name: "Bear", price: 12, category: "toy", tags: ["soft", 5] },
  { price: 12, category: "toy" },
];
attempts.forEach((doc, i) => {
  try {
    db.goods.insertOne({ _id: i, ...doc });
    print(i, "accepted");
  } catch (e) {
    const rule = e.errInfo.details.schemaRulesNotSatisfied[0];
    print(i, e.message, rule.operatorName);
    printjson(rule);
  }
});
db.runCommand({ collMod: "goods", validationAction: "warn" });
print(db.goods.insertOne({ _id: 50, price: "free" }).insertedId);
print(db.getCollectionInfos({ name: "goods" })[0].options.validationAction, db.goods.countDocuments());
print(db.goods.find({ $nor: [schema] }).toArray());
