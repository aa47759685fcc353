# shellcheck shell=bash disable=SC2154
# Programs with `place: ec2|ecs|eks`: as somebody runs them there, `wif-proxy run -- python3 FILE`, with
# the configuration in a file and the place's own identity around them.

# configuration_of PLACE: writes a file as for /etc/wif-proxy/config.json; its second half leads to the sandbox.
configuration_of() {
  local credentials=$PWD/tests/vectors/external_account/ec2-imdsv1.json file=$work/config-$1.json
  if [ "$1" = eks ]; then
    credentials=$work/eks.json
    # /var/run/secrets is not ours to write to.
    sed "s|/var/run/secrets/eks.amazonaws.com/serviceaccount/token|$(from_sandbox eks-token)|" \
      tests/vectors/external_account/eks-oidc-file.json >"$credentials"
  fi
  printf '{"version":1,"identities":{"default":{"credentials":"%s"}},
"imds":{"endpoint":"%s"},"upstream":{"ca_bundle":"%s","connect_to":[%s]}}\n' "$credentials" \
    "$(from_sandbox imds)" "$(from_sandbox ca.pem)" "$(mappings | sed 's/.*/"&"/' | paste -sd ,)" >"$file"
}

# What the place itself puts into the environment, one NAME=VALUE a line.
place_block() {
  [ "$1" != ecs ] || printf '%s\n' AWS_REGION=ap-northeast-1 \
    "AWS_CONTAINER_CREDENTIALS_FULL_URI=$(from_sandbox ecs)/v2/credentials/task"
}

# in_place PLACE FILE COMMAND…: the command behind a proxy of its own, in an empty home.
in_place() {
  local place=$1 file=$2 home around
  shift 2
  mapfile -t around < <(place_block "$place")
  home=$(mktemp -d "$work/home.XXXXXX")
  (cd "$home" && env -i PATH="$(environment_of "$file")/bin:$build:$PATH" HOME="$home" LC_ALL=C.UTF-8 TMPDIR="$home" \
    WIF_PROXY_CONFIG="$work/config-$place.json" "${around[@]}" wif-proxy run -- "$@" </dev/null)
}

# The version of the first of its packages.
version_in_place() {
  local package
  package=$(field packages "$1")
  package=${package%% *}
  printf '%s %s' "$package" "$("$(environment_of "$1")/bin/python" -c \
    'import importlib.metadata as m, sys; print(m.version(sys.argv[1]))' "$package")"
}
