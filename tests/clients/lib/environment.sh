# shellcheck shell=bash disable=SC2154
# What a client is told: where the proxy is, whom to trust, where the metadata server is. Nothing
# else, and no credential. One NAME=VALUE a line.

client_block() {
  local proxy metadata bundle=$work/ca/bundle.pem name
  proxy=http://$(proxy_address proxy)
  metadata=$(proxy_address metadata)
  local exempt=127.0.0.1,localhost,::1,169.254.169.254,169.254.170.2,169.254.170.23
  exempt+=,fd00:ec2::254,fd00:ec2::23,metadata.google.internal,.amazonaws.com,.internal,.svc,.cluster.local
  # Both cases: gRPC (C-core, grpc-js) reads lower case only, some tools upper case only.
  printf '%s\n' "HTTPS_PROXY=$proxy" "https_proxy=$proxy" "NO_PROXY=$exempt" "no_proxy=$exempt"
  for name in HOST ROOT IP; do printf 'GCE_METADATA_%s=%s\n' "$name" "$metadata"; done
  printf '%s\n' GOOGLE_CLOUD_PROJECT=foo-project CLOUDSDK_CORE_PROJECT=foo-project
  for name in SSL_CERT_FILE CURL_CA_BUNDLE REQUESTS_CA_BUNDLE CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE \
    GRPC_DEFAULT_SSL_ROOTS_FILE_PATH HTTPLIB2_CA_CERTS AWS_CA_BUNDLE GIT_SSL_CAINFO; do
    printf '%s=%s\n' "$name" "$bundle"
  done
  printf '%s\n' "NODE_EXTRA_CA_CERTS=$work/ca/ca.pem" NODE_USE_ENV_PROXY=1
}

# A JVM reads no proxy variable and no PEM. The others must not see it: a launcher in Java among
# them would print a line about it.
java_block() {
  local proxy store=$work/ca/truststore.jks
  proxy=$(proxy_address proxy)
  [ -f "$store" ] || keytool -importcert -noprompt -alias wif -file "$work/ca/ca.pem" \
    -storetype JKS -keystore "$store" -storepass changeit >/dev/null 2>&1
  printf 'JAVA_TOOL_OPTIONS=-Dhttps.proxyHost=%s -Dhttps.proxyPort=%s %s -Djavax.net.ssl.trustStore=%s\n' \
    "${proxy%:*}" "${proxy##*:}" \
    '-Dhttp.nonProxyHosts=localhost|127.*|[::1]|169.254.*|*.amazonaws.com|*.internal' "$store"
}

# What AWS gives a container, for a program with `platform: aws`. The sandbox's CA stands for the
# public ones.
aws_block() {
  printf '%s\n' "AWS_CONTAINER_CREDENTIALS_FULL_URI=$(from_sandbox ecs)/v2/credentials/task" \
    AWS_REGION=us-east-2 AWS_DEFAULT_REGION=us-east-2 "AWS_CA_BUNDLE=$(from_sandbox ca.pem)"
}

# as_client MODE FILE COMMAND…: runs it for the program FILE in an empty home. MODE all gives it the
# whole block, least only the variables that FILE names.
as_client() {
  local mode=$1 file=$2 only line home variables=()
  shift 2
  only=$(field variables "$file")
  while read -r line; do
    [ "$mode" = all ] || [[ " $only " == *" ${line%%=*} "* ]] || continue
    variables+=("$line")
  done < <(client_block; [ "${file##*.}" != java ] || java_block)
  if [ "$(field platform "$file")" = aws ]; then
    while read -r line; do variables+=("$line"); done < <(aws_block)
  fi
  home=$(mktemp -d "$work/home.XXXXXX")
  # CLOUDSDK_CORE_DISABLE_PROMPTS: nobody is there to answer.
  (cd "$home" && env -i PATH="$PATH" HOME="$home" LC_ALL=C.UTF-8 TMPDIR="$home" \
    CLOUDSDK_CORE_DISABLE_PROMPTS=1 "${variables[@]}" "$@")
}
