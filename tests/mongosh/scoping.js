var counter = 0;
const config = { limit: 3, name: "cfg", nested: { on: true } };
function next() { counter++; return counter; }
while (next() < config.limit);
print(counter);
const makeCounter = () => { let n = 0; return { up: () => ++n, get: () => n }; };
{
  let counter = "inner";
  print(counter);
}
print(counter);
const handlers = { insert: (c) => `new ${c.id}`, update: (c) => `changed ${c.id}`, delete: function (c) { return "gone " + c.id; } };
[{ op: "insert", id: 1 }, { op: "delete", id: 2 }, { op: "drop", id: 3 }].forEach((c) => {
  const h = handlers[c.op];
  print(h ? h(c) : `ignored ${c.op}`);
});
const Service = {
  prefix: "svc",
  list: [],
  label(x) { return `${this.prefix}:${x}`; },
};
print(Service.label("q"), Service.label("r"));
config.limit = 10;
config.nested.on = false;
config["extra key"] = [1];
delete config.name;
print(config, "limit" in config, config.hasOwnProperty("name"));
const funcs = [];
for (const i of [0, 1, 2]) { const ten = i * 10; funcs.push(() => ten); }
print(funcs.map((f) => f()));
print(typeof undefinedVariable, typeof next, typeof config, typeof null, typeof [], typeof "s", typeof 1);
