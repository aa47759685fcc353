#!/usr/bin/env bash
# The whole story on loopback: a keyless curl and bq through wif-proxy against the sandbox cloud, in
# the three set-ups of docs/how-it-works.md, and what is refused. `./dev demo` runs it.
set -euo pipefail

build=${1:?usage: demo.sh BUILD_DIRECTORY}
vectors=tests/vectors/external_account
started=$SECONDS
work=$(mktemp -d)
pids=()
failures=0

# A background process with its output in a file; its number is then in $!.
start() {
  local output=$1
  shift
  "$@" >"$output" 2>"$output.err" &
  pids+=($!)
}

stop_all() {
  local pid
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  pids=()
}
trap 'stop_all; rm -rf "$work"' EXIT

die() {
  printf 'demo: %s\n' "$1" >&2
  tail -n 20 "$work"/*.err >&2 || true
  exit 1
}

# expect WHAT WANTED GOT
expect() {
  [ "$2" = "$3" ] && return 0
  printf '      ✗ %s: wanted %s, got %s\n' "$1" "$2" "$3"
  failures=$((failures + 1))
}

# The value of a key in the one line of JSON that wif-sandbox printed.
from_sandbox() { sed -n "s|.*\"$1\":\"\([^\"]*\)\".*|\1|p" "$work/sandbox"; }
host_port() { from_sandbox "$1" | sed 's|^.*://||'; }

wait_for() {
  local tries=200
  until "$@" >/dev/null 2>&1; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || return 1
    sleep 0.05
  done
}

control() { curl -sf -X POST "$(from_sandbox control)/$1" -d "$2"; }

# One line of its log says where a proxy listens.
proxy_address() { sed -n "s|.*\"event\":\"start\".*\"$2\":\"\([^\"]*\)\".*|\1|p" "$work/$1.err"; }

# start_proxy NAME CREDENTIAL_FILE [VARIABLE=VALUE…]: a proxy that holds this place's identity
start_proxy() {
  local name=$1 credentials=$2
  shift 2
  local arguments
  mapfile -t arguments < <(sandbox_flags)
  arguments+=(--credentials "$credentials" --listen 127.0.0.1:0 --listen-metadata 127.0.0.1:0
    --listen-admin 127.0.0.1:0 --ca-export-dir "$work/$name-ca")
  start "$work/$name" env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY -u AWS_SESSION_TOKEN \
    "$@" "$build/wif-proxy" serve "${arguments[@]}"
  wait_for test -n "$(wait_for grep -q '"event":"start"' "$work/$name.err" && echo started)" ||
    die "the proxy for $name did not start"
}

# What a client needs to be told, and nothing else: an empty home, no credential.
as_client() {
  local name=$1
  shift
  local metadata ca="$work/$name-ca"
  metadata=$(proxy_address "$name" metadata)
  env -i PATH="$PATH" HOME="$work/home" CLOUDSDK_CONFIG="$work/home/gcloud" LC_ALL=C.UTF-8 \
    HTTPS_PROXY="http://$(proxy_address "$name" proxy)" CURL_CA_BUNDLE="$ca/bundle.pem" \
    CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE="$ca/bundle.pem" CLOUDSDK_CORE_PROJECT=foo-project \
    GCE_METADATA_ROOT="$metadata" GCE_METADATA_HOST="$metadata" GCE_METADATA_IP="$metadata" \
    "$@"
}

query='{"query":"SELECT COUNT(*) AS n FROM hoge_dataset.fuga_table","useLegacySql":false}'
api=https://bigquery.googleapis.com/bigquery/v2/projects/foo-project/queries

# The HTTP status of the demo query; the answer is in $work/NAME.answer.
query_as() {
  as_client "$1" curl -s -o "$work/$1.answer" -w '%{http_code}' --max-time 20 \
    -H 'Content-Type: application/json' -d "$query" "$api"
}

# The flags with which a proxy reaches the sandbox in place of AWS and Google, one a line.
sandbox_flags() {
  printf '%s\n' --upstream-ca "$(from_sandbox ca.pem)" --imds-endpoint "$(from_sandbox imds)"
  grep -o '"[^"]*:443:127.0.0.1:[0-9]*"' "$work/sandbox" | tr -d '"' | sed 's/^/--connect-to\n/'
}

mkdir -p "$work/home" "$work/cloud"
printf '[1/6] build            release build is current\n'

start "$work/sandbox" "$build/wif-sandbox" --dir "$work/cloud"
wait_for grep -q control "$work/sandbox" || die "the sandbox cloud did not start"
printf '[2/6] sandbox          wif-sandbox: IMDS %s · ECS %s · AWS STS %s · Google STS %s · IAM Credentials %s · Google APIs %s\n' \
  "$(host_port imds)" "$(host_port ecs)" "$(host_port aws_sts)" "$(host_port google_sts)" \
  "$(host_port iam_credentials)" "$(host_port google_apis)"

status=$(env -i PATH="$PATH" HOME="$work/home" curl -s -o /dev/null -w '%{http_code}' \
  --cacert "$(from_sandbox ca.pem)" --connect-to "bigquery.googleapis.com:443:$(host_port google_apis)" \
  -H 'Content-Type: application/json' -d "$query" "$api")
expect 'without a proxy' 401 "$status"
printf '[3/6] without proxy    curl %s → %s UNAUTHENTICATED        (as expected)\n' "$api" "$status"

# The files as gcloud wrote them; only the path of the EKS token points into the sandbox's folder,
# because /var/run/secrets is not ours to write to.
sed "s|/var/run/secrets/eks.amazonaws.com/serviceaccount/token|$work/cloud/eks-token|" \
  "$vectors/eks-oidc-file.json" >"$work/eks.json"
control role '{"role":"access2bq","where":"instance"}' >/dev/null
control role '{"role":"ecs-task-role","where":"task"}' >/dev/null
start_proxy ec2 "$vectors/ec2-imdsv1.json"
start_proxy ecs "$vectors/ec2-imdsv1.json" AWS_REGION=ap-northeast-1 \
  "AWS_CONTAINER_CREDENTIALS_FULL_URI=$(from_sandbox ecs)/v2/credentials/task"
start_proxy eks "$work/eks.json"
for name in ec2 ecs eks; do
  status=$(query_as "$name")
  expect "$name" 200 "$status"
  grep -q '"v": *"5"' "$work/$name.answer" || expect "$name rows" 5 "$(cat "$work/$name.answer")"
done
printf '[4/6] through proxy    EC2 role access2bq → 200, 1 row · ECS ecs-task-role → 200 · EKS default:eks-access-to-gcp → 200   (no token in the client)\n'
if command -v bq >/dev/null; then
  for name in ec2 ecs eks; do
    printf "                       bq query on %s:\n" "$name"
    as_client "$name" bq --project_id=foo-project query --use_legacy_sql=false \
      'SELECT id, name FROM hoge_dataset.fuga_table ORDER BY id LIMIT 1' >"$work/$name.bq" 2>&1 ||
      expect "bq on $name" 'exit status 0' "$(cat "$work/$name.bq")"
    grep '^[+|]' "$work/$name.bq" | sed 's/^/                       /' || true
  done
  mapfile -t flags < <(sandbox_flags)
  printf '                       wif-proxy run -- bq query, with nothing set up:\n'
  env -i PATH="$PATH" HOME="$work/home" LC_ALL=C.UTF-8 "$build/wif-proxy" run "${flags[@]}" \
    --credentials "$vectors/ec2-imdsv1.json" -- bq query --use_legacy_sql=false 'SELECT 1 AS x' \
    >"$work/run.bq" 2>&1 || expect 'bq behind run' 'exit status 0' "$(cat "$work/run.bq")"
  grep '^[+|]' "$work/run.bq" | sed 's/^/                       /' || true
else
  printf '                       bq query                                    (skipped: bq is not installed)\n'
fi

# refusal NAME COMMAND…: a 403 that names the command which would allow it
refusal() {
  local status
  status=$(query_as "$1")
  expect "$1" 403 "$status"
  printf '      %s → %s\n        %s\n' "$2" "$status" \
    "$(sed 's/.*"message":"\(\([^"\\]\|\\.\)*\)".*/\1/;s/\\"/"/g;s/\\n/\n        /g' "$work/$1.answer")"
  grep -q 'gcloud iam service-accounts add-iam-policy-binding' "$work/$1.answer" ||
    expect "$1" 'the gcloud command that would allow it' "$(cat "$work/$1.answer")"
}
printf '[5/6] refused\n'
control role '{"role":"other-role","where":"instance"}' >/dev/null
sed "s|$work/cloud/eks-token|$work/cloud/other-ksa-token|" "$work/eks.json" >"$work/other-ksa.json"
start_proxy other-role "$vectors/ec2-imdsv1.json"
start_proxy other-ksa "$work/other-ksa.json"
refusal other-role 'another IAM role'
refusal other-ksa 'another service account of the cluster'

find "$work/home" "$work"/*.answer "$work"/*.bq -type f -exec cat {} + >"$work/seen" 2>/dev/null || true
seen=$(curl -sf --data-binary "@$work/seen" "$(from_sandbox control)/contains-token")
held=$(as_client ec2 env | grep -cE '^(AWS_|GOOGLE_)' || true)
placeholder=$(as_client ec2 curl -s -H 'Metadata-Flavor: Google' \
  "http://$(proxy_address ec2 metadata)/computeMetadata/v1/instance/service-accounts/default/token" |
  sed 's/.*"access_token":"\([^"]*\)".*/\1/')
expect 'bytes of a real token seen by clients' '{"count":0}' "$seen"
printf '[6/6] what the client held\n'
printf '                       AWS_* and GOOGLE_* variables: %s · its token: %s… · real tokens in what it saw: %s\n' \
  "$held" "${placeholder:0:30}" "$(printf '%s' "$seen" | tr -dc '0-9')"

stop_all
[ "$failures" = 0 ] || die "$failures of the steps above went wrong"
printf 'Done in %s s. Everything ran on loopback and has been stopped. Next: docs/how-it-works.md\n' \
  "$((SECONDS - started))"
