#!/usr/bin/env bash
# Real clients of Google's APIs, each once through wif-proxy against the sandbox cloud, with an empty
# home and no credential. `./dev clients` runs it.
#
# usage: run.sh [--build DIR] [--cached] [--least] [--proxy-flag F] [--docs F] [NAME…]
#   --cached   install nothing: a client whose packages are not there is skipped; if all were, exit 77
#   --least    give each client only the variables that its file names, not the whole block
#   --proxy-flag F   one more flag for wif-proxy, as --proxy-flag --log-level=trace
#   --docs F   do both, and write the table to F
#
# A client is one file of programs/, in shell, Python, JavaScript, Go or Java. It prints
# "version: TEXT" and, last, "got: TEXT", and exits 0 when everything it got was right. Its first
# comments say:
#   client: its name for the table        packages: what to install (needs: for shell)
#   variables: those that suffice         caveat: what its users should know
#   uses: grpc (where it needs the Storage Read API)   platform: aws (where it uses AWS itself)
set -euo pipefail
cd "$(dirname "$0")/../.."

build=$PWD/build/release
cache=${XDG_CACHE_HOME:-$HOME/.cache}/wif-proxy-clients
cached='' environments=all docs='' names=() proxy_flags=()
while [ $# -gt 0 ]; do
  case $1 in
    --build) build=$(realpath "$2"); shift 2 ;;
    --cached) cached=yes; shift ;;
    --least) environments=least; shift ;;
    --proxy-flag) proxy_flags+=("$2"); shift 2 ;;
    --docs) environments='all least' docs=$2; shift 2 ;;
    -*) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    *) names+=("$1"); shift ;;
  esac
done

# shellcheck source=tests/clients/lib/cloud.sh
. tests/clients/lib/cloud.sh
# shellcheck source=tests/clients/lib/environment.sh
. tests/clients/lib/environment.sh
# shellcheck source=tests/clients/lib/languages.sh
. tests/clients/lib/languages.sh

work=$(mktemp -d)
trap 'stop_all || true; rm -rf "$work"' EXIT
failures=0 passes=0
rows=()

# The files of the clients that were named, or of all.
programs() {
  local name
  [ ${#names[@]} -gt 0 ] || { find "$PWD/tests/clients/programs" -type f \( -name '*.sh' -o -name '*.py' -o -name '*.cjs' -o -name '*.go' -o -name '*.java' \) | sort; return; }
  for name in "${names[@]}"; do
    compgen -G "$PWD/tests/clients/programs/$name.*" ||
      { printf 'clients: there is no client "%s"\n' "$name" >&2; return 1; }
  done
}

install_packages() {
  local extension files
  # The stand-in itself is Python.
  install_py "$PWD/tests/clients/storage_read_server.py"
  for extension in sh py cjs go java; do
    mapfile -t files < <(printf '%s\n' "$@" | grep "\.$extension$" || true)
    [ ${#files[@]} = 0 ] || "install_$extension" "${files[@]}" ||
      printf 'clients: not every package could be installed\n' >&2
  done
}

said() { sed -n "s/^$1: //p" "$2" | tail -n 1; }

# run_client FILE ENVIRONMENT: one line of the table, and what it printed if that was wrong
run_client() {
  local file=$1 environment=$2 name output lines command variables status=0 result=ok
  name=$(basename "${file%.*}")
  output=$work/$name-$environment.out
  mapfile -d '' -t command < <("command_${file##*.}" "$file")
  lines=$(wc -l <"$work/proxy.err")
  as_client "$environment" "$file" timeout 120 "${command[@]}" >"$output" 2>&1 || status=$?
  [ -n "$(said got "$output")" ] || result="FAILED: it says not what it got"
  [ "$status" = 0 ] || result="FAILED with exit status $status"
  no_token_in "$output" || result="FAILED: it saw a real token, or the sandbox is gone"
  if [ "$result" = ok ]; then
    passes=$((passes + 1))
  else
    failures=$((failures + 1))
  fi
  printf '%-26s %-34s %-18s %s\n' "$name" "$(said version "$output")" "$result" "$(said got "$output")"
  [ "$result" = ok ] || { sed 's/^/    | /' "$output" | tail -n 40
    tail -n "+$((lines + 1))" "$work/proxy.err" | sed 's/^/    proxy: /' | tail -n 20; }
  [ "$environment" != least ] || return 0
  variables=$(field variables "$file")
  rows+=("| $(field client "$file") | $(said version "$output") | \`${variables// /\`, \`}\` | $(field caveat "$file") |")
}

skip() {
  printf '%-26s %s\n' "$1" "skipped: $2"
  # The form in which ./dev test looks for reasons.
  [ -z "$cached" ] || printf 'clients/%s: Skipped\n%s\n' "$1" "$2"
}

write_docs() {
  {
    cat <<'HEAD'
# Clients

Written by `./dev clients --docs` from what it saw: each client below did its work through the proxy, with an
empty home and no credential, first with everything that a client can be told and then again with only the
variables of its row. What they did is in `tests/clients/programs/`.

| client | version | variables that suffice | notes |
| --- | --- | --- | --- |
HEAD
    printf '%s\n' "${rows[@]}"
    cat <<'TAIL'

`HTTPS_PROXY` names the proxy; the lower-case form is for gRPC libraries in C and JavaScript, which read no other.
Variables with `CA`, `CERT` or `SSL` name `bundle.pem` (the system's roots and our CA), `NODE_EXTRA_CA_CERTS`
names `ca.pem`. `GCE_METADATA_…` is the address of the metadata listener, without a scheme.
TAIL
  } >"$1"
}

list=$(programs)
mapfile -t files <<<"$list"
[ -n "$cached" ] || install_packages "${files[@]}"
runnable=()
for file in "${files[@]}"; do
  reason=$("missing_${file##*.}" "$file")
  if [ -z "$reason" ]; then
    runnable+=("$file")
  else
    skip "$(basename "${file%.*}")" "$reason"
  fi
done
[ ${#runnable[@]} -gt 0 ] || exit 77

start_sandbox
has_grpc=yes
start_storage_read || has_grpc=''
start_proxy "${proxy_flags[@]}"
for file in "${runnable[@]}"; do
  if [ -z "$has_grpc" ] && [ "$(field uses "$file")" = grpc ]; then
    skip "$(basename "${file%.*}")" 'the stand-in of the Storage Read API lacks its Python packages'
    continue
  fi
  for environment in $environments; do run_client "$file" "$environment"; done
done

no_token_in "$work/proxy.err" ||
  { printf 'clients: a real token is in the log of the proxy\n'; failures=$((failures + 1)); }
stop_proxy || { printf 'clients: the proxy ended with exit status %s\n' $?; failures=$((failures + 1)); }
printf '%s passed, %s failed\n' "$passes" "$failures"
[ "$failures" = 0 ] || exit 1
[ -z "$docs" ] || write_docs "$docs"
[ $((passes + failures)) -gt 0 ] || exit 77
