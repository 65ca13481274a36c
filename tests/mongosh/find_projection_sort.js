db.students.insertMany([
  { _id: 1, name: "Ann", year: 2, grades: [{ c: "math", g: 90 }, { c: "art", g: 70 }], address: { city: "Oslo", zip: "0150" } },
  { _id: 2, name: "ben", year: 1, grades: [{ c: "math", g: 60 }], address: { city: "Bergen", zip: "5003" } },
  { _id: 3, name: "Cem", year: 2, grades: [], address: { city: "Oslo", zip: "0151" } },
  { _id: 4, name: "dora", year: 1 }
]);
printjson(db.students.find({}, { name: 1, _id: 0 }).sort({ name: 1 }).toArray());
printjson(db.students.find({ year: 2 }, { grades: 0 }).toArray());
printjson(db.students.find({ _id: 1 }, { "address.city": 1 }).toArray());
printjson(db.students.find({ "grades.c": "math" }, { "grades.$": 1 }).toArray());
printjson(db.students.find({ _id: 1 }, { grades: { $elemMatch: { c: "art" } } }).toArray());
printjson(db.students.find({ _id: 1 }, { grades: { $slice: 1 }, name: 1 }).toArray());
printjson(db.students.find({}, { upper: { $toUpper: "$name" }, n: { $size: { $ifNull: ["$grades", []] } } }).toArray());
print(db.students.find().sort({ year: 1, name: -1 }).map(s => s.name).toArray());
print(db.students.find().sort({ year: -1, _id: 1 }).skip(1).limit(2).map(s => s._id).toArray());
print(db.students.find().collation({ locale: "en", strength: 2 }).sort({ name: 1 }).map(s => s.name).toArray());
print(db.students.findOne({ year: 1 }, { name: 1 }));
print(db.students.findOne({}, { name: 1, _id: 0 }, { sort: { _id: -1 } }));
