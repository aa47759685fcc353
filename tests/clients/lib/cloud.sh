# shellcheck shell=bash disable=SC2154
# A sandbox cloud, its Storage Read API and a wif-proxy in front of them, each a process of ours.
# Needs $build (where wif-proxy and wif-sandbox are), $work (an empty folder) and $cache.

pids=()

# start NAME COMMAND…: in the background, with its output in $work/NAME and $work/NAME.err
start() {
  local name=$1
  shift
  "$@" >"$work/$name" 2>"$work/$name.err" &
  pids+=($!)
}

# wait_for_text TEXT FILE: until what was started last has written it, a minute at most
wait_for_text() {
  local text=$1 file=$2 process=${pids[-1]} tries=1200
  until grep -qs -- "$text" "$file"; do
    tries=$((tries - 1))
    if [ $tries = 0 ] || ! kill -0 "$process" 2>/dev/null; then
      printf '%s does not say %s\n' "$file" "$text" >&2
      tail -n 20 "${file%.err}.err" >&2
      return 1
    fi
    sleep 0.05
  done
}

stop_all() {
  local pid status=0
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || status=$?; done
  pids=()
  return $status
}

# The value of a key in the one line of JSON that wif-sandbox printed.
from_sandbox() { sed -n "s|.*\"$1\":\"\([^\"]*\)\".*|\1|p" "$work/sandbox"; }

# One line of its log says where the proxy listens: proxy, metadata or admin.
proxy_address() { sed -n "s|.*\"event\":\"start\".*\"$1\":\"\([^\"]*\)\".*|\1|p" "$work/proxy.err"; }

start_sandbox() {
  mkdir -p "$work/cloud"
  start sandbox "$build/wif-sandbox" --dir "$work/cloud"
  wait_for_text control "$work/sandbox"
  curl -sf --noproxy '*' "$(from_sandbox control)/role" -d '{"role":"ecs-task-role","where":"task"}' >/dev/null
}

# The gRPC half of the cloud; false where Python's packages for it are not there.
start_storage_read() {
  local python=$cache/python/bin/python
  "$python" -c 'import google.cloud.bigquery_storage, grpc, pyarrow' 2>/dev/null || return 1
  start storage_read env PYTHONDONTWRITEBYTECODE=1 "$python" tests/clients/storage_read_server.py "$(from_sandbox control)"
  wait_for_text port "$work/storage_read"
}

# What stands in for which host of AWS and Google: HOST:443:127.0.0.1:PORT, one a line.
mappings() {
  local port
  grep -o '"[^"]*:443:127.0.0.1:[0-9]*"' "$work/sandbox" | tr -d '"'
  port=$(sed -n 's|.*"port": \([0-9]*\).*|\1|p' "$work/storage_read" 2>/dev/null || true)
  [ -z "$port" ] || printf 'bigquerystorage.googleapis.com:443:127.0.0.1:%s\n' "$port"
}
sandbox_names() { mappings | cut -d : -f 1; }

# start_proxy [ARGUMENT…]: it holds the identity of an EC2 instance; returns when it has a token.
start_proxy() {
  local arguments=(--credentials tests/vectors/external_account/ec2-imdsv1.json
    --listen 127.0.0.1:0 --listen-metadata 127.0.0.1:0 --listen-admin 127.0.0.1:0
    --upstream-ca "$(from_sandbox ca.pem)" --ca-export-dir "$work/ca"
    --imds-endpoint "$(from_sandbox imds)" --log-format json --drain-max 2s "$@")
  local mapping
  while read -r mapping; do arguments+=(--connect-to "$mapping"); done < <(mappings)
  start proxy env -i PATH="$PATH" HOME="$work" "$build/wif-proxy" serve "${arguments[@]}"
  wait_for_text '"event":"ready"' "$work/proxy.err"
}

# Its own exit status, so that a leak or a race that a sanitizer found is seen.
stop_proxy() {
  kill "${pids[-1]}" || return 1
  wait "${pids[-1]}"
}

# Whether none of the sandbox's real tokens stands in these files.
no_token_in() {
  [ "$(cat "$@" | curl -sf --noproxy '*' --data-binary @- "$(from_sandbox control)/contains-token")" = '{"count":0}' ]
}
