db.createCollection("students", {
  validator: {
    $jsonSchema: {
      bsonType: "object",
      required: ["name", "year"],
      properties: {
        name: { bsonType: "string", description: "must be a string and is required" },
        year: { bsonType: "int", minimum: 2017, maximum: 3017 },
        gpa: { bsonType: ["double"] }
      }
    }
  },
  validationAction: "error"
});
print(db.students.insertOne({ _id: 1, name: "Alice", year: 2019, gpa: Double(3) }));
try {
  db.students.insertOne({ _id: 2, name: "Bob", year: 1999 });
} catch (e) {
  print(e.code, e.message);
  printjson(e.errInfo);
}
try {
  db.students.updateOne({ _id: 1 }, { $unset: { name: 1 } });
} catch (e) {
  print(e.code, e.message);
}
print(db.students.insertOne({ _id: 3, year: "x" }, { bypassDocumentValidation: true }).acknowledged);
printjson(db.getCollectionInfos({ name: "students" })[0].options);
print(db.runCommand({ collMod: "students", validationLevel: "off" }).ok);
print(db.students.countDocuments());
