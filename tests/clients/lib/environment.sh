# shellcheck shell=bash disable=SC2154
# What a client is told: what `wif-proxy env` prints, evaluated as its users do. Nothing else, and no
# credential.

# What the running proxy's own `env` prints. JAVA_TOOL_OPTIONS only for Java: a launcher in Java
# among the others would print a line about it.
client_block() {
  local java=()
  [ "${1##*.}" != java ] || java=(--java)
  env -i PATH="$PATH" HOME="$work" "$build/wif-proxy" env --url "http://$(proxy_address admin)" "${java[@]}"
}

# taken_back WAY FILE BLOCK: shell text that takes back what this client is not to be told. Way all:
# nothing. Way least: what the program does not name in its variables. Way sni: that, and the proxy.
taken_back() {
  local way=$1 only name
  only=$(field variables "$2")
  while read -r name; do
    case $way:$name in
      sni:*PROXY* | sni:*proxy*) ;;
      all:*) continue ;;
      *) [[ " $only " != *" $name "* ]] || continue ;;
    esac
    printf 'unset %s\n' "$name"
  done < <(sed -n 's/^export \([A-Za-z0-9_]*\)=.*/\1/p' <<<"$3")
  # To a JVM the proxy is some words of a variable.
  # shellcheck disable=SC2016
  [ "$way" != sni ] || [ "${2##*.}" != java ] || printf '%s\n' \
    'JAVA_TOOL_OPTIONS=$(sed -E "s/-Dhttps?\.(proxy|nonProxy)[^ ]* *//g" <<<"$JAVA_TOOL_OPTIONS")'
}

# What AWS gives a container, for a program with `platform: aws`. The sandbox's CA stands for the
# public ones.
aws_block() {
  printf '%s\n' "AWS_CONTAINER_CREDENTIALS_FULL_URI=$(from_sandbox ecs)/v2/credentials/task" \
    AWS_REGION=us-east-2 AWS_DEFAULT_REGION=us-east-2 "AWS_CA_BUNDLE=$(from_sandbox ca.pem)"
}

# as_client WAY FILE COMMAND…: runs it for the program FILE in an empty home, with nobody to answer.
as_client() {
  local way=$1 file=$2 home block aws=() steered=()
  shift 2
  block=$(client_block "$file")
  block+=$'\n'$(taken_back "$way" "$file" "$block")
  [ "$(field platform "$file")" != aws ] || mapfile -t aws < <(aws_block)
  # shellcheck disable=SC2016
  [ "$way" != sni ] ||
    steered=(unshare -m bash -c 'mount --bind "$0" /etc/hosts && exec "$@"' "$work/hosts")
  home=$(mktemp -d "$work/home.XXXXXX")
  (cd "$home" && env -i PATH="$PATH" HOME="$home" LC_ALL=C.UTF-8 TMPDIR="$home" "${steered[@]}" \
    bash -c "$block"$'\nexec "$@"' client env "${aws[@]}" "$@" </dev/null)
}
