// blank: ids
const one = db.people.insertOne({ name: "Ada" });
print(one);
printjson(one.insertedId);
print("id: " + one.insertedId);
print(`id: ${one.insertedId}`);
print(one.insertedId.toString().length);
const many = db.people.insertMany([{ name: "Bob" }, { name: "Cleo", age: 30 }]);
print(many);
print(db.people.findOne({ name: "Ada" }));
db.people.find({}, { name: 1 }).forEach(person => print(person));
db.people.find({}, { _id: 0 }).forEach(person => print(person));
