#!/usr/bin/env bash
# h2spec, the conformance suite of HTTP/2, against a listener that terminates TLS for clients.
#
# usage: h2spec.sh [--build DIR] [--cached] [ARGUMENT-OF-H2SPEC…]
#   --cached   do not install h2spec: exit 77 with the reason where it is not there
#
# h2spec knows no proxy, and takes the server name and :authority from the host it connects to. So it
# runs in a network of its own, where a Google name is this machine, port 443 is free for
# --listen-sni, and nothing else exists.
set -euo pipefail
cd "$(dirname "$0")/../.."

build=$PWD/build/release
cache=${XDG_CACHE_HOME:-$HOME/.cache}/wif-proxy-clients
host=echo.googleapis.com
cached=''
while [ $# -gt 0 ]; do
  case $1 in
    --build) build=$(realpath "$2"); shift 2 ;;
    --cached) cached=yes; shift ;;
    *) break ;;
  esac
done

skip() {
  printf 'h2spec: Skipped\n%s\n' "$1"
  exit 77
}

# Root needs no user namespace, and in a container may be refused one.
isolated() {
  if [ "$(id -u)" = 0 ]; then unshare --net --mount "$@"; else unshare --user --map-root-user --net --mount "$@"; fi
}

if [ -z "${WIF_H2SPEC_ISOLATED:-}" ]; then
  h2spec=$cache/go/bin/h2spec
  if [ ! -x "$h2spec" ] && [ -z "$cached" ] && command -v go >/dev/null; then
    GOBIN=$cache/go/bin go install github.com/summerwind/h2spec/cmd/h2spec@v2.2.1+incompatible
  fi
  [ -x "$h2spec" ] || skip 'h2spec is not installed: Go and tests/conformance/h2spec.sh install it'
  command -v ip >/dev/null || skip 'ip is not installed'
  isolated ip link set lo up 2>/dev/null || skip 'this machine allows no network namespaces'
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  isolated env WIF_H2SPEC_ISOLATED="$work" bash "$0" --build "$build" "$@"
  exit
fi

# Inside.

work=$WIF_H2SPEC_ISOLATED
# shellcheck source=tests/clients/lib/cloud.sh
. tests/clients/lib/cloud.sh
trap 'stop_all || true' EXIT
ip link set lo up
printf '127.0.0.1 localhost\n127.0.0.1 %s\n' "$host" >"$work/hosts"
mount --bind "$work/hosts" /etc/hosts
start_sandbox
start_proxy --listen-sni 127.0.0.1:443

"$cache/go/bin/h2spec" --tls --insecure --host "$host" --port 443 --timeout 5 "$@" >"$work/report" 2>&1 || true
grep -E '^[0-9]+ tests, ' "$work/report" || { cat "$work/report"; exit 1; }
status=0
if sed -n '/^Failures:/,$p' "$work/report" | grep -qE '× [0-9]+:'; then
  sed -n '/^Failures:/,$p' "$work/report"
  tail -n 20 "$work/proxy.err"
  status=1
fi
stop_proxy
exit $status
