#!/usr/bin/env bash
# Real clients of Google's APIs, each through wif-proxy against the sandbox cloud, with an empty home,
# no credential and what `wif-proxy env` prints. `./dev clients` runs it.
#
# usage: run.sh [--build DIR] [--cached] [--ways WAYS] [--proxy-flag F] [--docs F] [NAME…]
#   --cached   install nothing: a client whose packages are not there is skipped; if all were, exit 77
#   --ways WAYS   which of these, in one word with blanks; "all sni" if not given:
#              all    by HTTPS_PROXY, with everything that env prints
#              least  by HTTPS_PROXY, with only the variables that its file names
#              sni    the same without the proxy: its connections are led to the SNI listener
#   --proxy-flag F   one more flag for wif-proxy, as --proxy-flag --log-level=trace
#   --docs F   all three ways, and write the table to F
#
# A client is one file of programs/, in shell, Python, JavaScript, Go or Java. It prints
# "version: TEXT" and, last, "got: TEXT", and exits 0 when everything it got was right. Its first
# comments say:
#   client: its name for the table        packages: what to install (needs: for shell)
#   variables: those that suffice         caveat: what its users should know
#   uses: grpc (where it needs the Storage Read API)   platform: aws (where it uses AWS itself)
# With `place: ec2`, ecs or eks it is somebody's program, which prints the rows of fuga_table and knows
# of no test. It runs once, as that somebody would run it there, by `wif-proxy run`.
set -euo pipefail
cd "$(dirname "$0")/../.."
arguments=("$@")

build=$PWD/build/release
cache=${XDG_CACHE_HOME:-$HOME/.cache}/wif-proxy-clients
cached='' ways='all sni' docs='' names=() proxy_flags=()
while [ $# -gt 0 ]; do
  case $1 in
    --build) build=$(realpath "$2"); shift 2 ;;
    --cached) cached=yes; shift ;;
    --ways) ways=$2; shift 2 ;;
    --proxy-flag) proxy_flags+=("$2"); shift 2 ;;
    --docs) ways='all least sni' docs=$2; shift 2 ;;
    -*) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    *) names+=("$1"); shift ;;
  esac
done

# shellcheck source=tests/clients/lib/cloud.sh
. tests/clients/lib/cloud.sh
# shellcheck source=tests/clients/lib/network.sh
. tests/clients/lib/network.sh
# shellcheck source=tests/clients/lib/environment.sh
. tests/clients/lib/environment.sh
# shellcheck source=tests/clients/lib/languages.sh
. tests/clients/lib/languages.sh
# shellcheck source=tests/clients/lib/places.sh
. tests/clients/lib/places.sh

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

# judge NAME WAY STATUS VERSION GOT OUTPUT: one line of the table, and what was printed if it was wrong
judge() {
  local name=$1 way=$2 status=$3 version=$4 got=$5 output=$6 result=ok
  [ -n "$got" ] || result="FAILED: it says not what it got"
  [ "$status" = 0 ] || result="FAILED with exit status $status"
  no_token_in "$output" || result="FAILED: it saw a real token, or the sandbox is gone"
  printf '%-24s %-6s %-38s %-6s %s\n' "$name" "$way" "$version" "$result" "$got"
  if [ "$result" = ok ]; then
    passes=$((passes + 1))
  else
    failures=$((failures + 1))
    sed 's/^/    | /' "$output" | tail -n 40
    return 1
  fi
}

run_client() {
  local file=$1 way=$2 name output lines command status=0
  name=$(basename "${file%.*}")
  output=$work/$name-$way.out
  mapfile -d '' -t command < <("command_${file##*.}" "$file")
  lines=$(wc -l <"$work/proxy.err")
  as_client "$way" "$file" timeout -k 10 120 "${command[@]}" >"$output" 2>&1 || status=$?
  judge "$name" "$way" "$status" "$(said version "$output")" "$(said got "$output")" "$output" ||
    tail -n "+$((lines + 1))" "$work/proxy.err" | sed 's/^/    proxy: /' | tail -n 20
}

run_in_place() {
  local file=$1 place=$2 name output status=0 rows
  name=$(basename "${file%.*}")
  output=$work/$name.out
  configuration_of "$place"
  in_place "$place" "$file" timeout -k 10 120 python3 "$file" >"$output" 2>&1 || status=$?
  rows=$(grep -cE '(alice|bob|carol|dave|たろう)' "$output" || true)
  judge "$name" run "$status" "$(version_in_place "$file")" \
    "$([ "$rows" != 5 ] || sed -n 's/^wif-proxy: \(.*\) · proxy .*/5 rows; \1/p' "$output")" "$output" || true
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
empty home and no credential, first with everything that `wif-proxy env` prints and then again with only the
variables of its row. The last time it knew of no proxy: with the variables of its row less those that name one, its
connections were led to the [SNI listener](transparent.md). There was no network but loopback. What they did is in
`tests/clients/programs/`.

| client | version | variables that suffice | through SNI | notes |
| --- | --- | --- | --- | --- |
HEAD
    printf '%s\n' "${rows[@]}"
    cat <<'TAIL'

`HTTPS_PROXY` names the proxy; the lower-case form is for gRPC libraries in C and JavaScript, which read no other.
Variables with `CA`, `CERT` or `SSL` name `bundle.pem` (the system's roots and our CA), `NODE_EXTRA_CA_CERTS`
names `ca.pem`. `GCE_METADATA_…` is the address of the metadata listener, without a scheme. Through SNI a JVM needs
of `JAVA_TOOL_OPTIONS` only `-Djavax.net.ssl.trustStore`.

`query_bq_ec2.py`, `query_bq_ecs.py` and `query_bq_eks.py` are programs as somebody would write them with
google-cloud-bigquery for these places, with no line about credentials. Each ran as it is by `wif-proxy run -- python3
…`, with the instance's role, the task's role and the Pod's projected token.
TAIL
  } >"$1"
}

# Every way that was asked for; the file's line of the table.
run_ways() {
  local file=$1 way version='' variables
  if [ -n "$(field place "$file")" ]; then
    run_in_place "$file" "$(field place "$file")"
    return
  fi
  for way in $ways; do
    run_client "$file" "$way"
    version=$(said version "$work/$(basename "${file%.*}")-$way.out")
  done
  variables=$(field variables "$file")
  rows+=("| $(field client "$file") | $version | \`${variables// /\`, \`}\` | yes | $(field caveat "$file") |")
}

list=$(programs)
mapfile -t files <<<"$list"
if [ -z "${IN_OWN_NETWORK:-}" ]; then
  [ -n "$cached" ] || install_packages "${files[@]}"
  enter_network bash tests/clients/run.sh "${arguments[@]}"
fi
work=$(mktemp -d)
trap 'stop_all || true; rm -rf "$work"' EXIT

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
proxy_flags+=(--java-truststore)
reason=$(missing_network)
if [ -z "$reason" ]; then
  proxy_flags+=(--listen-sni 127.0.0.1:443)
  write_hosts
elif [[ " $ways " == *' sni '* ]]; then
  ways=${ways/sni/} docs=''
  skip 'the way sni' "$reason"
fi
start_proxy "${proxy_flags[@]}"
for file in "${runnable[@]}"; do
  if [ -z "$has_grpc" ] && [ "$(field uses "$file")" = grpc ]; then
    skip "$(basename "${file%.*}")" 'the stand-in of the Storage Read API lacks its Python packages'
    continue
  fi
  run_ways "$file"
done

no_token_in "$work/proxy.err" ||
  { printf 'clients: a real token is in the log of the proxy\n'; failures=$((failures + 1)); }
stop_proxy || { printf 'clients: the proxy ended with exit status %s\n' $?; failures=$((failures + 1)); }
printf '%s passed, %s failed\n' "$passes" "$failures"
[ "$failures" = 0 ] || exit 1
[ -z "$docs" ] || write_docs "$docs"
[ $((passes + failures)) -gt 0 ] || exit 77
