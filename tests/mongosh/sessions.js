db.getSiblingDB("sessions").accounts.insertMany([{ _id: "A", balance: 100 }, { _id: "B", balance: 50 }]);
const session = db.getMongo().startSession();
const accounts = session.getDatabase("sessions").accounts;
session.startTransaction({ readConcern: { level: "snapshot" }, writeConcern: { w: "majority" } });
accounts.updateOne({ _id: "A" }, { $inc: { balance: -30 } });
accounts.updateOne({ _id: "B" }, { $inc: { balance: 30 } });
print("outside: " + db.accounts.findOne({ _id: "A" }).balance);
print("inside: " + accounts.findOne({ _id: "A" }).balance);
session.commitTransaction();
print("after: " + db.accounts.findOne({ _id: "A" }).balance);
session.startTransaction();
accounts.insertOne({ _id: "C", balance: 1 });
print(accounts.countDocuments());
session.abortTransaction();
print(db.accounts.countDocuments());
const result = session.withTransaction(() => {
  const a = accounts.findOne({ _id: "A" });
  accounts.updateOne({ _id: "A" }, { $set: { balance: a.balance * 2 } });
  return "returned";
});
print(result);
print(db.accounts.find().sort({ _id: 1 }).toArray());
try {
  session.withTransaction(() => {
    accounts.deleteMany({});
    throw new Error("changed my mind");
  });
} catch (e) {
  print(e.message);
}
print(db.accounts.countDocuments());
try {
  session.startTransaction();
  accounts.insertOne({ _id: "A" });
} catch (e) {
  print(e.code);
  session.abortTransaction();
}
try {
  session.commitTransaction();
} catch (e) {
  print(e.message);
}
print(session.hasEnded());
session.endSession();
print(session.hasEnded());
