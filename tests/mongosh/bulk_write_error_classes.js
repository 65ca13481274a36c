try { db.c.insertMany([{_id:1},{_id:1},{_id:2}]) } catch (e) {
 print(e.writeErrors); printjson(e.writeErrors); print(e.writeErrors[0]); printjson(e.writeErrors[0]); 
 print(e.result); printjson(e.result); print(Object.keys(e.result)); print(JSON.stringify(e.result)); print(JSON.stringify(e.writeErrors));
 print(e.code, e.codeName, e.errmsg, e.errInfo, e.ok, e.err);
 print(e.result.insertedIds, e.result.nInserted);
 print(e.writeErrors[0].err, e.writeErrors[0].code, e.writeErrors[0].index, e.writeErrors[0].errmsg, e.writeErrors[0].errInfo);
 print(EJSON.stringify(e.result)); 
 print(e.insertedCount, e.insertedIds, e.upsertedIds, e.upsertedCount, e.matchedCount,e.modifiedCount,e.deletedCount);
 print(e.writeErrors.length, e.writeErrors.map(w => w.err.op));
 print(e.writeErrors[0].getOperation(), e.writeErrors[0].toJSON());
 print(e.writeErrors[0].toString());
 print(e.result.hasWriteErrors(), e.result.getWriteErrorCount(), e.result.getWriteErrors(), e.result.getWriteErrorAt(0), e.result.getWriteErrorAt(1));
 for (const w of e.writeErrors) { print(w.index, w.code, w.errmsg); }
 e.writeErrors.forEach(w => print(`${w.index}: ${w.errmsg}`));
}
try { db.c.bulkWrite([{updateOne:{filter:{_id:1},update:{$inc:{_id:1}}}}, {deleteOne:{filter:{_id:5}}}], {ordered:false}) } catch (e) { print(e.name, e.writeErrors[0].err.op, e.writeErrors[0].err); print([e.writeErrors]); print({ a: e.writeErrors, b: e.result }) }
try { db.c.insertOne({_id:1}) } catch (e) { print(e.name, e.writeErrors, e.result, e.keyValue, e.keyPattern, e.index, e.errInfo, e.ok); }
try { db.c.insertMany([{_id:7}], {writeConcern:{w:9, wtimeout:10}}) } catch (e) { print(e.name, e.message); print(e.result); print(e.writeErrors); print(e.code, e.codeName, e.errInfo, e.err); }
try { db.c.insertOne({_id:8}, {writeConcern:{w:9, wtimeout:10}}) } catch (e) { print(e.name, e.message, e.code, e.codeName, e.errInfo); }
try { db.c.updateOne({_id:8}, {$set:{a:1}}, {writeConcern:{w:9, wtimeout:10}}) } catch (e) {  print(e.name, e.message, e.code, e.codeName, e.errInfo);}
try { db.c.findOneAndUpdate({_id:8}, {$set:{a:1}}, {writeConcern:{w:9, wtimeout:10}}) } catch (e) {  print(e.name, e.message, e.code, e.codeName, e.errInfo);}
try { db.c.insertMany([{_id:100}, {_id:100}]); } catch (e) { db.log.insertOne({ _id: 1, result: e.result, n: e.writeErrors.length }); print(db.log.findOne()); }
