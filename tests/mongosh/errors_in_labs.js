db.createCollection("users", {
  validator: { $jsonSchema: { bsonType: "object", required: ["email"], properties: { email: { bsonType: "string" }, age: { bsonType: "int", minimum: 0 } } } },
});
db.users.createIndex({ email: 1 }, { unique: true });
function tryInsert(doc) {
  try {
    const res = db.users.insertOne(doc);
    print("ok", res.insertedId);
    return true;
  } catch (e) {
    print(`failed: ${e.name} ${e.code} ${e.codeName}`);
    if (e.code === 11000) {
      print("duplicate", e.keyPattern, e.keyValue);
    } else if (e.code === 121) {
      print("invalid:", e.errInfo.details.schemaRulesNotSatisfied.map((r) => r.operatorName).join());
    }
    return false;
  }
}
const results = [{ _id: 1, email: "a@x" }, { _id: 2, email: "a@x" }, { _id: 3 }, { _id: 4, email: "b@x", age: -1 }, { _id: 5, email: "c@x", age: 30 }].map(tryInsert);
print(results, results.filter(Boolean).length);
try {
  throw new Error("custom problem");
} catch (err) {
  print(err.message, err instanceof Error, String(err));
}
try {
  throw { code: 42, reason: "object" };
} catch (err) {
  print(err.code, err.reason);
}
try {
  throw "text";
} catch (err) {
  print(err);
}
try {
  null.x;
} catch (err) {
  print(err.name);
}
try {
  db.users.aggregate([{ $nope: 1 }]).toArray();
} catch (e) {
  print(e.codeName, e.message);
}
try {
  db.users.updateOne({ _id: 1 }, { $set: { _id: 9 } });
} catch (e) {
  print(e.code, e.message);
}
print(db.users.countDocuments());
