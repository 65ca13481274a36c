#!/usr/bin/env bash
# Records what mongosh prints for the scripts beside this file, on a fresh MongoDB:
#   tests/mongosh/record.sh [NAME ...]      (all of them without names)
# mongosh is $MONGOSH, else the version below, which npm installs into the cache. Each script
# gets an empty database of its own name. What changes from run to run is blanked where a script's first
# line asks for it (`// blank: ids times`); tests/mongosh.rs blanks in the same way.
set -euo pipefail
cd "$(dirname "$0")"

readonly VERSION=2.12.0 PORT=29017 NAME=record
readonly CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/rhaiver/mongosh-$VERSION"
export TZ=UTC

replica_set() { ../../scripts/replica-set.sh "$1" --ports $PORT --name $NAME "${@:2}"; }

find_mongosh() {
  if [[ -n ${MONGOSH:-} ]]; then echo "$MONGOSH" && return; fi
  if [[ ! -x $CACHE/node_modules/.bin/mongosh ]]; then
    npm install --silent --no-audit --no-fund --prefix "$CACHE" "mongosh@$VERSION" >&2
  fi
  echo "$CACHE/node_modules/.bin/mongosh"
}

blank() { # what a script's first line says, from standard input
  local what edits=()
  what=$(sed -n '1s,^// blank:,,p' "$1")
  if [[ $what == *ids* ]]; then
    edits+=(-e 's/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/<uuid>/g' -e 's/[0-9a-f]{24}/<id>/g')
  fi
  if [[ $what == *times* ]]; then
    edits+=(-e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z/<time>/g'
      -e 's/[A-Z][a-z]{2} [A-Z][a-z]{2} [0-9]{2} [0-9]{4} [0-9:]{8} GMT\+0000 \([^)]*\)/<time>/g'
      -e 's/Timestamp\(\{ t: [0-9]+, i: [0-9]+ \}\)/Timestamp(<time>)/g')
  fi
  # mongosh warns on standard output, once; here warnings go to standard error.
  if [[ $what == *warnings* ]]; then edits+=(-e '/^DeprecationWarning: /d'); fi
  sed -E -e '' "${edits[@]}"
}

mongosh=$(find_mongosh)
names=("$@")
if ((${#names[@]} == 0)); then
  for file in *.js; do names+=("${file%.js}"); done
fi
trap 'replica_set stop >/dev/null' EXIT
replica_set start >/dev/null
for name in "${names[@]}"; do
  uri="mongodb://localhost:$PORT/$name?replicaSet=$NAME"
  "$mongosh" "$uri" --quiet --norc --file "$name.js" 2>"$name.err" </dev/null | blank "$name.js" >"$name.out" ||
    echo "$name.js ended with an error" >&2
  sed "s/^/$name: /" "$name.err" >&2
  rm -f "$name.err"
done
