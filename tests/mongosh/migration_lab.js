// Reshapes old documents in batches, with a log of what was done.
const BATCH = 3;
for (let i = 1; i <= 8; i++) {
  db.people_v1.insertOne({ _id: i, fullName: i % 3 ? `First${i} Last${i}` : `Single${i}`, phone: i % 2 ? `+44 20 ${1000 + i}` : null, joined: `2024-0${i}-15` });
}
function convert(old) {
  const parts = old.fullName.split(" ");
  const fresh = { _id: old._id, name: { first: parts[0], last: parts[1] || null }, joined: new Date(old.joined + "T00:00:00Z"), version: 2 };
  if (old.phone) fresh.phones = [{ kind: "home", number: old.phone.replace(/\s+/g, "") }];
  return fresh;
}
let batch = [], batches = 0, migrated = 0;
const flush = () => {
  if (!batch.length) return;
  const result = db.people_v2.bulkWrite(batch.map((doc) => ({ replaceOne: { filter: { _id: doc._id }, replacement: doc, upsert: true } })));
  migrated += result.upsertedCount;
  batches++;
  print(`batch ${batches}: ${batch.length} documents, ids ${batch.map((d) => d._id).join(", ")}`);
  batch = [];
};
db.people_v1.find().sort({ _id: 1 }).forEach((old) => {
  batch.push(convert(old));
  if (batch.length >= BATCH) flush();
});
flush();
print(migrated, batches, db.people_v2.countDocuments({ version: 2 }));
db.people_v2.find({ "name.last": null }).sort({ _id: 1 }).forEach((p) => print(p._id, p.name, p.phones ? p.phones[0].number : "no phone"));
print(db.people_v2.find({ joined: { $gte: ISODate("2024-06-01") } }).sort({ _id: 1 }).toArray());
const log = { _id: "v1-v2", counts: { migrated, batches }, ok: migrated === db.people_v1.countDocuments() };
db.migrations.insertOne(log);
printjson(db.migrations.findOne());
print(db.people_v1.drop(), db.people_v2.renameCollection("people").ok, db.getCollectionNames().sort());
