// Runs every line of cases.js in node and writes what it prints to corpus.jsonl:
//   node record.mjs
import fs from 'node:fs';
import util from 'node:util';
import vm from 'node:vm';

process.env.TZ = 'UTC';
const here = new URL('.', import.meta.url);
const lines = fs.readFileSync(new URL('cases.js', here), 'utf8').split('\n');
const out = [];
for (const line of lines) {
  if (!line.trim() || line.startsWith('//')) continue;
  let printed = '';
  const show = v => typeof v === 'string' ? v : util.inspect(v, { compact: 3, breakLength: 80, depth: 6 });
  const print = (...values) => { printed += values.map(show).join(' ') + '\n'; };
  const context = vm.createContext({ print, structuredClone });
  try {
    vm.runInContext(line, context);
  } catch (e) {
    printed += `error: ${e.message}\n`;
  }
  out.push(JSON.stringify({ code: line, prints: printed.trimEnd() }));
}
fs.writeFileSync(new URL('corpus.jsonl', here), out.join('\n') + '\n');
console.log(`${out.length} cases`);
