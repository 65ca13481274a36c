db.accounts.insertMany([{ _id: "a", balance: 100 }, { _id: "b", balance: 20 }]);
const session = db.getMongo().startSession();
const accounts = session.getDatabase(db.getName()).getCollection("accounts");
function transfer(from, to, amount) {
  session.startTransaction({ readConcern: { level: "snapshot" }, writeConcern: { w: "majority" } });
  try {
    const res = accounts.updateOne({ _id: from, balance: { $gte: amount } }, { $inc: { balance: -amount } });
    if (res.modifiedCount !== 1) throw new Error(`not enough money in ${from}`);
    accounts.updateOne({ _id: to }, { $inc: { balance: amount } });
    session.commitTransaction();
    print(`moved ${amount} from ${from} to ${to}`);
  } catch (error) {
    session.abortTransaction();
    print("aborted: " + error.message);
  }
}
transfer("a", "b", 70);
transfer("a", "b", 70);
print(db.accounts.find().toArray());
session.withTransaction(() => {
  accounts.updateMany({}, { $inc: { balance: 1 } });
});
print(db.accounts.find({}, { _id: 0 }).toArray().map((a) => a.balance));
session.endSession();
try {
  session.startTransaction();
  accounts.findOne();
} catch (e) {
  print(e.name);
}
