db.users.insertMany([
  { _id: 1, name: "Ann Lee", email: "ANN@X.ORG", created: "2023-05-01" },
  { _id: 2, name: "Bob", email: "bob@x.org", created: "2023-06-15" },
  { _id: 3, name: "Cem Ali Oz", created: "2024-01-02" }
]);
let changed = 0;
db.users.find().forEach(function(user) {
  const parts = user.name.split(" ");
  const update = { $set: { firstName: parts[0], lastName: parts.slice(1).join(" "), created: new Date(user.created) }, $unset: { name: "" } };
  if (user.email !== undefined) {
    update.$set.email = user.email.toLowerCase();
  }
  const result = db.users.updateOne({ _id: user._id }, update);
  changed += result.modifiedCount;
});
print("changed " + changed);
db.users.find().sort({ _id: 1 }).forEach(printjson);
const ops = db.users.find({ lastName: "" }).toArray().map(u => ({ updateOne: { filter: { _id: u._id }, update: { $unset: { lastName: "" } } } }));
print(db.users.bulkWrite(ops).modifiedCount);
db.users.find().forEach(u => db.archive.insertOne(Object.assign({ from: "users" }, u)));
print(db.archive.find({}, { _id: 1, from: 1, firstName: 1 }).sort({ _id: 1 }).toArray());
db.users.deleteMany({ created: { $lt: ISODate("2024-01-01") } });
print(db.users.countDocuments(), db.archive.countDocuments());
