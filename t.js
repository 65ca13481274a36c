
function show(v){ if(v===null)return 'null'; if(v===undefined)return 'undefined'; if(Array.isArray(v))return '['+v.map(show).join(', ')+']'; if(v instanceof Error) return String(v); if(typeof v==='object'&&v.constructor===Object)return '{'+Object.entries(v).map(([k,x])=>k+': '+show(x)).join(', ')+'}'; return String(v)}
function print(v){console.log(show(v))}
const printjson=print;
Object.prototype.keys; Array.prototype.len=function(){return this.length};
class ObjectId{constructor(x){this.x=x} toString(){return 'ObjectId('+this.x+')'}}
{var o = {
  a: 1, // one
  b: 2
}
print(o)
}