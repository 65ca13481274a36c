const name = "Ada";
const order = { id: 7, lines: [{ sku: "a", n: 2, price: 9.99 }, { sku: "b", n: 1, price: 5 }], at: ISODate("2024-01-15T10:30:00Z") };
print(`Hello ${name}!`);
print(`${1 + 2} and ${name.length * 2}`);
print(`order ${order.id} has ${order.lines.length} lines`);
print(`total: ${order.lines.reduce((s, l) => s + l.n * l.price, 0).toFixed(2)}`);
print(`multi
line`);
print(`nested ${`inner ${name}`} done`);
print(`quotes ' " and \`backtick\` and \${not}`);
print(`array ${[1, 2, 3]} null ${null} undefined ${undefined} bool ${true}`);
print(`skus: ${order.lines.map(l => `[${l.sku}]`).join(" ")}`);
print(`when: ${order.at.toISOString()}`);
print(`float ${0.1 + 0.2} whole ${4.0} big ${1e21} neg ${-0.5}`);
print(`id ${ObjectId("65a1b2c3d4e5f60718293a4b")} dec ${NumberDecimal("1.50")} long ${NumberLong("12")}`);
print(`tab\tnewline\\n unicode \u00e9 ✅`);
db.t.insertOne({ _id: `key-${order.id}`, text: `for ${name}` });
print(db.t.findOne({ _id: `key-7` }).text);
