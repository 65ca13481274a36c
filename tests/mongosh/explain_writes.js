db.c.insertMany([{ _id: 1, n: 1 }, { _id: 2, n: 2 }]);
function show(title, plan) {
  const keys = Object.keys(plan);
  print(title, plan.command["$db"], keys.includes("executionStats"), plan.queryPlanner.winningPlan.stage);
}
show("updateOne", db.c.updateOne({ _id: 1 }, { $set: { n: 5 } }, { explain: true }));
show("updateMany", db.c.updateMany({ n: 1 }, { $set: { n: 5 } }, { explain: "queryPlanner", collation: { locale: "en" } }));
show("deleteOne", db.c.deleteOne({ _id: 1 }, { explain: "executionStats" }));
show("deleteMany", db.c.deleteMany({}, { explain: "queryPlanner", hint: { _id: 1 } }));
show("findOneAndUpdate", db.c.findOneAndUpdate({ _id: 1 }, { $set: { n: 5 } }, { explain: "queryPlanner", upsert: true }));
show("findOneAndDelete", db.c.findOneAndDelete({ _id: 1 }, { explain: "queryPlanner" }));
show("findOneAndReplace", db.c.findOneAndReplace({ _id: 1 }, { n: 1 }, { explain: "queryPlanner" }));
show("distinct", db.c.distinct("n", { _id: 1 }, { explain: "queryPlanner" }));
print(db.c.find().toArray());
