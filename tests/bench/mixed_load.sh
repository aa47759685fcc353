#!/usr/bin/env bash
# All kinds of traffic at once through one wif-proxy, for a while: see mixed_load/main.go.
#
# usage: mixed_load.sh [--build DIR] [MINUTES]
set -euo pipefail
cd "$(dirname "$0")/../.."

build=$PWD/build/release
cache=${XDG_CACHE_HOME:-$HOME/.cache}/wif-proxy-clients
[ "${1:-}" != --build ] || { build=$(realpath "$2"); shift 2; }
minutes=${1:-1}

# shellcheck source=tests/clients/lib/cloud.sh
. tests/clients/lib/cloud.sh
# shellcheck source=tests/clients/lib/languages.sh
. tests/clients/lib/languages.sh

command -v go >/dev/null || { printf 'mixed_load: Skipped\ngo is not installed\n'; exit 77; }
(cd tests/bench/mixed_load && go build -o "$cache/go/mixed_load" .)
install_py "$PWD/tests/clients/storage_read_server.py"

work=$(mktemp -d)
trap 'stop_all || true; rm -rf "$work"' EXIT
start_sandbox
start_storage_read
start_proxy --log-level info
proxy=${pids[-1]}
# The load trusts the proxy's CA and, for what goes through a tunnel, that of the sandbox.
cat "$work/ca/ca.pem" "$(from_sandbox ca.pem)" >"$work/roots.pem"

status=0
SSL_CERT_FILE=$work/roots.pem HTTPS_PROXY=http://$(proxy_address proxy) "$cache/go/mixed_load" \
  --proxy "http://$(proxy_address proxy)" --pid "$proxy" --minutes "$minutes" || status=$?
no_token_in "$work/proxy.err" || { printf 'WRONG: a real token is in the log of the proxy\n'; status=1; }
stop_proxy || { printf 'WRONG: the proxy ended with exit status %s\n' $?; status=1; }
grep -c '"level":"\(warn\|error\)"' "$work/proxy.err" | sed 's/$/ warnings and errors in its log/'
cp "$work/proxy.err" "${MIXED_LOAD_LOG:-/dev/null}"
exit $status
