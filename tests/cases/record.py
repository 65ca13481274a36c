#!/usr/bin/env python3
"""Writes what a real mongod 6.0.5 answers into case tables.

usage: record.py MONGODB_URI TABLE.jsonl…        (needs pymongo)

Lines that have an `is` already are asked again; everything else of a line stays as it is. See README.md.
"""
import contextlib
import json
import re
import sys

import bson
import pymongo
from bson import json_util
from bson.codec_options import CodecOptions, DatetimeConversion
from bson.raw_bson import RawBSONDocument
from bson.son import SON
from pymongo.errors import BulkWriteError, OperationFailure, PyMongoError

CANONICAL = json_util.JSONOptions(
    json_mode=json_util.JSONMode.CANONICAL,
    document_class=SON,
    datetime_representation=json_util.DatetimeRepresentation.NUMBERLONG,
    tz_aware=False,
    datetime_conversion=DatetimeConversion.DATETIME_MS,
)
CODEC = CodecOptions(document_class=SON, datetime_conversion=DatetimeConversion.DATETIME_MS)
NAME = "rhaiver_cases"
VOLATILE = {"$clusterTime", "operationTime", "electionId", "opTime", "topologyVersion"}


class Undefined:
    """A type that pymongo does not know any more."""


class Symbol(str):
    """A type that pymongo takes for a string."""


def pairs(fields):
    """Extended JSON, but {"$regex": …} is an operator and the old types stay what they are."""
    if len(fields) == 1 and fields[0][0] == "$undefined":
        return Undefined()
    if len(fields) == 1 and fields[0][0] == "$symbol":
        return Symbol(fields[0][1])
    if any(name == "$regex" for name, _ in fields):
        return SON(fields)
    return json_util.object_pairs_hook(fields, CANONICAL)


def is_old(value):
    if isinstance(value, dict):
        return any(is_old(v) for v in value.values())
    if isinstance(value, list):
        return any(is_old(v) for v in value)
    return isinstance(value, (Undefined, Symbol))


def encode(fields):
    """A document with old types as BSON."""
    body = b""
    for name, value in fields.items():
        name = name.encode() + b"\0"
        if isinstance(value, Undefined):
            body += b"\x06" + name
        elif isinstance(value, Symbol):
            text = value.encode() + b"\0"
            body += b"\x0e" + name + len(text).to_bytes(4, "little") + text
        elif isinstance(value, dict):
            body += b"\x03" + name + encode(value)
        elif isinstance(value, list):
            body += b"\x04" + name + encode({str(i): v for i, v in enumerate(value)})
        else:
            one = bson.encode({"": value}, codec_options=CODEC)
            body += one[4:5] + name + one[6:-1]
    return (len(body) + 5).to_bytes(4, "little") + body + b"\0"


def ready(value):
    """What pymongo sends as it is meant."""
    if isinstance(value, dict):
        return RawBSONDocument(encode(value)) if is_old(value) else value
    return [ready(v) for v in value] if isinstance(value, list) else value


def error(reply):
    kept = SON()
    for key in ("code", "codeName", "errmsg"):
        if key in reply:
            kept[key] = reply[key]
    for key, value in reply.items():
        if key not in kept and key not in VOLATILE and key not in ("ok", "writeErrors"):
            kept[key] = value
    return SON(error=kept)


def drain(db, reply):
    cursor = reply["cursor"]
    docs = list(cursor["firstBatch"])
    while cursor["id"]:
        reply = db.command(SON(getMore=cursor["id"], collection=cursor["ns"].split(".", 1)[1]), codec_options=CODEC)
        cursor = reply["cursor"]
        docs.extend(cursor["nextBatch"])
    return docs


class Recorder:
    def __init__(self, uri):
        client = pymongo.MongoClient(uri)
        client.drop_database(NAME)
        self.db = client.get_database(NAME, codec_options=CODEC)
        self.docs = [SON(_id=1)]
        self.fill()

    def fill(self):
        self.db.drop_collection("c")
        self.db.create_collection("c")
        if self.docs:
            self.db.command(SON(insert="c", documents=ready(self.docs)))

    def cursor(self, command, let):
        if let is not None:
            command["let"] = let
        command = SON((name, ready(value)) for name, value in command.items())
        return drain(self.db, self.db.command(command, codec_options=CODEC))

    def answer(self, line):
        let = line.get("let")
        if "expr" in line:
            pipeline = [{"$project": SON([("_id", 0), ("r", line["expr"])])}]
            return self.cursor(SON(aggregate="c", pipeline=pipeline, cursor={}), let)
        if "match" in line:
            command = SON([("find", "c"), ("filter", line["match"]), ("projection", {"_id": 1})])
            return [d.get("_id") for d in self.cursor(command, let)]
        if "find" in line:
            command = SON(find="c")
            command.update(line["find"])
            return self.cursor(command, let)
        if "pipeline" in line:
            docs = self.cursor(SON(aggregate="c", pipeline=line["pipeline"], cursor={}), let)
            if line.get("unordered"):
                docs.sort(key=lambda d: json_util.dumps(d, json_options=CANONICAL))
            return docs
        if "update" in line:
            self.fill()
            command = SON(update="c", updates=[ready(line["update"])])
            if let is not None:
                command["let"] = let
            reply = self.db.command(command, codec_options=CODEC)
            if reply.get("writeErrors"):
                e = dict(reply["writeErrors"][0])
                e.pop("index", None)
                if "codeName" not in e:
                    e = SON([("code", e.pop("code")), ("errmsg", e.pop("errmsg"))] + list(e.items()))
                return SON(error=e)
            is_ = SON((k, v) for k, v in reply.items() if k not in VOLATILE and k != "ok")
            is_["docs"] = list(self.db.c.find().sort("$natural", 1))
            return is_
        if "run" in line:
            if line.get("reset", True):
                self.fill()
            database = self.db.client.get_database(line.get("db", NAME), codec_options=CODEC)
            command = SON((name, ready(value)) for name, value in line["run"].items())
            with self.session_of(command) as session:
                reply = database.command(command, codec_options=CODEC, session=session)
            return SON((k, v) for k, v in reply.items() if k not in VOLATILE)
        raise SystemExit(f"no kind of case: {line}")

    @contextlib.contextmanager
    def session_of(self, command):
        """A session that leaves the command its own lsid, which the driver would replace; none without."""
        if "lsid" not in command:
            yield None
            return
        session = self.db.client.start_session(causal_consistency=False)
        pooled = self.db.client._topology.get_server_session(30)
        pooled.session_id = command["lsid"]
        session._server_session = pooled
        yield session

    def record(self, path):
        out = []
        with open(path, encoding="utf-8") as file:
            lines = file.read().split("\n")
        for number, text in enumerate(lines, 1):
            if not text.strip() or text.startswith("//"):
                out.append(text)
                continue
            try:
                line = json.loads(text, object_pairs_hook=pairs)
            except Exception as e:
                raise SystemExit(f"{path}:{number}: {e}") from e
            if "docs" in line:
                self.docs = line["docs"]
                self.fill()
                out.append(text)
                continue
            try:
                is_ = self.answer(line)
            except OperationFailure as e:
                is_ = error(SON(e.details))
            except PyMongoError as e:
                raise SystemExit(f"{path}:{number}: {e}") from e
            bare = re.sub(r', ?"is": .*$', "}", text.rstrip()) if '"is":' in text else text.rstrip()
            assert bare.endswith("}"), f"{path}:{number}"
            out.append(f'{bare[:-1]}, "is": {json_util.dumps(is_, json_options=CANONICAL)}}}')
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(out))


if __name__ == "__main__":
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    recorder = Recorder(sys.argv[1])
    for table in sys.argv[2:]:
        recorder.docs = [SON(_id=1)]
        recorder.fill()
        recorder.record(table)
